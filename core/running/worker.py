"""The worker process: `python -m core.running.worker --home FOLDER`. Takes trainings off the queue.

It imports TensorFlow and loads the pretrained weights at once, so that the first click finds it warm. It
ends when its standard input closes, which the system does when the app that started it is gone.
"""

import argparse
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from core.data import datasets
from core.errors import Stopped, ThawError
from core.running import jobs
from core.running.identity import is_key_of
from core.store import Store

POLL_SECONDS = 0.1
MEMORY_BOUND_BYTES = 3_000_000_000  # thirty retrains stay below 2 GB; above this a fresh process takes over


def main() -> None:
    parser = argparse.ArgumentParser(prog="core.running.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    store = Store(parser.parse_args().home)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with jobs.training_lock(store):
        pass  # marks what an earlier worker left behind
    _warm_up(store)
    while memory_bytes() < MEMORY_BOUND_BYTES:
        if not jobs.waiting(store):
            time.sleep(POLL_SECONDS)
            continue
        with jobs.training_lock(store):
            key = jobs.next_job(store)
            if key is not None:
                perform(store, key)


def perform(store: Store, key: str) -> None:
    """Do one job. Its outcome is in its log; an unexpected error is printed too, and the worker lives on."""
    from core.explain import studies

    def should_stop() -> bool:
        return jobs.stop_requested(store, key)

    try:
        if key.startswith("study-"):
            studies.perform(key, store, should_stop)
        else:
            _train(store, key, should_stop)
    except (Stopped, ThawError):
        pass
    except Exception:
        traceback.print_exc()
    finally:
        jobs.job_done(store, key)


def _train(store: Store, key: str, should_stop: Callable[[], bool]) -> None:
    """Train a run, unless its images are no longer those that were asked about."""
    from core.running import experiment

    config = store.config(key)
    if not is_key_of(key, config, datasets.find(config.data.name, store.home)):
        message = "Its images have changed since it was asked for. Ask for it again."
        store.set_status(key, "stopped", message=message)
        return
    experiment.run(config, store, should_stop=should_stop)


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
    while sys.stdin.buffer.read(1):
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
    main()
