"""What people's folders are and what is right of each, for tests of every door; the folders themselves are in
`folder_cases`, `file_cases` and `zip_cases`.

Counts are written as `train/cats 6, test/cats 2`, the split left out where none is given. Pictures are noise,
no two alike.
"""

import csv
import io
import itertools
import os
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.photos import OLD, encoded, photo


@dataclass(frozen=True)
class Read:
    """What is right where a folder can be read in one way.

    Attributes:
        counts: `split/class` or `class` -> images.
        passed_over: Reason -> files.
        levels: Of images of 16 bits.
    """

    counts: dict[str, int]
    passed_over: dict[str, int] = field(default_factory=dict)
    levels: tuple[int, int] | None = None


@dataclass(frozen=True)
class Asked:
    """What is right where a person is asked: part of the question, and the counts of each kind of reading."""

    words: str
    readings: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Refused:
    """What is right where there is no data set: part of what is said."""

    words: str


@dataclass(frozen=True)
class Case:
    """A folder, or (only `content`) a zip.

    Attributes:
        files: Path below it -> bytes.
        links: Path -> target below the folder that holds the case's; only a folder knows links.
        empty: Folders in which nothing lies; an upload knows none.
    """

    right: Read | Asked | Refused
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    content: bytes = b""

    def build(self, folder: Path) -> Path:
        """Files are an hour old, as files mostly are."""
        for path in self.empty:
            (folder / path).mkdir(parents=True, exist_ok=True)
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
            os.utime(folder / path, (OLD, OLD))
        for path, target in self.links.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).symlink_to(folder.parent / target)
        return folder

    def zipped(self, top: str = "") -> bytes:
        """The same as a zip, with an entry for each empty folder."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for path in self.empty:
                archive.writestr(f"{top}{path}/", "")
            for path, content in self.files.items():
                archive.writestr(top + path, content)
        return stream.getvalue()


def counts(text: str) -> dict[str, int]:
    pairs = (one.rpartition(" ") for one in text.split(", "))
    return {name: int(number) for name, _, number in pairs}


_SEEDS = itertools.count()


def picture(kind="PNG", size=(8, 6)) -> bytes:
    return encoded(photo(next(_SEEDS), size), kind)


def fill(text: str, ending: str = ".png", kind: str = "PNG") -> dict[str, bytes]:
    """The files of `cats 6, dogs 6`; a class may have folders above and below it."""
    return {
        f"{folder}/{n:02d}{ending}" if folder else f"{n:02d}{ending}": picture(kind)
        for folder, number in counts(text).items()
        for n in range(number)
    }


def table(*rows: tuple) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


def read(text: str, passed_over: dict[str, int] | None = None, levels=None) -> Read:
    return Read(counts(text), passed_over or {}, levels)


PETS = "cats 6, dogs 6"
SPLIT = "train/cats 6, train/dogs 6, test/cats 3, test/dogs 3"
BESIDE = "beside the class folders"
BROKEN = "cannot be decoded"


def nfd(text: str) -> str:
    """With accents as characters of their own, as macOS writes names."""
    return unicodedata.normalize("NFD", text)
