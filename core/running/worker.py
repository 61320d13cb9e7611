"""The worker process: `python -m core.running.worker --home FOLDER`. Takes trainings off the queue.

It imports TensorFlow and loads the pretrained weights at once, so that the first click finds it warm. It
ends when its standard input closes, which the system does when the app that started it is gone.
"""

import argparse
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from core.data import datasets
from core.errors import Stopped, ThawError
from core.results import ACTIVE
from core.running import jobs, turns
from core.running.identity import is_key_of
from core.running.supervisor import UNWRITABLE
from core.store import Store

POLL_SECONDS = 0.1
MEMORY_BOUND_BYTES = 3_000_000_000  # thirty retrains stay below 2 GB; above this a fresh process takes over


def main() -> int:
    """Serve until the parent goes or memory runs short; exit code 2 where the store cannot be written."""
    parser = argparse.ArgumentParser(prog="core.running.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    store = Store(parser.parse_args().home)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the app, and so this; no one stopped the run
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        serve(store)
    except (ThawError, OSError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return UNWRITABLE
    return 0


def serve(store: Store) -> None:
    """Take one job after the other while memory suffices.

    Raises:
        StoreError: the store cannot be written. No job's own trouble comes here.
    """
    with jobs.training_lock(store):  # takes up again what an earlier worker left behind
        jobs.mark_lost(store)
    _warm_up(store)
    while memory_bytes() < MEMORY_BOUND_BYTES:
        if not take_one(store):
            time.sleep(POLL_SECONDS)


def take_one(store: Store) -> bool:
    """Do the next job; False where there is none."""
    if not jobs.waiting(store):
        return False
    with jobs.training_lock(store):
        key = jobs.next_job(store)
        if key is not None:
            perform(store, key)
        return key is not None


def perform(store: Store, key: str) -> None:
    """Do one job. Its outcome is in its log; an unexpected error is printed too, and the worker lives on.

    Raises:
        StoreError: its outcome cannot be written down.
    """
    from core.explain import studies

    def should_stop() -> bool:
        return jobs.stop_requested(store, key)

    try:
        if key.startswith("study-"):
            studies.perform(key, store, should_stop)
        else:
            _train(store, key, should_stop)
    except Stopped:
        pass
    except ThawError as problem:
        _mark_failed(store, key, str(problem))
    except Exception as error:
        traceback.print_exc()
        _mark_failed(store, key, f"An unexpected {type(error).__name__}: {error}")
    finally:
        jobs.job_done(store, key)


def _mark_failed(store: Store, key: str, why: str) -> None:
    """Note why a job could not even begin; what fails later says so itself."""
    if not store.path(key).is_dir():
        turns.say_once(f"{key} was in the queue, and nothing else is known of it: it is passed over.")
    elif store.status(key) in ACTIVE:
        store.set_status(key, "failed", message=why)


def _train(store: Store, key: str, should_stop: Callable[[], bool]) -> None:
    """Train a run, unless its images are no longer those that were asked about."""
    from core.running import experiment

    config = store.config(key)
    dataset = datasets.find(config.data.name, store.home)
    plain = is_key_of(key, config, dataset, plain=True)  # asked for in a terminal, and cut off
    if not plain and not is_key_of(key, config, dataset):
        message = "Its images have changed since it was asked for. Ask for it again."
        store.set_status(key, "stopped", message=message)
        return
    experiment.run(config, store, plain=plain, should_stop=should_stop, dataset=dataset)


def _warm_up(store: Store) -> None:
    from core.method import device

    device.note(store, device.configure())
    from core.config import BaseConfig
    from core.method import backbone

    try:
        backbone.build(96, BaseConfig(), seed=0)
    except ThawError as error:  # a run will say the same where a person can see it
        print(error, file=sys.stderr)  # noqa: T201


def _end_with_parent() -> None:
    while os.read(0, 1):  # not `sys.stdin`, whose lock would be in the way of ending for another reason
        pass
    os._exit(0)


def memory_bytes() -> int:
    """Resident memory of this process without the files it maps; 0 where the system does not tell."""
    try:
        resident, mapped = map(int, Path("/proc/self/statm").read_text().split()[1:3])
        return (resident - mapped) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
