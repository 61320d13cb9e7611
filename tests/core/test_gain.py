"""The gain's interval against scipy's, and the images needed against simulated power."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from core.statistics.gain import Gain, images_needed, paired_gain
from core.statistics.paired import PairedVerdict, compare, mcnemar_p
from core.statistics.verdict import Verdict


def verdict(n, fixed, broke):
    first = np.repeat([False, True, True], [fixed, broke, n - fixed - broke])
    second = np.repeat([True, False, True], [fixed, broke, n - fixed - broke])
    return compare(first, second)


@pytest.mark.parametrize(("n", "fixed", "broke"), [(500, 38, 12), (192, 4, 3), (192, 6, 0), (2000, 90, 120)])
def test_the_interval_equals_scipys_paired_percentile_bootstrap(n, fixed, broke):
    difference = np.repeat([1.0, -1.0, 0.0], [fixed, broke, n - fixed - broke])
    reference = bootstrap(
        [difference], np.mean, method="percentile", n_resamples=5_000, batch=500, rng=np.random.default_rng(1)
    ).confidence_interval
    found = paired_gain(verdict(n, fixed, broke))
    width = reference.high - reference.low
    assert found.gain == pytest.approx((fixed - broke) / n)
    assert found.low == pytest.approx(reference.low, abs=0.06 * width + 1 / n)
    assert found.high == pytest.approx(reference.high, abs=0.06 * width + 1 / n)


def test_the_same_counts_give_the_same_interval():
    assert paired_gain(verdict(500, 38, 12)) == paired_gain(verdict(500, 38, 12))


def test_the_interval_covers_the_true_gain_about_95_times_in_a_hundred():
    rng, true, covered, times = np.random.default_rng(0), 0.04, 0, 200
    for _ in range(times):
        fixed, broke, _ = rng.multinomial(500, [0.08, 0.04, 0.88])
        found = paired_gain(
            PairedVerdict(500, fixed, broke, 1.0, Verdict.CANNOT_TELL), seed=int(rng.integers(1 << 30))
        )
        covered += found.low <= true <= found.high
    assert 0.90 <= covered / times <= 0.99


@pytest.mark.parametrize(("n", "fixed", "broke"), [(192, 4, 3), (192, 20, 12), (192, 3, 0), (500, 12, 20)])
def test_with_the_images_needed_the_test_finds_such_a_gain_four_times_in_five(n, fixed, broke):
    needed = images_needed(verdict(n, fixed, broke))
    shares = [fixed / n, broke / n, 1 - (fixed + broke) / n]
    drawn = np.random.default_rng(0).multinomial(needed, shares, size=20_000)
    power = (mcnemar_p(drawn[:, 0], drawn[:, 1]) < 0.05).mean()
    assert power == pytest.approx(0.8, abs=0.03)  # the exact test is a little more careful than the formula


def test_no_number_of_images_finds_a_gain_of_nothing():
    assert images_needed(verdict(500, 5, 5)) is None
    assert images_needed(verdict(500, 0, 0)) is None


def test_no_images_give_no_gain():
    assert paired_gain(PairedVerdict(0, 0, 0, 1.0, Verdict.CANNOT_TELL)) == Gain(0.0, 0.0, 0.0)
