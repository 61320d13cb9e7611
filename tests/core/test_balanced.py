"""Balanced accuracy and macro-F1: those of scikit-learn, and intervals that hold."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from core.method.evaluation import evaluate
from core.statistics.balanced import balanced, uneven

SHARES = np.array([0.6, 0.25, 0.1, 0.05])


def answers(n: int, seed: int, right=(0.9, 0.7, 0.5, 0.8)):
    """(labels, probabilities (n, 4)) of a network that is right on such shares of uneven classes."""
    random = np.random.default_rng(seed)
    labels = random.choice(4, n, p=SHARES)
    hit = random.random(n) < np.array(right)[labels]
    said = np.where(hit, labels, (labels + random.integers(1, 4, n)) % 4)
    return labels, np.eye(4, dtype=np.float32)[said]


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("n", [9, 40, 300, 5000])
def test_both_are_scikit_learns_bit_for_bit_also_where_a_class_is_missing(n):
    for seed in range(20):
        labels, probabilities = answers(n, seed)
        if seed % 2:
            labels[labels == 3] = 0  # no image of it, though it is named
        found, said = balanced(evaluate(probabilities, labels, 4)), probabilities.argmax(axis=1)
        assert found.accuracy == balanced_accuracy_score(labels, said)
        assert found.macro_f1 == f1_score(labels, said, average="macro")


def test_always_naming_the_commonest_class_is_worth_no_more_than_chance():
    labels = np.array([0] * 95 + [1] * 5)
    found = balanced(evaluate(np.zeros(100, np.float32), labels, 2))
    assert found.accuracy == 0.5


def test_the_interval_of_balanced_accuracy_holds_the_truth_in_95_of_100_samples():
    truth, held = np.mean((0.9, 0.7, 0.5, 0.8)), 0
    for seed in range(400):
        labels, probabilities = answers(200, seed)
        low, high = balanced(evaluate(probabilities, labels, 4)).interval
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.99


def test_a_network_without_a_mistake_is_not_certain_to_be_perfect():
    labels = np.repeat([0, 1, 2, 3], [20, 10, 6, 4])
    found = balanced(evaluate(np.eye(4, dtype=np.float32)[labels], labels, 4))
    assert (found.accuracy, found.macro_f1) == (1.0, 1.0)
    assert found.interval[0] < 0.9
    assert found.interval[1] == 1.0


def test_classes_are_uneven_from_twice_as_many_images_on():
    assert uneven((20, 10))
    assert uneven((7, 3, 5))
    assert not uneven((19, 10, 15))
