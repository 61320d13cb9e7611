"""Runs that differ in `data.train_limit`: what they learn, share, and may be compared on. Real digits."""

from dataclasses import replace

import numpy as np
import pytest

from core.compare.comparison import Model, compare_models
from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    HeadConfig,
    with_setting,
)
from core.data import datasets
from core.log import Log
from core.method.bank import BankFiles, Recipe
from core.method.timing import Seconds
from core.running import experiment, jobs, price, receipt, verification
from core.running.identity import ask
from core.store import Store
from core.transforms import AugmentationConfig

pytestmark = pytest.mark.tensorflow

SIZE, FEW = 32, 40
WHOLE = ExperimentConfig(
    data=DataConfig("digits", SIZE, limit=240, shares=(0.5, 0.25, 0.25)),
    head=HeadConfig(dropout=0.2),
    feature_extraction=FeatureExtractionConfig(epochs=2, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=1, optimizer="adam", learning_rate=1e-4, unfreeze_from=143),
)
LIMITED = with_setting(WHOLE, "data.train_limit", FEW)
KEY = "run-v1-0123456789abcdef"


def run(config, store):
    with jobs.training_lock(store):
        return experiment.run(ask(config, store))


@pytest.fixture(scope="module")
def both(tmp_path_factory, tensorflow_configured):
    """(store, result of all training images, result of few)."""
    store = Store(tmp_path_factory.mktemp("home"))
    return store, run(WHOLE, store), run(LIMITED, store)


def test_a_run_on_few_images_is_plain_keras_on_them(both):
    from core.method import backbone, training
    from tests.core import reference

    store, _, few = both
    splits = datasets.load(WHOLE.data, store.home)
    taken = [p for label in range(10) for p in [p for p in splits.train if splits.labels[p] == label][:4]]
    images = np.array([p for p in splits.train if p in set(taken)])  # in the order of the whole
    orders = [np.random.default_rng([WHOLE.seed, epoch]).permutation(FEW) for epoch in range(2)]
    weights = backbone.build(SIZE, WHOLE.base, WHOLE.seed).get_weights()
    model, _, head = reference.plain_model(weights, SIZE, 154, "inference", 10, 0.2, WHOLE.seed)
    head[-1].set_weights(training.build_head(WHOLE.head, 10, WHOLE.seed).get_weights())
    adam = training.build_optimizer("adam", WHOLE.feature_extraction.learning_rate)
    losses, accuracies = reference.plain_fit(
        model, adam, splits.pixels[images], splits.labels[images], orders, WHOLE.batch_size, 10,
        run_eagerly=True,
    )  # fmt: skip
    first = few.phases[0].epochs
    np.testing.assert_allclose([epoch.loss for epoch in first], losses, rtol=1e-4)
    np.testing.assert_allclose([epoch.accuracy for epoch in first], accuracies, atol=1e-6)
    scaled = splits.pixels[splits.validation].astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    np.testing.assert_allclose(
        store.arrays(few.run_key)["feature_extraction/validation"], model(scaled).numpy(), atol=1e-4
    )


def test_as_many_as_there_are_give_the_numbers_of_the_whole_to_the_bit(both):
    store, whole, _ = both
    config = with_setting(WHOLE, "data.train_limit", whole.dataset.counts["train"])
    again = run(config, store)
    assert again.run_key != whole.run_key
    for old, new in zip(whole.phases, again.phases, strict=True):
        assert [replace(e, seconds=0) for e in old.epochs] == [replace(e, seconds=0) for e in new.epochs]
        assert (old.test, old.weight_change) == (new.test, new.weight_change)


def test_they_are_compared_on_the_same_images_and_share_the_test_set_to_be_opened(both):
    store, whole, few = both
    assert few.dataset.counts == {**whole.dataset.counts, "train": FEW}
    verdict = compare_models(store, Model(few.run_key, "fine_tuning"), Model(whole.run_key, "fine_tuning"))
    assert verdict.n == whole.dataset.counts["validation"]
    store.open_test(whole.dataset.split_key, tried=2)
    assert len(store.test_openings(few.dataset.split_key)) == 1


def test_its_receipt_names_the_images_that_it_learned_from(both):
    store, whole, few = both
    dataset = ask(LIMITED, store).dataset
    of_few = receipt.read(store.path(few.run_key) / "receipt.json")
    of_whole = receipt.read(store.path(whole.run_key) / "receipt.json")
    assert of_few.config.data.train_limit == FEW
    assert of_few.images["train"] != of_whole.images["train"]
    assert of_few.images["test"] == of_whole.images["test"]
    assert all(check.outcome == verification.EQUAL for check in verification.before_training(of_few, dataset))


def test_it_is_charged_nothing_for_features_that_the_whole_has_stored(both):
    store, *_ = both
    asked = ask(with_setting(LIMITED, "data.train_limit", FEW + 10), store)
    work = price.workload(asked.config, asked.dataset, store, "fine_tuning", plain=False)
    assert (work.decode_images, work.frozen_macs, work.convert, work.disk_bytes) == (0, 0, 0, 0)
    elsewhere = Store(store.home / "elsewhere")
    fresh = price.workload(asked.config, asked.dataset, elsewhere, "fine_tuning", plain=False)
    assert fresh.decode_images == 240  # the pixels are those of the whole set
    recipe = Recipe.of(LIMITED, 143, "litert")
    assert fresh.disk_bytes == 240 * 3 * SIZE**2 + (FEW + 10 + 120) * recipe.image_bytes


def test_five_folds_are_dealt_from_the_images_in_use(both):
    from tests.core import study

    store, *_ = both
    config = with_setting(LIMITED.first_phase_only(), "feature_extraction.epochs", 1)
    asked = ask(config, store)
    _, arrays = study.answer(study.studies.Study("folds", config), store, asked.dataset)
    splits = datasets.load(config.data, store.home)
    assert set(arrays["image_ids"]) == set(splits.image_ids[splits.used])
    assert len(arrays["labels"]) == FEW + 120


# The bank


@pytest.fixture
def computed(monkeypatch):
    """How many images went through an engine, a number a call."""
    from core.method import engine

    counts, build = [], engine.build

    def counting(*how):
        forward = build(*how)

        def run(inputs):
            counts.append(len(inputs))
            return forward(inputs)

        return run

    monkeypatch.setattr(engine, "build", counting)
    return counts


def inputs_of(store, config, seconds=None):
    """(images of `config`, what a phase on boundary 116 reads of them) in this store."""
    from core.method import backbone
    from core.method.features import Bank
    from core.method.inputs import FeatureInputs

    store.path(KEY).mkdir(parents=True, exist_ok=True)
    splits = datasets.load(config.data, store.home)
    recipe, base = Recipe.of(config, 116, "litert"), backbone.build(SIZE, config.base, 0)
    bank = Bank(store, splits, recipe, base, seconds or Seconds(), Log(store, KEY))
    return splits, FeatureInputs(bank, splits, config.augmentation.active)


def of_images(splits, inputs):
    """Image -> its features, of training in the first epoch, validation and test."""
    parts = {"train": inputs.train(0), **{name: inputs.evaluation(name) for name in ("validation", "test")}}
    found = {}
    for name, rows in parts.items():
        images = getattr(splits, name)
        np.testing.assert_array_equal(rows.labels[rows.positions], splits.labels[images])
        found |= dict(zip(splits.image_ids[images].tolist(), rows.array[rows.positions], strict=True))
    return found


@pytest.mark.parametrize("augmentation", [AugmentationConfig(), AugmentationConfig(rotation=0.1)])
@pytest.mark.parametrize("limits", [(20, 40, None), (None, 40, 20)])
def test_no_feature_is_computed_or_stored_twice_however_the_numbers_follow(
    tmp_path, computed, limits, augmentation
):
    store, config = Store(tmp_path / "home"), replace(WHOLE, augmentation=augmentation)
    found = []
    for limit in limits:
        asked = with_setting(config, "data.train_limit", limit)
        found.append(of_images(*inputs_of(store, asked)))
    assert sum(computed) == 240
    stored = [np.load(path) for path in BankFiles(store.home).folder.glob("*/*.npy")]
    assert sum(map(len, stored)) == 240
    direct = of_images(*inputs_of(Store(tmp_path / "elsewhere"), config))
    for limit, features in zip(limits, found, strict=True):
        assert len(features) == 120 + (limit or 120)
        for image, row in features.items():
            np.testing.assert_array_equal(row, direct[image])


def test_what_reuse_saved_is_told_by_the_share_of_the_images(tmp_path):
    store = Store(tmp_path / "home")
    splits, whole = inputs_of(store, WHOLE)
    whole.train(0)
    files = BankFiles(store.home)
    files.note_seconds(files.path(Recipe.of(WHOLE, 116, "litert"), None, splits.image_ids), 24.0)
    seconds = Seconds()
    few, inputs = inputs_of(store, LIMITED, seconds)
    inputs.train(0)
    assert seconds.saved == pytest.approx(24.0 * len(few.used) / 240)
    assert seconds.parts["features"] == 0
