"""The mean of a few repeated measurements, and how far off it may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mean:
    """A mean with its 95% interval; `low` and `high` are NaN for fewer than two values."""

    n: int
    mean: float
    low: float
    high: float


def mean_interval(values: Sequence[float] | np.ndarray) -> Mean:
    """Mean and Student's 95% t interval (Student, "The probable error of a mean", Biometrika 1908).

    Args:
        values: (n,), n at least 1: independent measurements of one quantity, such as one gain a seed.

    Raises:
        ValueError: there are none.
    """
    from scipy.special import stdtrit  # a tenth of a second to import: not at start-up

    values = np.asarray(values, np.float64)
    if not len(values):
        raise ValueError("Expected at least one value. Received none.")
    n, mean = len(values), float(values.mean())
    if n == 1:
        return Mean(1, mean, float("nan"), float("nan"))
    half = float(stdtrit(n - 1, 0.975) * values.std(ddof=1) / np.sqrt(n))
    return Mean(n, mean, mean - half, mean + half)
