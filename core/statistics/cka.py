"""How alike two networks see the same images: linear CKA, debiased.

Kornblith, Norouzi, Lee and Hinton, "Similarity of neural network representations revisited" (ICML 2019).
Their estimator leans towards 1 where images are few and features many, so here the unbiased HSIC of Song and
others (JMLR 2012) stands in it, as in Nguyen, Raghu and Kornblith, "Do wide and deep networks learn the same
things?" (ICLR 2021). It is computed by U-centring (Szekely and Rizzo, Annals of Statistics 2014), which gives
the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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


def centred(features: np.ndarray) -> np.ndarray:
    """The U-centred Gram matrix of features (n, d), flat and of length 1: float64 (n * n,).

    The product of two of these is their debiased CKA. NaN where all images have the same features.

    Raises:
        ValueError: fewer than `FEWEST` images.
    """
    return _u_centred(_gram(features))


def cka(first: np.ndarray, second: np.ndarray) -> float:
    """Debiased linear CKA of two sets of features of the same images, (n, d) and (n, e)."""
    return float(centred(first) @ centred(second))


def cka_map(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> np.ndarray:
    """CKA of every one of the first with every one of the second, float64 (first, second)."""
    return np.stack([centred(one) for one in first]) @ np.stack([centred(one) for one in second]).T


def with_interval(first: np.ndarray, second: np.ndarray) -> Similarity:
    """CKA with the interval of a delete-a-group jackknife over images (Efron and Tibshirani, "An Introduction
    to the Bootstrap", 1993, chapter 11), Student's t with a degree of freedom fewer than groups.

    No bootstrap: an image drawn twice would be alike with itself, which is what debiasing takes out. For
    fewer than two images a group low and high are NaN.
    """
    from scipy.special import stdtrit  # a tenth of a second to import: not at start-up

    both = _gram(first), _gram(second)
    value = float(_u_centred(both[0]) @ _u_centred(both[1]))
    n = len(first)
    if n < 2 * GROUPS:
        return Similarity(value, float("nan"), float("nan"))
    groups, without = np.arange(n) % GROUPS, []
    for group in range(GROUPS):
        kept = np.flatnonzero(groups != group)
        one, other = (_u_centred(gram[np.ix_(kept, kept)]) for gram in both)
        without.append(float(one @ other))
    spread = np.sqrt((GROUPS - 1) / GROUPS * np.sum((np.array(without) - np.mean(without)) ** 2))
    half = float(stdtrit(GROUPS - 1, 0.975) * spread)
    return Similarity(value, max(-1.0, value - half), min(1.0, value + half))


def _gram(features: np.ndarray) -> np.ndarray:
    """Products of every two images' features, float64 (n, n); first centred, which changes no CKA and keeps
    digits that a large mean would take."""
    features = np.asarray(features, np.float64)
    features = features - features.mean(axis=0)
    return features @ features.T


def _u_centred(gram: np.ndarray) -> np.ndarray:
    n = len(gram)
    if n < FEWEST:
        raise ValueError(f"Expected at least {FEWEST} images. Received {n}.")
    gram = gram.copy()
    np.fill_diagonal(gram, 0.0)
    rows = gram.sum(axis=1) / (n - 2)
    gram += rows.sum() / (n - 1) - rows[:, None] - rows[None]
    np.fill_diagonal(gram, 0.0)
    flat = gram.ravel()
    length = np.sqrt(np.sum(flat * flat))
    with np.errstate(invalid="ignore", divide="ignore"):
        return flat / length
