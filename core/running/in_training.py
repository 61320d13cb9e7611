"""What trains now: <home>/running.json, written by the holder of the lock and read by everyone.

    {"run_keys": [...], "taken": seconds since the epoch, "asked": the same, "line": ...}

The keys are those of the job and, after it, of a first phase that it trains on its way; the rest is known of
a job that was taken off the queue, and says in which order others are served.

<home>/looking.json says the same of the look that is answered between its steps (`core.running.looking`).
"""

import os
import time
from dataclasses import replace
from typing import Any

from core import damage
from core.files import read_json, remove, write_json
from core.keys import is_key
from core.results import ACTIVE
from core.running import turns
from core.running.order import Training, Waiting
from core.store import Store

FILE, LOOK = "running.json", "looking.json"


def keys(store: Store, file: str = FILE) -> list[str]:
    """Keys of the run in training and, after it, of the first phase it is waiting for; of the look under way
    by `LOOK`."""
    found = _read(store, file).get("run_keys")
    return [key for key in found if is_key(key)] if isinstance(found, list) else []


def under_way(store: Store) -> list[str]:
    """Keys of all that this store's processes are at: `keys`, and that of a look."""
    return [*keys(store), *keys(store, LOOK)]


def at(store: Store) -> list[str]:
    """The job in training and the look that is answered meanwhile, without first phases."""
    return [*keys(store)[:1], *keys(store, LOOK)]


def pauses(store: Store, run_key: str) -> bool:
    """Whether this job waits while a look is answered. A sweep's workers do not."""
    line = line_of(store) if keys(store, LOOK) else None
    return line is not None and line.run_key == run_key and not line.patient


def looking_since(store: Store) -> float | None:
    """When the look under way was taken, in seconds since the epoch; None where there is none."""
    taken = _read(store, LOOK).get("taken")
    return taken if keys(store, LOOK) and turns.is_number(taken) else None


def training(store: Store) -> Training | None:
    """What trains now, with what is left of it by its log; None where nothing does."""
    found = keys(store)
    if not found:
        return None
    line, taken = line_of(store) or Waiting(found[0]), _read(store).get("taken")
    taken = taken if turns.is_number(taken) else 0.0
    said = _left(store, line.run_key, taken)
    left = said.get("seconds")
    if left is None and line.seconds:  # it says nothing yet, or, as most studies, nothing at all
        left = max(0.0, line.seconds - (time.time() - taken))
    return Training(line, taken, left, said.get("pause"))


def line_of(store: Store, file: str = FILE) -> Waiting | None:
    """The line of what trains now, as it was taken off the queue, with the first phases under way; None where
    it was not in the queue, as what a terminal trains."""
    note, found = _read(store, file), keys(store, file)
    line, asked = note.get("line"), note.get("asked")
    if not found or not isinstance(line, dict) or not turns.is_number(asked):
        return None
    return replace(turns.from_note(line, found[0], asked), on_the_way=tuple(found[1:]))


def _left(store: Store, run_key: str, taken: float, waited: float = 0.0) -> dict[str, float]:
    """Seconds until the run is done, `seconds`, and until it could give way, `pause`, by its own latest word,
    after which it has `waited` so long; empty where it has said nothing since it was `taken`."""
    said = [
        event
        for event in store.events(run_key)
        if event["event"] == "left"
        and turns.is_number(event.get("time")) and event["time"] >= taken
        and turns.is_number(event.get("seconds"))
    ]  # fmt: skip
    if not said:
        return {}
    gone = max(0.0, time.time() - said[-1]["time"] - waited)
    known = {name: said[-1].get(name) for name in ("seconds", "pause")}
    return {name: max(0.0, value - gone) for name, value in known.items() if turns.is_number(value)}


def note(store: Store, run_keys: list[str], line: Waiting | None = None, file: str = FILE) -> None:
    """Write down what trains now, or the look under way.

    Args:
        line: Of a job that has just been taken off the queue; else what is known of the first key stays.

    Raises:
        StoreError: it cannot be written.
    """
    path, before = store.home / file, _read(store, file)
    if path.is_dir():
        damage.set_aside(path, store.home, "it is a folder")
    if not run_keys and remove(path):
        return
    now: dict[str, Any] = {"run_keys": run_keys}
    if line is not None:
        now |= {"taken": time.time(), "asked": line.asked, "line": turns.as_note(line)}
    elif run_keys[:1] == keys(store, file)[:1]:
        now = before | now
    if now != before:
        write_json(path, now)


def waited(store: Store, seconds: float) -> None:
    """What trains has waited so long for a look: that is no time of its own, and it has as long to go as
    before.

    Raises:
        StoreError: it cannot be written.
    """
    found, before = keys(store), _read(store)
    if not found or not turns.is_number(taken := before.get("taken")):
        return
    if left := _left(store, found[0], taken, seconds):
        store.append(found[0], "left", **left)
    write_json(store.home / FILE, before | {"taken": taken + seconds})


def forget(store: Store, run_key: str, rest: list[str], file: str = FILE) -> None:
    """A run has ended, and its person's turn with it. Where its outcome could not be written, it stays noted
    for whoever trains next."""
    if store.status(run_key) in ACTIVE:
        return
    line = line_of(store, file)
    if line is not None and not rest:
        turns.had_a_turn(store, line)
    note(store, rest, file=file)


def _read(store: Store, file: str = FILE) -> dict[str, Any]:
    path = store.home / file
    found = read_json(path)
    if found is None and os.path.exists(path):
        turns.say_once(f"{str(path)!r} cannot be read and is passed over.")
    return found if isinstance(found, dict) else {}
