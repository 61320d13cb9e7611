"""Looks are answered between two steps of what trains, so that nobody waits minutes for seconds.

A look is a study that takes seconds and leaves no trace in the process that answers it (`Kind.look`). While
nothing trains the worker takes it off the queue like anything else; while something does, whoever waits
anyway takes it: the training itself after a batch, or a worker that waits for a terminal's training.

    <home>/looking.json    the look that is answered, see `in_training`
    <home>/looking.lock    held while one is: one at a time per store

Such a pause changes no bit of the training, and counts neither in its seconds nor in prices.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from filelock import FileLock, Timeout

from core.errors import StoreError
from core.files import unwritable
from core.method import timing
from core.results import ACTIVE
from core.running import in_training, jobs, turns
from core.running.in_training import LOOK
from core.running.order import Waiting
from core.stopping import nothing
from core.store import Store

INTERVAL = 0.2  # s between two glances at the queue
SHARE = 0.25  # of a look's seconds, that what trains then has before the next one


class Looking:
    """Answers looks, when it is called.

    Args:
        answer: Computes the study of a key, and notes whatever becomes of it.
        job: Key of what this process trains; None where it only waits.
    """

    def __init__(self, store: Store, answer: Callable[[str], None], job: str | None):
        self._store, self._answer, self._job = store, answer, job
        self._thread, self._not_before = threading.get_ident(), 0.0

    def __call__(self, settle: Callable[[], object] = nothing) -> None:
        """Answer the next look, if one waits. See `core.stopping.BetweenSteps`."""
        now = time.monotonic()
        if now < self._not_before or threading.get_ident() != self._thread:
            return
        self._not_before = now + INTERVAL
        if not turns.looks(self._store) or (self._job and jobs.stop_requested(self._store, self._job)):
            return
        settle()
        begin = time.monotonic()
        with timing.aside():
            try:
                self._answer_next()
            except StoreError as problem:  # a full disk, say: what trains meets it by itself
                turns.say_once(str(problem))
        end = time.monotonic()
        self._not_before = end + INTERVAL + SHARE * (end - begin)

    def _answer_next(self) -> None:
        begin = time.monotonic()
        with place(self._store) as free:
            key = next_look(self._store) if free else None
            if key is not None:
                self._answer(key)
        if key is not None and self._job is not None:
            in_training.waited(self._store, time.monotonic() - begin)


@contextlib.contextmanager
def place(store: Store) -> Iterator[bool]:
    """Hold the store's one place for looking; whether it was free. Whoever gets it takes care of what a
    killed holder left.

    Raises:
        StoreError: the store cannot be written.
    """
    lock = FileLock(store.home / "looking.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise unwritable(store.home / "looking.lock", error) from error
    try:
        if os.path.exists(store.home / LOOK):
            _take_up_again(store)
        yield True
    finally:
        lock.release()


def next_look(store: Store) -> str | None:
    """Take the next look off the queue, as `jobs.next_job` does; `jobs.job_done` in the end."""
    with turns.changing(store):
        for line in turns.looks(store):
            if jobs.take(store, line, LOOK):
                return line.run_key
    return None


def _take_up_again(store: Store) -> None:
    """A look that is still noted was cut off by a crash: it goes on, next of all, unless someone wished to
    stop it. The second time it waits for its turn, so that it takes no training with it."""
    with turns.changing(store):
        for key in in_training.keys(store, LOOK):
            if store.status(key) in ACTIVE and key not in jobs.waiting(store):
                line = in_training.line_of(store, LOOK) or Waiting(key)
                line = replace(line, look=line.look and not line.again)
                jobs.go_on(store, key, line, jobs.stop_requested(store, key))
        in_training.note(store, [], file=LOOK)
        jobs.say_queued(store)
