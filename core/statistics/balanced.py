"""Accuracy where classes are uneven: each class counts alike, however many images it has.

With 95 healthy cells in 100, always saying "healthy" is right 95 times; its balanced accuracy is 50%.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.results import Evaluation
from core.statistics.paired import wilson_interval

UNEVEN = 2  # the largest class has so many times the images of the smallest
RESAMPLES = 2000
Interval = tuple[float, float]


@dataclass(frozen=True)
class Balanced:
    """How a network does on each class alike, 0..1, each with its 95% interval.

    Attributes:
        accuracy: Balanced accuracy: the mean of the classes' recalls, over classes that have images
            (Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010).
        interval: Of it, from Wilson's interval of each recall by the method of variance estimates recovery
            (Zou, Huang and Zhang, Computational Statistics & Data Analysis 2009).
        macro_f1: The mean of the classes' F1, over classes that have images or are named.
        macro_f1_interval: Of it, by the bootstrap over the images of each class (percentiles).
    """

    accuracy: float
    interval: Interval
    macro_f1: float
    macro_f1_interval: Interval


def uneven(counts: Sequence[int]) -> bool:
    """Whether a division of images over classes calls for these numbers: the largest class has `UNEVEN` times
    the images of the smallest, or more."""
    return max(counts) >= UNEVEN * min(counts)


@lru_cache(maxsize=256)
def balanced(checked: Evaluation) -> Balanced:
    """As scikit-learn's `balanced_accuracy_score` and `f1_score(average="macro")`, from the confusion."""
    confusion = np.array(checked.confusion)
    images, right = confusion.sum(axis=1), np.diag(confusion)
    there = images > 0
    recalls = right[there] / images[there]
    ends = [
        wilson_interval(*pair) for pair in zip(right[there].tolist(), images[there].tolist(), strict=True)
    ]
    low, high = np.array(ends).T
    accuracy, classes = float(recalls.mean()), len(recalls)
    down, up = (np.sqrt(np.sum((recalls - end) ** 2)) / classes for end in (low, high))
    f1 = _f1(right, images, confusion.sum(axis=0))
    drawn = np.nanmean(_f1(*_resampled(confusion)), axis=1)
    f1_low, f1_high = np.quantile(drawn, [0.025, 0.975])
    return Balanced(
        accuracy=accuracy,
        interval=(max(0.0, accuracy - float(down)), min(1.0, accuracy + float(up))),
        macro_f1=float(f1[~np.isnan(f1)].mean()),
        macro_f1_interval=(float(f1_low), float(f1_high)),
    )


def _f1(right: np.ndarray, images: np.ndarray, named: np.ndarray) -> np.ndarray:
    """F1 of each class, from its images that are named right, all of them, and all named so: (..., classes)
    each. NaN of a class that is neither there nor named."""
    found = images + named
    return np.divide(2.0 * right, found, out=np.full(np.shape(found), np.nan), where=found > 0)


def _resampled(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(right, images, named) by class of `RESAMPLES` draws with replacement from each class's own images."""
    random, classes = np.random.default_rng(0), len(confusion)
    right, named = np.zeros((2, RESAMPLES, classes), np.int64)
    for label, row in enumerate(confusion):
        said = np.flatnonzero(row)
        if len(said):
            drawn = random.multinomial(row.sum(), row[said] / row.sum(), RESAMPLES)
            named[:, said] += drawn
            right[:, label] += drawn[:, said == label].sum(axis=1)
    return right, np.broadcast_to(confusion.sum(axis=1), named.shape), named
