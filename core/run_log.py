"""A run's log on the disk: what happened, a line each, with its time and a checksum."""

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core import checksums
from core.checksums import Damaged
from core.files import note_write, unwritable

FILE = "events.jsonl"
LASTING = ("status", "epoch")  # events that a power cut must not take; a stage is over in a moment


@dataclass(frozen=True, eq=False)
class Log:
    """What a run's log says, oldest first. Compared by identity, so caches can hold it."""

    events: tuple[dict[str, Any], ...]


NO_LOG = Log(())


def read(log: Path) -> Log:
    """What a log says; nothing where there is none. As long as it is what it is, the same object."""
    try:
        return _read(log, checksums.stamp_of(log))
    except OSError:
        return NO_LOG


@lru_cache(maxsize=64)
def _read(log: Path, _stamp: tuple[int, ...]) -> Log:
    """What a log says, read anew once it has grown: every open page asks for the same few each second."""
    return Log(tuple(parse(log.read_bytes().split(b"\n"))))


def parse(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """What the lines of a log say; those that are damaged or cut short are passed over."""
    for line in lines:
        if (event := _parsed(line)) is not None:
            yield event


@lru_cache(maxsize=4096)  # a log grows by a line, and is then read from its beginning
def _parsed(line: bytes) -> dict[str, Any] | None:
    with contextlib.suppress(Damaged):
        event = checksums.parse(line)
        if isinstance(event, dict) and "event" in event:
            return event
    return None


def append(log: Path, event: str, **values) -> None:
    """Append one line. One `write` a line: lines of two processes never mix.

    Raises:
        StoreError: it cannot be written.
    """
    line = checksums.seal(json.dumps({"event": event, "time": time.time(), **values})) + b"\n"
    try:
        with open(log, "ab+", buffering=0) as stream:
            if end := stream.seek(0, os.SEEK_END):
                stream.seek(end - 1)
                if stream.read(1) != b"\n":  # cut short by a kill: it must not take this line with it
                    line = b"\n" + line
            stream.write(line)
            if event in LASTING:
                os.fsync(stream.fileno())
    except OSError as error:
        raise unwritable(log, error) from error
    finally:
        note_write()
