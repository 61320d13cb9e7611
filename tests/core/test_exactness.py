"""Training the tail on stored boundary features is plain Keras, number for number, on real weights.

Here in short tails, which are traced sooner, against `fit` as it runs eagerly, and in the whole network from
scratch, where both do; every stop, all of it traced, is in `soak`.
"""

import gc

import numpy as np
import pytest

from core import layers

pytestmark = pytest.mark.tensorflow

SIZE, BATCH, EPOCHS, SEED = 96, 16, 2, 7
RATES = {"rmsprop": 1e-5, "adam": 1e-4}


@pytest.fixture(scope="module")
def photos():
    from tests.core import reference

    return reference.photo_crops(SIZE)


@pytest.fixture(autouse=True)
def forget_graphs():
    """TensorFlow keeps what it traced: without this the long run of all stops takes 16 GB."""
    yield
    import keras

    keras.backend.clear_session()
    gc.collect()


def train_both(
    photos,
    unfreeze_from,
    batch_norm,
    num_classes=3,
    hidden=(),
    optimizer="rmsprop",
    plain=False,
    engine_name="tensorflow",
    converted=None,
    base_weights="imagenet",
    eagerly=True,
):
    """The same phase by `core` and by plain Keras; both sets of weights, losses and predictions.

    `eagerly` spares Keras the trace of the whole network.
    """
    from core.config import BaseConfig, HeadConfig
    from core.method import backbone, engine, training

    pixels, labels = photos[0], np.minimum(photos[1], num_classes - 1)
    base = backbone.build(SIZE, BaseConfig(weights=base_weights), 0)
    pretrained = base.get_weights()
    config = HeadConfig(hidden=hidden, dropout=0.2)
    head = training.build_head(config, num_classes, SEED)
    start = head.get_weights()
    rate = RATES[optimizer]

    network = training.assemble(
        base,
        head,
        unfreeze_from=unfreeze_from,
        num_classes=num_classes,
        batch_norm=batch_norm,
        scaling="-1..1",
        plain=plain,
    )
    if network.boundary == 0:
        inputs = pixels
    else:
        frozen = backbone.segment(base, 0, network.boundary)
        inputs = engine.build(engine_name, frozen, "-1..1", converted)(pixels)
    trainer = training.Trainer(network, training.build_optimizer(optimizer, rate), SIZE)
    rows = training.Rows(inputs, labels, np.arange(len(labels)))
    orders = [np.random.default_rng([SEED, epoch]).permutation(len(labels)) for epoch in range(EPOCHS)]
    ours = [trainer.train_epoch(rows, order, BATCH, lambda done: None) for order in orders]
    probabilities = trainer.predict(rows, lambda done: None)

    asked = (unfreeze_from, batch_norm, num_classes, hidden, optimizer, base_weights, eagerly, len(labels))
    if asked not in _by_keras:
        _by_keras.clear()
        _by_keras[asked] = train_by_keras(pretrained, start, pixels, labels, orders, *asked[:-1])
    return {
        "pretrained": pretrained,
        "weights": (base.get_weights() + head.get_weights()),
        "epochs": ours,
        "probabilities": probabilities,
        **_by_keras[asked],
    }


# The last that `train_by_keras` gave: two tests, one after the other, compare two paths with the same
_by_keras: dict[tuple, dict] = {}


def train_by_keras(
    pretrained, start, pixels, labels, orders,
    unfreeze_from, batch_norm, num_classes, hidden, optimizer, base_weights, eagerly,
):  # fmt: skip
    """The phase by plain Keras, from these weights of base and head: weights, losses and predictions."""
    import keras

    from tests.core import reference

    rate = RATES[optimizer]
    model, plain_base, plain_head = reference.plain_model(
        pretrained, SIZE, unfreeze_from, batch_norm, num_classes, 0.2, SEED, hidden,
        momentum=0.9 if base_weights == "random" else None,
    )  # fmt: skip
    for layer, values in zip(
        [h for h in plain_head if h.weights], zip(*[iter(start)] * 2, strict=True), strict=True
    ):
        layer.set_weights(values)
    optimizers = {"rmsprop": keras.optimizers.RMSprop(rate), "adam": keras.optimizers.Adam(rate)}
    theirs = reference.plain_fit(
        model, optimizers[optimizer], pixels, labels, orders, BATCH, num_classes,
        run_eagerly=eagerly,
    )  # fmt: skip
    scaled = pixels.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    predicted = model(scaled, training=False).numpy()
    predicted = predicted[:, 0] if num_classes == 2 else predicted
    return {
        "plain_weights": plain_base.get_weights() + [w for h in plain_head for w in h.get_weights()],
        "plain_epochs": list(zip(*theirs, strict=True)),
        "plain_probabilities": predicted,
    }


def assert_equal(found):
    for ours, theirs in zip(found["weights"], found["plain_weights"], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(found["epochs"], found["plain_epochs"], rtol=2e-6)
    np.testing.assert_allclose(found["probabilities"], found["plain_probabilities"], atol=2e-6)


@pytest.mark.parametrize(
    ("unfreeze_from", "batch_norm"),
    [(134, "batch"), (143, "inference")],
)
def test_tail_from_boundary_features_equals_plain_keras_bit_for_bit(photos, unfreeze_from, batch_norm):
    found = train_both(photos, unfreeze_from, batch_norm)
    assert_equal(found)
    assert any(not np.array_equal(a, b) for a, b in zip(found["weights"], found["pretrained"], strict=False))


@pytest.mark.parametrize(
    ("unfreeze_from", "batch_norm"),
    [pytest.param(100, "batch", marks=pytest.mark.soak), (143, "inference")],
)
def test_tail_from_litert_features_stays_within_the_stated_tolerance_of_plain_keras(
    photos, tmp_path, unfreeze_from, batch_norm
):
    """After six steps: weights within 1e-4 in relative L2, probabilities within 1e-3, same classes."""
    found = train_both(
        photos, unfreeze_from, batch_norm, engine_name="litert", converted=tmp_path / "part.tflite"
    )
    ours, theirs = (np.concatenate([w.ravel() for w in found[name]]) for name in ("weights", "plain_weights"))
    assert np.linalg.norm(ours - theirs) <= 1e-4 * np.linalg.norm(theirs)
    ours, theirs = found["probabilities"], found["plain_probabilities"]
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    best_two = np.sort(theirs, axis=1)[:, -2:]
    clear = best_two[:, 1] - best_two[:, 0] > 0.01
    assert (ours.argmax(1) == theirs.argmax(1))[clear].all()


def test_head_on_pooled_features_equals_plain_keras_for_two_classes_and_a_hidden_layer(photos):
    assert_equal(train_both(photos, 154, "inference", num_classes=2, hidden=(16,), optimizer="adam"))


@pytest.mark.soak  # of the plain path the next test keeps a sample
def test_plain_path_from_pixels_equals_plain_keras(photos):
    assert_equal(train_both(photos, 134, "batch", plain=True, eagerly=False))


def from_scratch(photos):
    """Every layer learns from random weights, the moving statistics with the same shorter momentum."""
    small = tuple(values[:24] for values in photos)
    found = train_both(small, 0, "batch", optimizer="adam", plain=True, base_weights="random")
    assert_equal(found)
    assert all(not np.array_equal(a, b) for a, b in zip(found["weights"], found["pretrained"], strict=False))


def test_from_scratch_equals_plain_keras_fit(photos, untraced):
    from_scratch(photos)


@pytest.mark.soak
def test_from_scratch_traced_too(photos):
    from_scratch(photos)


@pytest.mark.soak
@pytest.mark.parametrize("batch_norm", ["inference", "batch"])
@pytest.mark.parametrize(
    "unfreeze_from", [stop for stop in layers.stops() if 0 < stop < 154] + [57, 112, 140]
)
def test_every_stop_in_both_modes_equals_plain_keras_bit_for_bit(photos, unfreeze_from, batch_norm):
    found = train_both(photos, unfreeze_from, batch_norm, eagerly=False)
    assert_equal(found)
