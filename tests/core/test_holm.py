"""Holm's adjustment against statsmodels, the sign-flip test against every choice of signs, and how often
equals are told apart."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.multitest import multipletests

from core.statistics.holm import holm, indistinguishable, sign_flip_p
from core.statistics.paired import mcnemar_p


@pytest.mark.parametrize("m", [1, 2, 18, 171])
def test_adjusted_values_equal_statsmodels(m):
    rng = np.random.default_rng(m)
    for p_values in (rng.random(m), rng.random(m) ** 6, rng.integers(0, 4, m) / 40, np.ones(m)):
        assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-15)


def test_a_worked_example_keeps_its_order():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_no_hypotheses_have_no_values():
    assert holm(np.array([])).tolist() == []


def test_the_sign_flip_test_counts_every_choice_of_signs():
    rng = np.random.default_rng(0)
    signs = np.array(list(product([-1, 1], repeat=12)))
    for seeds in (1, 2, 3, 5):
        for _ in range(5):
            differences = rng.integers(-seeds, seeds + 1, 12)
            as_far = np.abs(signs @ differences) >= abs(differences.sum())
            assert sign_flip_p(differences) == pytest.approx(as_far.mean(), abs=1e-12)


def test_with_one_seed_it_is_the_exact_mcnemar_test():
    for fixed, broke in [(0, 0), (1, 0), (6, 0), (38, 12), (12, 38), (40, 40), (900, 700)]:
        differences = np.repeat([1, -1, 0], [fixed, broke, 50])
        assert sign_flip_p(differences) == pytest.approx(float(mcnemar_p(fixed, broke)), abs=1e-12)


def answers(rng, points, seeds, images, scatter=0.0, accuracy=0.8):
    """Networks of points that are equal: right more often on easy images, each network with a luck of its own
    (standard deviation `scatter`, in accuracy)."""
    difficulty = rng.uniform(-0.2, 0.2, images)
    luck = rng.normal(0, scatter, (points, seeds, 1)) if scatter else 0
    return rng.random((points, seeds, images)) < accuracy + difficulty + luck


def told_apart(found):
    return len(found.together) < len(found.p_values)


@pytest.mark.parametrize(("seeds", "scatter"), [(1, 0.0), (3, 0.0), (2, 0.03)])
def test_of_equal_points_any_is_excluded_in_at_most_five_curves_of_a_hundred(seeds, scatter):
    rng, curves = np.random.default_rng(5), 300
    excluded = sum(told_apart(indistinguishable(answers(rng, 8, seeds, 300, scatter))) for _ in range(curves))
    assert excluded / curves <= 0.05 + 0.0126  # one standard error


@pytest.mark.soak
def test_the_winner_is_flattered_where_only_its_own_pairs_are_adjusted():
    """Why all pairs are: of equal points, Holm over the best's pairs alone excludes one far too often."""
    rng, excluded, curves = np.random.default_rng(3), 0, 400
    for _ in range(curves):
        right = answers(rng, 19, 1, 300)[:, 0]
        best = right[right.sum(axis=1).argmax()]
        p_values = mcnemar_p((right & ~best).sum(axis=1), (~right & best).sum(axis=1))
        excluded += (multipletests(np.sort(p_values)[:-1], method="holm")[1] < 0.05).any()
    assert excluded / curves > 0.1


def test_a_lucky_seed_is_no_better_point():
    """On many images the networks of these points do differ; trained again they need not."""
    right = answers(np.random.default_rng(1), 5, 3, 20_000, scatter=0.03)
    assert sign_flip_p(right[0].sum(axis=0) - right[1].sum(axis=0)) < 1e-6
    assert indistinguishable(right).together == (0, 1, 2, 3, 4)


def test_with_several_seeds_the_scatter_of_seeds_is_in_the_p_value():
    """Against the analysis of variance of two points' differences, seed by image, written out."""
    rng = np.random.default_rng(6)
    right = answers(rng, 2, 4, 150, scatter=0.04)
    right[1] &= rng.random(150) < 0.93  # images that no seed of the second gets right
    cells = right[0].astype(float) - right[1]
    seeds, images, mean = cells.mean(axis=1), cells.mean(axis=0), cells.mean()
    left = cells - seeds[:, None] - images + mean
    of_seeds, of_images = seeds.var(ddof=1) / 4, images.var(ddof=1) / 150
    variance = of_seeds + of_images - (left**2).sum() / (3 * 149) / (4 * 150)
    df = variance**2 / (of_seeds**2 / 3 + of_images**2 / 149)
    expected = 2 * t.sf(abs(mean) / np.sqrt(variance), df)
    assert variance > max(of_seeds, of_images)
    assert sign_flip_p(cells.sum(axis=0).astype(int)) < expected < 1
    assert min(indistinguishable(right).p_values) == pytest.approx(expected)


def test_points_that_are_worse_are_left_out_and_the_rest_stay_together():
    rng = np.random.default_rng(2)
    right = answers(rng, 6, 3, 500, scatter=0.005)
    right[[0, 5]] &= rng.random((2, 3, 500)) < 0.8
    found = indistinguishable(right)
    assert found.together == (1, 2, 3, 4)
    assert found.best in found.together
    assert found.accuracies == pytest.approx(right.mean(axis=(1, 2)))
    assert found.accuracies[found.best] == max(found.accuracies)


def test_values_with_one_seed_are_mcnemars_adjusted_over_every_pair():
    right = answers(np.random.default_rng(4), 5, 1, 200)[:, 0]
    right[3] &= np.arange(200) % 5 > 0
    i, j = np.triu_indices(5, 1)
    raw = mcnemar_p((right[i] & ~right[j]).sum(axis=1), (~right[i] & right[j]).sum(axis=1))
    adjusted = multipletests(raw, method="holm")[1]
    found = indistinguishable(right[:, None])
    for first, second, p_value in zip(i, j, adjusted, strict=True):
        if found.best in (first, second):
            assert found.p_values[first + second - found.best] == pytest.approx(p_value)
    assert found.p_values[found.best] == 1


def test_a_point_is_left_out_only_if_told_apart_from_every_one_that_ties_for_the_best():
    images = np.arange(400)
    first, second = images >= 100, images < 300  # equally good, on different images
    near_first = images >= 115  # each of its 15 mistakes more is one that the first does not make
    found = indistinguishable(np.stack([first, second, near_first])[:, None])
    assert found.best == 0
    assert found.together == (0, 1, 2)
    assert indistinguishable(np.stack([first, near_first])[:, None]).together == (0,)


def test_one_point_stands_alone():
    found = indistinguishable(np.ones((1, 3, 10), bool))
    assert (found.best, found.together, found.p_values) == (0, (0,), (1.0,))


def test_points_without_any_scatter_are_told_by_their_images():
    right = np.ones((3, 2, 50), bool)
    right[2] = False
    assert indistinguishable(right).together == (0, 1)


@pytest.mark.parametrize("shape", [(3, 10), (0, 1, 10), (3, 0, 10), (3, 1, 0)])
def test_answers_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="points, seeds, images"):
        indistinguishable(np.ones(shape, bool))
