"""What a difference in accuracy is worth: an interval on the gain, and how many images would settle it.

McNemar's test alone decides whether there is a difference (`core.statistics.paired`); what is here says how
large it may be.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.statistics.paired import PairedVerdict

RESAMPLES = 10_000  # the ends of the interval then move by less than a tenth of its width
# Standard normal quantiles of a two-sided test at 5% and of a power of 80%
_Z_LEVEL, _Z_POWER = 1.959963984540054, 0.8416212335729143


@dataclass(frozen=True)
class Gain:
    """How much more accurate the second model is than the first, on the same images.

    Attributes:
        gain: Difference of the two accuracies, in -1..1.
        low, high: Its 95% interval; equal to `gain` where not one image tells the models apart, since
            resampling cannot draw what was never seen.
    """

    gain: float
    low: float
    high: float


def paired_gain(verdict: PairedVerdict, seed: int = 0) -> Gain:
    """The gain with its paired bootstrap percentile interval (Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993, chapter 13).

    Images are drawn with replacement, both models' answers together. An image counts +1 (fixed), -1 (broken)
    or 0, so a resample of n images is one draw from a multinomial distribution over the three.

    Args:
        seed: Of the resamples: the same counts give the same interval.
    """
    n, fixed, broke = verdict.n, verdict.fixed, verdict.broke
    if n == 0:
        return Gain(0.0, 0.0, 0.0)
    shares = np.array([fixed, broke, n - fixed - broke]) / n
    drawn = np.random.default_rng(seed).multinomial(n, shares, size=RESAMPLES)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / n, [0.025, 0.975])
    return Gain((fixed - broke) / n, float(low), float(high))


def images_needed(verdict: PairedVerdict) -> int | None:
    """Images for McNemar's test at 5% to find a gain like this one with probability 80%.

    By Connor's formula ("Sample size for testing differences in proportions for the paired-sample design",
    Biometrics 1987, after Miettinen, Biometrics 1968), with the observed shares of fixed and broken images
    taken for the true ones: psi their sum, delta their difference.

    Returns:
        None where as many were fixed as broken: no number of images finds a gain of zero.
    """
    if verdict.fixed == verdict.broke:
        return None
    psi = (verdict.fixed + verdict.broke) / verdict.n
    delta = abs(verdict.fixed - verdict.broke) / verdict.n
    spread = _Z_LEVEL * math.sqrt(psi) + _Z_POWER * math.sqrt(psi - delta**2)
    return math.ceil((spread / delta) ** 2)
