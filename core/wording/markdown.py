"""Text from outside (names of classes, files and data sets) inside Markdown, shown as it is."""

import re

# Everything that begins or ends a mark in GitHub's Markdown and in Streamlit's (`:red[`, `$`), and `&` and
# `<`, which begin HTML. A backslash before punctuation is dropped when shown (CommonMark 0.31, section 2.4).
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@=^\"'])")
# In a sentence of ours only what can mark in the middle of a line; what is escaped already stays so
_MARKS_INSIDE = re.compile(r"\\[^\w\s]|[*\[\]<$~]|(?<!\w)_|_(?!\w)|:(?=[^\s\d/\\])|&(?=[#\w])")


def plain(text: str) -> str:
    """`text` so that Markdown shows it as it is, on one line: no emphasis, link, picture or HTML."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """`text` as code, with as many backticks around it as the longest run in it asks for, and one more."""
    text = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def sentence(text: str) -> str:
    """A message of ours with names in it: nothing in it is a mark except code between single backticks."""
    text = " ".join(text.split())
    parts = text.split("`")
    if len(parts) % 2 == 0 or "``" in text or "\\`" in text:  # a backtick belongs to a name
        return plain(text)
    return "`".join(part if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _MARKS_INSIDE.sub(lambda mark: mark[0] if len(mark[0]) == 2 else f"\\{mark[0]}", text)
