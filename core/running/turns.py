"""Whose turn it is: the files of the queue, in the order in which they will be served.

<home>/queue/<nanoseconds>-<key>.json   waiting: who asked first, and the seconds it should take
<home>/served.json                      whose job was taken when, so that people take turns
"""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files import read_json, write_json
from core.store import Store

MEMORY_SECONDS = 3600  # how long it matters that someone was served


@dataclass(frozen=True)
class Waiting:
    """A line of the queue.

    Attributes:
        owner: Who asked first; empty where nobody said.
        seconds: What it should take; 0 where nobody said.
    """

    file: Path
    run_key: str
    owner: str
    seconds: float


def queue(store: Store) -> list[Waiting]:
    """What waits, next one first: by turns among those who asked, each one's own in the order of asking.

    So ten runs of one person do not keep another's single run waiting for all ten.
    """
    served, turns, found = _served(store), Counter(), []
    for file in sorted((store.home / "queue").glob("[!.]*.json")):  # a dot: still being written
        note = read_json(file)
        note = note if isinstance(note, dict) else {}
        owner, seconds = str(note.get("owner", "")), note.get("seconds")
        line = Waiting(file, file.stem.partition("-")[2], owner, seconds if _is_number(seconds) else 0.0)
        found.append(((turns[owner], served.get(owner, 0.0)), line))
        turns[owner] += 1
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]  # stable: older ones first


def add(store: Store, run_key: str, owner: str, seconds: float) -> None:
    """Put a line at the end."""
    note = {"owner": owner, "seconds": round(seconds, 1)}
    write_json(store.home / "queue" / f"{time.time_ns():020d}-{run_key}.json", note)


def take(store: Store, line: Waiting) -> None:
    """Take a line off, and note whose it was.

    Raises:
        FileNotFoundError: someone else has taken it.
    """
    line.file.unlink()
    write_json(store.home / "served.json", _served(store) | {line.owner: time.time()})


def _served(store: Store) -> dict[str, float]:
    """Who had a job taken when, in seconds since the epoch."""
    noted = read_json(store.home / "served.json")
    known = noted.items() if isinstance(noted, dict) else ()
    return {who: when for who, when in known if _is_number(when) and time.time() - when < MEMORY_SECONDS}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
