"""What one curve's images are worth against another's, where the truth is known."""

import numpy as np
import pytest

from core.statistics.power_law import PowerLaw, fit
from core.statistics.withheld import Why, Withheld
from core.statistics.worth import Measured, Worth, measured, worth
from tests.core.test_power_law import SIZES, law, resampled


def curve(rng, times=1.0, resamples=6) -> PowerLaw:
    """A curve whose images count `times` those of the plain law; where it is withheld, another."""
    found = None
    while not isinstance(found, PowerLaw):
        found = fit(SIZES, resampled(rng, law(np.array(SIZES) * times), resamples))
    return found


def points(rng, times=1.0, resamples=6, shape=law) -> Measured:
    """The same as it is measured."""
    return measured(SIZES, resampled(rng, shape(np.array(SIZES) * times), resamples))


def read(first: PowerLaw | Measured, second: PowerLaw | Measured) -> Worth:
    found = worth(first, second)
    assert isinstance(found, Worth)
    return found


@pytest.mark.parametrize("factor", [1, 5])
def test_the_factor_is_found_and_its_interval_holds_it(factor):
    rng = np.random.default_rng(0)
    found = [read(curve(rng, factor), curve(rng)) for _ in range(60)]
    assert np.median([one.factor for one in found]) == pytest.approx(factor, rel=0.05)
    assert 0.88 <= np.mean([one.low <= factor <= one.high for one in found]) <= 1
    assert np.median([one.high / one.low for one in found]) < 2


def test_it_is_read_where_both_were_measured():
    rng = np.random.default_rng(1)
    found = read(curve(rng, times=5), curve(rng))
    assert SIZES[0] <= found.first_images <= SIZES[-1]
    assert SIZES[0] <= found.second_images <= SIZES[-1]
    assert found.factor == pytest.approx(found.second_images / found.first_images)
    assert law(SIZES[0] * 5) < found.accuracy < law(SIZES[-1])


def test_seen_from_the_other_side_it_is_the_inverse():
    rng = np.random.default_rng(2)
    first, second = curve(rng, times=3), curve(rng)
    there, back = read(first, second), read(second, first)
    assert there.factor == pytest.approx(1 / back.factor)
    assert there.low == pytest.approx(1 / back.high, rel=0.05)


def test_curves_that_reach_no_accuracy_in_common_have_none():
    rng = np.random.default_rng(4)
    high, low = curve(rng, times=100), curve(rng)
    assert worth(high, low) == Withheld(Why.FIRST_AHEAD)
    assert worth(low, high) == Withheld(Why.SECOND_AHEAD)


def test_an_accuracy_beyond_the_asymptote_takes_endless_images():
    images, draws = curve(np.random.default_rng(5)).images_for(0.9999)
    assert images == np.inf
    assert np.isinf(draws).any()


@pytest.mark.parametrize("resamples", [3, 6])
def test_between_measured_points_the_interval_holds_the_factor_too(resamples):
    rng = np.random.default_rng(6)
    found = [read(points(rng, 5, resamples), points(rng, 1, resamples)) for _ in range(200)]
    assert all(one.between for one in found)
    assert np.median([one.factor for one in found]) == pytest.approx(5, rel=0.1)
    assert np.mean([one.low <= 5 <= one.high for one in found]) >= 0.93
    assert np.median([one.low for one in found]) > 1


def test_what_no_size_measured_makes_the_interval_open_and_no_narrower():
    rng = np.random.default_rng(7)
    soon, never = points(rng, times=20), points(rng)
    found = read(soon, never)
    assert found.high == np.inf
    assert found.low <= SIZES[-1] / SIZES[0]
    inverse = read(never, soon)
    assert inverse.low == 0
    assert inverse.high == pytest.approx(1 / found.low, rel=0.05)


def test_a_mean_that_falls_with_more_images_is_levelled_and_the_rest_stays():
    table = np.array([[0.2, 0.3, 0.25], [0.5, 0.6, 0.55], [0.45, 0.5, 0.55], [0.8, 0.9, 0.85]])
    found = measured((10, 20, 40, 80), table)
    assert found.means[0] == pytest.approx([0.25, 0.525, 0.525, 0.85])
    assert (np.diff(found.means, axis=1) >= 0).all()
    images, least, most = found.images_for(0.6875)
    assert images == pytest.approx(40 * 2**0.5)  # half-way between two means, over log size
    assert (least <= most).all()
