"""Intervals and verdicts against independent implementations, and how often equals are called different."""

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from core.method.evaluation import cross_entropy, evaluate, predicted_classes, right
from core.statistics.baseline import commonest_share
from core.statistics.paired import SIGNIFICANCE, compare, mcnemar_p, wilson_interval
from core.statistics.verdict import Verdict


@pytest.mark.parametrize(("correct", "n"), [(189, 192), (0, 10), (10, 10), (1, 3), (4000, 5000)])
def test_wilson_intervals_equal_scipys_and_statsmodels(correct, n):
    scipys = binomtest(correct, n).proportion_ci(method="wilson")
    assert wilson_interval(correct, n) == pytest.approx((scipys.low, scipys.high), abs=1e-9)
    statsmodels = proportion_confint(correct, n, method="wilson")
    assert wilson_interval(correct, n) == pytest.approx(statsmodels, abs=1e-9)


def test_189_of_192_is_955_to_995():
    low, high = wilson_interval(189, 192)
    assert (round(low, 3), round(high, 3)) == (0.955, 0.995)


def rights(fixed, broke, both=100, neither=20):
    first = np.array([False] * fixed + [True] * broke + [True] * both + [False] * neither)
    second = np.array([True] * fixed + [False] * broke + [True] * both + [False] * neither)
    return first, second


@pytest.mark.parametrize(
    ("fixed", "broke", "verdict"),
    [
        (38, 12, Verdict.BETTER),
        (12, 38, Verdict.WORSE),
        (4, 3, Verdict.CANNOT_TELL),
        (0, 0, Verdict.CANNOT_TELL),
        (6, 0, Verdict.BETTER),
        (5, 0, Verdict.CANNOT_TELL),
    ],
)
def test_the_verdict_follows_the_exact_mcnemar_test(fixed, broke, verdict):
    found = compare(*rights(fixed, broke))
    assert (found.fixed, found.broke, found.verdict) == (fixed, broke, verdict)
    if fixed + broke:
        assert found.p_value == pytest.approx(binomtest(fixed, fixed + broke).pvalue)


def test_pairs_of_different_length_are_refused():
    with pytest.raises(ValueError):
        compare(np.ones(3, bool), np.ones(4, bool))


def test_the_exact_test_equals_statsmodels_for_every_count_up_to_forty():
    fixed, broke = np.meshgrid(np.arange(41), np.arange(41))
    found = mcnemar_p(fixed, broke)
    for f, b in [(0, 0), (1, 0), (5, 0), (6, 0), (4, 3), (38, 12), (12, 38), (40, 40)]:
        reference = mcnemar([[100, b], [f, 20]], exact=True).pvalue if f + b else 1.0
        assert found[b, f] == pytest.approx(reference, abs=1e-12)


# What two networks of one method and different seeds may look like
EQUALS = [
    (n, accuracy, share) for n in (50, 192, 500, 2000, 10_000) for accuracy in (0.6, 0.9, 0.98)
    for share in (0.1, 0.5, 1.0)
]  # fmt: skip


def test_networks_of_equal_true_accuracy_are_called_different_at_most_five_times_in_a_hundred():
    """`share` is how much of the most they can disagree on they do disagree on."""
    rng = np.random.default_rng(1)
    for n, accuracy, share in EQUALS:
        each_way = share * min(accuracy, 1 - accuracy)
        fixed, broke, _ = rng.multinomial(n, [each_way, each_way, 1 - 2 * each_way], size=10_000).T
        called = (mcnemar_p(fixed, broke) < SIGNIFICANCE).mean()
        assert called <= SIGNIFICANCE + 0.002, (n, accuracy, share)  # 0.002: one standard error


def test_a_network_against_itself_is_never_called_different():
    right = np.random.default_rng(0).random(500) < 0.9
    assert compare(right, right).verdict == Verdict.CANNOT_TELL


def test_evaluation_counts_images_by_true_and_predicted_class():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1], [0.2, 0.2, 0.6]], np.float32)
    labels = np.array([0, 1, 1, 2])
    found = evaluate(probabilities, labels, 3)
    assert found.confusion == ((1, 0, 0), (1, 1, 0), (0, 0, 1))
    assert (found.n, found.correct, found.accuracy) == (4, 3, 0.75)
    assert found.loss == pytest.approx(-np.log([0.7, 0.8, 0.4, 0.6]).mean(), rel=1e-6)


def test_two_classes_are_read_from_one_sigmoid():
    probabilities = np.array([0.9, 0.4, 0.5, 0.6], np.float32)
    assert predicted_classes(probabilities).tolist() == [1, 0, 0, 1]
    assert cross_entropy(probabilities, np.array([1, 0, 0, 1])) == pytest.approx(
        -np.log([0.9, 0.6, 0.5, 0.6]).mean(), rel=1e-6
    )


def test_a_certain_mistake_costs_a_finite_loss():
    assert np.isfinite(cross_entropy(np.array([0.0], np.float32), np.array([1])))


def test_right_reads_sigmoid_and_softmax_alike():
    labels = np.array([0, 1, 1])
    assert right(np.array([0.1, 0.9, 0.2]), labels).tolist() == [True, True, False]
    assert right(np.array([[0.9, 0.1], [0.1, 0.9], [0.8, 0.2]]), labels).tolist() == [True, True, False]


@pytest.mark.parametrize("counts", [(240, 60), np.bincount([0] * 240 + [1] * 60)])
def test_always_naming_the_commonest_class_is_the_bar(counts):
    assert commonest_share(counts) == pytest.approx(0.8)
