"""One point of a sweep: trained alone in this process, and as it stands after its turn."""

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import Stopped, ThawError
from core.method.timing import clock
from core.results import RunResult
from core.running import experiment, receipt
from core.running.identity import Asked
from core.stopping import BetweenSteps, nothing
from core.store import Store
from core.sweeps.plan import Point


@dataclass(frozen=True)
class Trained:
    """A point as it stands after its turn.

    Attributes:
        result: None where it could not be trained.
        seconds: That this sweep spent on it; 0 where it was stored.
        problem: Why it could not, for a person.
        processor: The kind of processor that trained it; empty where that is not known.
    """

    point: Point
    run_key: str
    result: RunResult | None
    seconds: float = 0.0
    problem: str = ""
    processor: str = ""


@dataclass(frozen=True)
class Asks:
    """What whoever trains is told and asked, as `experiment.run` takes it."""

    report: Callable[..., None] | None = None
    should_stop: Callable[[], bool] | None = None
    should_give_way: Callable[[], bool] | None = None
    between_steps: BetweenSteps | None = None

    def check_stop(self, settle: Callable[[], object] = nothing) -> None:
        """As `Log.check_stop`. Raises Stopped where someone asked."""
        if self.between_steps is not None:
            self.between_steps(settle)
        if self.should_stop is not None and self.should_stop():
            raise Stopped


def run(asked: Asked, asks: Asks) -> RunResult:
    """A run of a sweep: its network is made when someone wants it. Raises as `experiment.run` does."""
    return experiment.run(
        asked, report=asks.report, should_stop=asks.should_stop, should_give_way=asks.should_give_way,
        between_steps=asks.between_steps, keep_model=False,
    )  # fmt: skip


def train(point: Point, asked: Asked, asks: Asks) -> Trained:
    """Train it, or give what is stored. Raises Stopped and GaveWay as `experiment.run` does."""
    begin = clock()
    try:
        stored = asked.store.whole(asked.key)
        result = run(asked, asks)
    except ThawError as problem:
        return Trained(point, asked.key, None, problem=str(problem))
    seconds = 0.0 if stored else round(clock() - begin, 3)
    return trained(point, asked.store, asked.key, result, seconds)


def trained(point: Point, store: Store, run_key: str, result: RunResult, seconds: float) -> Trained:
    """A point whose run is stored."""
    return Trained(point, run_key, result, seconds, processor=receipt.processor(store.path(run_key)))
