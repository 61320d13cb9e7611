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
from core.method.timing import clock
from core.results import RunResult
from core.running.answers import right_of_runs
from core.running.identity import Asked
from core.store import Store
from core.sweeps import candidates, halving, training
from core.sweeps.candidates import Candidate
from core.sweeps.point import Asks
from core.sweeps.search_plan import Planner, comparable, leave_out, runs_of
from core.sweeps.search_record import FAILED, LATE, Record, candidate_of, new_record, run_keys, seconds_of
from core.sweeps.training import Progress

MOST_NEAR = 24  # candidates of one stage: with more, Holm's adjustment tells few of them apart


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
        self._planner = Planner(self.base, self.dataset, self.store)

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
        """Those that are left: the default, the most accurate, then the cheap before the dear, first those
        that are not below the default and so may be named. None where the default is the only one."""
        found = {one: self._result(one) for one in near}
        correct = {one: result.last.validation.correct for one, result in found.items()}
        by_cost = sorted(near, key=lambda one: (correct[one] < correct[0], seconds_of(found[one])))
        ordered = dict.fromkeys([0, self._ranked(near)[0], *by_cost])
        return [self._candidate(one) for one in ordered] if len(ordered) > 1 else []

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
            stage = self._planner.stage(self.record, name, wanted(), self._left)
            self.record["stages"].append(stage)
            self._tell()
        if not stage["done"]:
            with self._timed(stage):
                self._train(stage)
                self._judge(stage, rivals())
                stage["done"] = True
        return stage["kept"]

    def _train(self, stage: dict) -> None:
        """Train what the stage began with, and note what did not come to its end."""
        name, asks, problems = stage["name"], self.asks, {}
        tried = {one: runs_of(self.base, name, self._candidate(one)) for one in stage["tried"]}
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
            keys = [Asked(point.config, self.dataset, self.store).key for point in some]
            if not all(map(self.store.whole, keys)):
                problem = next(filter(None, map(problems.get, keys)), "")
                if name == "default":
                    raise ThawError(f"The default recipe could not be trained. {problem}")
                leave_out(self.record, stage, one, some, FAILED if problem else LATE, problem)

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
        confirmed = comparable(last)
        some = last["tried"] if confirmed else list(near)
        seeds = [int(seed) for seed in self.record["candidates"][0]["runs"]]
        seeds = seeds if confirmed else seeds[:1]
        answers = self._right(some, seeds)
        judged = halving.judge(answers)
        seconds = [seconds_of(self._result(one)) for one in some]
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

    def _result(self, place: int, seed: int | None = None) -> RunResult:
        """From a seed, the recipe's own unless named."""
        seed = self.base.seed if seed is None else seed
        return self.store.load(self.record["candidates"][place]["runs"][str(seed)])

    def _right(self, some: Sequence[int], seeds: Sequence[int]) -> np.ndarray:
        """bool (candidates, seeds, validation images)."""
        rows = ([self._result(one, seed) for seed in seeds] for one in some)
        return right_of_runs(self.store, rows, "validation")

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
