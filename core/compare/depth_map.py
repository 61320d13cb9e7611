"""Unfreeze point by number of training images: where fine-tuning is better than the head alone.

No TensorFlow. Nothing is computed again: a cell is what its runs recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.results import RunResult
from core.running.answers import right_of_runs
from core.statistics.holm import against_first, holm
from core.statistics.paired import SIGNIFICANCE
from core.statistics.verdict import Verdict
from core.store import Store
from core.sweeps.plan import IMAGES, STOP, Point

Place = tuple[int, int]  # unfreeze point, number of training images


@dataclass(frozen=True)
class Cell:
    """One unfreeze point with one number of training images, beside its control: the same head trained as
    long on the same images.

    Attributes:
        runs: Seed -> result, those that have finished.
        heads: Seed -> result of the control, those that have finished.
    """

    runs: Mapping[int, RunResult] = field(default_factory=dict)
    heads: Mapping[int, RunResult] = field(default_factory=dict)

    @property
    def seeds(self) -> list[int]:
        """Those of which both have finished."""
        return sorted(self.runs.keys() & self.heads.keys())

    @property
    def accuracy(self) -> float | None:
        """On validation images, in 0..1; the mean over seeds, None where there is none."""
        return _mean(self.runs)

    @property
    def gain(self) -> float | None:
        """By how much it is more accurate than its control, in -1..1; the mean over seeds of both."""
        differences = [_accuracy(self.runs[seed]) - _accuracy(self.heads[seed]) for seed in self.seeds]
        return sum(differences) / len(differences) if differences else None


@dataclass(frozen=True)
class DepthMap:
    """What is there of a map.

    Attributes:
        stops, images: Unfreeze points and numbers of training images that were asked for, ascending.
        seeds: How many were asked for.
        classes: How many there are.
        cells: All of them, also those without a run.
    """

    stops: tuple[int, ...]
    images: tuple[int, ...]
    seeds: int
    classes: int
    cells: Mapping[Place, Cell]

    def complete(self, stop: int, images: int) -> bool:
        """Whether a cell has all that it is judged by."""
        return len(self.cells[stop, images].seeds) == self.seeds

    def heads(self, images: int) -> dict[int, RunResult]:
        """Seed -> the head alone, trained as long, with so many images."""
        return {
            seed: head for stop in self.stops for seed, head in self.cells[stop, images].heads.items()
        }  # fmt: skip

    def head_accuracy(self, images: int) -> float | None:
        """Of the head alone, in 0..1; the mean over seeds, None where there is none."""
        return _mean(self.heads(images))


def _accuracy(run: RunResult) -> float:
    return run.last.validation.accuracy


def _mean(runs: Mapping[int, RunResult]) -> float | None:
    return sum(map(_accuracy, runs.values())) / len(runs) if runs else None


def gather(
    points: Sequence[Point],
    keys: Sequence[str],
    there: Mapping[str, RunResult],
    controls: Mapping[str, RunResult],
    most: int,
    classes: int,
) -> DepthMap:
    """A map of runs, as many of them as have finished.

    Args:
        points, keys: Of its sweep (`core.sweeps.grid`).
        there: Run key -> result.
        controls: Key of a run -> result of its control.
        most: How many training images there are: the number meant by no limit.
    """
    runs: dict[Place, dict[int, RunResult]] = {}
    heads: dict[Place, dict[int, RunResult]] = {}
    for point, key in zip(points, keys, strict=True):
        limit = point.settings[IMAGES]
        place = point.settings[STOP], most if limit is None else limit
        for kind, found in ((runs, there), (heads, controls)):
            known = kind.setdefault(place, {})
            if key in found:
                known[point.seed] = found[key]
    return DepthMap(
        stops=tuple(sorted({stop for stop, _ in runs})),
        images=tuple(sorted({images for _, images in runs})),
        seeds=len({point.seed for point in points}),
        classes=classes,
        cells={place: Cell(runs[place], heads[place]) for place in runs},
    )


@dataclass(frozen=True)
class Judged:
    """A cell against its control.

    Attributes:
        p_value: Adjusted for looking at every cell of the map, in 0..1.
        verdict: At 5%.
    """

    p_value: float
    verdict: Verdict


def judge(store: Store, found: DepthMap, split: str = "validation") -> dict[Place, Judged]:
    """Every complete cell against its control, by paired evidence: `holm.against_first` at each number of
    images, adjusted by Holm for all cells of the map, also those still to come: a verdict stays as cells
    fill in, unless seeds turn out to scatter more than was seen so far.

    Raises:
        StoreError: what a network answered is missing.
    """
    raw: dict[Place, float] = {}
    for images in found.images:
        stops = [stop for stop in found.stops if found.complete(stop, images)]
        if stops:
            raw |= {(stop, images): p for stop, p in _against_head(store, found, stops, images, split)}
    padded = np.ones(len(found.cells))
    padded[: len(raw)] = list(raw.values())
    adjusted = holm(padded)[: len(raw)].tolist()
    return {
        place: Judged(p_value, _verdict(p_value, found.cells[place].gain))
        for place, p_value in zip(raw, adjusted, strict=True)
    }


def _against_head(
    store: Store, found: DepthMap, stops: Sequence[int], images: int, split: str
) -> list[tuple[int, float]]:
    """p-values of points that are complete at a number of images, not adjusted."""
    columns = [found.cells[stops[0], images].heads, *(found.cells[stop, images].runs for stop in stops)]
    seeds = found.cells[stops[0], images].seeds
    right = right_of_runs(store, ([runs[seed] for seed in seeds] for runs in columns), split)
    return list(zip(stops, against_first(right).tolist(), strict=True))


def _verdict(p_value: float, gain: float | None) -> Verdict:
    if p_value >= SIGNIFICANCE or not gain:
        return Verdict.CANNOT_TELL
    return Verdict.BETTER if gain > 0 else Verdict.WORSE
