"""The worker: takes jobs off the queue, one by one. `core.commands.worker` runs it as a process of its own.

It imports TensorFlow and loads the pretrained weights at once, so that the first click finds it warm. How
many threads TensorFlow has is settled then: for a run that needs another number it ends, and the next one,
which the app starts at once, takes as many as that run needs.
"""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from core import limits
from core.data import datasets
from core.errors import GaveWay, OutOfTime, Stopped, StoreError, ThawError
from core.method import device
from core.method.timing import clock
from core.results import ACTIVE
from core.running import allowance, identity, in_training, jobs, looking, turns
from core.running.looking import Looking
from core.running.order import Waiting
from core.stopping import BetweenSteps
from core.store import Store

POLL_SECONDS = 0.1
Asked = Callable[[], bool]
Suits = Callable[[str], bool]
Between = BetweenSteps | None
Doers = Mapping[  # key, store, should_stop, should_give_way, between_steps
    str, Callable[[str, Store, Asked, Asked, Between], None]
]
STARTS_ANEW = "The training process starts anew for this run, which trains on {}; that takes some seconds."
MEMORY_BOUND_BYTES = 3_000_000_000  # thirty retrains stay below 2 GB; above this a fresh process takes over


def serve(store: Store, doers: Doers, idle: Callable[[Store], object] = lambda store: None) -> None:
    """Take one job after the other while memory suffices and TensorFlow has as many threads as the next one
    needs.

    Args:
        doers: How a job is done, by the first word of its key.
        idle: Called ten times a second while there is nothing to do.

    Raises:
        StoreError: the store cannot be written. No job's own trouble comes here.
    """
    # takes up again what an earlier worker left behind
    with jobs.training_lock(store), looking.place(store):
        jobs.mark_lost(store)
    threads = next((fitting_threads(store, key)[0] for key in jobs.waiting(store)), 1)
    _warm_up(store, threads)

    def suits(key: str) -> bool:
        return threads in fitting_threads(store, key)

    while memory_bytes() < MEMORY_BOUND_BYTES:
        if take_one(store, doers, suits):
            continue
        if unsuited := [key for key in jobs.waiting(store)[:1] if not suits(key)]:
            _say_why(store, unsuited[0])
            return
        idle(store)
        time.sleep(POLL_SECONDS)


def take_one(store: Store, doers: Doers, suits: Suits = lambda key: True) -> bool:
    """Do the next job; False where there is none, or the next one does not suit this process."""
    if not jobs.waiting(store):
        return False
    with jobs.training_lock(store, meanwhile=Looking(store, partial(_look, store, doers), None)):
        key = jobs.next_job(store, suits)
        if key is not None:
            perform(store, key, doers)
        return key is not None


def fitting_threads(store: Store, key: str) -> tuple[int | None, ...]:
    """How many threads a process may have to do a job, as `core.method.device.fitting`. A study does with
    any, unless it trains runs, and so does a job of which nothing can be read."""
    with contextlib.suppress(StoreError):
        kind = "run" if key.startswith("run-") else store.study(key).get("kind")
        if kind in ("run", "sweep"):
            return device.fitting(store.config(key))
        if kind == "best":  # it trains small images, too, whatever the recipe has
            return (store.config(key).threads,)
    return (1, None)


def _say_why(store: Store, key: str) -> None:
    cores = "one core" if fitting_threads(store, key) == (1,) else "all cores"
    with contextlib.suppress(StoreError):
        store.append(key, "note", text=STARTS_ANEW.format(cores))


def perform(store: Store, key: str, doers: Doers) -> None:
    """Do one job, and answer looks between its steps, unless it is one itself.

    Raises:
        StoreError: its outcome cannot be written down.
    """
    line = in_training.line_of(store)
    looks = Looking(store, partial(_look, store, doers), key)
    between_steps = None if line is not None and line.look else looks
    _do(store, key, doers, in_training.FILE, lambda: jobs.must_give_way(store), between_steps)


def _look(store: Store, doers: Doers, key: str) -> None:
    """Answer a look, beside what trains."""
    _do(store, key, doers, in_training.LOOK, lambda: False, None)


def _do(
    store: Store, key: str, doers: Doers, noted: str, should_give_way: Asked, between_steps: Between
) -> None:
    """Do what was taken off the queue. Its outcome is in its log; an unexpected error is printed too, and the
    worker lives on.

    Args:
        noted: Where it is noted; see `in_training`.

    Raises:
        StoreError: its outcome cannot be written down.
    """
    check_time = _time_check(store, key, in_training.line_of(store, noted))

    def should_stop() -> bool:
        check_time()
        return jobs.stop_requested(store, key)

    try:
        doers[key.partition("-")[0]](key, store, should_stop, should_give_way, between_steps)
    except GaveWay:
        jobs.give_way(store, key)
    except Stopped:
        pass
    except ThawError as problem:
        _mark_failed(store, key, str(problem))
    except Exception as error:
        traceback.print_exc()
        _mark_failed(store, key, f"An unexpected {type(error).__name__}: {error}")
    finally:
        jobs.job_done(store, key, noted)


def _time_check(store: Store, key: str, line: Waiting | None) -> Callable[[], None]:
    """What raises `OutOfTime` once the job has trained for as long as one may."""
    begin = clock()
    if line is None or not line.shared:
        return lambda: None
    bounds = limits.read(shared=True)
    kept = "Nothing of it is kept." if key.startswith("study-") else "Finished epochs are kept."

    def check() -> None:
        if why := allowance.out_of_time(line.spent + clock() - begin, bounds, kept):
            raise OutOfTime(why)

    return check


def _mark_failed(store: Store, key: str, why: str) -> None:
    """Note why a job could not even begin; what fails later says so itself."""
    if not store.path(key).is_dir():
        turns.say_once(f"{key} was in the queue, and nothing else is known of it: it is passed over.")
    elif store.status(key) in ACTIVE:
        store.set_status(key, "failed", message=why)


def train(
    key: str, store: Store, should_stop: Asked, should_give_way: Asked, between_steps: Between = None
) -> None:
    """Train a run, unless its images are no longer those that were asked about."""
    from core.running import experiment

    asked = _asked(key, store)
    if asked is None:
        message = "Its images have changed since it was asked for. Ask for it again."
        store.set_status(key, "stopped", message=message)
        return
    experiment.run(
        asked, should_stop=should_stop, should_give_way=should_give_way, between_steps=between_steps
    )


def _asked(key: str, store: Store) -> identity.Asked | None:
    """The run of this key, with its images as whoever asked for it has them; None where nobody has them any
    more."""
    config = store.config(key)
    for dataset in datasets.versions(config.data.name, store.home):
        for plain in (False, True):  # plain: asked for in a terminal, and cut off
            if identity.is_key_of(key, config, dataset, plain):
                return identity.Asked(config, dataset, store, plain)
    return None


def _warm_up(store: Store, threads: int | None) -> None:
    device.note(store, device.configure(threads))
    from core.config import BaseConfig
    from core.method import backbone

    try:
        backbone.build(96, BaseConfig(), seed=0)
    except ThawError as error:  # a run will say the same where a person can see it
        print(error, file=sys.stderr)  # noqa: T201  # into the worker's log


def memory_bytes() -> int:
    """Resident memory of this process without the files it maps; 0 where the system does not tell."""
    try:
        resident, mapped = map(int, Path("/proc/self/statm").read_text().split()[1:3])
        return (resident - mapped) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0
