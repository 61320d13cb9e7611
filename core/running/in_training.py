"""What trains now: <home>/running.json, written by the holder of the lock and read by everyone.

    {"run_keys": [...], "taken": seconds since the epoch, "asked": the same, "line": ...}

The keys are those of the job and, after it, of a first phase that it trains on its way; the rest is known of
a job that was taken off the queue, and says in which order others are served.
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

FILE = "running.json"


def keys(store: Store) -> list[str]:
    """Keys of the run in training and, after it, of the first phase it is waiting for."""
    found = _read(store).get("run_keys")
    return [key for key in found if is_key(key)] if isinstance(found, list) else []


def training(store: Store) -> Training | None:
    """What trains now, with what is left of it by its log; None where nothing does."""
    found = keys(store)
    if not found:
        return None
    line, taken = line_of(store) or Waiting(found[0]), _read(store).get("taken")
    taken = taken if turns.is_number(taken) else 0.0
    left, pause = _left(store, line.run_key, taken)
    if left is None and line.seconds:  # it says nothing yet, or, as most studies, nothing at all
        left = max(0.0, line.seconds - (time.time() - taken))
    return Training(line, taken, left, pause)


def line_of(store: Store) -> Waiting | None:
    """The line of what trains now, as it was taken off the queue, with the first phases under way; None where
    it was not in the queue, as what a terminal trains."""
    note, found = _read(store), keys(store)
    line, asked = note.get("line"), note.get("asked")
    if not found or not isinstance(line, dict) or not turns.is_number(asked):
        return None
    return replace(turns.from_note(line, found[0], asked), on_the_way=tuple(found[1:]))


def _left(store: Store, run_key: str, taken: float) -> tuple[float | None, float | None]:
    """Seconds until the run is done and until it could give way, by its own latest word."""
    said = [
        event
        for event in store.events(run_key)
        if event["event"] == "left"
        and turns.is_number(event.get("time")) and event["time"] >= taken
        and turns.is_number(event.get("seconds"))
    ]  # fmt: skip
    if not said:
        return None, None
    latest = said[-1]
    gone, pause = time.time() - latest["time"], latest.get("pause")
    left = max(0.0, latest["seconds"] - gone)
    return left, max(0.0, pause - gone) if turns.is_number(pause) else None


def note(store: Store, run_keys: list[str], line: Waiting | None = None) -> None:
    """Write down what trains now.

    Args:
        line: Of a job that has just been taken off the queue; else what is known of the first key stays.

    Raises:
        StoreError: it cannot be written.
    """
    path, before = store.home / FILE, _read(store)
    if path.is_dir():
        damage.set_aside(path, store.home, "it is a folder")
    if not run_keys and remove(path):
        return
    now: dict[str, Any] = {"run_keys": run_keys}
    if line is not None:
        now |= {"taken": time.time(), "asked": line.asked, "line": turns.as_note(line)}
    elif run_keys[:1] == keys(store)[:1]:
        now = before | now
    if now != before:
        write_json(path, now)


def forget(store: Store, run_key: str, rest: list[str]) -> None:
    """A run has ended, and its person's turn with it. Where its outcome could not be written, it stays noted
    for whoever trains next."""
    if store.status(run_key) in ACTIVE:
        return
    line = line_of(store)
    if line is not None and not rest:
        turns.had_a_turn(store, line.owner)
    note(store, rest)


def _read(store: Store) -> dict[str, Any]:
    path = store.home / FILE
    found = read_json(path)
    if found is None and os.path.exists(path):
        turns.say_once(f"{str(path)!r} cannot be read and is passed over.")
    return found if isinstance(found, dict) else {}
