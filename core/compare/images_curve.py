"""Accuracy by number of training images: one curve a way of training, and what its power law says.

No TensorFlow. Nothing is computed again: a point is what its run, or its head, recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.results import RunResult
from core.statistics.means import Mean, mean_interval
from core.statistics.power_law import PowerLaw, fit
from core.statistics.withheld import Why, Withheld
from core.statistics.worth import HeldOut, Worth, held_out, measured, worth
from core.sweeps.plan import IMAGES, Point

FROZEN, TUNED, SCRATCH = "frozen", "fine-tuned", "from scratch"
ARMS = (FROZEN, TUNED, SCRATCH)
MOST_MORE = 1_000_000  # images that may be asked about beyond those there are


@dataclass(frozen=True, eq=False)
class ImagesCurve:
    """One way of training at several numbers of training images.

    Attributes:
        arm: One of `ARMS`.
        images: The numbers asked for, ascending.
        right: (number of images, seed) -> how many answers of that network are right; those that are there.
        checked: Images that each was checked on, the same for all.
        run_keys: The same -> the stored run; empty where the networks were not kept.
    """

    arm: str
    images: tuple[int, ...]
    right: Mapping[tuple[int, int], int]
    checked: int
    run_keys: Mapping[tuple[int, int], str]

    def accuracies(self, images: int) -> dict[int, float]:
        """Seed -> accuracy in 0..1 at so many images."""
        return {seed: right / self.checked for (n, seed), right in self.right.items() if n == images}

    def mean(self, images: int) -> Mean | None:
        """Mean over resamples with Student's interval; None where there is none."""
        found = list(self.accuracies(images).values())
        return mean_interval(found) if found else None

    @cached_property
    def table(self) -> np.ndarray | None:
        """Accuracies (sizes, resamples), a column a seed; None while some are missing."""
        seeds = sorted({seed for _, seed in self.right})
        if len(self.right) < len(self.images) * len(seeds) or not seeds:
            return None
        return np.array([[self.accuracies(n)[seed] for seed in seeds] for n in self.images])

    @cached_property
    def law(self) -> PowerLaw | Withheld | None:
        """Its power law; None while some points are missing."""
        return None if self.table is None else fit(self.images, self.table)

    @cached_property
    def held(self) -> HeldOut | Withheld | None:
        """Whether its two largest sizes are foretold by the smaller ones; None while some are missing."""
        return None if self.table is None else held_out(self.images, self.table)


def of_heads(
    record: Mapping[str, Any], arrays: Mapping[str, np.ndarray], seed: int, split: str = "validation"
) -> ImagesCurve:
    """The frozen curve, from what a study of kind `head_curve` recorded.

    Args:
        seed: Of the recipe, and so of its first resample.
        split: `validation` or `test`.
    """
    right = {
        (images, seed + resample): int(count)
        for images, row in zip(record["images"], arrays[split], strict=True)
        for resample, count in enumerate(row)
    }
    return ImagesCurve(FROZEN, tuple(record["images"]), right, record[split], {})


def of_runs(
    arm: str,
    counts: Sequence[int],
    points: Sequence[Point],
    keys: Sequence[str],
    there: Mapping[str, RunResult],
    split: str = "validation",
) -> ImagesCurve:
    """A curve of runs, as many of them as have finished.

    Args:
        counts: The numbers of training images, as `image_counts` gives them.
        points, keys: Of the sweep over them.
        there: Run key -> result.
    """
    checked, right, run_keys = 0, {}, {}
    for point, key in zip(points, keys, strict=True):
        if key in there:
            limit = point.settings[IMAGES]
            place = (counts[-1] if limit is None else limit, point.seed)
            found = getattr(there[key].last, split)
            right[place], run_keys[place], checked = found.correct, key, found.n
    return ImagesCurve(arm, tuple(counts), right, checked, run_keys)


@dataclass(frozen=True)
class TransferWorth:
    """What transfer is worth in images from scratch.

    Attributes:
        transfer, scratch: The curves it is read from.
    """

    transfer: ImagesCurve
    scratch: ImagesCurve
    found: Worth | Withheld


def transfer_worth(curves: Sequence[ImagesCurve]) -> TransferWorth | None:
    """By the fine-tuned curve, or else the frozen one; None where one of the two is not whole. Where one of
    them follows no power law, it is read between what was measured."""
    whole = {curve.arm: curve for curve in curves if curve.table is not None}
    transfer, scratch = whole.get(TUNED, whole.get(FROZEN)), whole.get(SCRATCH)
    if transfer is None or scratch is None:
        return None
    laws = (transfer.law, scratch.law)
    withheld = [law for law in laws if isinstance(law, Withheld)]
    if not withheld:
        found = worth(*(law for law in laws if isinstance(law, PowerLaw)))
    elif all(law.why == Why.MISFIT for law in withheld):
        tables = [(curve.images, curve.table) for curve in (transfer, scratch) if curve.table is not None]
        found = worth(*(measured(images, table) for images, table in tables))
    else:
        found = withheld[0]
    return TransferWorth(transfer, scratch, found)
