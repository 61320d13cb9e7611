"""The fit against SciPy's, its band against the truth, and curves that are no power law."""

import numpy as np
import pytest
from scipy.optimize import curve_fit
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from core.statistics.power_law import PowerLaw, fit
from core.statistics.withheld import Why, Withheld
from core.statistics.worth import held_out

SIZES = (50, 100, 200, 400, 800, 1600)
TRUE = (0.05, 2.0, 0.5)  # a, b and c


def law(n, a=TRUE[0], b=TRUE[1], c=TRUE[2]):
    return 1 - (a + b * np.asarray(n, float) ** -c)


def resampled(rng, truth, resamples, sizes=SIZES, spread=0.15, shared=0.0):
    """Accuracies (k, resamples) about a true curve; the spread falls with size, `shared` of its variance is
    common to all sizes of a resample, as where the small subset is part of the larger."""
    scatter = np.sqrt(shared) * rng.normal(size=(1, resamples))
    scatter = scatter + np.sqrt(1 - shared) * rng.normal(size=(len(sizes), resamples))
    return np.clip(truth[:, None] + spread / np.sqrt(sizes)[:, None] * scatter, 0, 1)


def fitted(*given, **options) -> PowerLaw:
    found = fit(*given, **options)
    assert isinstance(found, PowerLaw), found
    return found


def test_points_on_a_law_give_the_law():
    found = fitted(SIZES, law(SIZES)[:, None] + [0.01, -0.01, 0])  # means stay on it
    assert (found.a, found.b, found.c) == pytest.approx(TRUE, rel=2e-2)
    assert found.accuracy(3200).value == pytest.approx(law(3200), abs=1e-4)
    assert found.misfit_p > 0.99


def test_the_fit_is_scipys_bounded_least_squares():
    """With one spread at all sizes, so that the weights are equal."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        accuracies = resampled(rng, law(SIZES), 10)
        means = accuracies.mean(axis=1)
        signs = np.tile([0.01, -0.01], 5)
        found = fitted(SIZES, means[:, None] + signs)
        reference, _ = curve_fit(
            lambda n, a, b, c: a + b * n**-c, np.array(SIZES, float), 1 - means,
            p0=TRUE, bounds=([0, 0, 0.01], [1, np.inf, 2]), xtol=1e-12, ftol=1e-12, max_nfev=20_000,
        )  # fmt: skip
        assert 1 - found.accuracy(400).value == pytest.approx(
            reference[0] + reference[1] * 400 ** -reference[2], abs=1e-5
        )
        assert 1 - found.accuracy(3200).value == pytest.approx(
            reference[0] + reference[1] * 3200 ** -reference[2], abs=5e-5
        )


def test_no_part_of_the_law_is_below_0_where_the_best_one_would_be():
    """Of a log-like curve the best offset is below 0; only what it might have been goes there."""
    found = fitted(SIZES, resampled(np.random.default_rng(0), law(SIZES, -0.3, 1.2, 0.1), 5))
    assert found.a == 0
    assert (found.draws[:, 0] < 0).any()
    assert (found.draws[:, 1] >= 0).all()
    far = found.accuracy(10**12)
    assert (far.value, far.high) == pytest.approx((1, 1), abs=0.2)
    assert far.high <= 1


@pytest.mark.parametrize(
    ("truth", "resamples", "shared"),
    [((0.05, 2.0, 0.5), 10, 0.0), ((0.05, 2.0, 0.5), 3, 0.5), ((0.0, 1.5, 0.3), 3, 0.0)],
)
def test_the_band_holds_the_truth_about_95_times_in_100(truth, resamples, shared):
    """At measured sizes and at twice the largest, with few resamples, and where the true offset is 0."""
    rng, sizes, held = np.random.default_rng(1), (50, 400, 1600, 3200), []
    for _ in range(120):
        found = fit(SIZES, resampled(rng, law(SIZES, *truth), resamples, shared=shared))
        if isinstance(found, PowerLaw):
            bands = [found.accuracy(size) for size in sizes]
            held.append([band.low <= law(band.images, *truth) <= band.high for band in bands])
    assert len(held) >= 114
    assert (np.mean(held, axis=0) >= 0.95 - 0.06).all()  # three standard errors
    assert np.mean(held) <= 0.99


def test_the_gain_of_more_images_is_held_by_its_interval():
    rng, truth = np.random.default_rng(3), law(2400) - law(1600)
    found = [fit(SIZES, resampled(rng, law(SIZES), 10)) for _ in range(60)]
    gains = [one.gain(800) for one in found if isinstance(one, PowerLaw)]
    assert len(gains) > 55
    assert np.mean([gain.low <= truth <= gain.high for gain in gains]) >= 0.9
    assert np.median([gain.value for gain in gains]) == pytest.approx(truth, abs=0.002)
    assert all(gain.images == 2400 and gain.low >= 0 for gain in gains)


def test_sizes_held_out_are_inside_the_band_in_eight_of_ten_resamplings():
    rng = np.random.default_rng(11)
    found = [held_out(SIZES, resampled(rng, law(SIZES), 10)) for _ in range(10)]
    assert sum(not isinstance(one, Withheld) and all(one.inside) for one in found) >= 8


def test_the_curve_of_real_digits_foretells_its_two_largest_sizes():
    """Nearest neighbours on pixels: the largest sizes lie in the band that the smaller ones gave."""
    images, labels = load_digits(return_X_y=True)
    test = np.arange(len(images)) % 3 == 0
    sizes, accuracies = (30, 60, 120, 240, 480, 960), np.empty((6, 10))
    for resample in range(10):
        pool = np.random.default_rng(resample).permutation(np.flatnonzero(~test))
        for row, size in enumerate(sizes):
            nearest = KNeighborsClassifier(1).fit(images[pool[:size]], labels[pool[:size]])
            accuracies[row, resample] = nearest.score(images[test], labels[test])
    found = held_out(sizes, accuracies)
    assert not isinstance(found, Withheld)
    assert found.images == (480, 960)
    assert all(found.inside)
    assert found.measured == pytest.approx(accuracies[-2:].mean(axis=1))
    assert max(np.subtract(found.high, found.low)) < 0.2  # a band that says something


def test_a_held_out_size_off_the_curve_is_seen():
    accuracies = resampled(np.random.default_rng(0), law(SIZES), 10)
    accuracies[-1] -= 0.15
    found = held_out(SIZES, accuracies)
    assert not isinstance(found, Withheld)
    assert found.inside == (True, False)


def test_the_same_accuracies_give_the_same_band_and_another_seed_nearly_so():
    accuracies = resampled(np.random.default_rng(0), law(SIZES), 5)
    first, again, other = (fitted(SIZES, accuracies, seed=seed).accuracy(3200) for seed in (0, 0, 1))
    assert first == again
    assert other.low == pytest.approx(first.low, abs=0.1 * (first.high - first.low))


def withheld_share(truth, why, resamples=10, times=40):
    rng = np.random.default_rng(0)
    found = [fit(SIZES, resampled(rng, truth, resamples)) for _ in range(times)]
    return np.mean([isinstance(one, Withheld) and one.why == why for one in found])


def test_a_straight_line_is_withheld():
    assert withheld_share(0.5 + 0.4 * np.array(SIZES) / 1600, Why.MISFIT) == 1


def test_a_flat_curve_is_withheld():
    assert withheld_share(np.full(6, 0.7), Why.FLAT) >= 0.9


def test_a_falling_curve_is_withheld():
    assert withheld_share(law(SIZES)[::-1], Why.FALLING) == 1


def test_of_true_laws_hardly_any_is_withheld():
    for resamples in (3, 10):
        assert withheld_share(law(SIZES), Why.MISFIT, resamples, times=150) <= 0.04


@pytest.mark.parametrize(
    ("sizes", "resamples", "why"), [(3, 10, Why.TOO_FEW_SIZES), (6, 2, Why.TOO_FEW_RESAMPLES)]
)
def test_too_few_points_are_withheld(sizes, resamples, why):
    accuracies = resampled(np.random.default_rng(0), law(SIZES), resamples)
    assert fit(SIZES[:sizes], accuracies[:sizes]) == Withheld(why)


def test_resamples_that_are_all_the_same_have_no_band():
    assert fit(SIZES, np.tile(law(SIZES)[:, None], 4)) == Withheld(Why.NO_SPREAD)


@pytest.mark.parametrize(
    ("sizes", "accuracies"),
    [
        ((50, 100), np.ones((3, 4))), ((100, 50), np.ones((2, 4))), ((0, 50), np.ones((2, 4))),
        ((50, 100), np.full((2, 4), 1.2)), ((50, 100), np.full((2, 4), np.nan)), ((50, 100), np.ones(2)),
    ],
)  # fmt: skip
def test_sizes_and_accuracies_that_do_not_fit_are_refused(sizes, accuracies):
    with pytest.raises(ValueError, match="Expected"):
        fit(sizes, accuracies)


@pytest.mark.parametrize("count", [0, 6])
def test_something_is_held_out_and_something_left(count):
    with pytest.raises(ValueError, match="hold out"):
        held_out(SIZES, np.ones((6, 3)), count)
