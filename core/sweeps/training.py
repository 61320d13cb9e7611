"""All points of a sweep, one after the other in this process, and what they will take."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.data.datasets import Dataset
from core.errors import ThawError
from core.results import RunResult
from core.running import experiment, price
from core.running.identity import Asked
from core.store import Store
from core.sweeps.plan import Point, Sweep


@dataclass(frozen=True)
class Trained:
    """A point as it stands after its turn.

    Attributes:
        result: None where it could not be trained.
        seconds: That this sweep spent on it; 0 where it was stored.
        problem: Why it could not, for a person.
    """

    point: Point
    run_key: str
    result: RunResult | None
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        latest: The point that was last at its turn; None at the beginning.
        left: Seconds until the end, by the prices of the points that are left and by how the others kept
            theirs.
    """

    done: int
    total: int
    left: float
    latest: Trained | None = None


def train(
    sweep: Sweep,
    dataset: Dataset,
    store: Store,
    *,
    told: Callable[[Progress], None],
    report: Callable[..., None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    should_give_way: Callable[[], bool] | None = None,
) -> list[Trained]:
    """Train what is not stored, and give all points in their order. Hold `jobs.training_lock`.

    A point that cannot be trained (a rate at which the loss is lost, say) takes no other with it.

    Args:
        told: Called at the beginning and after each point.
        report: As `experiment.run` takes it, of the point under way.

    Raises:
        Stopped, GaveWay: as `experiment.run` does; finished points are stored.
        DatasetError: the images cannot be divided as asked.
        ConfigError: two settings do not go together.
    """
    points, found = sweep.points(), []
    prices, begin = costs(sweep, dataset, store), time.perf_counter()
    told(Progress(0, len(points), sum(prices)))
    for done, point in enumerate(points, 1):
        found.append(_train_one(point, dataset, store, report, should_stop, should_give_way))
        expected = sum(prices[:done])
        pace = (time.perf_counter() - begin) / expected if expected else 1.0
        told(Progress(done, len(points), pace * sum(prices[done:]), found[-1]))
    return found


def _train_one(point: Point, dataset: Dataset, store: Store, report, should_stop, should_give_way) -> Trained:
    asked, begin = Asked(point.config, dataset, store), time.perf_counter()
    try:
        stored = store.whole(asked.key)
        result = experiment.run(
            asked, report=report, should_stop=should_stop, should_give_way=should_give_way, keep_model=False
        )
    except ThawError as problem:
        return Trained(point, asked.key, None, problem=str(problem))
    return Trained(point, asked.key, result, 0.0 if stored else round(time.perf_counter() - begin, 3))


def costs(sweep: Sweep, dataset: Dataset, store: Store) -> list[float]:
    """Seconds that each point should take in its turn; 0 where it is stored. What several of them begin with
    (the head of a seed, its control) is paid by the first one.

    Raises:
        DatasetError: the images cannot be divided as asked.
        ConfigError: two settings do not go together.
    """
    paid: set[str] = set()
    found = []
    for point in sweep.points():
        asked = Asked(point.config, dataset, store)
        phases = price.predict(asked).phases
        parts = {"feature_extraction": asked.first, "control": asked.control}
        due = {name: asked.key if parts.get(name) is None else parts[name].key for name in phases}
        found.append(sum(seconds for name, seconds in phases.items() if due[name] not in paid))
        paid |= set(due.values())
    return found
