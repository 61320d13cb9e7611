"""What the worker computes to explain a network equals plain Keras and scikit-learn."""

import time

import keras
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.codegen.features import probe_code
from core.data.images import scale
from core.errors import Stopped
from core.explain import probes, tsne
from core.explain.probe_depths import depths, probe_frame
from core.explain.studies import Context
from core.log import Log
from core.method import backbone
from core.method.lens import Lens
from core.statistics.logme import logme
from tests.core.tiny_run import TinyRun

pytestmark = pytest.mark.tensorflow


class Explained(TinyRun):
    """60 training images, one epoch, unfrozen from block 16."""

    def __init__(self, home):
        super().__init__(home, {
            "data.limit": 120, "feature_extraction.epochs": 0, "fine_tuning.epochs": 1,
            "fine_tuning.unfreeze_from": 143, "fine_tuning.learning_rate": 1e-3,
        })  # fmt: skip

    def trained_base(self):
        """The run's backbone out of its model file, with Keras alone."""
        whole = keras.models.load_model(self.store.path(self.run) / "model.keras", compile=False)
        return whole.get_layer("mobilenetv2")


@pytest.fixture(scope="module")
def world(tmp_path_factory, tensorflow_configured):
    return Explained(tmp_path_factory.mktemp("explain"))


def pooled_by_keras(base, pixels):
    return base(scale(np.asarray(pixels), "-1..1"), training=False).numpy().mean(axis=(1, 2))


def assert_close(features, expected):
    assert features.shape == expected.shape
    assert np.linalg.norm(features - expected) <= 1e-4 * np.linalg.norm(expected)


def test_a_map_after_training_equals_keras_with_the_runs_weights(world):
    _, arrays = world.study("maps", run=world.run)
    splits = world.splits
    np.testing.assert_array_equal(arrays["positions"], splits.validation)
    assert_close(arrays["pooled"], pooled_by_keras(world.trained_base(), splits.pixels[splits.validation]))
    _, before = world.study("maps")
    assert np.linalg.norm(arrays["pooled"] - before["pooled"]) > 0.01 * np.linalg.norm(before["pooled"])


def test_a_map_of_the_training_images_equals_keras(world):
    _, arrays = world.study("maps", split="train")
    splits = world.splits
    np.testing.assert_array_equal(arrays["labels"], splits.labels[splits.train])
    base = backbone.build(64, world.config.base, 0)
    assert_close(arrays["pooled"], pooled_by_keras(base, splits.pixels[splits.train]))


def test_a_lens_of_a_run_gives_the_runs_stored_validation_probabilities(world):
    lens = Lens(*world.study("lenses", run=world.run))
    splits = world.splits
    seen = lens.look(splits.pixels[splits.validation], ("probabilities",))["probabilities"]
    stored = world.store.arrays(world.run)["fine_tuning/validation"]
    np.testing.assert_allclose(seen, stored, atol=1e-3)


@pytest.fixture(scope="module")
def probed(world):
    return world.study("probes")


def test_probes_agree_with_the_code_on_the_page_run_by_keras_and_scikit_learn(world, probed, monkeypatch):
    record, arrays = probed
    splits = world.splits
    base = backbone.build(64, world.config.base, 0)  # the code would download Keras's file
    monkeypatch.setattr(keras.applications, "MobileNetV2", lambda **_: base)
    names = {
        "train_images": np.asarray(splits.pixels[splits.train]),
        "train_labels": splits.labels[splits.train],
        "validation_images": np.asarray(splits.pixels[splits.validation]),
        "validation_labels": splits.labels[splits.validation],
    }
    with threadpool_limits(1):  # as the worker does, for speed alone
        exec(probe_code(64, "-1..1"), names)
    frame = probe_frame(arrays["right"], arrays["shuffled"], 64)
    assert list(names["accuracy"]) == list(frame["layer"][1:])
    np.testing.assert_allclose(frame["accuracy"][1:], list(names["accuracy"].values()), atol=1e-3)
    assert (record["train"], record["validation"]) == (60, 30)


def test_a_probe_of_shuffled_labels_sits_at_chance(probed):
    _, arrays = probed
    control = probe_frame(arrays["right"], arrays["shuffled"], 64)["control"]
    assert abs(control.mean() - 0.1) < 0.03  # ten classes, 200 controls
    assert control.max() < 0.2
    assert arrays["right"].mean(axis=1).max() > 0.6


def test_the_evidence_at_the_top_is_that_of_keras_features_of_the_training_images(world, probed):
    splits, evidence = world.splits, probed[1]["evidence"]
    pooled = pooled_by_keras(backbone.build(64, world.config.base, 0), splits.pixels[splits.train])
    expected = logme(pooled, splits.labels[splits.train], len(splits.classes)).score
    assert evidence[-1] == pytest.approx(expected, abs=1e-3)
    assert evidence[-1] > evidence[0], "an image's mean colour says less of its digit"


@pytest.mark.soak
def test_probes_of_a_run_differ_only_where_it_learned(world, probed, monkeypatch):
    monkeypatch.setattr("core.explain.probes.SHUFFLES", 1)  # they take most of the time, and say nothing here
    _, before = probed
    _, after = world.study("probes", run=world.run)
    frozen = [index for index, depth in enumerate(depths()) if depth.layer < 143]
    np.testing.assert_array_equal(after["right"][frozen], before["right"][frozen])
    assert (after["right"][-1] != before["right"][-1]).any()


def test_probing_stops_within_a_few_batches(world, monkeypatch):
    done = []

    def forward(pixels):
        done.append(len(pixels))
        time.sleep(0.02)
        return np.zeros((len(pixels), sum(depth.channels for depth in depths())), np.float32)

    monkeypatch.setattr("core.explain.probes._forward", lambda context: forward)
    log = Log(world.store, world.run, None, should_stop=lambda: len(done) > 3)
    context = Context("", world.config, {}, world.dataset, world.store, log)
    with pytest.raises(Stopped):
        probes.pooled_at_every_depth(context, np.tile(world.splits.train, 200))
    assert len(done) < 40  # of 375 batches


def clouds(random):
    labels = np.repeat([0, 1, 2], 20)
    return (random.normal(size=(60, 40)) + 6 * random.normal(size=(3, 40))[labels]), labels


@pytest.mark.parametrize("dimensions", [2, 3])
def test_tsne_keeps_clouds_together_and_repeats_itself(dimensions):
    features, labels = clouds(np.random.default_rng(1))
    points = tsne.embed(features, dimensions)
    assert points.shape == (60, dimensions)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(60)
    assert (labels[distance.argmin(axis=1)] == labels).mean() > 0.95
    np.testing.assert_array_equal(points, tsne.embed(features, dimensions))


def test_the_map_after_training_starts_from_the_one_before(world):
    _, arrays = world.study("tsne", dimensions=2, run=world.run)
    before, after = arrays["before"], arrays["after"]
    assert before.shape == after.shape == (30, 2)
    pooled = world.study("maps", run=world.run)[1]["pooled"]
    np.testing.assert_array_equal(after, tsne.embed(pooled, 2, before))
