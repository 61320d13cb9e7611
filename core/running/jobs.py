"""A queue of trainings: what asks, takes, stops and notes the outcome. The worker's and the pages' end alike.

Everything lies in files, so that a reload, a second tab or a second app sees the same state:

    <home>/queue/                           what waits, see `core.running.turns`
    <home>/stop/<key>                       someone asked this run to stop
    <home>/running.json                     what the holder of the lock is training, see `in_training`
    <home>/looking.json                     the look that is answered meanwhile, see `looking`
    <home>/training.lock                    held while training: one at a time per store
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core import limits
from core.config import ExperimentConfig
from core.errors import GaveWay, OutOfTime, Stopped, ThawError
from core.files import remove, unwritable
from core.keys import is_key
from core.results import ACTIVE
from core.running import allowance, attempts, in_training, order, turns
from core.running.order import Waiting
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
    shared: bool = False,
    patient: bool = False,
    look: bool = False,
) -> None:
    """Put a run or a study in the queue unless it is finished or under way: asking twice trains once.

    Args:
        study: What a study asks, as `core.explain.studies` writes it.
        owner: Who asks; noted in the run's log, so that others' wishes are known before it is stopped.
        seconds: What it should take.
        shared: Whether many use this Thaw: then the limits of `core.limits` hold, and short jobs go first.
        patient: Whether whatever else is asked for goes first (`core.running.order`).
        look: Whether it waits for no training (`core.running.looking`).

    Raises:
        ThawError: it would take too long here, or too much of theirs waits. Joining is never refused.
        StoreError: the store cannot be written.
    """
    if store.finished(run_key):
        return
    with turns.changing(store):
        waits = _waits(store, run_key)
        if not _under_way(store, run_key, waits):
            if not waits:
                _refuse(store, [seconds], owner, shared)
            store.create(run_key, config, study)
            clear_stop(store, run_key)
            if not waits:
                turns.add(store, Waiting(
                    run_key, owner=owner, seconds=seconds, shared=shared, patient=patient, look=look
                ))  # fmt: skip
            store.set_status(run_key, "queued")
        if owner:
            store.append(run_key, "asked", by=owner)


def refuse(store: Store, wanted: Mapping[str, float], owner: str, shared: bool) -> None:
    """Refuse what is asked for together, before any of it is queued, where `enqueue` would refuse a part.

    Args:
        wanted: Key -> price in seconds.

    Raises:
        ThawError: as `enqueue` does.
    """
    new = [
        seconds
        for key, seconds in wanted.items()
        if not store.finished(key) and not _under_way(store, key, _waits(store, key))
    ]
    if new:
        _refuse(store, new, owner, shared)


def _refuse(store: Store, seconds: Sequence[float], owner: str, shared: bool) -> None:
    bounds = limits.read(shared)
    allowance.refuse_long(max(seconds), bounds)
    allowance.refuse_many(turns.lines(store), owner, len(seconds), bounds)


def _waits(store: Store, run_key: str) -> bool:
    return any(run_key in line.keys for line in turns.lines(store))


def _under_way(store: Store, run_key: str, waits: bool) -> bool:
    return store.status(run_key) in ACTIVE and (waits or run_key in in_training.under_way(store))


def next_job(store: Store, suits: Callable[[str], bool] = lambda run_key: True) -> str | None:
    """Take the next run off the queue, noted as running before it leaves: at no moment is it in neither
    place. Call it while holding the lock, and `job_done` in the end.

    Args:
        suits: Whether who asks can do the job of this key. Where not, the queue stays as it is: nobody is
            passed over.
    """
    with turns.changing(store):
        ended = turns.ended(store)
        for line in turns.queue(store):
            if not suits(line.run_key):
                return None
            if take(store, replace(line, since=order.stands(line, ended))):
                return line.run_key
    return None


def take(store: Store, line: Waiting, file: str = in_training.FILE) -> bool:
    """Take a line off the queue, noted as under way before it leaves; whether it is to be done. Hold
    `turns.changing`.

    Args:
        file: Where it is noted; see `in_training`.
    """
    in_training.note(store, [line.run_key], line, file)
    if turns.leave(line):
        if not stop_requested(store, line.run_key):
            turns.had_a_turn(store, line)
            return True
        say_stopped(store, line)
    in_training.note(store, [], file=file)
    return False


def job_done(store: Store, run_key: str, file: str = in_training.FILE) -> None:
    """Forget what `take` noted, and a wish to stop that came too late."""
    in_training.forget(store, run_key, [], file)
    clear_stop(store, run_key)


def waiting(store: Store) -> list[str]:
    """Keys of the queued runs, next one first."""
    return [line.run_key for line in turns.queue(store)]


# Giving way, where many use Thaw

GAVE_WAY = "It lets shorter ones go first, and goes on after them."


def must_give_way(store: Store) -> bool:
    """Whether what trains should let a shorter job go first, if it stands at a safe point."""
    lines = turns.lines(store)
    training = in_training.training(store) if lines else None
    return training is not None and bool(order.gives_way(training, lines, turns.ended(store), time.time()))


def give_way(store: Store, run_key: str) -> None:
    """Put what has given way back in the queue, with what is left of it. Someone may have wished to stop it.

    Raises:
        StoreError: the store cannot be written.
    """
    with turns.changing(store):
        training = in_training.training(store)
        if training is None or training.line.run_key != run_key:
            return  # nothing is known of it: `take_up_again` takes care of it
        if stop_requested(store, run_key):
            say_stopped(store, training.line)
        else:
            turns.add(store, order.put_back(training, time.time()))
        in_training.note(store, [])


# Stopping

NOT_STARTED = "Stopped before it started."
STOPPED = "Stopped. Finished epochs are kept."


def say_stopped(store: Store, line: Waiting) -> None:
    """Note that what waits was stopped, with a first phase that it had begun."""
    for key in line.keys:
        if store.status(key) != "finished":
            store.set_status(key, "stopped", message=STOPPED if line.since else NOT_STARTED)


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
        lines = [line for line in turns.lines(store) if line.run_key == run_key]
        lost = store.status(run_key) in ACTIVE and run_key not in in_training.under_way(store)
        if all(map(turns.leave, lines)) and (lines or lost):
            say_stopped(store, lines[0] if lines else Waiting(run_key))


def withdraw(store: Store, run_key: str, who: str) -> bool:
    """Take one person off a run; whether others wait for it still: then it goes on, as the next one's.

    Raises:
        StoreError: the store cannot be written.
    """
    with turns.changing(store):
        store.append(run_key, "withdrew", by=who)
        left = attempts.askers(store.events(run_key))
        for line in turns.lines(store) if left else ():
            if line.run_key == run_key and line.owner == who:
                turns.change(replace(line, owner=left[0]))
    return bool(left)


# In training


@contextlib.contextmanager
def training_lock(
    store: Store, on_wait: Callable[[], object] | None = None, meanwhile: Callable[[], object] | None = None
) -> Iterator[None]:
    """Hold the store's one place for training. Whoever gets it takes care of what a killed holder left.

    Args:
        on_wait: Called once if someone else is training.
        meanwhile: Called ten times a second as long as they are.

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
            _acquire(lock, meanwhile or (lambda: None))
    except OSError as error:
        raise unwritable(store.runs, error) from error
    try:
        take_up_again(store)
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock, meanwhile: Callable[[], object]) -> None:
    while not lock.is_locked:
        meanwhile()
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.1, poll_interval=0.1)


def take_up_again(store: Store) -> None:
    """With the lock in hand nobody trains: a run still noted as running was cut off by a crash.

    It goes on from its checkpoint, next of all, twice at most, unless someone wished to stop it. A first
    phase that it was training on its way goes on with it.
    """
    with turns.changing(store):
        keys, waits = in_training.keys(store), waiting(store)
        cut_off = [key for key in keys if store.status(key) in ACTIVE and key not in waits]
        stopped = any(stop_requested(store, key) for key in keys)
        for key in cut_off:
            line = (in_training.line_of(store) or Waiting(key)) if key == keys[0] else None
            go_on(store, key, line, stopped)
        in_training.note(store, [])
        say_queued(store)


def go_on(store: Store, key: str, line: Waiting | None, stopped: bool) -> None:
    """Put what was cut off back in the queue, unless it was `stopped`, has no line of its own, or was cut off
    too often."""
    resumptions = attempts.count_resumptions(store.events(key))
    if stopped:
        store.set_status(key, "stopped", message=STOPPED)
    elif line is not None and resumptions < MOST_RESUMPTIONS:
        turns.add(store, replace(line, again=True, on_the_way=()))
    else:
        again = f" That was attempt {resumptions + 1} in a row." if resumptions else ""
        store.set_status(key, "interrupted", message=CUT_OFF + again)


CUT_OFF = "The training process ended before it was done."


def say_queued(store: Store) -> None:
    """Note in their logs that runs wait: those just put back, and those put in the queue before a crash."""
    for line in turns.queue(store):
        key = line.run_key
        if store.status(key) in ("queued", "finished") or not store.path(key).is_dir():
            continue
        if line.again:
            resumption = attempts.count_resumptions(store.events(key)) + 1
            store.set_status(key, "queued", message=f"{CUT_OFF} It goes on.", resumption=resumption)
        else:
            store.set_status(key, "queued")


def mark_lost(store: Store) -> None:
    """Mark as interrupted what says that it waits or trains and does neither: the queue was deleted, say.

    Reads the log of every run; call it once a process, while holding the lock.
    """
    with turns.changing(store):
        known = {*in_training.under_way(store), *(key for line in turns.lines(store) for key in line.keys)}
        for folder in store.runs.iterdir():
            if is_key(folder.name) and folder.name not in known and store.status(folder.name) in ACTIVE:
                store.set_status(folder.name, "interrupted", message="It was no longer in the queue.")


@contextlib.contextmanager
def noting_the_outcome(store: Store, key: str) -> Iterator[None]:
    """Log that a run or study began, and how it ended if it did not finish.

    Nested for a first phase that a run trains on its way: both are noted, for `take_up_again` should this
    process be killed. A look is noted apart.
    """
    file = in_training.LOOK if key in in_training.keys(store, in_training.LOOK) else in_training.FILE
    outer = [other for other in in_training.keys(store, file) if other != key]
    in_training.note(store, [*outer, key], file=file)
    store.set_status(key, "running")
    try:
        yield
    except GaveWay:
        store.set_status(key, "queued", message=GAVE_WAY, gave_way=True)
        raise
    except OutOfTime as end:
        store.set_status(key, "stopped", message=str(end))
        raise
    except (Stopped, KeyboardInterrupt):
        store.set_status(key, "stopped", message=STOPPED)
        raise
    except ThawError as error:
        store.set_status(key, "failed", message=str(error), field=error.field)
        raise
    except Exception as error:
        store.set_status(key, "failed", message=f"An unexpected {type(error).__name__}: {error}")
        raise
    finally:
        in_training.forget(store, key, outer, file)
