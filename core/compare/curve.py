"""A sweep over unfreeze points as a curve: what is there of it, and where its points cannot be told apart.

No TensorFlow. Nothing is computed again: a point is what its runs recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.results import Evaluation, PhaseResult, RunResult
from core.running import receipt
from core.running.answers import right_of_runs
from core.statistics.holm import Leaders, indistinguishable
from core.statistics.means import mean_interval
from core.store import Store

MEAN, ONE_SEED = "mean over seeds, 95% by Student's t", "one seed, 95% over images"


@dataclass(frozen=True)
class CurvePoint:
    """One unfreeze point of a curve.

    Attributes:
        stop: The unfreeze point.
        runs: Seed -> result, those that have finished.
    """

    stop: int
    runs: Mapping[int, RunResult] = field(default_factory=dict)

    def phases(self) -> dict[int, PhaseResult]:
        """Seed -> the phase in which it was thawed."""
        return {seed: run.last for seed, run in self.runs.items()}

    def checked(self, split: str = "validation") -> dict[int, Evaluation]:
        """Seed -> how it does."""
        return {seed: getattr(phase, split) for seed, phase in self.phases().items()}

    @property
    def seconds(self) -> float:
        """Of its thawed phase alone, had nothing been reused; the mean over its seeds."""
        found = [phase.seconds_from_nothing for phase in self.phases().values()]
        return sum(found) / len(found)

    @property
    def parameters(self) -> int:
        """Numbers that learn."""
        return next(iter(self.phases().values())).trainable_parameters


def processors(store: Store, points: Iterable[CurvePoint]) -> list[str]:
    """The kinds of processor that trained the runs of a curve, one a run; empty where that is not known."""
    return [receipt.processor(store.path(run.run_key)) for point in points for run in point.runs.values()]


@dataclass(frozen=True)
class Height:
    """An accuracy with its interval, in 0..1.

    Attributes:
        kind: `MEAN` or `ONE_SEED`: what the interval speaks of.
    """

    accuracy: float
    low: float
    high: float
    kind: str


def height(evaluations: Iterable[Evaluation]) -> Height:
    """How high a point stands: Student's interval of its mean over seeds; for one seed Wilson's over images.

    Raises:
        ValueError: there are none.
    """
    found = list(evaluations)
    if len(found) == 1:
        return Height(found[0].accuracy, *found[0].interval, ONE_SEED)
    mean = mean_interval([one.accuracy for one in found])
    return Height(mean.mean, max(0.0, mean.low), min(1.0, mean.high), MEAN)


@dataclass(frozen=True)
class Looked:
    """Points of a curve that were compared with one another.

    Attributes:
        points: Ascending; all from the same seeds and checked on the same images.
        leaders: Positions in `points`.
    """

    points: tuple[CurvePoint, ...]
    leaders: Leaders

    @property
    def together(self) -> list[CurvePoint]:
        """Those that cannot be told apart from the best, it among them, ascending."""
        return [self.points[place] for place in self.leaders.together]


def look(store: Store, points: Sequence[CurvePoint], split: str = "validation") -> Looked | None:
    """Compare the points whose runs have finished for all seeds; None where there are fewer than two.

    Raises:
        StoreError: what a network answered is missing.
    """
    seeds = sorted({seed for point in points for seed in point.runs})
    complete = [point for point in points if len(point.runs) == len(seeds)]
    keys = {run.dataset.split_key for point in complete for run in point.runs.values()}
    if len(complete) < 2 or len(keys) != 1:
        return None
    right = right_of_runs(store, ([point.runs[seed] for seed in seeds] for point in complete), split)
    return Looked(tuple(complete), indistinguishable(right))
