"""The temperature fitted on validation images: scikit-learn's, and what it leaves alone."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from core.compare.calibration import calibrate
from core.method.evaluation import cross_entropy
from core.statistics.temperature import EPSILON, at_temperature, fit_temperature


def made_up(n: int, classes: int, sharpness: float, seed: int = 0):
    """(probabilities, labels) of a network whose logits are `sharpness` times what they should be."""
    random = np.random.default_rng(seed)
    logits = 2 * random.normal(size=(n, classes))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([random.choice(classes, p=row) for row in true])
    said = np.exp(sharpness * logits)
    said = (said / said.sum(axis=1, keepdims=True)).astype(np.float32)
    return (said[:, 1] if classes == 2 else said), labels


class Logits(ClassifierMixin, BaseEstimator):
    """A classifier whose logits are what it is given."""

    def fit(self, logits, labels):
        self.classes_ = np.arange(logits.shape[1])
        return self

    def decision_function(self, logits):
        return logits

    def predict(self, logits):
        return logits.argmax(axis=1)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_it_is_scikit_learns_for_many_classes(sharpness):
    probabilities, labels = made_up(400, 5, sharpness)
    logits = np.log(np.clip(probabilities.astype(np.float64), EPSILON, 1 - EPSILON))
    known = FrozenEstimator(Logits().fit(logits, labels))
    theirs = CalibratedClassifierCV(known, method="temperature", ensemble=False).fit(logits, labels)
    inverse = theirs.calibrated_classifiers_[0].calibrators[0].beta_
    assert 1 / fit_temperature(probabilities, labels).value == pytest.approx(inverse, rel=1e-5)


def test_it_is_the_slope_of_a_logistic_regression_for_two_classes():
    probabilities, labels = made_up(400, 2, 2.0)
    p = np.clip(probabilities.astype(np.float64), EPSILON, 1 - EPSILON)
    logit = np.log(p / (1 - p))[:, None]
    theirs = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(logit, labels)
    assert 1 / fit_temperature(probabilities, labels).value == pytest.approx(theirs.coef_[0, 0], rel=1e-5)


@pytest.mark.parametrize("classes", [2, 5])
def test_a_network_that_is_twice_too_sure_is_found_to_be_and_mended(classes):
    probabilities, labels = made_up(4000, classes, 2.0)
    fitted = fit_temperature(probabilities, labels)
    assert fitted.value == pytest.approx(2.0, abs=0.15)
    cooled = at_temperature(probabilities, fitted.value)
    assert cooled.shape == probabilities.shape
    assert fitted.loss_before == pytest.approx(cross_entropy(probabilities, labels), abs=1e-6)
    assert fitted.loss_after == pytest.approx(cross_entropy(cooled, labels), abs=1e-6)
    assert fitted.loss_after < fitted.loss_before
    before, after = (calibrate(one, labels, classes).error for one in (probabilities, cooled))
    assert after < before / 2


@pytest.mark.parametrize("classes", [2, 5])
def test_no_image_is_named_another_class(classes):
    from core.method.evaluation import predicted_classes

    probabilities, _ = made_up(500, classes, 1.0)
    for temperature in (0.1, 1.0, 7.0):
        found = at_temperature(probabilities, temperature)
        np.testing.assert_array_equal(predicted_classes(found), predicted_classes(probabilities))


def test_where_nothing_holds_certainty_back_none_is_fitted():
    labels = np.arange(60) % 3
    sure = np.where(np.eye(3)[labels] > 0, 0.98, 0.01).astype(np.float32)
    assert fit_temperature(sure, labels) is None
    assert fit_temperature(sure, (labels + 1) % 3) is None, "it does worse than chance"
    assert fit_temperature(np.full(60, 0.9, np.float32), np.ones(60, int)) is None
