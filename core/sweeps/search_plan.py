"""Which candidates a stage of a search begins with, in the time that is left: the rest is too dear, and noted
with its price."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.running.identity import Asked
from core.store import Store
from core.sweeps import training
from core.sweeps.candidates import Candidate
from core.sweeps.plan import Point
from core.sweeps.search_record import ALONE, DEAR, STAGES, Record, candidate_of, new_stage, place_of

MORE_SEEDS = (1, 2)  # steps from the recipe's own
PACE_SECONDS = 20.0  # of price for which the guess counts that prices hold


def runs_of(base: ExperimentConfig, name: str, one: Candidate) -> list[Point]:
    """What a candidate is trained for in a stage: from the recipe's own seed, in the last stage from more."""
    return one.points(base, MORE_SEEDS if name == "seeds" else (0,))


@dataclass(frozen=True)
class Planner:
    """Plans the stages of a search from this recipe."""

    base: ExperimentConfig
    dataset: Dataset
    store: Store

    def stage(self, record: Record, name: str, wanted: Sequence[Candidate], left: float) -> dict[str, Any]:
        """A stage with as many candidates as its part of the time allows. The cheap come first; where the
        question is what is left, those come first that are `wanted` first.

        Args:
            record: Candidates and the keys of their runs are entered.
            left: Seconds of the search.
        """
        stage, room = new_stage(name), self._room(record, name, left)
        ordered = self._cheap_first(wanted) if name in ("sizes", "depths") else wanted
        runs = [runs_of(self.base, name, one) for one in ordered]
        prices = iter(training.costs([point for some in runs for point in some], self.dataset, self.store))
        points: list[Point] = []
        paid: list[float] = []
        for one, some in zip(ordered, runs, strict=True):
            priced, place = [next(prices) for _ in some], place_of(record, one)
            seconds = self._seconds(record, [*points, *some], [*paid, *priced])
            if seconds <= room:
                stage["tried"].append(place)
                stage["expected"], points, paid = seconds, points + some, paid + priced
                record["candidates"][place]["runs"] |= {str(one.seed): self._key(one) for one in some}
            else:
                before = stage["expected"]
                dear = {"seconds": round(seconds - before, 1), "room": round(room - before, 1)}
                stage["not_tried"].append({"candidate": place, "why": DEAR, **dear})
        if name == "seeds" and not comparable(stage):
            for place in list(stage["tried"]):
                some = runs_of(self.base, name, candidate_of(record, place))
                leave_out(record, stage, place, some, ALONE)
            stage["expected"] = 0.0
        return stage

    def _room(self, record: Record, name: str, left: float) -> float:
        """Seconds that a stage may take: it shares what is left evenly with the stages to come. Where there
        will be no time for more seeds of the default recipe, the last stage needs none."""
        if name == "default":
            return np.inf
        left, stages = max(0.0, left), len(STAGES) - len(record["stages"])
        if name == "neighbours":
            more = runs_of(self.base, "seeds", candidate_of(record, 0))
            if self._seconds(record, more, training.costs(more, self.dataset, self.store)) > left / stages:
                return left
        return left / stages

    def _cheap_first(self, wanted: Sequence[Candidate]) -> list[Candidate]:
        prices = {
            one: sum(training.costs(one.points(self.base, (0,)), self.dataset, self.store)) for one in wanted
        }
        return sorted(prices, key=lambda one: prices[one])

    def _seconds(self, record: Record, points: Sequence[Point], prices: Sequence[float]) -> float:
        """Until these are trained, by their prices and by how the stages so far kept theirs."""
        done = [stage for stage in record["stages"] if stage["done"]]
        took, priced = (sum(stage[name] for stage in done) for name in ("seconds", "expected"))
        return training.expected(points, prices) * (took + PACE_SECONDS) / (priced + PACE_SECONDS)

    def _key(self, point: Point) -> str:
        return Asked(point.config, self.dataset, self.store).key


def leave_out(
    record: Record, stage: dict[str, Any], place: int, points: Sequence[Point], why: str, problem: str = ""
) -> None:
    """Note that a candidate of a stage was not tried after all, or not to its end.

    Args:
        points: What it would have been trained for.
        why: As in `search_record`.
    """
    stage["tried"].remove(place)
    stage["not_tried"].append({"candidate": place, "why": why, "problem": problem})
    for point in points:
        record["candidates"][place]["runs"].pop(str(point.seed))


def comparable(stage: dict[str, Any]) -> bool:
    """Whether a stage has the default recipe, and another to compare it with."""
    return 0 in stage["tried"] and len(stage["tried"]) > 1
