"""What is in a folder, a zip or an upload, one lister each, into one kind of listing.

Whoever made the files may mean harm, and folders may be endless: every read and every list is bounded, only
regular files are opened, and a link is followed where it leads to a file or folder that is not above it.
"""

import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from core.data.images import SUFFIXES
from core.data.listing import (
    EMPTY_FOLDER,
    HIDDEN,
    IN_PLACE,
    LINK_IN_A_CIRCLE,
    LINK_TO_NOWHERE,
    LOCKED,
    NO_ORDINARY_FILE,
    TWICE,
    Limits,
    Listing,
    Unreadable,
    ending_of,
)  # fmt: skip
from core.data.names import RefusedName, clean_path, hidden_part, readable, shown
from core.data.zips import UNPACKING_ERRORS, member_names, open_archive, read_member
from core.errors import DatasetError
from core.stopping import ShouldStop, check_stop

COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what every tool writes; others unpack unbounded
RATIO_FROM_BYTES = 2**20  # a small file may be as regular as it likes
DEEPEST = 40  # folders; no file may lie as deep, and what lies deeper is not looked for


# Folders


def of_folder(folder: Path, limits: Limits = IN_PLACE, should_stop: ShouldStop | None = None) -> Listing:
    """The files below a folder of this machine.

    Raises:
        DatasetError: the folder cannot be opened, or holds too much.
        Stopped: `should_stop` said so.
    """
    found = Listing(limits)
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise DatasetError(
            f"The folder {folder} cannot be opened: {error.strerror or error}.",
            fix="Check that it is there and that you may read it.",
            field="data.name",
        ) from error
    _walk(folder, "", found, (), should_stop)
    return found


def _walk(folder: Path, relative: str, found: Listing, above: tuple, should_stop) -> None:
    """Add what is in `folder / relative`. `above` are the (device, inode) of the folders on the way."""
    here = folder / relative
    check_stop(should_stop)
    try:
        info = here.stat()
        entries = sorted(_entries(here, found.limits, should_stop), key=lambda entry: entry.name)
    except OSError as error:
        _pass_over_locked(found, relative, error)
        return
    if not entries and relative:
        found.pass_over(_clean_folder(relative), EMPTY_FOLDER, is_folder=True)
    above = (*above, (info.st_dev, info.st_ino))
    for entry in entries:
        path = f"{relative}/{entry.name}" if relative else entry.name
        if _is_folder(entry):
            _folder_entry(folder, path, found, above, should_stop)
        else:
            _file_entry(folder, path, entry, found)


def _entries(here: Path, limits: Limits, should_stop) -> Iterator[os.DirEntry]:
    with os.scandir(here) as entries:
        for number, entry in enumerate(entries):
            if number % 1024 == 0:
                check_stop(should_stop)
            yield entry
            if number > limits.files:  # one more than allowed is enough to say so
                return


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _folder_entry(folder: Path, path: str, found: Listing, above: tuple, should_stop) -> None:
    clean = _clean_folder(path)
    try:
        info = (folder / path).stat()
        is_hidden = hidden_part(clean_path(path, backslashes=False)) is not None
    except RefusedName as error:  # every file in it is told of, as those of a zip are
        is_hidden = False
        if path.count("/") > DEEPEST:
            found.pass_over(shown(path), str(error), is_folder=True, is_placed=False)
            return
    except OSError as error:
        _pass_over_locked(found, path, error)
        return
    if is_hidden:
        found.pass_over(clean, HIDDEN, is_folder=True)
    elif (info.st_dev, info.st_ino) in above:
        found.pass_over(clean, LINK_IN_A_CIRCLE, is_folder=True)
    else:
        _walk(folder, path, found, above, should_stop)


def _file_entry(folder: Path, path: str, entry: os.DirEntry, found: Listing) -> None:
    try:
        info = entry.stat()
    except OSError as error:
        to_folder = entry.is_symlink() and ending_of(path) not in SUFFIXES  # it may have been a class
        why = LINK_TO_NOWHERE if entry.is_symlink() else LOCKED
        found.pass_over(_clean_folder(path), why, error.strerror or str(error), is_folder=to_folder)
        return
    problem = "" if stat.S_ISREG(info.st_mode) else NO_ORDINARY_FILE
    stamp = (info.st_size, info.st_mtime_ns)
    found.add(path, path, stamp, lambda most: read_file(folder / path, most), problem, backslashes=False)


def _pass_over_locked(found: Listing, path: str, error: OSError) -> None:
    found.pass_over(_clean_folder(path), LOCKED, error.strerror or str(error), is_folder=True)


def _clean_folder(path: str) -> str:
    return "/".join(readable(part) or "?" for part in path.split("/"))


def read_file(path: Path, most: int) -> bytes:
    """At most so many bytes of a regular file. Raises Unreadable."""
    try:
        if not path.is_file() and path.exists():  # a pipe would be waited for for ever
            raise Unreadable(NO_ORDINARY_FILE)
        with path.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror or error})") from error


# Zips


def of_zip(file: BinaryIO, limits: Limits = IN_PLACE, stamp: int = 0) -> Listing:
    """The files in a zip. `file` must stay open while they are read.

    Args:
        stamp: When the zip changed, ns.

    Raises:
        DatasetError: not a zip, damaged, with an absurd table of contents, or it holds too much.
    """
    try:
        archive = open_archive(file)
    except UNPACKING_ERRORS as error:
        raise DatasetError(
            f"This is no zip that can be opened: {str(error).rstrip('.')}.",
            "Expected a complete zip of pictures.",
            "Make or download it again, or choose the folder instead.",
            field="data.name",
        ) from error
    found, names, seen = Listing(limits), [], set()
    members = archive.infolist()
    for position, (member, name) in enumerate(zip(members, member_names(members), strict=True)):
        names.append(name.text)
        if name.text.endswith(("/", "\\")):
            continue
        problem = _member_problem(member, limits) or (TWICE if name.text in seen else "")
        seen.add(name.text)
        before = len(found.files)
        found.add(name.text, position, (member.file_size, stamp), _member_reader(archive, member), problem)
        found.respelled |= name.respelled
        if name.guessed and len(found.files) > before:
            found.guessed.add(found.files[-1].path)
    _note_empty_folders(names, found)
    return found


def _note_empty_folders(names: Iterable[str], found: Listing) -> None:
    """Note the folders of a zip, which end in a slash, that nothing lies in."""
    spelled = {name.replace("\\", "/").removeprefix("./") for name in names}
    filled = {parent for name in spelled for parent in _parents(name.rstrip("/"))}
    for name in sorted(name for name in spelled if name.endswith("/") and name not in filled):
        clean = _clean_folder(name.strip("/"))
        if hidden_part(clean) is None:
            found.pass_over(clean, EMPTY_FOLDER, is_folder=True)


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield f"{path}/"


def _member_problem(member: zipfile.ZipInfo, limits: Limits) -> str:
    """What its entry in the table of contents says against a member; empty if nothing."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return "linked inside a zip"
    if member.flag_bits & 0x1:
        return "locked with a password"
    if member.compress_type not in COMPRESSIONS:
        return "packed in a way that is not read here"
    if member.file_size > max(RATIO_FROM_BYTES, limits.ratio * member.compress_size):
        return f"unpacking to more than {limits.ratio} times its size"
    return ""


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            return read_member(archive, member, most)
        except (OSError, ValueError) as error:  # its table leads outside of it
            raise Unreadable("damaged in the zip") from error
        except UNPACKING_ERRORS as error:
            why = str(error).rstrip(".") or type(error).__name__
            raise Unreadable(f"damaged in the zip ({why})") from error

    return read


# Uploads


def of_uploads(uploads: Iterable[tuple[str, bytes | memoryview]], limits: Limits = IN_PLACE) -> Listing:
    """Files a browser sent: (path, content). A chosen folder's own name stands before every path, and is
    left away."""
    found, uploads = Listing(limits), list(uploads)
    tops = {path.partition("/")[0] if "/" in path else "" for path, _ in uploads}
    top = f"{top}/" if len(tops) == 1 and (top := tops.pop()) else ""
    for path, content in uploads:
        below = path.removeprefix(top)
        found.add(below, path, (len(content), 0), _reader(content), backslashes=False)
    return found


def _reader(content: bytes | memoryview) -> Callable[[int], bytes]:
    return lambda most: bytes(content[:most])
