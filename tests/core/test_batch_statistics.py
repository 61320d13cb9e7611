"""What BatchNorm was stored with and what batches have, as Keras computes it, and what is made of it."""

import numpy as np
import pytest

from core.concepts import batch_statistics
from core.concepts.batch_statistics import OWN, STORED
from core.config import with_setting
from core.data import datasets
from core.explain.studies import Study
from core.presets import digits_quick
from core.store import Store
from tests.core import study


@pytest.fixture(scope="module")
def looked(tmp_path_factory, tensorflow_configured):
    """(study's record, arrays, config, home) for 40 digits at 32 px."""
    home, config = tmp_path_factory.mktemp("statistics"), digits_quick()
    for name, value in {"data.limit": 80, "data.image_size": 32, "batch_size": 16}.items():
        config = with_setting(config, name, value)
    dataset = datasets.find("digits", home)
    return *study.answer(Study("batch_statistics", config), Store(home), dataset), config, home


@pytest.mark.tensorflow
def test_the_statistics_are_those_that_keras_would_normalise_a_batch_by(looked):
    import keras

    from core.method import backbone, training

    record, arrays, config, home = looked
    splits = datasets.load(config.data, home)
    base = backbone.build(32, config.base, 0)
    assert arrays["mean"].shape == (2, arrays["starts"][-1])
    order = splits.train[training.shuffled(len(splits.train), config.seed, 0)]
    pixels = backbone.scale(splits.pixels[order[:16]], "-1..1")
    for at in (0, 30, 51):
        layer = base.layers[record["layers"][at]]
        assert layer.name == record["names"][at]
        arrives = keras.Model(base.input, layer.input)(pixels, training=False)
        mine = slice(arrays["starts"][at], arrays["starts"][at + 1])
        before = layer.moving_mean.numpy()
        np.testing.assert_array_equal(arrays["stored_mean"][mine], before)
        layer(arrives, training=True)  # what it does to its stored mean says by which it normalised
        batch = (layer.moving_mean.numpy() - before) / (1 - layer.momentum) + before
        spread = np.sqrt(arrays["stored_variance"][mine] + record["epsilon"])
        assert np.abs((arrays["mean"][0, mine] - batch) / spread).max() < 1e-2


def test_a_batch_normalised_by_its_own_statistics_is_centred_and_by_the_stored_ones_it_is_as_far_off():
    found = batch_statistics.Statistics(
        names=("bn_a", "bn_b"), layers=(2, 120), starts=np.array([0, 1, 3]),
        mean=np.array([[0.0, 5.0, 1.0], [0.0, 7.0, 1.0]]),
        spread=np.array([[1.0, 4.0, 1.0], [1.0, 2.0, 1.0]]),
        stored_mean=np.array([0.0, 0.0, 1.0]), stored_spread=np.array([1.0, 2.0, 1.0]),
        epsilon=0.0, batch_size=16,
    )  # fmt: skip
    assert batch_statistics.farthest(found, 1) == 0
    rows = batch_statistics.one_channel(found, 1, 0)
    stored, own = (rows[rows["how"] == how] for how in (STORED, OWN))
    assert list(stored["mean"]) == [2.5, 3.5]
    assert list(stored["high"] - stored["mean"]) == [2.0, 1.0]
    assert list(own["mean"]) == [0.0, 0.0]
    assert list(own["high"]) == [1.0, 1.0]
    frame = batch_statistics.by_layer(found)
    assert list(frame["middle"]) == [0.0, 1.5]
    told = " ".join(batch_statistics.notes(found, 116))
    assert "bn_b" in told
    assert "1.50 stored spreads" in told
    assert "keep what they were stored with" in batch_statistics.notes(found, 154)[0]
