"""LogME against the evidence written out in matrices and maximised by SciPy."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.datasets import load_digits

from core.errors import DatasetError
from core.statistics.logme import logme


def evidence(features, y, alpha, beta):
    """log p(y | F, alpha, beta) as the paper writes it."""
    n, d = features.shape
    a = alpha * np.eye(d) + beta * features.T @ features
    m = beta * np.linalg.solve(a, features.T @ y)
    misfit = ((features @ m - y) ** 2).sum()
    return (
        n / 2 * np.log(beta) + d / 2 * np.log(alpha) - n / 2 * np.log(2 * np.pi)
        - beta / 2 * misfit - alpha / 2 * m @ m - np.linalg.slogdet(a)[1] / 2
    )  # fmt: skip


def density(features, y, alpha, beta):
    """The same as the density of y ~ N(0, F F' / alpha + I / beta), exact where there are more features."""
    covariance = np.eye(len(y)) / beta + features @ features.T / alpha
    spread = len(y) * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1]
    return -(spread + y @ np.linalg.solve(covariance, y)) / 2


def slow(features, labels, classes):
    """Per class, the highest evidence per image from several starts."""
    of_pair = evidence if features.shape[1] < len(labels) else density
    found = []
    for one in range(classes):
        y = (labels == one).astype(float)
        ends = [
            minimize(
                lambda logs, y=y: -of_pair(features, y, *np.exp(np.clip(logs, -25, 25))),
                list(start), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 1000},
            )
            for start in product([-4, 0, 4], [0, 4])
        ]  # fmt: skip
        found.append(-min(end.fun for end in ends) / len(labels))
    return found


def made_up(n, d, classes, seed=0, strength=1.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    features = rng.normal(size=(n, d)) + strength * rng.normal(size=(classes, d))[labels]
    return np.maximum(0, features), labels


@pytest.mark.parametrize("d", [5, 30])
def test_the_papers_evidence_is_the_density_of_the_labels(d):
    features, labels = made_up(12, d, 2)
    for alpha, beta in [(0.5, 3.0), (20.0, 0.1)]:
        given = (features, labels.astype(float), alpha, beta)
        assert evidence(*given) == pytest.approx(density(*given))


@pytest.mark.parametrize(
    ("n", "d", "classes", "strength"),
    [(60, 8, 3, 1.0), (20, 40, 2, 0.5), (30, 30, 3, 1.0), (60, 3, 2, 0.0), (50, 5, 5, 3.0)],
)
def test_it_equals_the_evidence_maximised_in_matrices(n, d, classes, strength):
    features, labels = made_up(n, d, classes, strength=strength)
    found = logme(features, labels, classes)
    assert found.of_class == pytest.approx(slow(features, labels, classes), rel=1e-6, abs=1e-8)
    assert found.score == pytest.approx(np.mean(found.of_class))


def test_features_that_are_constant_equal_the_reference_too():
    _, labels = made_up(40, 2, 3)
    features = np.full((40, 4), 0.7)
    assert logme(features, labels, 3).of_class == pytest.approx(slow(features, labels, 3), rel=1e-6)


def test_features_that_are_all_0_leave_the_labels_to_noise():
    labels = np.repeat([0, 1], [30, 10])
    expected = [-(np.log(2 * np.pi * share) + 1) / 2 for share in (0.75, 0.25)]
    assert logme(np.zeros((40, 4)), labels, 2).of_class == pytest.approx(expected)


def test_features_that_hold_the_labels_score_high_and_finite():
    labels = np.arange(60) % 3
    found = logme(np.eye(3)[labels], labels, 3)
    assert np.isfinite(found.of_class).all()
    assert found.score > logme(*made_up(60, 3, 3, strength=3.0), 3).score


def test_turning_and_scaling_the_features_changes_nothing():
    features, labels = made_up(80, 6, 4)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    assert logme(100 * features @ turn, labels, 4).score == pytest.approx(logme(features, labels, 4).score)


def test_pixels_of_digits_promise_more_than_the_pixels_of_other_digits():
    images, labels = load_digits(return_X_y=True)
    images, labels = images[:400].astype(np.float32), labels[:400]
    others = np.random.default_rng(0).permutation(images)
    assert logme(images, labels, 10).score > logme(others, labels, 10).score + 0.1


def test_a_class_without_an_image_is_refused_in_words():
    features, labels = made_up(20, 4, 2)
    with pytest.raises(DatasetError) as refused:
        logme(features, labels, 3)
    assert "Class 2 has no image" in str(refused.value)


@pytest.mark.parametrize(
    ("features", "labels", "classes"),
    [
        (np.ones((3, 2)), [0, 1], 2), (np.ones(3), [0, 1, 1], 2), (np.ones((2, 0)), [0, 1], 2),
        (np.full((2, 2), np.nan), [0, 1], 2), (np.ones((2, 2)), [0, 2], 2), (np.ones((2, 2)), [0, 0], 1),
    ],
)  # fmt: skip
def test_rows_labels_and_values_that_do_not_fit_are_refused(features, labels, classes):
    with pytest.raises(ValueError, match="Expected"):
        logme(features, np.array(labels), classes)
