"""A converted network with other weights in its file is the network that Keras has with them, and its upper
part computes what the whole does."""

import numpy as np
import pytest

from core import layers
from core.config import BaseConfig
from core.method import weights
from core.method.converted_file import above, with_weights

pytestmark = pytest.mark.tensorflow
START, END = 116, layers.BACKBONE_LAYERS


@pytest.fixture(scope="module")
def base(tensorflow_configured):
    from core.method import backbone

    return backbone.build(64, BaseConfig(), 0)


@pytest.fixture(scope="module")
def whole(base) -> bytes:
    from core.method import backbone, engine

    return engine.convert(backbone.segment(base, 0, END))


@pytest.fixture(scope="module")
def content(whole) -> bytes:
    """Its upper part."""
    return above(whole, START)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (6, 64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def other() -> list[list[np.ndarray]]:
    """Every weight a little off, statistics, too."""
    random = np.random.default_rng(0)

    def moved(array: np.ndarray) -> np.ndarray:
        return array * random.uniform(0.8, 1.25, array.shape).astype(np.float32)

    own = weights.of_backbone()
    return [list(own[i]) if i < START + 10 else [moved(array) for array in own[i]] for i in range(END)]


def test_the_weights_read_from_the_file_are_those_that_keras_loads(base):
    own = weights.of_backbone()
    assert len(own) == len(base.layers) == END
    for layer, arrays in zip(base.layers, own, strict=True):
        theirs = layer.get_weights()
        assert len(theirs) == len(arrays), layer.name
        assert all(map(np.array_equal, theirs, arrays)), layer.name


def test_the_upper_part_gives_bit_for_bit_what_the_whole_gives(base, whole, content, pixels):
    from core.method import backbone, engine

    lower = engine.convert(backbone.segment(base, 0, START))
    (features,) = engine.running(lower, "-1..1")(pixels)
    (expected,) = engine.running(whole, "-1..1")(pixels)
    (found,) = engine.running(content, None)(features)
    assert np.array_equal(found, expected)
    assert above(whole, 0) == whole


def test_it_gives_what_keras_gives_with_those_weights(base, content, other):
    from core.method import backbone, engine

    own, rows = weights.of_backbone(), np.random.default_rng(1).normal(size=(7, 4, 4, 96)).astype(np.float32)
    (ours,) = engine.running(with_weights(content, own, other, START), None)(rows)
    (before,) = engine.running(content, None)(rows)
    try:
        for layer, arrays in zip(base.layers[START:], other[START:], strict=True):
            layer.set_weights(arrays)
        theirs = backbone.tail(base, START)(rows, training=False).numpy()
    finally:
        for layer, arrays in zip(base.layers[START:], own[START:], strict=True):
            layer.set_weights(arrays)
    assert np.abs(before - theirs).max() > 0.1
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_same_weights_leave_every_byte_and_a_file_of_other_layers_is_refused(content, other):
    own = weights.of_backbone()
    assert with_weights(content, own, own, START) == content
    with pytest.raises(ValueError, match="convolutions in the file"):
        with_weights(content, own, other, 98)
