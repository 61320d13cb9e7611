"""Names from outside: which are refused, and how the others are spelled.

A name is shown and remembered but never becomes part of a path on disk: photos are stored under the hash
of their content. So a name may be in any script, be reserved by some system (`CON`, `a.`) or differ from
another by case alone. What is refused is a path that leads elsewhere and a name nobody could read.
"""

import re
import unicodedata

from core.errors import DatasetError

MAX_PART = 100  # characters of a folder's name
MAX_DEPTH = 12  # folders above a photo
MAX_SET_NAME = 60
_DRIVE = re.compile(r"[A-Za-z]:")
# They turn the order of the letters around, so that `gpj.exe` reads as `exe.jpg`
_DIRECTION_MARKS = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class RefusedName(ValueError):
    """The name cannot be used; the message says why, after "set aside: "."""


def readable(text: str) -> str:
    """`text` in one spelling (NFC), without what is no writing: control characters, direction marks and
    surrogates (bytes of a file name in no known encoding)."""
    kept = (
        " " if unicodedata.category(c) in ("Zl", "Zp") else c
        for c in unicodedata.normalize("NFC", text)
        if unicodedata.category(c) not in ("Cc", "Cs") and c not in _DIRECTION_MARKS
    )
    return "".join(kept).strip()


def clean_path(path: str) -> str:
    """A path below the folder or zip it came from: parts separated by `/`, each readable.

    Raises:
        RefusedName: the path is absolute, leads out of its folder, is too deep, or a part of it is too
            long or has no readable character.
    """
    text = path.replace("\\", "/")
    if text.startswith("/") or _DRIVE.match(text):
        raise RefusedName("its path is absolute")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in (part.strip() for part in parts):
        raise RefusedName("its path leads out of the folder")
    if len(parts) > MAX_DEPTH + 1:
        raise RefusedName(f"it lies more than {MAX_DEPTH} folders deep")
    parts = [readable(part) for part in parts]
    if not parts or not all(parts):
        raise RefusedName("its name has no readable character")
    *folders, file = parts
    if any(len(folder) > MAX_PART for folder in folders):
        raise RefusedName(f"a folder above it has a name of more than {MAX_PART} characters")
    return "/".join([*folders, _shortened(file)])


def _shortened(file: str) -> str:
    """A file name of at most MAX_PART characters, ending as it did."""
    if len(file) <= MAX_PART:
        return file
    stem, dot, ending = file.rpartition(".")
    ending = dot + ending if dot and len(ending) <= 5 else ""
    return (stem or file)[: MAX_PART - len(ending) - 1] + "…" + ending


def class_name(text: str) -> str:
    """A class name as typed, cleaned.

    Raises:
        DatasetError: it is empty, too long, hidden or contains a slash.
    """
    return _typed(text, "class", MAX_PART)


def set_name(text: str) -> str:
    """The name for a set of photos as typed, cleaned.

    Raises:
        DatasetError: it is empty, too long, hidden or contains a slash.
    """
    return _typed(text, "set", MAX_SET_NAME)


def _typed(text: str, what: str, longest: int) -> str:
    name = readable(text)
    if not name or len(name) > longest or name.startswith((".", "~")) or "/" in name or "\\" in name:
        raise DatasetError(
            f"{text.strip()!r} cannot be the name of a {what}." if name else f"The {what} has no name.",
            f"Expected 1 to {longest} characters in any script, without slashes, and no dot at the front.",
            "Choose another name.",
        )
    return name
