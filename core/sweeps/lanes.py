"""Which worker trains which point of a sweep, and what comes back."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from core.config import BACKBONE_LAYERS
from core.errors import ThawError
from core.running.identity import Asked
from core.store import Store
from core.sweeps import point
from core.sweeps.plan import STOP, Point
from core.sweeps.point import Trained
from core.sweeps.scratch import Scratch

LOOK_SECONDS = 0.05
LAST = 2  # groups a worker: of so many that are left the dearest comes first
ENDED_EACH_TIME = "Every process that trained it ended: it may need more memory than there is."
NOT_WHOLE = "Its files did not come back as they were written. Ask for it again."


class Workers(Protocol):
    """Processes that train points: on this machine (`core.sweeps.pool`) or on others (`core.sweeps.cluster`).

    Attributes:
        answer_seconds: How long what a worker gives may take until it is here.
        grace_seconds: For workers to end within a batch; one that traces or converts is left to itself.
    """

    answer_seconds: float
    grace_seconds: float

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def lost(self) -> bool:
        """Whether there are none, nor will be."""
        ...

    def begin(self, asked: Asked, home: Path, going: Path) -> Any:
        """Have an idle worker train a run in the store at `home`, or in one like it, until `going` is gone; a
        future of what the worker says (`remote.run`)."""
        ...

    def receive(self, said: dict[str, Any], asked: Asked, home: Path) -> Any:
        """Bring what a worker made to `home`. None, or another future where it was not ready to train.

        Raises:
            ThawError: it cannot be.
        """
        ...

    def halt(self) -> None:
        """Tell those that cannot see that `going` is gone."""
        ...


@dataclass(frozen=True, eq=False)
class Todo:
    """A point, its place in the plan, and its run."""

    place: int
    point: Point
    asked: Asked


class Lane:
    """One worker: what it is at, and what it is to do next. Since no more points are under way than there are
    workers, a lane's next point goes to the worker that has just ended its last one."""

    def __init__(self):
        self.waiting: deque[Todo] = deque()
        self.at: Todo | None = None
        self.future: Any = None


def _together(one: Todo) -> Any:
    """What points have in common that one worker trains: the unfreeze point, and with it a traced step."""
    return one.point.settings.get(STOP, one.point.settings)


def _learning(group: Sequence[Todo]) -> int:
    """How many layers learn in the runs of a group; 0 where that is the same in all groups."""
    return BACKBONE_LAYERS - group[0].point.settings.get(STOP, BACKBONE_LAYERS)


class Lanes:
    """The workers of a sweep. All points at one unfreeze point, with their seeds, go to one of them, whose
    traced step serves them all, until another one has nothing else left to do. The plan ends with the
    network's ends, the cheapest and the dearest: its last groups come by price, so that no worker is left
    alone with the dearest.

    Args:
        tails: What they train, in the plan's order.
    """

    def __init__(self, tails: Sequence[Todo], workers: int, scratch: Scratch, store: Store):
        self._groups = deque(deque(group) for _, group in groupby(tails, key=_together))
        self._lanes = [Lane() for _ in range(workers)]
        self._scratch, self._store = scratch, store
        self._workers: Workers | None = None

    @property
    def left(self) -> bool:
        """Whether anything waits or is under way."""
        return bool(self._groups) or any(lane.waiting or lane.at for lane in self._lanes)

    def waiting(self) -> list[Todo]:
        """What no worker has begun."""
        return [one for queue in (*(lane.waiting for lane in self._lanes), *self._groups) for one in queue]

    def next(self) -> tuple[Lane, Todo] | None:
        """A worker that has nothing to do, and its next point, which waits no longer; None where there is no
        such worker or nothing waits."""
        lane = next((lane for lane in self._lanes if lane.at is None), None)
        if lane is None:
            return None
        if not lane.waiting and self._groups:
            lane.waiting = self._next_group()
        queue = lane.waiting or max((other.waiting for other in self._lanes), key=len)
        return (lane, queue.popleft()) if queue else None

    def _next_group(self) -> deque[Todo]:
        if len(self._groups) > LAST * len(self._lanes):
            return self._groups.popleft()
        dearest = max(self._groups, key=_learning)
        self._groups.remove(dearest)
        return dearest

    def send(self, lane: Lane, one: Todo, workers: Workers) -> None:
        """Have a worker train a point. What it begins with is stored.

        Raises:
            StoreError: the store cannot be written.
        """
        home = self._scratch.lend(one.asked)
        lane.future = workers.begin(one.asked, home, self._scratch.going)
        lane.at, self._workers = one, workers

    def widen(self, count: int) -> None:
        """There are so many workers: one that came later has its part, too."""
        self._lanes += [Lane() for _ in range(count - len(self._lanes))]

    def done(self) -> Iterator[tuple[int, Trained]]:
        """What workers have ended since this was last asked: its place in the plan, and how it stands."""
        for lane in self._lanes:
            if lane.at is not None and lane.future.done():
                trained = self._take(lane.at, lane)
                if trained is not None:
                    one, lane.at = lane.at, None
                    yield one.place, trained

    def _take(self, one: Todo, lane: Lane) -> Trained | None:
        """How a point stands; None where its worker ended before it could say so: another one will."""
        from distributed import KilledWorker

        key, workers = one.asked.key, self._workers
        if workers is None:
            return None
        try:
            said = lane.future.result(timeout=workers.answer_seconds)
            again = workers.receive(said, one.asked, self._scratch.home_of(key))
            if again is not None:
                lane.future = again
                return None
            self._scratch.adopt(key)
            if self._store.whole(key):
                return point.trained(one.point, self._store, key, self._store.load(key), said["seconds"])
            return Trained(one.point, key, None, problem=said["problem"] or NOT_WHOLE)
        except TimeoutError:
            return None
        except CancelledError:  # the scheduler ended; where there is one again, it knows of nothing
            if workers.count:
                lane.future = workers.begin(one.asked, self._scratch.lend(one.asked), self._scratch.going)
            return None
        except KilledWorker:
            return Trained(one.point, key, None, problem=ENDED_EACH_TIME)
        except ThawError as problem:
            return Trained(one.point, key, None, problem=str(problem))

    def halt(self) -> None:
        """Stop what is under way, within a batch, and keep what of it is finished."""
        self._scratch.halt()
        busy = [lane for lane in self._lanes if lane.at is not None]
        if busy and self._workers is not None:
            self._workers.halt()
            end = time.monotonic() + self._workers.grace_seconds
            while time.monotonic() < end and not all(lane.future.done() for lane in busy):
                time.sleep(LOOK_SECONDS)
        for lane in busy:
            if lane.at is not None and lane.future.done():
                self._take(lane.at, lane)
        self._drop(busy)

    def give_up(self) -> list[Todo]:
        """All that waits or is under way, in the plan's order, where there are no workers any more."""
        busy = [lane for lane in self._lanes if lane.at is not None]
        left = [*(lane.at for lane in busy if lane.at is not None), *self.waiting()]
        self._drop(busy)
        self._groups.clear()
        for lane in self._lanes:
            lane.waiting.clear()
        return sorted(left, key=lambda one: one.place)

    def _drop(self, busy: Sequence[Lane]) -> None:
        for lane in busy:
            one, lane.at = lane.at, None
            lane.future.cancel()
            if one is not None:
                self._scratch.adopt(one.asked.key)
