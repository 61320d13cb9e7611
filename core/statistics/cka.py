"""How alike two networks see the same images: linear CKA, debiased.

Kornblith, Norouzi, Lee and Hinton, "Similarity of neural network representations revisited" (ICML 2019).
Their estimator leans towards 1 where images are few and features many, so here the unbiased HSIC of Song and
others (JMLR 2012, equation 5) stands in it, as in Nguyen, Raghu and Kornblith, "Do wide and deep networks
learn the same things?" (ICLR 2021). What that needs of two Gram matrices is sums, and sums over a part of the
images are differences of sums: leaving out a group of images in turn costs no further pass over them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FEWEST = 4  # images; the unbiased estimator has n - 3 below the line
GROUPS = 10  # of images that the jackknife leaves out in turn


@dataclass(frozen=True)
class Similarity:
    """CKA with its 95% interval, in -1..1 or so: 1 is the same up to rotation and scale; the debiased one may
    fall below 0. NaN where features do not differ between images."""

    cka: float
    low: float
    high: float


class Seen:
    """Images as one network sees them, ready to be compared with how another one does.

    Args:
        features: (n, d), a row an image.

    Attributes:
        products: float64 (n, n), of every two images' features, its diagonal 0. Features are first centred,
            which changes no CKA and keeps digits that a large mean would take.
        by_group: float64 (n, groups), the sum of each row's products over the images of a group.

    Raises:
        ValueError: fewer than `FEWEST` images.
    """

    def __init__(self, features: np.ndarray):
        if len(features) < FEWEST:
            raise ValueError(f"Expected at least {FEWEST} images. Received {len(features)}.")
        features = np.asarray(features, np.float64)
        features = features - features.mean(axis=0)
        self.products = features @ features.T
        np.fill_diagonal(self.products, 0.0)
        self.by_group = self.products @ _membership(len(features))

    @cached_property
    def with_itself(self) -> np.ndarray:
        """HSIC of the images with themselves, as `_hsic` has it."""
        return _hsic(self, self)


def cka(first: Seen, second: Seen) -> float:
    """Debiased linear CKA of the same images as two networks see them; NaN where to one of them all are the
    same."""
    n = len(first.products)
    rows, others = (one.by_group.sum(axis=1) for one in (first, second))
    shared = _unbiased(float(np.vdot(first.products, second.products)), rows, others, n)
    return float(_share(shared, first.with_itself[0], second.with_itself[0]))


def with_interval(first: Seen, second: Seen) -> Similarity:
    """CKA with the interval of a delete-a-group jackknife over images (Efron and Tibshirani, "An Introduction
    to the Bootstrap", 1993, chapter 11), Student's t with a degree of freedom fewer than groups.

    No bootstrap: an image drawn twice would be alike with itself, which is what debiasing takes out. For
    fewer than two images a group low and high are NaN.
    """
    from scipy.special import stdtrit  # a tenth of a second to import: not at start-up

    value, *without = _share(_hsic(first, second), first.with_itself, second.with_itself)
    if len(first.products) < 2 * GROUPS:
        return Similarity(float(value), float("nan"), float("nan"))
    spread = np.sqrt((GROUPS - 1) / GROUPS * np.sum((np.array(without) - np.mean(without)) ** 2))
    half = float(stdtrit(GROUPS - 1, 0.975) * spread)
    return Similarity(float(value), max(-1.0, float(value) - half), min(1.0, float(value) + half))


def _membership(n: int) -> np.ndarray:
    """float64 (n, groups): 1 where an image is of a group."""
    return (np.arange(n)[:, None] % GROUPS == np.arange(GROUPS)).astype(np.float64)


def _hsic(first: Seen, second: Seen) -> np.ndarray:
    """HSIC of all images, then without each group of them, float64 (1 + groups,)."""
    member = _membership(len(first.products))
    blocks = member.T @ (first.products * second.products) @ member  # what two groups have in common
    found = []
    for left_out in (None, *range(GROUPS)):
        kept = np.arange(GROUPS) != left_out
        here = member[:, kept].any(axis=1)
        rows, others = (one.by_group[here][:, kept].sum(axis=1) for one in (first, second))
        found.append(_unbiased(blocks[np.ix_(kept, kept)].sum(), rows, others, int(here.sum())))
    return np.array(found)


def _unbiased(trace: float, first_rows: np.ndarray, second_rows: np.ndarray, n: int) -> float:
    """Song's estimator from the sum of products of both matrices and from the sums of their rows, but for the
    factor that CKA cancels."""
    sums = first_rows.sum() * second_rows.sum() / ((n - 1) * (n - 2))
    return trace + sums - 2 / (n - 2) * (first_rows @ second_rows)


def _share(shared, first, second):
    with np.errstate(invalid="ignore", divide="ignore"):
        return shared / np.sqrt(first * second)
