"""Shortcuts: can the class be told from how a picture was taken, without seeing what is on it?

Photos of one class taken indoors, with one camera, on one table: a network may learn the light, the size or
the ground, and fail elsewhere (Geirhos and others, "Shortcut learning in deep neural networks", 2020). A
linear probe (`core.explain.linear_probe`) that sees nothing but a few such numbers is taught on four fifths
of the pictures and tested on the last, five times. What it gets right beyond the commonest class, the numbers
alone tell.
"""

from dataclasses import dataclass

import numpy as np

from core.data.indexes import Dataset
from core.data.looks import Looks
from core.explain import linear_probe
from core.explain.folds import FOLDS, assign
from core.intake.report import Finding
from core.statistics.paired import compare, wilson_interval
from core.statistics.verdict import Verdict

MOST = 4000  # pictures looked at: intervals of three points, in a second or two
LEAST = 4 * FOLDS  # with fewer nothing can be told
WORTH = 0.05  # of the pictures: what is told beyond the commonest class, at the interval's lower end
SEED = 0
TOGETHER = "all of these together"


@dataclass(frozen=True)
class Told:
    """What some numbers tell of the class.

    Attributes:
        by: Which numbers: `brightness`, `blur`, `size`, `aspect`, `border colour`, or `TOGETHER`.
        correct: Pictures of `n` whose class the probe names that was not taught by them.
        commonest: Pictures of `n` of the commonest class: what naming it always gets right.
        verdict: McNemar's, against that.
    """

    by: str
    correct: int
    n: int
    commonest: int
    verdict: Verdict

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the share that is right, 0..1."""
        return wilson_interval(self.correct, self.n)

    @property
    def matters(self) -> bool:
        """Whether it is told for certain, and by enough to be worth a look."""
        return self.verdict is Verdict.BETTER and self.interval[0] >= self.commonest / self.n + WORTH


def shortcuts(dataset: Dataset, looks: Looks) -> list[Told]:
    """What each of the numbers tells, the most first, and what all of them do, last; empty where there are
    too few readable pictures.

    Args:
        looks: Of the same images, in their order.
    """
    from threadpoolctl import threadpool_limits

    rows = np.flatnonzero(looks.readable)
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, MOST, replace=False))
    labels, numbers = dataset.labels[rows], _numbers(looks.of(rows))
    if len(rows) < LEAST or len(np.unique(labels)) < 2:
        return []
    fold_of = assign(dataset.image_ids[rows], labels, SEED)
    if any(len(np.unique(labels[fold_of != fold])) < 2 for fold in range(FOLDS)):
        return []
    with threadpool_limits(1):
        found = [_told(by, values, labels, fold_of) for by, values in numbers.items()]
        every = _told(TOGETHER, np.column_stack(list(numbers.values())), labels, fold_of)
    return [*sorted(found, key=lambda told: -told.correct), every]


def _numbers(looks: Looks) -> dict[str, np.ndarray]:
    """Name -> float64 (n, d). Sizes and sharpness as logarithms: twice as much is one step, whatever of."""
    width, height = (side.astype(np.float64) for side in (looks.width, looks.height))
    return {
        "brightness": looks.brightness[:, None].astype(np.float64),
        "blur": np.log1p(looks.sharpness.astype(np.float64))[:, None],
        "size": np.log(width * height)[:, None],
        "aspect": np.log(width / height)[:, None],
        "border colour": looks.border.astype(np.float64),
    }


def _told(by: str, values: np.ndarray, labels: np.ndarray, fold_of: np.ndarray) -> Told:
    said = np.empty_like(labels)
    for fold in np.unique(fold_of):
        taught, tested = fold_of != fold, fold_of == fold
        said[tested] = linear_probe.predict(values[taught], labels[taught], values[tested])
    right, common = said == labels, labels == np.bincount(labels).argmax()
    verdict = compare(common, right).verdict
    return Told(by, int(right.sum()), len(labels), int(common.sum()), verdict)


def finding(told: list[Told]) -> Finding | None:
    """The shortcut, if there is one: all the numbers together must tell something."""
    if not told or not told[-1].matters:
        return None
    every, singly = told[-1], [one for one in told[:-1] if one.matters]
    which = ", ".join(f"{one.by} alone {_share(one)}" for one in singly) or "none of them does so alone"
    return Finding(
        "shortcuts", f"The class can be told without seeing what is on the picture: {_share(every)}",
        "By nothing but brightness, blur, size, aspect and the colour of the border, a probe names the class "
        "of pictures it never saw; naming the commonest class is right for "
        f"{every.commonest / every.n:.0%} of {every.n:,}. Of these numbers: {which}. If that belongs to the "
        "classes, as the size of cells does, all is well. If it comes from how the pictures were taken, the "
        "network may learn that instead: test it on pictures taken otherwise.",
    )  # fmt: skip


def _share(told: Told) -> str:
    low, high = told.interval
    return f"{told.correct / told.n:.0%} right ({100 * low:.0f} to {100 * high:.0f}%)"
