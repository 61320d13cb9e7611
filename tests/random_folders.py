"""Folders of photos put together at random, of all that people's folders have: for tests of every door."""

import random
import unicodedata
from functools import cache

from tests.cases import Case, Read, picture, table

_WRAPPERS = ("photos", "my set v2", "archive", "images", "train", "猫", "café")
_PARTS = ("train", "test", "val", "Training Set", "test_data", "2019", "2020", "valid", "part 1", "TRAIN")
_CLASSES = (
    "cats", "dogs", "Cats", " dogs", "dogs ", "café", unicodedata.normalize("NFD", "café"), "猫", "train",
    "test", "40X", "100X", "images", "labels", "a:b", "x.jpg", "<b>*a*", "\u202ecats", "birds", "0", "1",
    "CON", "- 1",
)  # fmt: skip
_ODD = (".git", "__MACOSX", "@eaDir", ".ipynb_checkpoints", "a" * 120, "\u200b", "\u200e", "empty")
_FILES = (
    "README.md", "LICENSE", ".DS_Store", "Thumbs.db", "notes.txt", "clip.mp4", "more.zip", "raw.CR2", "a.svg",
    ".hidden.png", "._01.png", "cover.png", " spaced.png ", "x" * 140 + ".png", "tab\there.png", "no ending",
)  # fmt: skip
_ON_DISK_ALONE = ("back\\slash.png", "no utf-8 \udcff.png", "b\\c/1.png")
_ENDINGS = (".png", ".png", ".jpg", ".JPEG", "", ".dat", ".tif", ".webp")
KINDS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")


@cache
def _pictures() -> list[bytes]:
    return [picture(kind) for kind in KINDS for _ in range(9)]


def random_case(seed: int, anywhere: bool = True) -> Case:
    """A folder of a few dozen files.

    Args:
        anywhere: Whether a zip and an upload can carry all of it: no links, and names that are the same
            there.
    """
    chance = random.Random(seed)
    files: dict[str, bytes] = {}
    top = "/".join(chance.choice(_WRAPPERS) for _ in range(chance.choice((0, 0, 0, 1, 1, 2))))
    classes = chance.sample(_CLASSES, chance.choice((1, 2, 2, 2, 3, 4)))
    parts = chance.sample(_PARTS, chance.choice((2, 2, 3))) if chance.random() < 0.4 else [""]
    for part in parts:
        wrapper = part if chance.random() < 0.15 else ""
        for name in classes:
            if chance.random() < 0.93:
                _fill(files, chance, "/".join(filter(None, (top, part, wrapper, name))))
    if chance.random() < 0.2 and files:  # a copy of all, or of a part, somewhere in it
        start = chance.choice(sorted(files)).rpartition("/")[0]
        into = chance.choice((top, start, "copy", "test"))
        files |= {f"{into}/{p}".lstrip("/"): c for p, c in dict(files).items() if p.startswith(start)}
    for _ in range(chance.choice((0, 1, 3, 8))):
        folder = chance.choice([top, *(path.rpartition("/")[0] for path in sorted(files))])
        if chance.random() < 0.25 and not any(odd in folder for odd in _ODD):
            folder = f"{folder}/{chance.choice(_ODD)}"
        _add(files, f"{folder}/{chance.choice(_FILES)}".lstrip("/"), _content(chance))
    if chance.random() < 0.25:
        _add_table(files, chance, top)
    empty, links = _empty(files, chance), {}
    if not anywhere:
        for _ in range(chance.randrange(1, 4)):
            folder = chance.choice(sorted(files) or ["x"]).rpartition("/")[0]
            _add(files, f"{folder}/{chance.choice(_ON_DISK_ALONE)}".lstrip("/"), _content(chance))
        links = _links(files, chance)
    return Case(Read({}), files, links, empty)


def _fill(files: dict[str, bytes], chance: random.Random, folder: str) -> None:
    for n in range(chance.choice((0, 1, 2, 3, 3, 5))):
        deeper = chance.choice(("", "", "", "", "more/", "images/", "a/b/"))
        _add(files, f"{folder}/{deeper}{n:02d}{chance.choice(_ENDINGS)}", _content(chance, 0.92))


def _content(chance: random.Random, good: float = 0.5) -> bytes:
    content = chance.choice(_pictures())
    if chance.random() < good:
        return content
    box, annotation = b"0 0.5 0.5 0.2 0.2\n", b"<annotation></annotation>"
    return chance.choice(
        (b"", b"text", content[:40], content[: len(content) // 2], box, annotation, b"PK\3\4")
    )


def _add(files: dict[str, bytes], path: str, content: bytes) -> None:
    """Unless a folder of that name is there, or a file of the name of a folder on the way."""
    above = [path[:at] for at, letter in enumerate(path) if letter == "/"]
    if not any(folder in files for folder in above) and not any(p.startswith(f"{path}/") for p in files):
        files[path] = content


def _add_table(files: dict[str, bytes], chance: random.Random, top: str) -> None:
    rows = [
        (path.rpartition("/")[2], chance.choice("ab"), chance.choice(("train", "test"))) for path in files
    ]
    head = ("file", chance.choice(("label", "colour")), chance.choice(("split", "shape")))
    name = chance.choice(("labels.csv", "train.csv", "_classes.csv", "sample_submission.csv"))
    _add(files, f"{top}/{name}".lstrip("/"), table(head, *rows))


def _empty(files: dict[str, bytes], chance: random.Random) -> tuple[str, ...]:
    if chance.random() < 0.8 or not files:
        return ()
    folder = chance.choice(sorted(files)).rpartition("/")[0]
    return (f"{folder}/nothing {chance.randrange(9)}".lstrip("/"),)


def _links(files: dict[str, bytes], chance: random.Random) -> dict[str, str]:
    folders = sorted({path.rpartition("/")[0] for path in files})
    targets = ["nowhere", "case", *(f"case/{path}" for path in [*folders, *sorted(files)])]
    return {
        f"{chance.choice(folders)}/link {n}{chance.choice(('', '.png'))}".lstrip("/"): chance.choice(targets)
        for n in range(chance.randrange(3))
    }


def mangled(content: bytes, seed: int) -> bytes:
    """A zip with bytes changed, cut or repeated."""
    chance, found = random.Random(seed), bytearray(content)
    for _ in range(chance.choice((1, 3, 30))):
        found[chance.randrange(len(found))] = chance.randrange(256)
    if chance.random() < 0.3:
        at = chance.choice((chance.randrange(len(found)), max(found.rfind(b"PK\1\2") - 9, 0)))
        found[at:at] = found[chance.randrange(len(found)) :][:200]
    return bytes(found)
