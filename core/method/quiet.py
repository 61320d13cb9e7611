"""Keep C++ libraries that print as they please off the terminal."""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

_lock = threading.Lock()
_aside: "_Aside | None" = None  # there while at least one body runs


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Turn standard output and error aside for the body; show what was said only if it fails.

    TensorFlow's and LiteRT's C++ ignore the log-level variables at import, so the file descriptors
    themselves are turned. They are the whole process's: where bodies overlap, the first one turns them and
    the last one turns them back, and a body that fails shows what all of them have said since it began.
    """
    aside, begin = _enter()
    try:
        yield
    except BaseException:
        _leave(aside, begin)
        raise
    _leave(aside, None)


def _enter() -> tuple["_Aside", int]:
    """One more body, and where in the file its words will begin."""
    global _aside
    with _lock:
        if _aside is None:
            _aside = _Aside()
        _aside.bodies += 1
        return _aside, _aside.length()


def _leave(aside: "_Aside", show_from: int | None) -> None:
    global _aside
    with _lock:
        try:
            if show_from is not None:
                aside.show(show_from)
        finally:
            aside.bodies -= 1
            if not aside.bodies:
                _aside = None
                aside.turn_back()


class _Aside:
    """Descriptors 1 and 2, turned into a file. Hold the lock for each of its methods."""

    def __init__(self):
        self.bodies = 0
        _flush()
        self._said = _a_file()
        self._kept = [os.dup(1), os.dup(2)]
        for descriptor in (1, 2):
            os.dup2(self._said.fileno(), descriptor)

    def length(self) -> int:
        """Bytes said so far."""
        _flush()
        return self._said.seek(0, os.SEEK_END)

    def show(self, begin: int) -> None:
        """Print on the real standard error what was said since `begin`."""
        _flush()
        self._said.seek(begin)
        text = self._said.read()  # the descriptors share this file's position: it is at the end again
        with contextlib.suppress(OSError):  # nobody listens any more
            os.write(self._kept[1], text)

    def turn_back(self) -> None:
        _flush()
        for descriptor, kept in zip((1, 2), self._kept, strict=True):
            os.dup2(kept, descriptor)
            os.close(kept)
        self._said.close()


def _flush() -> None:
    """Python's own words go where they were said."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none at all
            stream.flush()


def _a_file() -> IO[bytes]:
    """An empty file of no name; where none can be made, what is said is lost."""
    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError:
        return open(os.devnull, "r+b", buffering=0)
