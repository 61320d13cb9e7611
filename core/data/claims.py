"""Which process a folder waits for. It holds a lock in there, which the system takes away when the process
ends, however it ends: so leftovers of a kill are told from what somebody still looks at.
"""

import contextlib
import threading
from pathlib import Path

from filelock import FileLock, Timeout

FILE = ".claimed"

_held: dict[Path, FileLock] = {}
_changing = threading.Lock()


def claim(folder: Path) -> None:
    """Say that this process uses a folder, until it ends or `release`. Raises OSError where that fails."""
    lock = FileLock(folder / FILE, thread_local=False)  # another thread may release it
    with contextlib.suppress(NotImplementedError):  # a file system without locks: then age alone decides
        lock.acquire(timeout=1)
    with _changing:
        _held[folder] = lock


def release(folder: Path) -> None:
    """Say that this process no longer uses a folder; nothing where it does not."""
    with _changing:
        lock = _held.pop(folder, None)
    if lock is not None:
        lock.release(force=True)
        with contextlib.suppress(OSError):
            (folder / FILE).unlink(missing_ok=True)


def abandoned(folder: Path) -> bool:
    """Whether the process that claimed a folder has ended. Not so where none ever did."""
    if folder in _held or not (folder / FILE).exists():
        return False
    lock = FileLock(folder / FILE)
    try:
        with lock.acquire(timeout=0):
            return True
    except (Timeout, OSError, NotImplementedError):
        return False
