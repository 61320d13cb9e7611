"""A queue of trainings: what asks, takes, stops and notes the outcome. The worker's and the pages' end alike.

Everything lies in files, so that a reload, a second tab or a second app sees the same state:

    <home>/queue/                           what waits, see `core.running.turns`
    <home>/stop/<key>                       someone asked this run to stop
    <home>/running.json                     what the holder of the lock is training
    <home>/training.lock                    held while training: one at a time per store
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core import damage
from core.config import ExperimentConfig
from core.errors import Stopped, ThawError
from core.files import read_json, remove, unwritable, write_json
from core.keys import is_key
from core.results import ACTIVE
from core.running import turns
from core.store import Store

MOST_RESUMPTIONS = 2  # a run that takes its process with it each time must not do so for ever


def enqueue(
    store: Store,
    run_key: str,
    config: ExperimentConfig,
    study: dict[str, Any] | None = None,
    *,
    owner: str = "",
    seconds: float = 0.0,
) -> None:
    """Put a run or a study in the queue unless it is finished or under way: asking twice trains once.

    Args:
        study: What a study asks, as `core.explain.studies` writes it.
        owner: Who asks; noted in the run's log, so that others' wishes are known before it is stopped.
        seconds: What it should take.

    Raises:
        StoreError: the store cannot be written.
    """
    if store.finished(run_key):
        return
    with turns.changing(store):
        waits = run_key in waiting(store)
        under_way = store.status(run_key) in ACTIVE and (waits or run_key in running_keys(store))
        if not under_way:
            store.create(run_key, config, study)
            clear_stop(store, run_key)
            if not waits:
                turns.add(store, run_key, owner, seconds)
            store.set_status(run_key, "queued")
        if owner:
            store.append(run_key, "asked", by=owner)


def next_job(store: Store) -> str | None:
    """Take the next run off the queue, noted as running before it leaves: at no moment is it in neither
    place. Call it while holding the lock, and `job_done` in the end."""
    with turns.changing(store):
        for line in turns.queue(store):
            _note_running(store, [line.run_key])
            if turns.leave(line):
                if not stop_requested(store, line.run_key):
                    turns.served(store, line)
                    return line.run_key
                store.set_status(line.run_key, "stopped", message=NOT_STARTED)
            _note_running(store, [])
    return None


def job_done(store: Store, run_key: str) -> None:
    """Forget what `next_job` noted, and a wish to stop that came too late."""
    _forget_running(store, run_key, [])
    clear_stop(store, run_key)


def waiting(store: Store) -> list[str]:
    """Keys of the queued runs, next one first."""
    return [line.run_key for line in turns.queue(store)]


# Stopping

NOT_STARTED = "Stopped before it started."


def stop_requested(store: Store, run_key: str) -> bool:
    """Whether someone asked this run to stop."""
    return os.path.exists(_wish(store, run_key))


def clear_stop(store: Store, run_key: str) -> None:
    """Forget an earlier request to stop."""
    remove(_wish(store, run_key))


def _wish(store: Store, run_key: str) -> Path:
    return store.home / "stop" / store.path(run_key).name  # refuses what is not a key and could be any path


def request_stop(store: Store, run_key: str) -> None:
    """Ask a run to stop: a queued one at once, a training one within a batch.

    Raises:
        StoreError: the wish cannot be written down.
    """
    wish = _wish(store, run_key)
    with turns.changing(store):
        try:
            wish.parent.mkdir(parents=True, exist_ok=True)
            wish.touch()
        except OSError as error:
            raise unwritable(wish, error) from error
        lines = [line for line in turns.queue(store) if line.run_key == run_key]
        lost = store.status(run_key) in ACTIVE and run_key not in running_keys(store)
        if all(map(turns.leave, lines)) and (lines or lost):
            store.set_status(run_key, "stopped", message=NOT_STARTED)


# In training


@contextlib.contextmanager
def training_lock(store: Store, on_wait=None) -> Iterator[None]:
    """Hold the store's one place for training. Whoever gets it takes care of what a killed holder left.

    Args:
        on_wait: Called once if someone else is training.

    Raises:
        StoreError: the store cannot be written.
    """
    lock = FileLock(store.home / "training.lock")
    try:
        store.runs.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if on_wait:
                on_wait()
            lock.acquire(poll_interval=0.1)
    except OSError as error:
        raise unwritable(store.runs, error) from error
    try:
        take_up_again(store)
        yield
    finally:
        lock.release()


def take_up_again(store: Store) -> None:
    """With the lock in hand nobody trains: a run still noted as running was cut off by a crash.

    It goes on from its checkpoint, next of all, twice at most, unless someone wished to stop it. A first
    phase that it was training on its way goes on with it.
    """
    with turns.changing(store):
        keys, waits = running_keys(store), waiting(store)
        cut_off = [key for key in keys if store.status(key) in ACTIVE and key not in waits]
        stopped = any(stop_requested(store, key) for key in keys)
        for key in cut_off:
            resumptions = count_resumptions(store.events(key))
            if stopped:
                store.set_status(key, "stopped", message="Stopped. Finished epochs are kept.")
            elif key == keys[0] and resumptions < MOST_RESUMPTIONS:
                turns.add(store, key, "", 0.0, again=True)
            else:
                again = f" That was attempt {resumptions + 1} in a row." if resumptions else ""
                store.set_status(key, "interrupted", message=CUT_OFF + again)
        _note_running(store, [])
        _say_queued(store)


CUT_OFF = "The training process ended before it was done."


def _say_queued(store: Store) -> None:
    """Note in their logs that runs wait: those just put back, and those put in the queue before a crash."""
    for line in turns.queue(store):
        key = line.run_key
        if store.status(key) in ("queued", "finished") or not store.path(key).is_dir():
            continue
        if line.again:
            resumption = count_resumptions(store.events(key)) + 1
            store.set_status(key, "queued", message=f"{CUT_OFF} It goes on.", resumption=resumption)
        else:
            store.set_status(key, "queued")


def count_resumptions(events: list[dict[str, Any]]) -> int:
    """How many times in a row a run was taken up again by itself, by its log."""
    count = 0
    for event in reversed(events):
        if event["event"] == "status" and event.get("status") != "running":
            if not event.get("resumption"):
                break
            count += 1
    return count


def mark_lost(store: Store) -> None:
    """Mark as interrupted what says that it waits or trains and does neither: the queue was deleted, say.

    Reads the log of every run; call it once a process, while holding the lock.
    """
    with turns.changing(store):
        known = {*waiting(store), *running_keys(store)}
        for folder in store.runs.iterdir():
            if is_key(folder.name) and folder.name not in known and store.status(folder.name) in ACTIVE:
                store.set_status(folder.name, "interrupted", message="It was no longer in the queue.")


@contextlib.contextmanager
def noting_the_outcome(store: Store, key: str) -> Iterator[None]:
    """Log that a run or study began, and how it ended if it did not finish.

    Nested for a first phase that a run trains on its way: both are noted, for `take_up_again` should this
    process be killed.
    """
    outer = [other for other in running_keys(store) if other != key]
    _note_running(store, [*outer, key])
    store.set_status(key, "running")
    try:
        yield
    except (Stopped, KeyboardInterrupt):
        store.set_status(key, "stopped", message="Stopped. Finished epochs are kept.")
        raise
    except ThawError as error:
        store.set_status(key, "failed", message=str(error), field=error.field)
        raise
    except Exception as error:
        store.set_status(key, "failed", message=f"An unexpected {type(error).__name__}: {error}")
        raise
    finally:
        _forget_running(store, key, outer)


def running_keys(store: Store) -> list[str]:
    """Keys of the run in training and, after it, of the first phase it is waiting for."""
    path = store.home / "running.json"
    note = read_json(path)
    if note is None and os.path.exists(path):
        turns.say_once(f"{str(path)!r} cannot be read and is passed over.")
    keys = note.get("run_keys") if isinstance(note, dict) else None
    return [key for key in keys if is_key(key)] if isinstance(keys, list) else []


def _note_running(store: Store, keys: list[str]) -> None:
    path = store.home / "running.json"
    if path.is_dir():
        damage.set_aside(path, store.home, "it is a folder")
    if not keys and remove(path):
        return
    if keys != running_keys(store):
        write_json(path, {"run_keys": keys})


def _forget_running(store: Store, run_key: str, rest: list[str]) -> None:
    """A run has ended. Where its outcome could not be written, it stays noted for `take_up_again`."""
    if store.status(run_key) not in ACTIVE:
        _note_running(store, rest)
