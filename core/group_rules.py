"""Rules that say which images belong together, such as tiles of one photo: as settings.

| rule | images belong together that share |
|---|---|
| `before:_` | the file name up to the first `_`, or whatever 1 to 8 characters stand there, or one space |
| `before-last:_` | the file name up to the last one |
| `number:1` | the first number in the file name, 2 the second; zeros in front do not count |
| `folder:1` | the first folder below that of the class, 2 the second and those above it |
| `column:patient` | the value in the column `patient` of a table that names the images (`core.data.tables`) |
| `near` | nearly the same picture (`core.data.nearness`), over however many others |

There are so few kinds on purpose: an expression that a person types could keep a program busy for hours.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

MOST_LEVELS = 9  # numbers in a name, folders below a class
MOST_MARK = 8  # characters
EXPECTED = (
    "before:_ (the file name up to the first _), before-last:_ (up to the last), number:1 (the first number "
    "in the file name), folder:1 (the first folder below the class), column:patient (a column of a csv that "
    "names the images), near (near copies), or `none`"
)
NEAR = "near"
COLUMN = "column"
MOST_COLUMN = 60  # characters of a column's name
# Rules that a page offers where they make groups of several images
USUAL = (
    "before:_", "before-last:_", "before:-", "before-last:-", "number:1", "number:2", "folder:1", "folder:2",
)  # fmt: skip
_NUMBER = re.compile(r"[0-9]+")


def as_rule(value: Any) -> str | None:
    """A rule as it stands in a config. Raises ValueError where it is none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError
    kind, argument = parts(value)
    return f"{kind}:{int(argument)}" if kind in ("number", "folder") else value


def read_rule(text: str) -> str | None:
    """A rule as a person types it; `number` is `number:1`, `folder` is `folder:1`."""
    kind, colon, argument = text.partition(":")
    kind = kind.strip().lower()
    if not colon:
        if kind in ("none", "null", "", NEAR):
            return kind if kind == NEAR else None
        return f"{kind}:{'_' if kind.startswith('before') else 1}"
    return f"{kind}:{argument.strip() or argument[:1]}"


def parts(rule: str) -> tuple[str, str]:
    """Kind and argument of a rule. Raises ValueError where it is none."""
    kind, _, argument = rule.partition(":")
    if kind in ("before", "before-last"):
        seen = argument == " " or argument == argument.strip() != ""
        known = (
            seen and len(argument) <= MOST_MARK and argument.isprintable() and not set(argument) & set("/\\")
        )
    elif kind == COLUMN:
        known = argument == argument.strip() != "" and len(argument) <= MOST_COLUMN and argument.isprintable()
    elif kind == NEAR:
        known = rule == NEAR
    else:
        known = kind in ("number", "folder") and argument in map(str, range(1, MOST_LEVELS + 1))
    if not known:
        raise ValueError
    return kind, argument


def said(rule: str) -> str:
    """`the file name up to the first "_"`: what images that belong together share."""
    kind, argument = parts(rule)
    if kind == NEAR:
        return "one picture, or nearly"
    if kind == COLUMN:
        return f'the value of "{argument}" in their table'
    if kind == "number":
        return f"number {argument} in the file name"
    if kind == "folder":
        return f"folder {argument} below the class"
    return f'the file name up to the {"last" if kind == "before-last" else "first"} "{argument}"'


def reader(rule: str) -> Callable[[Sequence[str], str], str | None]:
    """A function of the folders below the class and of the file's name that gives the group's name, or None
    where the rule finds none: then the image is a group of its own. For rules that go by the path."""
    kind, argument = parts(rule)
    if kind == "folder":
        level = int(argument)
        return lambda folders, _: "/".join(folders[:level]) if len(folders) >= level else None
    if kind == "number":
        place = int(argument) - 1
        return lambda _, file: _number(_stem(file), place)
    cut = str.rpartition if kind == "before-last" else str.partition
    return lambda _, file: _before(_stem(file), argument, cut)


def _stem(file: str) -> str:
    """A file's name without its ending."""
    return file.rpartition(".")[0] or file


def _number(stem: str, place: int) -> str | None:
    found = _NUMBER.findall(stem)
    return (found[place].lstrip("0") or "0") if len(found) > place else None


def _before(stem: str, mark: str, cut: Callable[[str, str], tuple[str, str, str]]) -> str | None:
    before, there, _ = cut(stem, mark)
    return before if there and before else None
