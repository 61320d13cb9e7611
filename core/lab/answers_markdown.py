"""A person's answers as one Markdown file: words, tables of numbers, code. Pictures stay in the HTML file."""

import re

import pandas as pd

from core.lab.answers import Answer
from core.lab.document import Document, Section

NO_NAME = "(no name)"
NOT_ANSWERED = "Not answered."
NO_EVIDENCE = "No run of mine answers this yet."


def render(document: Document) -> str:
    """The whole file."""
    parts = [f"# {escape(document.title)}", f"{own(document.name or NO_NAME)} · {document.date}"]
    parts.append(escape(document.summary))
    for section in document.sections:
        parts += _section(section)
    parts.append("## Runs")
    parts.append(table(document.runs.set_index("run")) if len(document.runs) else "No run yet.")
    for name, code in document.code:
        parts += [f"### The code of run {escape(name)}", fenced(code)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    answer = section.evidence
    parts = [f"## {answer.question.number}. {escape(answer.question.text)}"]
    if not section.words:
        return [*parts, f"*{NOT_ANSWERED}*"]
    parts.append(own(section.words))
    if section.own:
        parts += _evidence(answer)
    else:
        parts.append(f"*{NO_EVIDENCE}*")
    if section.quoted:
        told = [answer.explanation, *answer.findings]
        parts.append("> **Thaw would say:** " + "\n>\n> ".join(escape(sentence) for sentence in told))
    return parts


def _evidence(answer: Answer) -> list[str]:
    parts = [fenced(answer.code)] if answer.code else []
    if answer.table is not None:
        parts.append(table(answer.table))
    numbers = [figure.numbers for figure in answer.figures if figure.numbers is not None]
    parts += [table(frame.set_index("epoch")) for frame in numbers]
    if answer.figures or answer.pictures:
        parts.append("*The pictures for this question are in the HTML file.*")
    return [*parts, f"*Whose numbers: {escape(answer.origin)}*"]


def own(text: str) -> str:
    """What a person wrote, as they wrote it: no markup, their paragraphs and line breaks kept."""
    lines = []
    for line in escape(text.replace("`", "'")).splitlines():
        bare = line.lstrip()
        begins = re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", bare)  # else a list, or a heading of the line above
        lines.append("\N{NO-BREAK SPACE}" * (len(line) - len(bare)) + begins)
    return "  \n".join(lines)


def fenced(code: str) -> str:
    """Python in a fence that nothing in it can end."""
    longest = max((len(found) for found in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{code}{'' if code.endswith(chr(10)) else chr(10)}{fence}"


def escape(text: str) -> str:
    """Text with nothing in it that Markdown or HTML would take for markup; `...` stays code."""
    parts = text.split("`")
    for index, part in enumerate(parts):
        if index % 2 == 0:
            safe = part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            parts[index] = re.sub(r"([\\*_\[\]|~$#])", r"\\\1", safe)
    return "`".join(parts)


def table(frame: pd.DataFrame) -> str:
    """A pipe table; the index is its first column."""
    lines = [["", *frame.columns], ["---"] * (len(frame.columns) + 1)]
    lines += [[name, *values] for name, values in zip(frame.index, frame.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value) -> str:
    return escape(str(value).replace("\n", " "))
