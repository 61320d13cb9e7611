"""How far two orders of the same points agree: Kendall's tau with an interval."""

import math
from dataclasses import dataclass

import numpy as np

from core.statistics.withheld import Why, Withheld

FEWEST = 5  # Fieller's variance has n - 4 below the line
_Z_LEVEL = 1.959963984540054  # standard normal quantile of a two-sided 95% interval


@dataclass(frozen=True)
class Kendall:
    """Agreement of two orders of n points.

    Attributes:
        tau: Tau-b, in -1..1: 1 the same order, -1 the reverse, 0 none in common.
        low, high: Its 95% interval, in -1..1.
    """

    n: int
    tau: float
    low: float
    high: float


def kendall(first: np.ndarray, second: np.ndarray) -> Kendall | Withheld:
    """Kendall's tau-b (Kendall, "The treatment of ties in ranking problems", Biometrika 1945) and its 95%
    interval in Fisher's z, tanh(atanh(tau) -+ 1.96 standard errors).

    The standard error is the larger of two: the root of 0.437 / (n - 4) (Fieller, Hartley and Pearson, "Tests
    for rank correlation coefficients", Biometrika 1957), which is too small above 0.8 or so, and that from
    how differently the points agree with the rest (Long and Cliff, "Confidence intervals for Kendall's tau",
    British Journal of Mathematical and Statistical Psychology 1997), which is too small where points are
    few. So true values from 0 to 0.85 were held 93 to 99 times in 100 by 6, 10 and 19 points. No bootstrap
    over points: a resample holds points twice, ties that the points themselves do not have.

    The interval takes the points for a sample of the points there might have been; the doubt in each point's
    own value is not in it.

    Where every pair agrees z would be infinite: the interval then ends at 1 (or -1), and its other end is
    that of orders in which one pair is turned.

    Args:
        first, second: (n,) finite numbers, the values that put the same points into two orders.

    Returns:
        `Withheld` for fewer than five points, and where all values of one order are equal.

    Raises:
        ValueError: the two differ in shape, or a value is not finite.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"Expected two rows of one length. Received shapes {first.shape}, {second.shape}.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("Expected finite numbers. Received NaN or infinity.")
    n = len(first)
    if n < FEWEST:
        return Withheld(Why.TOO_FEW_POINTS)
    signs = [np.sign(np.subtract.outer(values, values)) for values in (first, second)]
    untied = [np.count_nonzero(sign) for sign in signs]
    if not all(untied):
        return Withheld(Why.ALL_TIED)
    agree = signs[0] * signs[1] * n * (n - 1) / math.sqrt(untied[0] * untied[1])  # its mean is tau-b
    tau = max(-1.0, min(1.0, float(agree.sum()) / (n * (n - 1))))
    nearest = 1 - 4 / (n * (n - 1))  # one pair turned
    inside = max(-nearest, min(nearest, tau))
    error = max(math.sqrt(0.437 / (n - 4)), _consistent_error(agree, tau) / (1 - inside**2))
    low, high = (math.tanh(math.atanh(inside) + way * _Z_LEVEL * error) for way in (-1, 1))
    return Kendall(n, tau, -1.0 if tau == -1 else low, 1.0 if tau == 1 else high)


def _consistent_error(agree: np.ndarray, tau: float) -> float:
    """Long and Cliff's standard error of tau from the agreement of each pair (n, n), 0 on the diagonal."""
    n = len(agree)
    of_points = agree.sum(axis=1) / (n - 1)
    between = 4 * (n - 1) ** 2 * ((of_points - tau) ** 2).sum()
    within = 2 * ((agree**2).sum() - n * (n - 1) * tau**2)
    return math.sqrt(max(0.0, between - within) / (n * (n - 1) * (n - 2) * (n - 3)))
