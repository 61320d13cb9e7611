"""Five-fold cross-validation for small data sets: every image is tested once. No TensorFlow.

The images are dealt into five folds of like size and classes. Each fold is tested by a network that learned
from the other four (Stone, "Cross-Validatory Choice and Assessment of Statistical Predictions", JRSS B
1974), so an accuracy rests on all images instead of on a few held-out ones. `core.explain.folds` trains.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import StoreError
from core.explain.folds import FOLDS
from core.method.evaluation import right
from core.results import Evaluation
from core.statistics.paired import PairedVerdict, compare, wilson_interval
from core.wording import words

FEWER_THAN = 1000  # images: with more, a held-out split says enough and five trainings say little more


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What the five networks of a recipe said, each about the images it had not learned from.

    Attributes:
        image_ids: uint64 (n,), which images.
        fold_of: int64 (n,), the fold that each was tested in.
        right: bool (n,), whether it was classified right.
    """

    image_ids: np.ndarray
    fold_of: np.ndarray
    right: np.ndarray

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> "OutOfFold":
        """From the arrays of a study of kind `folds`."""
        return OutOfFold(
            arrays["image_ids"], arrays["folds"], right(arrays["probabilities"], arrays["labels"])
        )

    @property
    def n(self) -> int:
        return len(self.right)

    @property
    def correct(self) -> int:
        return int(self.right.sum())

    @property
    def accuracy(self) -> float:
        return self.correct / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval, as if the answers were independent. They are not quite: the networks share
        training images, and no unbiased estimate of the variance exists (Bengio and Grandvalet, "No Unbiased
        Estimator of the Variance of K-Fold Cross-Validation", JMLR 2004). So it is approximate."""
        return wilson_interval(self.correct, self.n)

    @property
    def counts(self) -> list[tuple[int, int]]:
        """(right, tested) of each fold."""
        return [
            (int(self.right[self.fold_of == fold].sum()), int((self.fold_of == fold).sum()))
            for fold in range(FOLDS)
        ]

    @property
    def accuracies(self) -> list[float]:
        """The accuracy of each fold."""
        return [correct / tested for correct, tested in self.counts]

    @property
    def deviation(self) -> float:
        """Standard deviation of the folds' accuracies, n - 1 in the denominator."""
        return float(np.std(self.accuracies, ddof=1))

    @property
    def deviation_by_chance(self) -> float:
        """What it would be if only luck decided which images are hard: that of a share of n / 5 images."""
        return math.sqrt(self.accuracy * (1 - self.accuracy) * FOLDS / self.n)


def paired(first: OutOfFold, second: OutOfFold) -> PairedVerdict:
    """McNemar's verdict on `second` against `first`, image by image.

    Raises:
        StoreError: they were not tested on the same images in the same folds.
    """
    same = np.array_equal(first.image_ids, second.image_ids) and np.array_equal(first.fold_of, second.fold_of)
    if not same:
        raise StoreError(
            "These two were tested on different images or folds.",
            "A fair difference needs the same images for both.",
            "Compare runs with the same data set, number of images, split seed and groups.",
        )
    return compare(first.right, second.right)


# In words


def fold_table(found: Sequence[tuple[str, OutOfFold]]) -> pd.DataFrame:
    """One row a network: all images, and each fold."""
    return pd.DataFrame(
        [
            {
                "network": label,
                "accuracy": words.percent(one.accuracy),
                "right": f"{one.correct:,} of {one.n:,}",
                "95% interval": words.interval(*one.interval),
                **{
                    f"fold {number}": f"{words.percent(correct / tested)} ({correct} of {tested})"
                    for number, (correct, tested) in enumerate(one.counts, 1)
                },
            }
            for label, one in found
        ]
    )


def fold_notes(label: str, one: OutOfFold, held_out: Evaluation) -> list[str]:
    """What to notice.

    Args:
        held_out: How the run itself does on its validation images.
    """
    widths = [100 * (high - low) for low, high in (one.interval, held_out.interval)]
    return [
        f"{label} is right on {one.correct:,} of all {one.n:,} images; the interval is {widths[0]:.1f} "
        f"points wide, that of its {held_out.n:,} validation images alone {widths[1]:.1f}.",
        f"Its folds lie between {words.percent(min(one.accuracies))} and "
        f"{words.percent(max(one.accuracies))}: a standard deviation of {100 * one.deviation:.1f} points, "
        f"where luck in dealing the images alone would give {100 * one.deviation_by_chance:.1f}.",
    ]
