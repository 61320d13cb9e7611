"""The code of the Certainty view runs, and gives the numbers that the page shows."""

from dataclasses import replace

import numpy as np
import pytest

from core.codegen import compare
from core.compare import threshold
from core.compare.calibration import STRATEGIES, calibrate
from core.config import HeadConfig
from core.presets import digits_quick
from core.statistics.means import mean_interval


def answers(classes: int, n: int = 200):
    """(probabilities as `model.predict` gives them, labels)"""
    random = np.random.default_rng(2)
    labels = np.arange(n) % classes
    logits = random.normal(0, 1, (n, classes)) + 2 * np.eye(classes)[labels]
    found = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (found[:, 1:] if classes == 2 else found), labels


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_calibration_code_gives_the_pages_numbers(classes, strategy):
    scope: dict = {}
    exec(compare.calibration_code(strategy, classes), scope)
    probabilities, labels = answers(classes)
    error, brier = scope["calibration"](probabilities, labels)
    kept = probabilities[:, 0] if classes == 2 else probabilities
    expected = calibrate(kept, labels, classes, strategy)
    assert (error, brier) == pytest.approx((expected.error, expected.brier))


@pytest.mark.parametrize(("classes", "label"), [(2, 0), (2, 1), (4, 2)])
def test_the_threshold_code_chooses_the_same_threshold(classes, label):
    probabilities, labels = answers(classes)
    scope = {"validation": probabilities, "validation_labels": labels}
    scope |= {"test": probabilities, "test_labels": labels}
    exec(compare.threshold_code("a 'quoted' class", label, classes, 0.95), scope)
    scores = threshold.scores_of(probabilities[:, 0] if classes == 2 else probabilities, label)
    assert scope["threshold"] == pytest.approx(threshold.threshold_for(scores, labels == label, 0.95))


@pytest.mark.tensorflow
def test_the_seeds_code_gives_students_interval():
    scope: dict = {}
    exec(compare.seeds_code(digits_quick(), 3), scope)
    values = [0.8, 0.85, 0.84]
    left = list(values)
    expected = mean_interval(values)
    found = scope["mean_over_seeds"](lambda: left.pop(0))
    assert found == pytest.approx((expected.mean, expected.low, expected.high))
    assert scope["mean_over_seeds"].__defaults__ == ((42, 43, 44),)


@pytest.mark.tensorflow
def test_the_folds_code_trains_and_tests_every_image(capsys):
    import keras

    config = replace(digits_quick(), head=HeadConfig(hidden=(8,)))
    config = replace(config, feature_extraction=replace(config.feature_extraction, epochs=1))
    features = np.random.default_rng(0).normal(0, 1, (40, 1280)).astype(np.float32)
    keras.utils.set_random_seed(0)
    exec(compare.folds_code(config), {"features": features, "labels": np.arange(40) % 4})
    assert "of 40 images right, each tested once" in capsys.readouterr().out
