"""What a data set is called where others read it, in links and receipts: never by where it lies.

A set with a name goes by its name. One that is used where it lies goes by its title and the hash of its
content, `Pets~3f9a1c0b52de`: the same images are found again wherever they lie.
"""

import re

from core.data.indexes import Dataset

MARK = "~"
_DIGITS = 12  # in hex


def is_place(name: str) -> bool:
    """Whether a data set's name is the path at which it lies."""
    return any(mark in name for mark in "/\\")


def reference(dataset: Dataset) -> str:
    """What a link calls a data set."""
    if not is_place(dataset.name):
        return dataset.name
    return f"{dataset.title}{MARK}{dataset.whole_key[-_DIGITS:]}"


def public_name(dataset: Dataset) -> str:
    """What a receipt calls a data set, whose content it gives besides."""
    return dataset.title if is_place(dataset.name) else dataset.name


def last_part(name: str) -> str:
    """The same where only the name is known: the last part of a path."""
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1] if is_place(name) else name
