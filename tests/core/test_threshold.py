"""The class that must not be missed, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_recall_curve, precision_score, recall_score

from core.compare import threshold
from core.statistics.paired import wilson_interval


@pytest.fixture
def scored():
    """(scores, truth): 300 images, a fifth of the class, with ties."""
    random = np.random.default_rng(5)
    truth = random.random(300) < 0.2
    return np.clip(random.normal(0.35 + 0.3 * truth, 0.2), 0, 1).round(2), truth


def test_the_curve_equals_scikit_learns(scored):
    scores, truth = scored
    found = threshold.precision_recall(scores, truth)
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    np.testing.assert_array_equal(found.thresholds, thresholds)
    np.testing.assert_allclose(found.precision, precision[:-1])
    np.testing.assert_allclose(found.recall, recall[:-1])


@pytest.mark.parametrize("target", [0.5, 0.95, 0.98, 0.99, 1.0])
def test_the_threshold_is_the_highest_that_reaches_the_target(scored, target):
    scores, truth = scored
    found = threshold.threshold_for(scores, truth, target)
    assert recall_score(truth, scores >= found) >= target
    higher = [one for one in np.unique(scores) if one > found]
    assert all(recall_score(truth, scores >= one) < target for one in higher)


def test_a_target_met_exactly_is_met():
    scores, truth = np.arange(20) / 20, np.ones(20, bool)
    assert threshold.threshold_for(scores, truth, 0.95) == scores[1], "19 of 20, not 20"


def test_what_a_threshold_does_equals_scikit_learn(scored):
    scores, truth = scored
    found = threshold.alarms(scores, truth, 0.4)
    raised = scores >= 0.4
    assert found.recall == recall_score(truth, raised)
    assert found.precision == precision_score(truth, raised)
    assert found.accuracy == accuracy_score(truth, raised)
    assert found.false_alarm_rate == 1 - recall_score(truth, raised, pos_label=False)
    assert found.recall_interval == wilson_interval(found.found, int(truth.sum()))
    assert found.of_class + found.others == 300


def test_either_of_two_classes_and_one_of_many_have_scores():
    two = np.array([0.9, 0.2], np.float32)
    np.testing.assert_allclose(threshold.scores_of(two, 1), [0.9, 0.2], rtol=1e-6)
    np.testing.assert_allclose(threshold.scores_of(two, 0), [0.1, 0.8], rtol=1e-6)
    many = np.array([[0.7, 0.2, 0.1]], np.float32)
    np.testing.assert_allclose(threshold.scores_of(many, 1), [0.2], rtol=1e-6)


def test_no_alarm_and_no_image_of_the_class_are_said():
    scores = np.array([0.1, 0.2])
    none = threshold.alarms(scores, np.array([True, False]), 0.5)
    assert threshold.precision_words(none) == "no alarm"
    assert none.recall == 0
    with pytest.raises(ValueError, match="images of the class"):
        threshold.threshold_for(scores, np.zeros(2, bool), 0.95)
    with pytest.raises(ValueError, match="images of the class"):
        threshold.precision_recall(scores, np.zeros(2, bool))


def test_the_price_of_a_lower_threshold_is_told(scored):
    scores, truth = scored
    usual = threshold.alarms(scores, truth, 0.5)
    chosen = threshold.alarms(scores, truth, threshold.threshold_for(scores, truth, 0.98))
    said = " ".join(threshold.alarm_sentences(chosen, usual, "cells"))
    assert len(threshold.alarm_sentences(usual, usual, "cells")) == 1, "nothing to compare with itself"
    assert f"finds {chosen.found - usual.found} images of cells more" in said
    assert f"{chosen.false - usual.false:,} more false alarms" in said


@pytest.mark.parametrize(
    ("value", "said"), [(0.5, "50%"), (0.00042, "0.042%"), (0.9998, "99.98%"), (0.999999, "over 99.99%")]
)
def test_thresholds_near_the_ends_keep_their_digits(value, said):
    assert threshold.percent_of(value) == said
