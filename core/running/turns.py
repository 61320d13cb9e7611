"""Whose turn it is: the files of the queue, in the order in which they will be served.

<home>/queue/<nanoseconds>-<key>.json   waiting: who asked first, and the seconds it should take
<home>/served.json                      whose job was taken when, so that people take turns

Looking takes no lock. Whatever changes them, or decides by them, holds `changing`.
"""

import contextlib
import math
import os
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

from core.errors import StoreError
from core.files import locked, read_json, remove, write_json
from core.keys import is_key
from core.store import Store

MEMORY_SECONDS = 3600  # how long it matters that someone was served
_NAME = re.compile(r"\d+-(.+)\.json")


@dataclass(frozen=True)
class Waiting:
    """A line of the queue.

    Attributes:
        files: Its file; several where a run was queued twice at once, as version 0.1 could.
        owner: Who asked first; empty where nobody said.
        seconds: What it should take; 0 where nobody said.
        again: Whether it was in training already, and was cut off.
    """

    files: tuple[Path, ...]
    run_key: str
    owner: str
    seconds: float
    again: bool


def changing(store: Store) -> contextlib.AbstractContextManager[None]:
    """Hold the one right to change the queue, among the threads of every process.

    Raises:
        StoreError: the store cannot be written, or another process holds on to it.
    """
    return locked(store.home / "queue")


def queue(store: Store) -> list[Waiting]:
    """What waits, next one first: what was cut off, then by turns among those who asked, each one's own in
    the order of asking.

    So ten runs of one person do not keep another's single run waiting for all ten.
    """
    served, turns, found = _served(store), Counter(), []
    for run_key, files in _files(store).items():
        line = _read(run_key, tuple(files))
        found.append(((not line.again, turns[line.owner], served.get(line.owner, 0.0)), line))
        turns[line.owner] += 1
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]  # stable: older ones first


def _read(run_key: str, files: tuple[Path, ...]) -> Waiting:
    """A line whose name says what it is; without readable content it is nobody's."""
    note = read_json(files[0])
    if not isinstance(note, dict):
        if os.path.exists(files[0]):  # else it was taken a moment ago
            say_once(f"{str(files[0])!r} says nothing readable: it is served as nobody's.")
        note = {}
    seconds = note.get("seconds")
    seconds = seconds if _is_number(seconds) else 0.0
    return Waiting(files, run_key, str(note.get("owner", "")), seconds, note.get("again") is True)


def _files(store: Store) -> dict[str, list[Path]]:
    """The files of the queue by the key in their names, older ones first; what else lies there is named."""
    folder, found = store.home / "queue", {}
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except FileNotFoundError:
        return {}
    except OSError as error:
        say_once(f"{str(folder)!r} cannot be read: {error.strerror or error}.")
        return {}
    for entry in entries:
        if entry.name.startswith("."):  # still being written
            continue
        name = _NAME.fullmatch(entry.name)
        if name and is_key(name[1]) and _is_file(entry):
            found.setdefault(name[1], []).append(folder / entry.name)
        else:
            say_once(f"{entry.path!r} is no line of the queue and is passed over.")
    return found


def _is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def add(store: Store, run_key: str, owner: str, seconds: float, *, again: bool = False) -> None:
    """Put a line at the end, or in front of all where it was in training already. Raises StoreError."""
    note = {"owner": owner, "seconds": round(seconds, 1)} | ({"again": True} if again else {})
    write_json(store.home / "queue" / f"{time.time_ns():020d}-{run_key}.json", note)


def leave(line: Waiting) -> bool:
    """Take a line off; whether it is gone. One that somebody has open stays for another time."""
    return all(remove(file) for file in line.files)


def served(store: Store, line: Waiting) -> None:
    """Note that its owner has had a turn."""
    with contextlib.suppress(StoreError):  # fairness is no reason to lose a job
        write_json(store.home / "served.json", _served(store) | {line.owner: time.time()})


def _served(store: Store) -> dict[str, float]:
    """Who had a job taken when, in seconds since the epoch."""
    noted = read_json(store.home / "served.json")
    known = noted.items() if isinstance(noted, dict) else ()
    return {who: when for who, when in known if _is_number(when) and time.time() - when < MEMORY_SECONDS}


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@lru_cache(maxsize=1024)
def say_once(sentence: str) -> None:
    """Tell whoever reads standard error, once a process: the queue is looked at many times a second."""
    print(sentence, file=sys.stderr)  # noqa: T201  # no page may be open
