"""Five folds: every image is tested once, by a network that never learned from it. Real digits."""

from dataclasses import replace

import numpy as np
import pytest

from core.compare.folds import OutOfFold, paired
from core.config import DataConfig, ExperimentConfig, FeatureExtractionConfig, FineTuningConfig
from core.data import datasets
from core.errors import Stopped, StoreError
from core.explain import folds, studies
from core.explain.folds import FOLDS
from core.explain.studies import Study
from core.method import phase
from core.method.evaluation import evaluate
from core.running import jobs
from core.stages import Stage
from core.statistics.paired import compare
from core.statistics.verdict import Verdict
from core.store import Store
from core.transforms import AugmentationConfig
from tests.core import study

CONFIG = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=60),
    feature_extraction=FeatureExtractionConfig(epochs=2, learning_rate=1e-2),
    fine_tuning=FineTuningConfig(epochs=1, optimizer="adam", learning_rate=1e-4, unfreeze_from=143),
)


# Who goes where


@pytest.fixture
def images():
    """150 images of three unequal classes, ids at random."""
    random = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], [97, 41, 12])
    return random.integers(0, 2**63, len(labels), dtype=np.uint64), labels


def test_folds_are_of_like_size_and_every_class_is_dealt_evenly(images):
    ids, labels = images
    fold_of = folds.assign(ids, labels, 42)
    assert set(np.bincount(fold_of)) == {30}
    for label in range(3):
        dealt = np.bincount(fold_of[labels == label], minlength=FOLDS)
        assert dealt.max() - dealt.min() <= 1


def test_the_deal_does_not_depend_on_the_order_of_the_images_but_on_the_seed(images):
    ids, labels = images
    order = np.random.default_rng(0).permutation(len(ids))
    np.testing.assert_array_equal(
        folds.assign(ids[order], labels[order], 42), folds.assign(ids, labels, 42)[order]
    )
    assert (folds.assign(ids, labels, 43) != folds.assign(ids, labels, 42)).any()


def test_copies_of_an_image_share_a_fold(images):
    ids, labels = images
    twice = folds.assign(np.tile(ids, 2), np.tile(labels, 2), 42)
    np.testing.assert_array_equal(twice[: len(ids)], twice[len(ids) :])


# Trained


@pytest.fixture(scope="module")
def world(tmp_path_factory, request):
    request.getfixturevalue("tensorflow_configured")
    store = Store(tmp_path_factory.mktemp("folds"))
    return store, datasets.find("digits", store.home)


@pytest.fixture(scope="module")
def watched(world):
    """(arrays, [(images learned from, images tested)] of every phase trained): both phases, augmented."""
    store, dataset = world
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        train = phase.run_epochs

        def watch(trainer, inputs, config, todo, *rest):
            learned = [inputs.train(number).positions for number in range(todo.epochs)]
            seen.append((np.concatenate(learned), inputs.evaluation("validation").positions))
            return train(trainer, inputs, config, todo, *rest)

        patch.setattr(phase, "run_epochs", watch)
        config = replace(CONFIG, augmentation=AugmentationConfig(rotation=0.05))
        arrays = study.answer(Study("folds", config), store, dataset)[1]
    return arrays, seen


@pytest.mark.tensorflow
def test_every_image_is_tested_once_and_never_by_a_network_that_learned_from_it(watched):
    arrays, seen = watched
    assert len(seen) == 2 * FOLDS, "two phases a fold"
    tested = np.concatenate([held_out for _, held_out in seen[1::2]])
    assert sorted(tested) == list(range(60))
    for learned, held_out in seen:
        assert not set(learned) & set(held_out)
        assert set(learned) | set(held_out) == set(range(60))
    assert [set(np.flatnonzero(arrays["folds"] == fold)) for fold in range(FOLDS)] == [
        set(held_out) for _, held_out in seen[1::2]
    ]


@pytest.mark.tensorflow
def test_its_answers_are_probabilities_of_the_images_in_the_order_of_the_split(world, watched):
    arrays, _ = watched
    splits = datasets.load(CONFIG.data, world[0].home)
    np.testing.assert_array_equal(arrays["image_ids"], splits.image_ids)
    np.testing.assert_array_equal(arrays["labels"], splits.labels)
    assert arrays["probabilities"].shape == (60, 10)
    np.testing.assert_allclose(arrays["probabilities"].sum(axis=1), 1, atol=1e-5)


@pytest.mark.tensorflow
def test_a_fold_is_what_training_on_that_split_alone_gives(world):
    """The head of fold 0, trained by a plain loop from a head of the same seed on the same features."""
    import keras

    from core.data.images import scale
    from core.method import backbone, training

    store, dataset = world
    config = CONFIG.first_phase_only()
    arrays = study.answer(Study("folds", config), store, dataset)[1]
    splits = datasets.load(config.data, store.home)
    base = backbone.build(32, config.base, 0)
    pooled = base(scale(np.asarray(splits.pixels), "-1..1"), training=False).numpy().mean(axis=(1, 2))
    learned, held_out = np.flatnonzero(arrays["folds"] != 0), np.flatnonzero(arrays["folds"] == 0)
    head = training.build_head(config.head, 10, config.seed)
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    for epoch in range(2):
        order = learned[training.shuffled(len(learned), config.seed, epoch)]
        head.fit(pooled[order], splits.labels[order], batch_size=32, shuffle=False, verbose=0)
    expected = head.predict(pooled[held_out], verbose=0)
    np.testing.assert_allclose(arrays["probabilities"][held_out], expected, atol=1e-4)


@pytest.mark.tensorflow
def test_it_says_which_fold_and_how_far(world, watched):
    store, dataset = world
    config = replace(CONFIG, augmentation=AugmentationConfig(rotation=0.05))
    stages = [
        event for event in store.events(Study("folds", config).key(dataset)) if event["event"] == "stage"
    ]
    assert Stage("epochs_in_all", fold=2, folds=5) in map(Stage.told, stages)
    assert (stages[-1]["done"], stages[-1]["total"]) == (15, 15)


@pytest.mark.tensorflow
def test_it_can_be_stopped_and_keeps_nothing(world):
    store, dataset = world
    asked = Study("folds", replace(CONFIG, seed=7))
    with jobs.training_lock(store):
        key = studies.request(asked, store, dataset)
        with pytest.raises(Stopped):
            studies.perform(key, store, lambda: True)
    assert store.status(key) == "stopped"
    assert not store.finished(key)


# Read


def answers(right: list[bool], ids: int = 0) -> OutOfFold:
    n = len(right)
    return OutOfFold(np.arange(ids, ids + n, dtype=np.uint64), np.arange(n) % FOLDS, np.array(right))


def test_the_accuracy_is_over_all_images_and_the_folds_add_up():
    one = answers([True] * 40 + [False] * 10)
    assert (one.accuracy, one.correct, one.n) == (0.8, 40, 50)
    assert sum(correct for correct, _ in one.counts) == 40
    assert one.interval == evaluate(np.r_[np.ones(40), np.zeros(10)], np.ones(50, int), 2).interval
    assert one.deviation == pytest.approx(0.0)
    assert one.deviation_by_chance == pytest.approx(np.sqrt(0.8 * 0.2 / 10))


def test_two_networks_are_paired_image_by_image():
    first, second = answers([True] * 30 + [False] * 20), answers([True] * 45 + [False] * 5)
    assert paired(first, second) == compare(first.right, second.right)
    assert paired(first, second).verdict == Verdict.BETTER


def test_other_images_are_not_paired():
    with pytest.raises(StoreError, match="different images"):
        paired(answers([True] * 10), answers([True] * 10, ids=5))


def test_the_price_counts_four_passes_over_all_images(store):
    dataset = datasets.find("digits", store.home)
    counts = {"train": 42, "validation": 9, "test": 9}
    longer = folds.as_run(CONFIG, counts)
    assert longer.feature_extraction.epochs == 12, "2 epochs x 4 x 60 / 42, rounded up"
    assert studies.predicted_seconds(Study("folds", CONFIG), store, dataset) > 0
    augmented = folds.as_run(replace(CONFIG, augmentation=AugmentationConfig(rotation=0.1)), counts)
    assert augmented.feature_extraction.epochs == 3, "the folds share the variants: 2 epochs x 60 / 42"
    assert augmented.fine_tuning.epochs == 6
