"""The best recipe within some minutes: stages from the cheap to the dear, each dropping what paired evidence
says is worse (successive halving, after Jamieson and Talwalkar, AISTATS 2016, by evidence instead of halves).

    default      the recipe itself, whatever it takes: it is compared with to the end
    sizes        the head alone at every size
    depths       a few unfreeze points at the sizes that are left
    neighbours   other rates, the next blocks and the recipe's augmentation, around those that are left
    seeds        those that are left, from two more seeds

Every candidate is an ordinary run under its ordinary key, trained as a sweep's points are. What a stage began
with and what it decided stands in a record of plain values (`core.sweeps.search_record`), told at each step:
a search that was cut off goes on with it.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import Stopped, ThawError
from core.method.evaluation import right
from core.method.timing import clock
from core.results import RunResult
from core.running.identity import Asked
from core.store import Store
from core.sweeps import candidates, halving, training
from core.sweeps.candidates import Candidate
from core.sweeps.plan import Point
from core.sweeps.point import Asks
from core.sweeps.search_record import (
    DEAR,
    FAILED,
    LATE,
    STAGES,
    Record,
    candidate_of,
    new_record,
    new_stage,
    place_of,
    run_keys,
    seconds_of,
)
from core.sweeps.training import Progress

MORE_SEEDS = (1, 2)  # steps from the recipe's own
MOST_NEAR = 24  # candidates of one stage: with more, Holm's adjustment tells few of them apart
PACE_SECONDS = 20.0  # of price for which the guess counts that prices hold


@dataclass(frozen=True)
class Told:
    """Who hears of a search: `record` at each step of it, and `progress` while a stage trains, with its name
    and the seconds that are left of all."""

    record: Callable[[Record], None]
    progress: Callable[[str, Progress, float], None]


def find(
    base: ExperimentConfig,
    minutes: float,
    dataset: Dataset,
    store: Store,
    told: Told,
    asks: Asks,
    before: Record | None = None,
) -> Record:
    """Search, and give the whole record. Hold `jobs.training_lock`. At the end of its minutes it stops within
    a batch and decides by what is there; only the default recipe is trained to its end.

    Args:
        before: The record as an earlier attempt left it; it is changed. Where runs of it are gone, the search
            begins anew.

    Raises:
        Stopped, GaveWay: as `experiment.run` does; `told.record` has the record to go on with.
        ConfigError: the recipe is none to search from.
        ThawError: the default recipe cannot be trained.
    """
    default = candidates.default_of(base)
    if before is None or not all(map(store.whole, run_keys(before))):
        before = new_record()
    return _Search(base, 60 * minutes, dataset, store, told, asks, before).run(default)


@dataclass
class _Search:
    base: ExperimentConfig
    budget: float
    dataset: Dataset
    store: Store
    told: Told
    asks: Asks
    record: Record

    def __post_init__(self):
        self._before, self._begin = self.record["seconds"], clock()

    @property
    def _left(self) -> float:
        return self.budget - self._before - (clock() - self._begin)

    def run(self, default: Candidate) -> Record:
        self._stage("default", lambda: [default], lambda: [])
        heads = self._stage("sizes", lambda: candidates.sizes(self.base), lambda: [])
        sizes = sorted({self._candidate(one).size for one in heads} or {default.size})
        kept = self._stage("depths", lambda: candidates.depths(self.base, sizes), lambda: [0, *heads])
        near = self._stage("neighbours", lambda: self._near(kept), lambda: kept)
        self._stage("seeds", lambda: self._last(near), lambda: [])
        self._decide(near)
        self._tell()
        return self.record

    def _near(self, kept: Sequence[int]) -> list[Candidate]:
        """Neighbours of those that are left, the most accurate first; none that was planned before."""
        known = [self._candidate(place) for place in range(len(self.record["candidates"]))]
        near = [
            other
            for one in self._ranked(kept)
            for other in candidates.neighbours(self.base, self._candidate(one))
        ]
        return [one for one in dict.fromkeys(near) if one not in known][:MOST_NEAR]

    def _last(self, near: Sequence[int]) -> list[Candidate]:
        """Those that are left, the default first; none where it is the only one."""
        others = [one for one in self._ranked(near) if one]
        return [self._candidate(one) for one in (0, *others)] if others else []

    def _ranked(self, some: Iterable[int]) -> list[int]:
        """The most accurate first, of equals the cheapest."""
        found = {one: self._result(one) for one in some}
        return sorted(found, key=lambda one: (-found[one].last.validation.correct, seconds_of(found[one])))

    # A stage

    def _stage(
        self, name: str, wanted: Callable[[], list[Candidate]], rivals: Callable[[], Sequence[int]]
    ) -> list[int]:
        """The candidates that are left after a stage: of its own, and of the `rivals` from before."""
        stage = next((known for known in self.record["stages"] if known["name"] == name), None)
        if stage is None:
            stage = self._planned(name, wanted())
            self.record["stages"].append(stage)
            self._tell()
        if not stage["done"]:
            with self._timed(stage):
                self._train(stage)
                self._judge(stage, rivals())
                stage["done"] = True
        return stage["kept"]

    def _planned(self, name: str, wanted: Sequence[Candidate]) -> dict:
        """A stage with as many candidates as its part of the time that is left allows: it shares that evenly
        with the stages to come. The cheap ones first, and of what is left those that did best."""
        stage, known = new_stage(name), self.record["stages"]
        room = max(0.0, self._left) / (len(STAGES) - len(known)) if known else np.inf
        ordered = self._cheap_first(wanted) if name in ("sizes", "depths") else wanted
        runs = [self._points(name, one) for one in ordered]
        prices = iter(training.costs([point for some in runs for point in some], self.dataset, self.store))
        points: list[Point] = []
        paid: list[float] = []
        for one, some in zip(ordered, runs, strict=True):
            priced, place = [next(prices) for _ in some], place_of(self.record, one)
            seconds = self._seconds([*points, *some], [*paid, *priced])
            if seconds <= room:
                stage["tried"].append(place)
                stage["expected"], points, paid = seconds, points + some, paid + priced
                self.record["candidates"][place]["runs"] |= {str(p.seed): self._key(p) for p in some}
            else:
                before = stage["expected"]
                dear = {"seconds": round(seconds - before, 1), "room": round(room - before, 1)}
                stage["not_tried"].append({"candidate": place, "why": DEAR, **dear})
        return stage

    def _cheap_first(self, wanted: Sequence[Candidate]) -> list[Candidate]:
        prices = {
            one: sum(training.costs(one.points(self.base, (0,)), self.dataset, self.store)) for one in wanted
        }
        return sorted(prices, key=lambda one: prices[one])

    def _points(self, name: str, one: Candidate) -> list[Point]:
        return one.points(self.base, MORE_SEEDS if name == "seeds" else (0,))

    def _seconds(self, points: Sequence[Point], prices: Sequence[float]) -> float:
        """Until these are trained, by their prices and by how the stages so far kept theirs."""
        done = [stage for stage in self.record["stages"] if stage["done"]]
        took, priced = (sum(stage[name] for stage in done) for name in ("seconds", "expected"))
        return training.expected(points, prices) * (took + PACE_SECONDS) / (priced + PACE_SECONDS)

    def _train(self, stage: dict) -> None:
        """Train what the stage began with, and note what did not come to its end."""
        name, asks, problems = stage["name"], self.asks, {}
        tried = {one: self._points(name, self._candidate(one)) for one in stage["tried"]}
        should_stop = asks.should_stop or (lambda: False)
        over = (lambda: False) if name == "default" else (lambda: self._left <= 0)
        try:
            for trained in training.train(
                [point for some in tried.values() for point in some], self.dataset, self.store,
                told=lambda progress: self.told.progress(name, progress, max(0.0, self._left)),
                report=asks.report, should_stop=lambda: should_stop() or over(),
                should_give_way=asks.should_give_way, between_steps=asks.between_steps,
            ):  # fmt: skip
                problems[trained.run_key] = trained.problem
        except Stopped:
            if should_stop() or not over():
                raise
        for one, some in tried.items():
            keys = [self._key(point) for point in some]
            if not all(map(self.store.whole, keys)):
                problem = next(filter(None, map(problems.get, keys)), "")
                if name == "default":
                    raise ThawError(f"The default recipe could not be trained. {problem}")
                self._leave_out(stage, one, some, problem)

    def _leave_out(self, stage: dict, place: int, points: Sequence[Point], problem: str) -> None:
        stage["tried"].remove(place)
        why = FAILED if problem else LATE
        stage["not_tried"].append({"candidate": place, "why": why, "problem": problem})
        for point in points:
            self.record["candidates"][place]["runs"].pop(str(point.seed))

    def _judge(self, stage: dict, rivals: Sequence[int]) -> None:
        """Drop what is worse than the best of the stage and its rivals, but never the default."""
        some = list(dict.fromkeys([*rivals, *stage["tried"]]))
        stage["kept"] = some
        new = len(some) > len(rivals)  # else they were judged before
        if new and len(some) > 1 and stage["name"] != "seeds":  # those are for `_decide`
            spared = [place for place, one in enumerate(some) if one == 0]
            judged = halving.judge(self._right(some, [self.base.seed]), spared)
            _drop(stage, some, judged.dropped, judged.p_values)

    def _decide(self, near: Sequence[int]) -> None:
        """Judge those that were trained from all seeds, where there are others besides the default; else all
        that are left, by one seed."""
        last = self.record["stages"][-1]
        confirmed = 0 in last["tried"] and len(last["tried"]) > 1
        some = last["tried"] if confirmed else list(near)
        seeds = [int(seed) for seed in self.record["candidates"][0]["runs"]]
        seeds = seeds if confirmed else seeds[:1]
        answers = self._right(some, seeds)
        judged = halving.judge(answers)
        seconds = [seconds_of(self._result(one)) for one in some]
        if confirmed:
            _drop(last, some, judged.dropped, judged.p_values)
        self.record |= {
            "winners": [some[place] for place in judged.together],
            "best": some[judged.best],
            "named": some[halving.named(answers, judged.together, some.index(0), seconds)],
            "default_p": judged.p_values[some.index(0)],
            "seeds": seeds,
        }

    # What is stored

    def _candidate(self, place: int) -> Candidate:
        return candidate_of(self.record, place)

    def _key(self, point: Point) -> str:
        return Asked(point.config, self.dataset, self.store).key

    def _result(self, place: int, seed: int | None = None) -> RunResult:
        """From a seed, the recipe's own unless named."""
        seed = self.base.seed if seed is None else seed
        return self.store.load(self.record["candidates"][place]["runs"][str(seed)])

    def _right(self, some: Sequence[int], seeds: Sequence[int]) -> np.ndarray:
        """bool (candidates, seeds, validation images)."""
        return np.stack([
            np.stack([self._answers(self._result(one, seed)) for seed in seeds]) for one in some
        ])  # fmt: skip

    def _answers(self, result: RunResult) -> np.ndarray:
        said, true = f"{result.last.name}/validation", "labels/validation"
        arrays = self.store.arrays(result.run_key, (said, true))
        return right(arrays[said], arrays[true])

    # Time

    @contextlib.contextmanager
    def _timed(self, stage: dict) -> Iterator[None]:
        begin, before = clock(), stage["seconds"]
        try:
            yield
        finally:  # also where it stops or gives way: the next attempt has so much less time
            stage["seconds"] = round(before + clock() - begin, 3)
            self._tell()

    def _tell(self) -> None:
        self.record["seconds"] = round(self.budget - self._left, 3)
        self.told.record(self.record)


def _drop(stage: dict, some: Sequence[int], places: Iterable[int], p_values: Sequence[float]) -> None:
    """Note which of `some` a stage drops, and which go on."""
    dropped = {some[place]: p_values[place] for place in places}
    stage["dropped"] = [{"candidate": one, "p_value": p_value} for one, p_value in dropped.items()]
    stage["kept"] = [one for one in some if one not in dropped]
