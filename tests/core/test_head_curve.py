"""Heads at several numbers of training images: each is the ordinary run of its point. Real digits."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import ExperimentConfig, FeatureExtractionConfig, FineTuningConfig, with_setting
from core.data import datasets
from core.data.splits import split
from core.errors import ConfigError, DatasetError, GaveWay
from core.explain import head_curve, studies
from core.presets import digits_quick
from core.running import experiment, jobs
from core.running.identity import Asked, identify
from core.store import Store
from core.sweeps.image_counts import image_counts, sweep_over
from core.sweeps.plan import IMAGES, of_options
from core.transforms import AugmentationConfig
from tests.core import study
from tests.core.test_splits import made_up

CONFIG = ExperimentConfig(
    data=replace(digits_quick().data, image_size=32, limit=160),
    augmentation=AugmentationConfig(rotation=0.05),
    feature_extraction=FeatureExtractionConfig(epochs=2, learning_rate=1e-2),
    fine_tuning=FineTuningConfig(epochs=1, optimizer="adam", learning_rate=1e-4, unfreeze_from=143),
)
RESAMPLES = 2


# How many images


def test_six_numbers_span_four_doublings_and_end_with_all_there_are():
    dataset = made_up([("cat", "train", 1000), ("dog", "train", 1000), ("cat", None, 9), ("dog", None, 9)])
    counts = image_counts(dataset, replace(CONFIG.data, limit=None, shares=None))
    most = len(split(dataset, replace(CONFIG.data, limit=None, shares=None))["train"])
    assert len(counts) == 6
    assert counts[-1] == most
    assert counts[0] == pytest.approx(most / 16, abs=1)
    assert np.diff(np.log(counts)) == pytest.approx(np.log(16) / 5, abs=0.05)


def test_it_begins_with_two_of_a_class_and_ends_at_the_limit_where_there_is_one(digits):
    assert image_counts(digits, CONFIG.data) == (20, 26, 35, 46, 61, 80)
    data = replace(digits_quick().data, train_limit=500)
    assert image_counts(digits, data)[-1] == 500


def test_a_set_with_too_few_images_is_refused_with_how_many_it_takes(digits):
    with pytest.raises(DatasetError) as refused:
        image_counts(digits, replace(CONFIG.data, limit=140))
    assert "70 training images of 10 classes" in str(refused.value)
    assert "at least 80" in str(refused.value)


def test_a_limit_above_what_is_there_is_refused(digits):
    with pytest.raises(DatasetError, match="81 training images, and there are 80"):
        image_counts(digits, replace(CONFIG.data, train_limit=81))


def test_a_class_of_three_images_is_in_every_draw_of_any_number():
    dataset = made_up([("cat", None, 120), ("dog", None, 3)])
    data = replace(CONFIG.data, limit=None, shares=None)
    counts = image_counts(dataset, data)
    for point in sweep_over(replace(CONFIG, data=data), counts, 3).points():
        assert 1 in dataset.labels[split(dataset, point.config.data)["train"]]


# The points


def test_every_network_is_shown_as_many_images_and_a_resample_is_nested_in_itself(digits):
    counts = image_counts(digits, CONFIG.data)
    points = sweep_over(CONFIG, counts, RESAMPLES).points()
    images = {}
    for point in points:
        images[point.settings[IMAGES], point.seed] = found = split(digits, point.config.data)["train"]
        for phase in ("feature_extraction", "fine_tuning"):
            shown = getattr(point.config, phase).epochs * len(found)
            assert abs(shown - 80 * getattr(CONFIG, phase).epochs) <= len(found) / 2  # to a whole epoch
    for seed in (42, 43):
        assert set(images[20, seed]) < set(images[46, seed]) < set(images[None, seed])
    assert set(images[20, 42]) != set(images[20, 43])
    assert set(images[None, 42]) == set(images[None, 43])


def test_the_last_point_of_the_first_resample_is_the_usual_run(digits):
    points = sweep_over(CONFIG, image_counts(digits, CONFIG.data), 3).points()
    assert identify(CONFIG, digits) in {identify(point.config, digits) for point in points}


def test_the_question_survives_its_way_through_json(digits):
    sweep = sweep_over(CONFIG, image_counts(digits, CONFIG.data), 3)
    again = of_options(CONFIG, sweep.to_options())
    assert [point.config for point in again.points()] == [point.config for point in sweep.points()]


# Trained


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return datasets.find("digits", tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def world(tmp_path_factory, tensorflow_configured):
    store = Store(tmp_path_factory.mktemp("heads"))
    return store, datasets.find("digits", store.home)


@pytest.fixture(scope="module")
def found(world):
    store, dataset = world
    return study.answer(head_curve.study_of(CONFIG, dataset, RESAMPLES), store, dataset)


@pytest.mark.tensorflow
@pytest.mark.parametrize(("size", "resample"), [(0, 0), (2, 1), (5, 1)])
def test_a_head_is_the_ordinary_run_of_its_point_to_the_bit(world, found, size, resample):
    """That run is plain Keras on the same rows: `test_a_run_on_few_images_is_plain_keras_on_them`."""
    store, dataset = world
    record, arrays = found
    counts = record["images"]
    points = sweep_over(head_curve.head_only(CONFIG), counts, RESAMPLES).points()
    point = points[size * RESAMPLES + resample]
    with jobs.training_lock(store):
        run = experiment.run(Asked(point.config, dataset, store), keep_model=False)
    assert run.dataset.counts["train"] == counts[size]
    assert arrays["validation"][size, resample] == run.last.validation.correct
    assert arrays["test"][size, resample] == run.last.test.correct
    assert arrays["loss"][size, resample] == run.last.validation.loss


@pytest.mark.tensorflow
def test_every_size_and_resample_is_another_head(found):
    record, arrays = found
    assert (record["validation"], record["test"], record["resamples"]) == (40, 40, RESAMPLES)
    assert len(set(arrays["loss"].ravel().tolist())) == arrays["loss"].size


@pytest.mark.tensorflow
def test_it_gives_way_after_a_head_and_goes_on_to_the_same_numbers(world, found):
    store, dataset = world
    asked = head_curve.study_of(with_setting(CONFIG, "seed", 43), dataset, RESAMPLES)
    with jobs.training_lock(store):
        key = studies.request(asked, store, dataset)
        with pytest.raises(GaveWay):
            studies.perform(key, store, should_give_way=lambda: True)
        studies.perform(key, store)
    _, again = store.record(key), store.arrays(key)
    whole = study.answer(head_curve.study_of(CONFIG, dataset, RESAMPLES), store, dataset)[1]
    np.testing.assert_array_equal(again["loss"][-1, 0], whole["loss"][-1, 1])  # seed 43, all images


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "value"), [("feature_extraction.epochs", 0), ("base.weights", "random")])
def test_what_has_no_frozen_head_is_refused_in_words(world, name, value):
    store, dataset = world
    asked = head_curve.study_of(CONFIG, dataset, RESAMPLES)
    asked = replace(asked, config=with_setting(CONFIG, name, value))
    with jobs.training_lock(store), pytest.raises(ConfigError, match=name):
        studies.perform(studies.request(asked, store, dataset), store)


def test_its_price_counts_every_head_and_features_once(digits, store):
    asked = head_curve.study_of(CONFIG, digits)
    one = studies.predicted_seconds(replace(asked, options=asked.options | {"resamples": 1}), store, digits)
    ten = studies.predicted_seconds(asked, store, digits)
    assert one < ten < 10 * one
