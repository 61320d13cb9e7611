"""Files written whole: aside, then renamed, so that a reader sees all of one or none. JSON among them.

What is written is on the disk before it takes its place, so that a power cut leaves the old file or the new
one. On Windows a file that someone reads or has mapped into memory can be neither replaced nor deleted:
reading takes a moment, so both are tried for a while; what stays in use is left for another time.
"""

import contextlib
import errno
import json
import os
import secrets
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core import checksums
from core.checksums import Damaged
from core.errors import StoreError

HOME_FIX = "Set THAW_HOME to a folder that can be written."
TRIES, PAUSE_SECONDS = 10, 0.02  # for a file that is in use
LOCK_SECONDS = 20  # a lock is held for milliseconds: after this its holder hangs

_updating = threading.Lock()
_writes = count()  # `next` of it is one step, whichever thread asks
_written = 0


def written() -> int:
    """A number that changes whenever this process has written, moved or removed a file of the store."""
    return _written


def note_write() -> None:
    """Say so of a file that was written without one of the functions below."""
    global _written
    _written = next(_writes) + 1


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place if the body succeeds, else disappears.

    Its name is shared with no other writer, so of several that write one file the last one counts.

    Raises:
        StoreError: the folder cannot be written or the disk is full.
    """
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        sync(aside)
        _patiently(lambda: os.replace(aside, path))
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        note_write()
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> StoreError:
    """What to tell a person where `path` could not be written."""
    happened = f"{path} could not be written: {error.strerror or error}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(happened, fix="Free some disk space.")
    wrong = in_the_way(path if error.errno in (errno.EEXIST, errno.ENOTDIR) else path.parent)
    if wrong is not None:
        return wrong
    if os.path.isdir(path):
        return StoreError(happened, "Expected a file, and found a folder.", "Move it away.")
    return StoreError(happened, fix=HOME_FIX)


def in_the_way(folder: Path) -> StoreError | None:
    """What to tell a person where `folder` can be none: a file, a link that leads nowhere or anything else
    lies in its place or in that of one above it, or its name can be none. None where it is or can be made."""
    for wrong in (folder, *folder.parents):
        try:
            if stat.S_ISDIR(os.stat(wrong).st_mode):
                return None
            what = "is a file" if os.path.isfile(wrong) else "is no folder"
        except (FileNotFoundError, NotADirectoryError):
            if not os.path.islink(wrong):
                continue
            what = "is a link that leads nowhere"
        except (OSError, ValueError) as error:  # too long, a loop of links, a null byte
            what = f"cannot be used ({getattr(error, 'strerror', None) or error})"
            return StoreError(f"{wrong} {what}.", "Expected a folder.", HOME_FIX)
        fix = f"Move it away, or set{HOME_FIX.removeprefix('Set')}"
        return StoreError(f"{wrong} {what}.", "Expected a folder.", fix)
    return None


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb+") as stream:  # Windows syncs only what may be written
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk, where the system can do that (Windows cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _patiently(act: Callable[[], Any]) -> None:
    """Do something to a file, trying again for a moment while someone has it open.

    Raises:
        OSError: it stayed in use, or something else is wrong with it.
    """
    for left in reversed(range(TRIES)):
        try:
            act()
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(PAUSE_SECONDS)


def remove(path: Path) -> bool:
    """Delete a file; whether it is gone. One that stays in use is left for another time."""
    try:
        _patiently(lambda: path.unlink(missing_ok=True))
    except OSError:
        return False
    note_write()
    return True


def remove_folder(folder: Path) -> bool:
    """Delete a folder and all in it; whether it is gone. It loses its name first, so that a kill half-way
    leaves nothing that looks like the whole."""
    doomed = folder.with_name(f".deleted-{secrets.token_hex(8)}")
    try:
        _patiently(lambda: os.replace(folder, doomed))
    except FileNotFoundError:
        return True
    except OSError:
        doomed = folder  # a file in it is in use
    note_write()
    shutil.rmtree(doomed, ignore_errors=True)
    return not doomed.exists()


def move(path: Path, target: Path) -> bool:
    """Give a file or folder another name; whether it has it now. One that is gone or stays in use is left."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _patiently(lambda: os.replace(path, target))
    except OSError as error:
        if error.errno != errno.EXDEV:
            return False
        shutil.move(path, target)  # a folder below home that lies on another disk
    note_write()
    return True


# JSON


def write_json(path: Path, value) -> None:
    """Write `value` as readable JSON with its checksum, whole or not at all."""
    with replacing(path) as aside:
        aside.write_bytes(checksums.seal(json.dumps(value, indent=1) + "\n") + b"\n")


def read_json(path: Path) -> Any:
    """The value in a JSON file, or None where there is none or it is damaged."""
    try:
        return checksums.parse(path.read_bytes())
    except (OSError, Damaged):
        return None


def update_json(path: Path, change: Callable[[Any], Any]) -> Any:
    """Replace the value in a JSON file by `change` of it, so that no other update in between is lost.

    Args:
        change: Given the value, or None where there is none or it is damaged. It must not update
            another file.

    Returns:
        The new value.

    Raises:
        StoreError: the folder cannot be written, the disk is full, or another process holds on to the file.
    """
    with locked(path):
        value = change(read_json(path))
        write_json(path, value)
        return value


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the one right to update a file, among the threads of every process.

    Raises:
        StoreError: the folder cannot be written, or another process holds on to the file.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_SECONDS)
    with _updating, contextlib.ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(NotImplementedError):  # a file system without locks
                held.enter_context(lock.acquire(poll_interval=0.005))
        except Timeout as error:
            raise StoreError(
                f"{path.name} is in use by another process.", fix="End the other process, and try again."
            ) from error
        except OSError as error:
            raise unwritable(path, error) from error
        yield


def unchanged(path: Path, parse: Callable[[Any], Any]) -> Any:
    """`parse` of what a JSON file holds, kept until it changes; None where there is none or it is damaged.

    Pages ask for the same records many times a second. They are shared: read them, never change them.
    """
    try:
        stamp = checksums.stamp_of(path)
    except OSError:
        return None
    return _parsed(path, stamp, parse)


@lru_cache(maxsize=2048)
def _parsed(path: Path, _stamp: tuple[int, ...], parse: Callable[[Any], Any]) -> Any:
    plain = read_json(path)
    return None if plain is None else parse(plain)


def folder_bytes(folder: Path) -> int:
    """What the files below a folder take, by their lengths; 0 where there is none."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # gone in the meantime
            total += path.stat().st_size if path.is_file() else 0
    return total
