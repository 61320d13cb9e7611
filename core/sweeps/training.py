"""All points of a sweep, in this process, on every core or on a cluster, and what they will take."""

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.datasets import Dataset
from core.running import price
from core.running.identity import Asked
from core.stopping import BetweenSteps
from core.store import Store
from core.sweeps import ahead, cluster, parallel, point, pool
from core.sweeps.plan import Point
from core.sweeps.point import Asks, Trained

GUESS_SECONDS = 20.0  # of price for which the guess counts: the first point waits for TensorFlow, too
SHARE = 0.75  # of what a worker alone does, that each of several does: two took two thirds of the time of one


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        latest: The point that was last at its turn; None at the beginning.
        left: Seconds until the end, by the prices of the points that are left and by how the others kept
            theirs.
        workers: How many processes train.
    """

    done: int
    total: int
    left: float
    latest: Trained | None = None
    workers: int = 1


def train(
    points: Sequence[Point],
    dataset: Dataset,
    store: Store,
    *,
    told: Callable[[Progress], None],
    report: Callable[..., None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    should_give_way: Callable[[], bool] | None = None,
    between_steps: BetweenSteps | None = None,
    scheduler: str | None = None,
) -> list[Trained]:
    """Train what is not stored, on every core where that pays (`pool.fitting`) or on a cluster, and give all
    points in their order. Hold `jobs.training_lock`.

    A point that cannot be trained (a rate at which the loss is lost, say) takes no other with it.

    Args:
        told: Called at the beginning and after each point, in the order in which they end.
        report, between_steps: As `experiment.run` takes them, of the point under way in this process.
        scheduler: The address of a cluster's; that of `THAW_SCHEDULER` where None, and this machine where
            that is not set.

    Raises:
        Stopped, GaveWay: as `experiment.run` does; finished points are stored.
        DatasetError: the images cannot be divided as asked.
        ConfigError: `THAW_SWEEP_WORKERS` is no number, or the scheduler's address is none.
        ThawError: the cluster does not answer, has no workers, or some of another version.
    """
    found: dict[int, Trained] = {}
    prices, begin = costs(points, dataset, store), time.perf_counter()
    tails = _tails(points, prices)
    address = cluster.address(scheduler)
    asks = Asks(report, should_stop, should_give_way, between_steps)
    with contextlib.ExitStack() as held:
        if address and tails:
            elsewhere = held.enter_context(cluster.connected(address, tails, dataset, asks))
            workers = elsewhere.count
        else:
            elsewhere, workers = None, _workers(tails, sum(prices))
        alone = workers == 1 and elsewhere is None
        each = held.enter_context(contextlib.closing(
            _one_by_one(points, dataset, store, asks) if alone
            else parallel.train(points, dataset, store, workers, asks, elsewhere)
        ))  # fmt: skip
        guess = _shared(workers)
        told(Progress(0, len(points), guess * sum(prices), workers=workers))
        for place, trained in each:
            found[place] = trained
            expected = sum(prices[known] for known in found)
            seconds = time.perf_counter() - begin + GUESS_SECONDS * guess
            left = seconds / (expected + GUESS_SECONDS) * (sum(prices) - expected)
            told(Progress(len(found), len(points), left, trained, workers))
    return [found[place] for place in range(len(points))]


def _one_by_one(
    points: Sequence[Point], dataset: Dataset, store: Store, asks: Asks
) -> Generator[tuple[int, Trained], None, None]:
    ahead.keep_features(points, dataset, store, asks)
    for place, one in enumerate(points):
        yield place, point.train(one, Asked(one.config, dataset, store), asks)


def expected(points: Sequence[Point], prices: Sequence[float]) -> float:
    """Seconds until all of them are there, side by side on this machine, by their prices (`costs`).

    Raises:
        ConfigError: `THAW_SWEEP_WORKERS` is no number.
    """
    return sum(prices) * _shared(_workers(_tails(points, prices), sum(prices)))


def _tails(points: Sequence[Point], prices: Sequence[float]) -> list[Point]:
    """What workers would train: the points that are to be trained and thaw something."""
    return [one for one, cost in zip(points, prices, strict=True) if cost and parallel.has_tail(one)]


def _workers(tails: Sequence[Point], seconds: float) -> int:
    size = max((one.config.data.image_size for one in tails), default=0)
    return pool.fitting(len(tails), size, seconds)


def _shared(workers: int) -> float:
    """What so many workers make of a second of price."""
    return 1.0 if workers == 1 else 1 / (SHARE * workers)


def costs(points: Sequence[Point], dataset: Dataset, store: Store) -> list[float]:
    """Seconds that each point should take in its turn; 0 where it is stored. What several of them begin with
    (the head of a seed, its control) or share (a traced step) is paid by the first one.

    Raises:
        DatasetError: the images cannot be divided as asked.
    """
    paid: set[Any] = set()
    found = []
    for one in points:
        asked = Asked(one.config, dataset, store)
        cost = price.predict(asked)
        parts = {"feature_extraction": asked.first, "control": asked.control}
        due = {name: (parts.get(name) or asked).key for name in cost.phases}
        traced = one.config.fine_tuning.unfreeze_from, one.config.data.image_size
        seconds = sum(seconds for name, seconds in cost.phases.items() if due[name] not in paid)
        found.append(seconds - cost.tracing * (traced in paid))
        paid |= {*due.values(), *([traced] if cost.tracing else [])}
    return found
