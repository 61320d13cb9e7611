"""The points of a sweep on many workers side by side, each with one point at a time: one a core of this
machine, or those of a cluster.

This process is the client. It trains what has no tail itself, first phases and controls among it: a second
each from stored features, and several points begin with the same. A tail is a worker's task (`lanes`); its
run is taken over (`scratch`) when it is done.
"""

import contextlib
import sys
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from core.config import BACKBONE_LAYERS
from core.data.datasets import Dataset
from core.errors import GaveWay, ThawError
from core.running.identity import Asked
from core.store import Store
from core.sweeps import ahead, point, pool
from core.sweeps.lanes import Lanes, Todo, Workers
from core.sweeps.plan import Point
from core.sweeps.point import Asks, Trained
from core.sweeps.scratch import Scratch, clear

LOOK_SECONDS = 0.1  # between two looks at what the workers have done


def has_tail(one: Point) -> bool:
    """Whether layers of the backbone learn at this point, so that a worker trains it."""
    tuning = one.config.fine_tuning
    return tuning.epochs > 0 and tuning.unfreeze_from < BACKBONE_LAYERS


def train(
    points: Sequence[Point],
    dataset: Dataset,
    store: Store,
    workers: int,
    asks: Asks,
    elsewhere: Workers | None = None,
) -> Generator[tuple[int, Trained], None, None]:
    """Train what is not stored, and give each point with its place in the plan as soon as it is there. Hold
    `jobs.training_lock`, and close it (`contextlib.closing`) where it is not read to its end.

    Args:
        workers: How many on this machine, 2 or more.
        elsewhere: Those of a cluster instead. They make features of their own.
        asks: `report` hears of what this process trains, not of what workers do.

    Raises:
        Stopped, GaveWay: as asked, within a batch; finished points and epochs are stored.
        StoreError: the store cannot be written.
    """
    todo = [Todo(place, one, Asked(one.config, dataset, store)) for place, one in enumerate(points)]
    tails = [one for one in todo if has_tail(one.point) and not store.whole(one.asked.key)]
    alone = deque(one for one in todo if one not in tails)
    clear(store.home)
    with contextlib.ExitStack() as held:
        starting = _start(workers, held) if elsewhere is None else _ready(elsewhere)
        if elsewhere is None:
            ahead.keep_features(points, dataset, store, asks)
        lanes = Lanes(tails, workers, held.enter_context(Scratch(store)), store)
        held.callback(lanes.halt)
        to_begin = deque(tails)
        while alone or lanes.left:
            _look(asks)
            ready = starting.done() and starting.exception() is None
            count = starting.result().count if ready else 0
            lanes.widen(count)
            free = lanes.next() if count else None
            if free is not None:
                lane, one = free
                try:
                    _begin(one.asked, asks)
                    lanes.send(lane, one, starting.result())
                except ThawError as problem:
                    yield one.place, Trained(one.point, one.asked.key, None, problem=str(problem))
            elif alone:
                one = alone.popleft()
                yield one.place, point.train(one.point, one.asked, asks)
            elif not ready and to_begin:
                with contextlib.suppress(ThawError):  # it is told when its turn comes
                    _begin(to_begin.popleft().asked, asks)
            else:
                time.sleep(LOOK_SECONDS)
            yield from lanes.done()
            if lanes.left and _are_lost(starting):
                alone.extend(lanes.give_up())


def _look(asks: Asks) -> None:
    asks.check_stop()
    if asks.should_give_way is not None and asks.should_give_way():
        raise GaveWay


def _begin(asked: Asked, asks: Asks) -> None:
    """Train what a run begins with, unless it is stored: its first phase, and its control where that is free.

    Raises:
        ThawError: the first phase cannot be trained.
    """
    if asked.first is not None and not asked.store.whole(asked.first.key):
        point.run(asked.first, asks)
    if asked.control is not None and asked.control.due:
        with contextlib.suppress(ThawError):  # the run itself notes it
            point.run(asked.control, asks)


def _ready(workers: Workers) -> Future[Workers]:
    there: Future[Workers] = Future()
    there.set_result(workers)
    return there


def _start(workers: int, held: contextlib.ExitStack) -> Future[Workers]:
    """The workers, started beside what this process does in the meantime."""
    executor = ThreadPoolExecutor(1)
    starting: Future[Workers] = executor.submit(pool.take, workers)
    executor.shutdown(wait=False)
    held.callback(starting.add_done_callback, lambda _: pool.give_back())
    return starting


def _are_lost(starting: Future[Workers]) -> bool:
    """Whether there are no workers and will be none: then this process goes on alone."""
    if not starting.done():
        return False
    error = starting.exception()
    if error is None and not starting.result().lost:
        return False
    if error is not None and not isinstance(error, (OSError, RuntimeError)):
        raise error
    why = error or "they ended, and were not started again"
    said = f"The points are trained one after the other: there are no workers ({why})."
    print(said, file=sys.stderr)  # noqa: T201  # into the worker's log, or the terminal
    return True
