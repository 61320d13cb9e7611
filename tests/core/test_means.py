"""Student's interval of a mean, against SciPy's own test."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from core.statistics.means import mean_interval
from core.statistics.verdict import Verdict, verdict_of_mean


@pytest.mark.parametrize("values", [[0.01, 0.02, -0.01], [0.4, 0.5], list(np.linspace(-1, 2, 11) ** 2)])
def test_the_interval_equals_scipys(values):
    found, reference = mean_interval(values), ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high), abs=1e-12)
    assert found.mean == pytest.approx(np.mean(values))


def test_one_value_has_no_interval():
    found = mean_interval([0.3])
    assert (found.n, found.mean) == (1, 0.3)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_interval_holds_the_truth_about_95_times_in_100():
    draws = np.random.default_rng(0).normal(0.5, 2.0, (2000, 3))
    held = [found.low <= 0.5 <= found.high for found in map(mean_interval, draws)]
    assert 0.935 <= np.mean(held) <= 0.965


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.02, 0.03, 0.025], Verdict.BETTER),
        ([-0.02, -0.03, -0.025], Verdict.WORSE),
        ([0.02, -0.01, 0.01], Verdict.CANNOT_TELL),
        ([0.05], Verdict.CANNOT_TELL),
        ([0.0, 0.0, 0.0], Verdict.CANNOT_TELL),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_out_0(values, expected):
    assert verdict_of_mean(mean_interval(np.array(values))) == expected
