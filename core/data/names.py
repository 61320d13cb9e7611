"""Names of files and folders from outside: which are refused, and how the others are spelled.

A name is shown and remembered but never becomes part of a path on disk. So it may be in any script, be
reserved by some system (`CON`, `a.`) or differ from another by case alone. What is refused is a path that
leads elsewhere and a name nobody could read.
"""

import re
import unicodedata

MAX_PART = 100  # characters of a folder's name
MAX_DEPTH = 12  # folders above a photo
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# They turn the order of the letters around, so that `gpj.exe` reads as `exe.jpg`
DIRECTION_MARKS = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FILLERS = set("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters of which nothing is drawn
# Cyrillic and Greek letters that are drawn as Latin ones, in most fonts
_DRAWN_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХУԌԚԜаеѕіјорсухԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧον",
    "ABESIJKMHOPCTXYGQWaesijopcyxdqwhABEZHIKMNOPTYXov",
)
_SYSTEM_FILES = {"thumbs.db", "desktop.ini", "ehthumbs.db"}
# macOS's in zips, Synology's with thumbnails, Windows'
SYSTEM_FOLDERS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information")


class RefusedName(ValueError):
    """The name cannot be used; the message says why."""


def readable(text: str) -> str:
    """`text` in one spelling (NFC), without what is no writing: control characters, direction marks and
    surrogates (bytes of a file name in no known encoding), and without spaces around it."""
    if text.isascii() and text.isprintable():  # of nearly every name, and every cell of a long table
        return text.strip()
    kept = (
        " " if unicodedata.category(c) in ("Zl", "Zp") else c
        for c in unicodedata.normalize("NFC", text)
        if unicodedata.category(c) not in ("Cc", "Cs") and c not in DIRECTION_MARKS
    )
    return "".join(kept).strip()


def is_drawn(text: str) -> bool:
    """Whether a name shows anything at all: more than joiners, soft hyphens, fillers and single accents."""
    return any(_draws(c) and unicodedata.category(c) != "Mn" for c in readable(text))


def reads_as(text: str) -> str:
    """What a name looks like: names of which this is the same cannot be told apart by looking, as a rule.

    Capitals, widths and letters that are drawn alike count as one, and what is not drawn as nothing. It is
    for comparing, never for showing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().split())
    drawn = "".join(filter(_draws, unicodedata.normalize("NFKC", readable(text))))
    return " ".join(drawn.translate(_DRAWN_ALIKE).casefold().split())


def _draws(character: str) -> bool:
    chooses_a_form = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    unseen = unicodedata.category(character) in ("Cf", "Cc") or character in FILLERS or chooses_a_form
    return not unseen and character != "\u034f"  # a joiner that counts as an accent


def shown(path: str) -> str:
    """A path that was refused, fit to be read."""
    text = readable(path) if is_drawn(path) else "(no readable name)"
    return text if len(text) <= MAX_PART else text[: MAX_PART - 1] + "…"


def clean_path(path: str, backslashes: bool = True) -> str:
    """A path below the folder or zip it came from: parts separated by `/`, each readable.

    Args:
        backslashes: Whether `\\` separates, too, as in zips that some programs of Windows write.

    Raises:
        RefusedName: the path is absolute, leads out of its folder, is too deep, or a part of it is too
            long or has no readable character.
    """
    text = path.replace("\\", "/") if backslashes else path
    if text.startswith("/") or (backslashes and _DRIVE.match(text)):
        raise RefusedName("with an absolute path")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in (part.strip() for part in parts):
        raise RefusedName("with a path that leads out of the folder")
    if len(parts) > MAX_DEPTH + 1:
        raise RefusedName(f"more than {MAX_DEPTH} folders deep")
    parts = [readable(part) for part in parts]
    if not parts or not all(map(is_drawn, parts)):
        raise RefusedName("with no readable character in the name")
    *folders, file = parts
    if any(len(folder) > MAX_PART for folder in folders):
        raise RefusedName(f"in a folder with a name of more than {MAX_PART} characters")
    return "/".join([*folders, _shortened(file)])


def _shortened(file: str) -> str:
    """A file name of at most MAX_PART characters, ending as it did."""
    if len(file) <= MAX_PART:
        return file
    stem, dot, ending = file.rpartition(".")
    ending = dot + ending if dot and len(ending) <= 5 else ""
    return (stem or file)[: MAX_PART - len(ending) - 1] + "…" + ending


def hidden_part(path: str) -> str | None:
    """The path up to its first hidden part, or to what a system adds by itself; None where all is visible."""
    parts = path.split("/")
    for depth, part in enumerate(parts, start=1):
        if part.startswith(".") or part in SYSTEM_FOLDERS or part.lower() in _SYSTEM_FILES:
            return "/".join(parts[:depth])
    return None
