"""A queue of trainings: what asks, takes, stops and notes the outcome. The worker's and the pages' end alike.

Everything lies in files, so that a reload, a second tab or a second app sees the same state:

    <home>/queue/                           what waits, see `core.running.turns`
    <home>/stop/<key>                       someone asked this run to stop
    <home>/running.json                     what the holder of the lock is training
    <home>/training.lock                    held while training: one at a time per store
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from filelock import FileLock, Timeout

from core.config import ExperimentConfig
from core.errors import Stopped, ThawError
from core.files import read_json, write_json
from core.keys import is_key
from core.results import ACTIVE
from core.running import turns
from core.store import Store


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
    """
    if store.finished(run_key):
        return
    if store.status(run_key) not in ACTIVE:
        store.create(run_key, config, study)
        clear_stop(store, run_key)
        store.set_status(run_key, "queued")
        turns.add(store, run_key, owner, seconds)
    if owner:
        store.append(run_key, "asked", by=owner)


def next_job(store: Store) -> str | None:
    """Take the next run off the queue, noted as running before it leaves: at no moment is it in neither
    place. Call it while holding the lock, and `job_done` in the end."""
    for line in turns.queue(store):
        write_json(store.home / "running.json", {"run_keys": [line.run_key]})
        with contextlib.suppress(FileNotFoundError):
            turns.take(store, line)
            return line.run_key
        _clear_running(store)
    return None


def job_done(store: Store, run_key: str) -> None:
    """Forget what `next_job` noted, and a wish to stop that came too late."""
    _clear_running(store)
    clear_stop(store, run_key)


def _clear_running(store: Store) -> None:
    (store.home / "running.json").unlink(missing_ok=True)


def waiting(store: Store) -> list[str]:
    """Keys of the queued runs, next one first."""
    return [line.run_key for line in turns.queue(store)]


def stop_requested(store: Store, run_key: str) -> bool:
    """Whether someone asked this run to stop."""
    return (store.home / "stop" / run_key).exists()


def clear_stop(store: Store, run_key: str) -> None:
    """Forget an earlier request to stop."""
    (store.home / "stop" / run_key).unlink(missing_ok=True)


def request_stop(store: Store, run_key: str) -> None:
    """Ask a run to stop: a queued one at once, a training one within a batch."""
    folder = store.home / "stop"
    folder.mkdir(parents=True, exist_ok=True)
    store.path(run_key)  # refuses what is not a key before it becomes part of a path
    (folder / run_key).touch()
    for line in turns.queue(store):
        if line.run_key == run_key:
            with contextlib.suppress(FileNotFoundError):
                line.file.unlink()
                store.set_status(run_key, "stopped", message="Stopped before it started.")


@contextlib.contextmanager
def training_lock(store: Store, on_wait=None) -> Iterator[None]:
    """Hold the store's one place for training. Whoever gets it marks what a killed holder left behind.

    Args:
        on_wait: Called once if someone else is training.
    """
    store.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(store.home / "training.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait:
            on_wait()
        lock.acquire(poll_interval=0.1)
    try:
        mark_interrupted(store)
        yield
    finally:
        lock.release()


def mark_interrupted(store: Store) -> None:
    """With the lock in hand nobody trains: a run still noted as running was cut off by a kill."""
    for key in running_keys(store):
        if store.status(key) in ACTIVE and key not in waiting(store):
            store.set_status(key, "interrupted", message="The training process ended before it was done.")
    _clear_running(store)


@contextlib.contextmanager
def noted_as_running(store: Store, run_key: str) -> Iterator[None]:
    """Note what is being trained, for `mark_interrupted` should this process be killed.

    Nested for a first phase that a run trains on its way: a kill interrupts both.
    """
    running = store.home / "running.json"
    outer = [key for key in running_keys(store) if key != run_key]
    write_json(running, {"run_keys": [*outer, run_key]})
    store.set_status(run_key, "running")
    try:
        yield
    finally:
        if outer:
            write_json(running, {"run_keys": outer})
        else:
            _clear_running(store)


@contextlib.contextmanager
def noting_the_outcome(store: Store, key: str) -> Iterator[None]:
    """Log that a run or study began, and how it ended if it did not finish."""
    try:
        with noted_as_running(store, key):
            yield
    except Stopped:
        store.set_status(key, "stopped", message="Stopped. Finished epochs are kept.")
        raise
    except ThawError as error:
        store.set_status(key, "failed", message=str(error), field=error.field)
        raise
    except Exception as error:
        store.set_status(key, "failed", message=f"An unexpected {type(error).__name__}: {error}")
        raise


def running_keys(store: Store) -> list[str]:
    """Keys of the run in training and, after it, of the first phase it is waiting for."""
    note = read_json(store.home / "running.json")
    keys = note.get("run_keys") if isinstance(note, dict) else None
    return [key for key in keys if is_key(key)] if isinstance(keys, list) else []
