"""The difference of two shares that were counted on different images."""

import math

from core.statistics.paired import wilson_interval


def difference_interval(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """95% interval of the first share less the second, of independent counts: (low, high) in -1..1.

    Newcombe's hybrid of two Wilson intervals ("Interval estimation for the difference between independent
    proportions", Statistics in Medicine 1998, method 10).

    Args:
        first, second: (counted, of how many), how many at least 1.
    """
    (one, one_n), (other, other_n) = first, second
    one_low, one_high = wilson_interval(one, one_n)
    other_low, other_high = wilson_interval(other, other_n)
    a, b = one / one_n, other / other_n
    return (
        a - b - math.hypot(a - one_low, other_high - b),
        a - b + math.hypot(one_high - a, b - other_low),
    )
