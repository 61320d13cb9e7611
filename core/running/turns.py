"""The files of the queue, in the order in which they will be served (`core.running.order`).

<home>/queue/<nanoseconds>-<key>.json   waiting: who asked first, the seconds it should take, and so on
<home>/served.json                      whose last turn ended when, so that people take turns
<home>/looked.json                      the same of looks

Looking takes no lock. Whatever changes them, or decides by them, holds `changing`.
"""

import contextlib
import math
import os
import re
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

from core.errors import StoreError
from core.files import locked, read_json, remove, unchanged, write_json
from core.keys import is_key
from core.running.order import Training, Turn, Waiting, looks_first, plan
from core.store import Store
from core.together import Together

_together = Together()
SERVED, LOOKED = "served.json", "looked.json"
MEMORY_SECONDS = 3600  # how long it matters that someone was served
_NAME = re.compile(r"(\d+)-(.+)\.json")


def changing(store: Store) -> contextlib.AbstractContextManager[None]:
    """Hold the one right to change the queue, among the threads of every process.

    Raises:
        StoreError: the store cannot be written, or another process holds on to it.
    """
    return locked(store.home / "queue")


def queue(store: Store) -> list[Waiting]:
    """What waits, next one first, as if nothing were in training."""
    return [turn.line for turn in schedule(store)]


def schedule(store: Store, training: Training | None = None) -> list[Turn]:
    """What waits, next one first, and when each begins, if nothing else is asked for.

    Args:
        training: What trains now, if anything does.
    """
    return plan(lines(store), ended(store), time.time(), training, ended(store, LOOKED))


def looks(store: Store) -> list[Waiting]:
    """What waits and is answered between the steps of what trains, next one first."""
    found = [line for line in lines(store) if line.look]
    if not found:  # as nearly always, a few times a second
        return []
    return [turn.line for turn in looks_first(found, ended(store, LOOKED), time.time())[0]]


def lines(store: Store) -> list[Waiting]:
    """What waits, in the order of asking."""
    return [*_together(store.home, lambda: _read_all(store))]


def _read_all(store: Store) -> list[Waiting]:
    return [_read(run_key, tuple(files)) for run_key, files in _files(store).items()]


def _read(run_key: str, files: tuple[Path, ...]) -> Waiting:
    """A line whose name says what it is; without readable content it is nobody's."""
    note = unchanged(files[0], _note)
    if note is None:
        if os.path.exists(files[0]):  # else it was taken a moment ago
            say_once(f"{str(files[0])!r} says nothing readable: it is served as nobody's.")
        note = {}
    asked = int(files[0].name.partition("-")[0]) / 1e9
    return from_note(note, run_key, asked, files)


def _note(plain: Any) -> dict[str, Any] | None:
    return plain if isinstance(plain, dict) else None


def from_note(note: dict[str, Any], run_key: str, asked: float, files: tuple[Path, ...] = ()) -> Waiting:
    """A line by what `as_note` wrote of it; what makes no sense in it is passed over."""
    seconds, since, spent = (
        max(0.0, value) if is_number(value) else 0.0
        for value in (note.get("seconds"), note.get("since"), note.get("spent"))
    )
    keys = note.get("on_the_way")
    return Waiting(
        run_key=run_key,
        files=files,
        asked=asked,
        owner=str(note.get("owner", "")),
        seconds=seconds,
        again=note.get("again") is True,
        shared=note.get("shared") is True,
        since=since,
        spent=spent,
        on_the_way=tuple(key for key in keys if is_key(key)) if isinstance(keys, list) else (),
        patient=note.get("patient") is True,
        look=note.get("look") is True,
    )


def as_note(line: Waiting) -> dict[str, Any]:
    """What is written of a line besides its key and when it was asked for, but what goes without saying."""
    note = {
        "owner": line.owner, "seconds": round(line.seconds, 1), "again": line.again, "shared": line.shared,
        "since": line.since, "spent": round(line.spent, 1), "on_the_way": list(line.on_the_way),
        "patient": line.patient, "look": line.look,
    }  # fmt: skip
    return {name: value for name, value in note.items() if value or name in ("owner", "seconds")}


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
        if name and is_key(name[2]) and _is_file(entry):
            found.setdefault(name[2], []).append(folder / entry.name)
        else:
            say_once(f"{entry.path!r} is no line of the queue and is passed over.")
    return found


def _is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def add(store: Store, line: Waiting) -> None:
    """Put a line in the queue, or in its old place where it was in it before. Raises StoreError."""
    asked = round(line.asked * 1e9) or time.time_ns()
    write_json(store.home / "queue" / f"{asked:020d}-{line.run_key}.json", as_note(line))


def change(line: Waiting) -> None:
    """Write a line that waits anew. Raises StoreError."""
    for file in line.files:
        write_json(file, as_note(line))


def leave(line: Waiting) -> bool:
    """Take a line off; whether it is gone. One that somebody has open stays for another time."""
    return all(remove(file) for file in line.files)


def had_a_turn(store: Store, line: Waiting) -> None:
    """Note that the turn of this line's person has begun, and again that it has ended."""
    file = LOOKED if line.look else SERVED
    with contextlib.suppress(StoreError):  # fairness is no reason to lose a job
        write_json(store.home / file, ended(store, file) | {line.owner: time.time()})


def ended(store: Store, file: str = SERVED) -> dict[str, float]:
    """Whose last turn ended when, in seconds since the epoch; whose last look by `LOOKED`."""
    noted = read_json(store.home / file)
    known = noted.items() if isinstance(noted, dict) else ()
    return {who: when for who, when in known if is_number(when) and time.time() - when < MEMORY_SECONDS}


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value out of a file is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@lru_cache(maxsize=1024)
def say_once(sentence: str) -> None:
    """Tell whoever reads standard error, once a process: the queue is looked at many times a second."""
    print(sentence, file=sys.stderr)  # noqa: T201  # no page may be open
