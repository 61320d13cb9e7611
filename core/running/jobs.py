"""A queue of trainings and the worker process that takes them. Pages submit, poll and stop; nothing else.

Everything lies in files, so that a reload, a second tab or a second app sees the same state:

    <home>/queue/                           what waits, see `core.running.turns`
    <home>/stop/<key>                       someone asked this run to stop
    <home>/running.json                     what the holder of the lock is training
    <home>/training.lock                    held while training: one at a time per store

Why not `concurrent.futures.ProcessPoolExecutor`: it cannot cancel a queued job, one killed process
fails every job, and Streamlit replaces `__main__` with the page, which `spawn` would then run again.
"""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core import results
from core.config import ExperimentConfig
from core.errors import Stopped, ThawError
from core.files import read_json, write_json
from core.keys import is_key
from core.results import EpochMetrics
from core.running import turns
from core.store import Store

STOP_GRACE_SECONDS = 2.0  # converting and tracing cannot be interrupted: after this the worker is killed
ACTIVE = ("queued", "running")


@dataclass(frozen=True)
class RunState:
    """What a page shows of a run while it waits, trains or after it ended.

    Attributes:
        status: One of `results.STATUSES`.
        position: Place in the queue, 0 for the next one or the running one.
        stage: What it is doing, in words for a person; empty when it is not running.
        done, total: Progress within the stage; total 0 where that is unknown.
        epochs: Finished epochs of every phase, as they come in.
        fine_tuning_starts: Number of epochs before fine-tuning, once it has begun.
        started: Seconds since the epoch; None before it runs.
        seconds_left: Estimate for the whole run; None where unknown.
        seconds_waiting: Estimate until it starts, for a queued run; None where unknown.
        message: Why it failed or was stopped.
        notes: What goes otherwise than planned, in sentences.
        askers: Who asked for it in this attempt, as `enqueue` was told, the first one first.
    """

    run_key: str
    status: str
    position: int = 0
    stage: str = ""
    done: int = 0
    total: int = 0
    epochs: tuple[EpochMetrics, ...] = ()
    fine_tuning_starts: int | None = None
    started: float | None = None
    seconds_left: float | None = None
    seconds_waiting: float | None = None
    message: str = ""
    notes: tuple[str, ...] = ()
    askers: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it still waits or trains."""
        return self.status in ACTIVE


def read_state(store: Store, run_key: str) -> RunState | None:
    """The state of a run from its log, or None if nobody asked for it."""
    status = store.status(run_key)
    if status is None:
        return None
    events = store.events(run_key)
    attempts = _attempts(events)
    begun = attempts[-1] if attempts else events
    seen: dict[str, Any] = {"started": begun[0]["time"] if attempts else None}
    for event in begun:
        if event["event"] == "stage":
            seen.update(stage=event["name"], done=event.get("done", 0), total=event.get("total", 0))
        elif event["event"] == "left":
            seen["seconds_left"] = max(0.0, event["seconds"] - (time.time() - event["time"]))
        elif event["event"] == "note":
            seen["notes"] = (*seen.get("notes", ()), str(event["text"]))
        elif event["event"] == "status" and event.get("message"):
            seen["message"] = event["message"]
    # every attempt gives the same epochs: one that ended before it had caught up takes none away
    shown = begun if status == "running" else max(reversed(attempts), key=_count_epochs, default=begun)
    epochs: list[EpochMetrics] = []
    for event in shown:
        if event["event"] == "epoch":
            epochs.append(results.epoch_from_plain(event))
        elif event["event"] == "phase" and event["name"] == "fine_tuning":
            seen["fine_tuning_starts"] = len(epochs)
    if status != "running":
        seen.update(stage="", seconds_left=None)
    if status == "queued":
        seen.update(_place(store, run_key))
    return RunState(run_key, status, epochs=tuple(epochs), askers=_askers(events), **seen)


def _attempts(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The events of every time it was trained, a list an attempt; none where it has not begun."""
    begins = [i for i, e in enumerate(events) if e["event"] == "status" and e.get("status") == "running"]
    return [events[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=False)]


def _count_epochs(attempt: list[dict[str, Any]]) -> int:
    return sum(event["event"] == "epoch" for event in attempt)


def _askers(events: list[dict[str, Any]]) -> tuple[str, ...]:
    """Who asked since the run was last queued, each once."""
    begins = [i for i, e in enumerate(events) if e["event"] == "status" and e.get("status") == "queued"]
    since = events[begins[-1] :] if begins else []
    return tuple(dict.fromkeys(str(e["by"]) for e in since if e["event"] == "asked" and e.get("by")))


def _place(store: Store, run_key: str) -> dict[str, Any]:
    """Position in the queue and the expected wait, as fields of `RunState`."""
    ahead = []
    for line in turns.queue(store):
        if line.run_key == run_key:
            break
        ahead.append(line)
    else:
        return {}
    left = [_left(store, key) for key in running_keys(store)[:1]]
    seconds = [*left, *(line.seconds or None for line in ahead)]
    known = None if None in seconds else float(sum(seconds))
    return {"position": len(ahead), "seconds_waiting": known}


def _left(store: Store, run_key: str) -> float | None:
    """Seconds until the run in training is done, by its own latest word."""
    said = [event for event in store.events(run_key) if event["event"] == "left"]
    return max(0.0, said[-1]["seconds"] - (time.time() - said[-1]["time"])) if said else None


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


class Jobs:
    """The app's end of the queue: starts the worker when needed and restarts one that died."""

    def __init__(self, store: Store):
        self.store = store
        self._worker: subprocess.Popen | None = None
        self._starting = threading.Lock()

    def ensure_worker(self) -> None:
        """Start the worker process if there is none. It ends when this process does."""
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                return
            root = Path(__file__).resolve().parents[2]
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "core.running.worker", "--home", str(self.store.home)],
                cwd=root,
                stdin=subprocess.PIPE,  # closed by the system when this process ends, which ends the worker
                stdout=subprocess.DEVNULL,
            )

    def submit(self, run_key: str, config: ExperimentConfig, owner: str = "", seconds: float = 0.0) -> None:
        """Queue a run, or join it if it is known. See `enqueue`."""
        enqueue(self.store, run_key, config, owner=owner, seconds=seconds)
        self.ensure_worker()

    def state(self, run_key: str) -> RunState | None:
        """The run's state now. Looking also revives a dead worker while something waits."""
        state = read_state(self.store, run_key)
        if state is not None and state.active:
            self.ensure_worker()
        return state

    def current(self) -> RunState | None:
        """The run in training, else the next one waiting, else None."""
        for key in [*running_keys(self.store)[:1], *waiting(self.store)]:
            state = self.state(key)
            if state is not None and state.active:
                return state
        return None

    def stop(self, run_key: str) -> None:
        """Stop a run within a batch; where the worker is deaf (it converts or traces), kill it after 2 s."""
        request_stop(self.store, run_key)
        timer = threading.Timer(STOP_GRACE_SECONDS, self._kill_if_still_running, [run_key])
        timer.daemon = True
        timer.start()

    def _kill_if_still_running(self, run_key: str) -> None:
        if self.store.status(run_key) != "running" or not stop_requested(self.store, run_key):
            return
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                self._worker.kill()
                self._worker.wait()
                self.store.set_status(run_key, "stopped", message="Stopped.")
        self.ensure_worker()

    def close(self) -> None:
        """End the worker; whatever it trains is marked interrupted by the next one."""
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                self._worker.kill()
                self._worker.wait()
