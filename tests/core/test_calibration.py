"""Calibration against scikit-learn, and what is said about it."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from core.compare import calibration
from core.compare.calibration import Sureness, calibrate, confidence
from core.method.evaluation import predicted_classes
from core.wording import words
from tests.telling import tells

STRATEGIES = {"equal width": "uniform", "equal count": "quantile"}


def network(classes: int, n: int = 400, sharpness: float = 2.0):
    """(probabilities, labels): labels are drawn from the probabilities, so they are calibrated; a sharpness
    other than 1 then makes them too sure (above) or not sure enough (below)."""
    random = np.random.default_rng(3)
    logits = random.normal(0, 1.5, (n, classes))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([random.choice(classes, p=row) for row in true])
    told = true**sharpness / (true**sharpness).sum(axis=1, keepdims=True)
    told = told.astype(np.float32)
    return (told[:, 1] if classes == 2 else told), labels


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("strategy", calibration.STRATEGIES)
def test_the_diagram_equals_scikit_learns(classes, strategy):
    probabilities, labels = network(classes)
    found = calibrate(probabilities, labels, classes, strategy)
    right = predicted_classes(probabilities) == labels
    accuracies, confidences = calibration_curve(
        right, confidence(probabilities), n_bins=10, strategy=STRATEGIES[strategy]
    )
    np.testing.assert_allclose([one.accuracy for one in found.bins], accuracies)
    np.testing.assert_allclose([one.confidence for one in found.bins], confidences)
    assert sum(one.n for one in found.bins) == found.n == 400
    assert sum(one.right for one in found.bins) == right.sum()
    by_definition = sum(one.n / 400 * abs(one.accuracy - one.confidence) for one in found.bins)
    assert found.error == pytest.approx(by_definition)


@pytest.mark.parametrize("classes", [2, 5])
def test_the_brier_score_equals_scikit_learns(classes):
    probabilities, labels = network(classes)
    found = calibrate(probabilities, labels, classes)
    kept = probabilities.astype(np.float64)
    whole = kept if classes == 2 else kept / kept.sum(axis=1, keepdims=True)
    assert found.brier == pytest.approx(brier_score_loss(labels, whole, labels=range(classes)), abs=1e-6)
    assert found.brier < found.brier_of_shares


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize(
    ("sharpness", "expected"),
    [(3.0, Sureness.TOO_SURE), (0.4, Sureness.NOT_SURE_ENOUGH), (1.0, Sureness.CANNOT_TELL)],
)
def test_it_tells_a_network_that_is_too_sure_from_one_that_is_not_sure_enough(classes, sharpness, expected):
    found = calibrate(*network(classes, sharpness=sharpness), classes)
    assert found.sureness == expected
    assert (found.error > found.error_by_chance[1]) == (expected != Sureness.CANNOT_TELL)
    assert tells(
        calibration.gap_sentence(found),
        words.percent(found.confidence),
        words.points_apart(found.confidence, found.accuracy),
    )


def test_luck_alone_makes_an_error_that_shrinks_with_more_images():
    few = calibrate(*network(5, 100, 1.0), 5).error_by_chance
    many = calibrate(*network(5, 1600, 1.0), 5).error_by_chance
    assert many[0] < 0.4 * few[0]
    assert few[0] < few[1]


def test_the_sentence_quotes_the_bin_that_adds_most_to_the_error():
    probabilities = np.r_[np.full(50, 0.9), np.full(50, 0.65)]
    labels = np.r_[np.ones(42, int), np.zeros(8, int), np.ones(33, int), np.zeros(17, int)]
    found = calibrate(probabilities, labels, 2)
    said = calibration.bin_sentence(found)
    assert said.startswith("When it says 90%, it is right 84% of the time (50 images, 95% interval ")
    assert calibration.bin_table(found)["images"].tolist() == [50, 50]


@pytest.mark.parametrize(
    ("share", "said"), [(0.9, "90%"), (0.9971, "99.7%"), (1.0, "100%"), (0.99999, "over 99.99%")]
)
def test_nearly_certain_is_not_called_certain(share, said):
    assert calibration._whole(share) == said


def test_all_in_one_bin_and_too_few_to_quote():
    found = calibrate(np.full(4, 1.0), np.ones(4, int), 2)
    assert len(found.bins) == 1
    assert calibration.bin_sentence(found) == ""
    assert found.error == 0


@pytest.mark.parametrize("how", [{"strategy": "by eye"}, {"labels": np.array([], int)}])
def test_it_refuses_an_unknown_strategy_and_no_images(how):
    asked = {"probabilities": np.array([0.5]), "labels": np.array([1]), "classes": 2} | how
    with pytest.raises(ValueError, match="Received"):
        calibrate(**asked)
