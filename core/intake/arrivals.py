"""What arrives: the files in a zip, in an uploaded folder or in a folder on this machine, none of them read.

Each becomes an `Arrival`, with its path cleaned, or a line of what was set aside and why. What a system adds
by itself (hidden files, `__MACOSX`, `Thumbs.db`) and files that claim to be no picture are only counted.
"""

import os
import stat
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.data.layouts import is_hidden, is_image
from core.data.zips import UNPACKING_ERRORS, is_folder, member_name, open_archive, read_member
from core.errors import DatasetError
from core.intake.names import MAX_PART, RefusedName, clean_path, readable

COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what every tool writes; others unpack unbounded
RATIO_FROM_BYTES = 2**20  # a small file may be as regular as it likes
_PHOTOS_NOT_READ = (".heic", ".heif", ".avif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".svg", ".psd")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class Limits:
    """How much is taken in at once.

    Attributes:
        files: Photos.
        file_bytes: Of one photo; no camera's JPEG comes near it.
        total_bytes: Of all photos, unpacked.
        ratio: Unpacked against packed bytes of a member of a zip. Pictures are packed already: more than
            a few to one is an empty BMP, and a thousand to one is a bomb.
    """

    files: int = 20_000
    file_bytes: int = 64 * 2**20
    total_bytes: int = 4 * 2**30
    ratio: int = 200


LIMITS = Limits()


@dataclass(frozen=True)
class SetAside:
    """A file that was not taken in: its name, readable, and why, as in "set aside: <reason>"."""

    name: str
    reason: str


class Unreadable(Exception):
    """A file turned out to be unusable when it was read; the message says why."""


@dataclass(frozen=True)
class Arrival:
    """A file that claims to be a picture.

    Attributes:
        path: Cleaned, parts separated by `/`.
        num_bytes: As stated, not as found.
        read: Gives its bytes, never many more than the limit; raises Unreadable.
    """

    path: str
    num_bytes: int
    read: Callable[[], bytes]


@dataclass
class Arrivals:
    """The files of one import.

    Attributes:
        passed_over: Files that claim to be no picture, and hidden ones.
    """

    files: list[Arrival] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    passed_over: int = 0

    def add(self, path: str, num_bytes: int, read: Callable[[], bytes], problem: str = "") -> None:
        """Judge one file by its path and by `problem`, if its source knows one."""
        try:
            clean = clean_path(path)
        except RefusedName as error:
            self.set_aside.append(SetAside(shown(path), str(error)))
            return
        ending = clean.lower()
        if is_hidden(clean):
            self.passed_over += 1
        elif ending.endswith(_ARCHIVES):
            self.set_aside.append(SetAside(clean, "an archive inside: unpack it first"))
        elif ending.endswith(_PHOTOS_NOT_READ):
            self.set_aside.append(SetAside(clean, "a format that is not read here: save it as JPEG"))
        elif not is_image(clean):
            self.passed_over += 1
        elif problem:
            self.set_aside.append(SetAside(clean, problem))
        else:
            self.files.append(Arrival(clean, num_bytes, read))


def shown(path: str) -> str:
    """A refused path, fit to be read."""
    text = readable(path) or "(no readable name)"
    return text if len(text) <= MAX_PART else text[: MAX_PART - 1] + "…"


def from_zip(file: BinaryIO, limits: Limits = LIMITS) -> Arrivals:
    """The files in a zip. `file` must stay open while they are read.

    Raises:
        DatasetError: not a zip, damaged, or with an absurd table of contents.
    """
    try:
        archive = open_archive(file)
    except UNPACKING_ERRORS as error:
        raise DatasetError(
            f"This is no zip that can be opened: {str(error).rstrip('.')}.",
            "Expected a complete zip of pictures.",
            "Make or download it again, or choose the folder instead.",
        ) from error
    found, seen = Arrivals(), set()
    for member in archive.infolist():
        if is_folder(member):
            continue
        name = member_name(member)
        problem = _member_problem(member, limits)
        if not problem and name in seen:
            problem = "the zip holds this path twice"
        seen.add(name)
        found.add(name, member.file_size, _member_reader(archive, member, limits), problem)
    return found


def _member_problem(member: zipfile.ZipInfo, limits: Limits) -> str:
    """What its entry in the table of contents says against a member; empty if nothing."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link, not a picture"
    if member.flag_bits & 0x1:
        return "locked with a password"
    if member.compress_type not in COMPRESSIONS:
        return "packed in a way that is not read here"
    if member.file_size > limits.file_bytes:
        return _too_large(limits)
    if member.file_size > max(RATIO_FROM_BYTES, limits.ratio * member.compress_size):
        return f"it unpacks to more than {limits.ratio} times its size"
    return ""


def _too_large(limits: Limits) -> str:
    return f"more than {limits.file_bytes / 2**20:g} MiB"


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return read_member(archive, member, limits.file_bytes)
        except UNPACKING_ERRORS as error:
            raise Unreadable(
                f"damaged in the zip ({str(error).rstrip('.') or type(error).__name__})"
            ) from error

    return read


def from_uploads(uploads: Iterable[tuple[str, bytes | memoryview]], limits: Limits = LIMITS) -> Arrivals:
    """Files a browser sent: (path below the chosen folder, content)."""
    found = Arrivals()
    for path, content in uploads:
        problem = _too_large(limits) if len(content) > limits.file_bytes else ""
        found.add(path, len(content), lambda content=content: bytes(content), problem)
    return found


def from_folder(folder: Path, limits: Limits = LIMITS) -> Arrivals:
    """The files below a folder of this machine; links are set aside, since they may lead anywhere."""
    found = Arrivals()
    for above, below, names in os.walk(folder):
        links = [child for child in below if os.path.islink(os.path.join(above, child))]
        below[:] = sorted(child for child in below if not is_hidden(child) and child not in links)
        for name in sorted(names):
            path = Path(above, name)
            relative = path.relative_to(folder).as_posix()
            try:
                info = path.lstat()
            except OSError as error:
                found.set_aside.append(SetAside(shown(relative), error.strerror or str(error)))
                continue
            problem = ""
            if not stat.S_ISREG(info.st_mode):
                problem = "a link, not a picture" if stat.S_ISLNK(info.st_mode) else "no ordinary file"
            elif info.st_size > limits.file_bytes:
                problem = _too_large(limits)
            found.add(relative, info.st_size, _file_reader(path, limits), problem)
        for link in links:
            found.set_aside.append(
                SetAside(shown(Path(above, link).relative_to(folder).as_posix()), "a link, not a folder")
            )
    return found


def _file_reader(path: Path, limits: Limits) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as stream:
                content = stream.read(limits.file_bytes + 1)
        except OSError as error:
            raise Unreadable(f"cannot be read ({error.strerror or error})") from error
        if len(content) > limits.file_bytes:
            raise Unreadable(_too_large(limits))
        return content

    return read
