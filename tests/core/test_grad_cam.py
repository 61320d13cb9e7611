"""Grad-CAM in closed form equals the method as published, on real networks and real photos."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.codegen.compare import mistakes_code
from core.config import BaseConfig, HeadConfig, with_setting
from core.data import sample_photos
from core.data.images import scale
from core.errors import StoreError
from core.method import backbone, phase, training
from core.method.grad_cam import Head, grad_cam, place_words
from core.method.lens import Lens, maps_options
from tests.core.tiny_run import TinyRun

pytestmark = pytest.mark.tensorflow
SIZE = 160
HEADS = {
    "sigmoid": ((), 2),
    "softmax": ((), 10),
    "hidden, sigmoid": ((64,), 2),
    "two hidden, softmax": ((64, 32), 10),
}


@pytest.fixture(scope="module")
def maps(tensorflow_configured):
    """`out_relu` of the pretrained network for three photos: float32 (3, 5, 5, 1280)."""
    photos = np.stack([sample_photos.photo(name, SIZE) for name in ("chelsea", "coffee", "astronaut")])
    base = backbone.build(SIZE, BaseConfig(), 0)
    return base(scale(photos, "-1..1"), training=False).numpy()


def keras_head(hidden, classes) -> keras.Sequential:
    """As training builds it, dropout and all, with biases that are not 0."""
    head = training.build_head(HeadConfig(hidden=hidden, dropout=0.5), classes, seed=3)
    noise = np.random.default_rng(0)
    head.set_weights([w + 0.1 * noise.standard_normal(w.shape).astype("f4") for w in head.get_weights()])
    return head


def of_keras(head: keras.Sequential) -> Head:
    dense = [weight for layer in head.layers for weight in layer.get_weights()]
    return Head.of_arrays({f"fine_tuning/head/{at}": value for at, value in enumerate(dense)}, "fine_tuning")


def by_gradient_tape(maps: np.ndarray, head: keras.Sequential, class_index: int) -> np.ndarray:
    """Equations 1 and 2 of the paper as written, by automatic differentiation."""
    tensor = tf.constant(maps[None])
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        values = keras.layers.GlobalAveragePooling2D()(tensor)
        for layer in head.layers[:-1]:
            values = layer(values, training=False)
        scores = values @ head.layers[-1].kernel + head.layers[-1].bias
        one_unit = scores.shape[1] == 1
        score = (scores[0, 0] if class_index else -scores[0, 0]) if one_unit else scores[0, class_index]
    alpha = tf.reduce_mean(tape.gradient(score, tensor)[0], axis=(0, 1))
    evidence = tf.nn.relu(tf.einsum("hwk,k->hw", tensor[0], alpha)).numpy()
    return evidence / evidence.max() if evidence.max() > 0 else evidence


@pytest.mark.parametrize("kind", HEADS)
def test_it_equals_automatic_differentiation_for_every_class_and_photo(maps, kind):
    hidden, classes = HEADS[kind]
    head = keras_head(hidden, classes)
    ours = of_keras(head)
    assert ours.classes == classes
    for photo in maps:
        for class_index in range(classes):
            found = grad_cam(photo, ours, class_index)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, by_gradient_tape(photo, head, class_index), atol=1e-5)


@pytest.mark.parametrize("kind", HEADS)
def test_the_head_gives_the_probabilities_that_keras_gives(maps, kind):
    head = keras_head(*HEADS[kind])
    pooled = maps.mean(axis=(1, 2))
    expected = head(pooled, training=False).numpy()
    if expected.shape[1] == 1:
        expected = np.hstack([1 - expected, expected])
    # float32 sums of 1,280 numbers in another order: 1.4e-6 apart on one processor
    np.testing.assert_allclose(of_keras(head).probabilities(pooled), expected, atol=1e-5)


def test_without_a_hidden_layer_it_is_cam_with_the_evidence_against_cut_off(maps):
    """Zhou et al., CVPR 2016: a class's map is the channels' maps weighted by its row of the dense layer."""
    head = keras_head((), 10)
    kernel = head.get_weights()[0]
    for class_index in range(10):
        cam = np.maximum((maps[0] * kernel[:, class_index]).sum(axis=-1), 0)
        expected = cam / cam.max() if cam.any() else cam
        np.testing.assert_allclose(grad_cam(maps[0], of_keras(head), class_index), expected, atol=1e-5)


def test_what_speaks_for_one_of_two_classes_speaks_against_the_other(maps):
    head = of_keras(keras_head((), 2))
    for photo in maps:
        first, second = grad_cam(photo, head, 0), grad_cam(photo, head, 1)
        assert not np.any((first > 0) & (second > 0))
        assert max(first.max(), second.max()) == 1


def test_where_nothing_speaks_for_a_class_the_map_is_empty(maps):
    against = Head((-np.ones((1280, 1), np.float32),), (np.zeros(1, np.float32),))
    assert not grad_cam(maps[0], against, 1).any()
    assert grad_cam(maps[0], against, 0).max() == 1


def test_a_class_that_does_not_exist_is_refused(maps):
    head = of_keras(keras_head((), 2))
    for class_index in (-1, 2):
        with pytest.raises(ValueError, match="Expected a class from 0 to 1"):
            grad_cam(maps[0], head, class_index)


def test_places_are_told_in_words():
    def strongest_at(row, column, shape=(5, 5)):
        evidence = np.zeros(shape, np.float32)
        evidence[row, column] = 1
        return place_words(evidence)

    assert strongest_at(0, 0) == "in the upper left"
    assert strongest_at(2, 2) == "in the middle"
    assert strongest_at(4, 2) == "at the bottom"
    assert strongest_at(2, 4) == "on the right"
    assert strongest_at(1, 0, (2, 2)) == "in the lower left"
    assert place_words(np.zeros((5, 5), np.float32)) == ""
    assert place_words(np.ones((1, 1), np.float32)) == ""


# Through a run


class BothPhases(TinyRun):
    """With a hidden layer, and BatchNorm learning on each batch."""

    def __init__(self, home):
        super().__init__(home, {
            "data.limit": 90, "feature_extraction.epochs": 1, "fine_tuning.epochs": 1, "head.hidden": (16,),
            "fine_tuning.unfreeze_from": 151, "fine_tuning.learning_rate": 1e-3, "batch_norm": "batch",
        })  # fmt: skip

    def lens(self, phase) -> Lens:
        return Lens(*self.study("lenses", **maps_options(self.config, self.run, phase)))


@pytest.fixture(scope="module")
def world(tmp_path_factory, tensorflow_configured):
    return BothPhases(tmp_path_factory.mktemp("grad-cam"))


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("feature_extraction", "test"),
        ("fine_tuning", "validation"),
        pytest.param("feature_extraction", "validation", marks=pytest.mark.soak),
        pytest.param("fine_tuning", "test", marks=pytest.mark.soak),
    ],
)
def test_after_either_phase_lens_and_head_give_the_stored_probabilities(world, name, split):
    positions = getattr(world.splits, split)
    lens = world.lens(name)
    seen = lens.look(world.splits.pixels[positions], ("out_relu", "pooled"))
    assert seen["out_relu"].shape == (len(positions), 2, 2, 1280)
    np.testing.assert_allclose(seen["pooled"], seen["out_relu"].mean(axis=(1, 2)), atol=1e-5)
    found = Head.of_run(world.store, world.run, name).probabilities(seen["pooled"])
    stored = world.store.arrays(world.run)
    np.testing.assert_array_equal(stored[f"positions/{split}"], positions)
    np.testing.assert_allclose(found, stored[f"{name}/{split}"], atol=1e-4)


def test_the_two_phases_see_the_same_image_differently(world):
    pixels = world.splits.pixels[world.splits.validation[:1]]
    before, after = (
        world.lens(phase).look(pixels, ("pooled",))["pooled"]
        for phase in ("feature_extraction", "fine_tuning")
    )
    assert np.linalg.norm(after - before) > 0.01 * np.linalg.norm(before)


def test_runs_share_the_lens_of_the_pretrained_backbone_but_not_of_a_random_one(world):
    assert maps_options(world.config, world.run, "feature_extraction") == {"maps": True}
    random = with_setting(world.config, "base.weights", "random")
    assert maps_options(random, world.run, "feature_extraction")["run"] == world.run


def test_the_code_shown_gives_the_same_evidence_from_the_model_file(world):
    names = {}
    code = mistakes_code(64, 10).replace("model.keras", str(world.store.path(world.run) / "model.keras"))
    exec(code, names)
    pixels = world.splits.pixels[world.splits.validation[0]]
    head = Head.of_run(world.store, world.run, "fine_tuning")
    maps = world.lens("fine_tuning").look(pixels[None], ("out_relu",))["out_relu"][0]
    for class_index in (0, 7):
        np.testing.assert_allclose(
            names["grad_cam"](pixels, class_index), grad_cam(maps, head, class_index), atol=1e-3
        )
    positions = world.splits.validation
    numbers = names["per_class"](np.asarray(world.splits.pixels[positions]), world.splits.labels[positions])
    confusion = np.array(world.store.load(world.run).last.validation.confusion)
    np.testing.assert_allclose(numbers[1], confusion.diagonal() / confusion.sum(axis=1))


def test_the_code_shown_for_two_classes_gives_the_same_for_both(maps):
    head = keras_head((), 2)
    network = SimpleNamespace(base=backbone.build(SIZE, BaseConfig(), 0), head=head)
    names = {"whole": phase.whole_model(network.base, network.head, SIZE, "-1..1")}
    shown = 'keras.models.load_model("model.keras", compile=False)'
    exec(mistakes_code(SIZE, 2).replace(shown, "whole"), names)
    pixels = sample_photos.photo("chelsea", SIZE)
    for class_index in (0, 1):
        expected = grad_cam(maps[0], of_keras(head), class_index)
        np.testing.assert_allclose(names["grad_cam"](pixels, class_index), expected, atol=1e-4)


def test_a_phase_that_was_not_trained_is_refused(world):
    with pytest.raises(StoreError, match="keeps no head of from_scratch"):
        Head.of_run(world.store, world.run, "from_scratch")
