"""A listing of a folder, a zip or an upload: every file under a clean name, or a line that says why it is
passed over. `listers` make it. Only the first bytes of files with an unknown ending are read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.data.images import SUFFIXES
from core.data.names import RefusedName, clean_path, hidden_part, shown
from core.data.signatures import looks_like_picture
from core.errors import DatasetError

HEAD_BYTES = 64  # enough to tell a picture by
_PHOTOS_NOT_READ = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".svg", ".psd", ".jxl")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")

# Why a file is passed over; to be read after a number, as in "4 hidden or added by a system"
HIDDEN = "hidden or added by a system"
NO_PICTURE = "not a picture"
ARCHIVE = "packed once more: unpack it first"
NO_ORDINARY_FILE = "not an ordinary file"
LOCKED = "cannot be opened"
LINK_TO_NOWHERE = "linked to nowhere"
LINK_IN_A_CIRCLE = "linked in a circle"
TWICE = "twice under the same path"
EMPTY_FOLDER = "empty"
_OTHER_FILES = (HIDDEN, NO_PICTURE, EMPTY_FOLDER, LINK_IN_A_CIRCLE)


@dataclass(frozen=True)
class Limits:
    """How much is taken from one place.

    Attributes:
        files: Files of any kind.
        file_bytes: Of one file; no camera's picture comes near it.
        total_bytes: Of all files, unpacked.
        ratio: Unpacked against packed bytes of a member of a zip. Pictures are packed already: more than
            a few to one is an empty BMP, and a thousand to one is a bomb.
    """

    files: int = 200_000
    file_bytes: int = 256 * 2**20
    total_bytes: int = 64 * 2**30
    ratio: int = 200


IN_PLACE = Limits()


class Unreadable(Exception):
    """A file turned out to be unusable when it was read; the message says why."""


@dataclass(frozen=True)
class PassedOver:
    """A file, or a folder with all that is in it, that is not used.

    Attributes:
        name: Its clean path.
        reason: One of a few, the same for many files: what a count is told by.
        detail: What is known of this one.
        is_folder: Whether it is a folder.
        is_whole: Whether it is a picture like any other, but in no class.
        is_placed: Whether the name is its place; not so of a path that was refused.
    """

    name: str
    reason: str
    detail: str = ""
    is_folder: bool = False
    is_whole: bool = False
    is_placed: bool = True

    @property
    def is_picture(self) -> bool:
        """Whether it is, may hold, or claims to be, a picture: what a person would miss."""
        return self.reason not in _OTHER_FILES

    @property
    def is_unreadable(self) -> bool:
        """Whether it is, may hold, or claims to be, a picture, and cannot be read."""
        return self.is_picture and not self.is_whole


@dataclass(frozen=True)
class File:
    """A file that may be read.

    Attributes:
        path: Clean, parts separated by `/`. Two files may have the same one: only their spelling differed.
        place: What its source finds it by: the path as it is on disk, or the position in a zip.
        stamp: Bytes as stated, not as found, and time of change in ns (0 where none is known).
        read: Gives its first bytes, at most so many. Raises Unreadable.
        is_picture: By its ending; by its first bytes where the ending says nothing.
        most: Bytes it may have.
    """

    path: str
    place: Any
    stamp: tuple[int, int]
    read: Callable[[int], bytes]
    is_picture: bool
    most: int

    def content(self) -> bytes:
        """All of it. Raises Unreadable, also where there is more than was stated and allowed."""
        content = self.read(self.most + 1)
        if len(content) > self.most:
            raise Unreadable(too_large(self.most))
        return content


@dataclass
class Listing:
    """The files of one place.

    Attributes:
        guessed: Clean paths of a zip whose bytes say nothing of their alphabet, so that the names may be
            read wrongly.
        respelled: Whether a name is other than its source spells it: in a zip, than `zipfile` reads it.
            Spaces apart, and what follows from the name alone: UTF-8 in a zip, accents.
    """

    limits: Limits
    files: list[File] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    guessed: set[str] = field(default_factory=set)
    respelled: bool = False
    _bytes: int = 0
    _hidden: set[str] = field(default_factory=set)

    def add(
        self,
        path: str,
        place: Any,
        stamp: tuple[int, int],
        read: Callable[[int], bytes],
        problem: str = "",
        backslashes: bool = True,
    ) -> None:
        """Judge one file by its path and by `problem`, if its source knows one.

        Raises:
            DatasetError: there are too many files or bytes.
        """
        try:
            clean = clean_path(path, backslashes)
        except RefusedName as error:
            self.pass_over(shown(path), str(error), is_placed=False)
            return
        hidden, ending = hidden_part(clean), ending_of(clean)
        self.respelled |= clean.isascii() and clean != _plain(path, backslashes)
        if hidden is not None:
            if hidden not in self._hidden:  # a hidden folder is one line, whatever is in it
                self._hidden.add(hidden)
                self.pass_over(hidden, HIDDEN)
            return
        if stamp[0] > self.limits.file_bytes:
            problem = problem or too_large(self.limits.file_bytes)
        if problem or ending in _ARCHIVES or ending in _PHOTOS_NOT_READ:
            not_read = ARCHIVE if ending in _ARCHIVES else f"{ending} not readable here"
            self.pass_over(clean, problem or not_read)
            return
        is_picture = ending in SUFFIXES or _looks_like_picture(read)
        self.files.append(File(clean, place, stamp, read, is_picture, self.limits.file_bytes))
        self._bytes += stamp[0]
        self._refuse_too_much()

    def pass_over(self, name: str, reason: str, detail: str = "", **more: bool) -> None:
        """`more` are attributes of `PassedOver`."""
        self.passed_over.append(PassedOver(name, reason, detail, **more))
        self._refuse_too_much()

    def _refuse_too_much(self) -> None:
        if len(self.files) + len(self.passed_over) > self.limits.files:
            raise DatasetError(
                f"There are more than {self.limits.files:,} files.",
                "Expected the folder or zip of one set of photos.",
                "Name the folder in which the class folders are.",
                field="data.name",
            )
        if self._bytes > self.limits.total_bytes:
            raise DatasetError(
                f"The files are more than {self.limits.total_bytes / 1e9:.0f} GB unpacked.",
                "Expected the folder or zip of one set of photos.",
                "Take a part of them.",
                field="data.name",
            )


def _plain(path: str, backslashes: bool) -> str:
    text = path.replace("\\", "/") if backslashes else path
    return "/".join(part.strip() for part in text.split("/") if part not in ("", "."))


def too_large(most: int) -> str:
    """Why a file of more than so many bytes is passed over."""
    return f"more than {most / 2**20:g} MiB"


def ending_of(path: str) -> str:
    """Of a file's name, small, with its dot; empty where there is none."""
    file = path.rpartition("/")[2].lower()
    return "." + file.rpartition(".")[2] if "." in file else ""


def _looks_like_picture(read: Callable[[int], bytes]) -> bool:
    try:
        return looks_like_picture(read(HEAD_BYTES))
    except Unreadable:
        return False
