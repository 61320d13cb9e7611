"""A lens shows what plain Keras computes, without TensorFlow in the process that looks."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from core.config import with_setting
from core.data import datasets, sample_photos
from core.data.images import scale
from core.explain.studies import Study
from core.method import backbone
from core.method.lens import Lens, imagenet_probabilities
from core.presets import digits_quick
from core.store import Store
from tests.core import study
from tests.core.with_top import load_with_top

pytestmark = pytest.mark.tensorflow
SIZE = 96


@pytest.fixture(scope="module")
def photos():
    return np.stack([sample_photos.photo(name, SIZE) for name in ("chelsea", "coffee")])


@pytest.fixture(scope="module")
def kept(tmp_path_factory, tensorflow_configured):
    """(store, key) of a lens that shows every layer."""
    store = Store(tmp_path_factory.mktemp("home"))
    asked = Study("lenses", with_setting(digits_quick(), "data.image_size", SIZE), {"inside": True})
    dataset = datasets.find("digits", store.home)
    study.answer(asked, store, dataset)
    return store, asked.key(dataset)


@pytest.fixture(scope="module")
def lens(kept) -> Lens:
    store, key = kept
    return Lens(store.record(key), store.arrays(key))


def test_every_layer_shows_what_keras_computes(lens, photos):
    base = backbone.build(SIZE, digits_quick().base, 0)
    whole = keras.Model(base.input, [layer.output for layer in base.layers[1:]])
    expected = whole(scale(photos, "-1..1"), training=False)
    seen = lens.look(photos)
    assert list(seen) == [*(layer.name for layer in base.layers[1:]), "pooled"]
    for name, keras_value in zip(seen, expected, strict=False):
        value = keras_value.numpy()
        assert seen[name].shape == value.shape, name
        assert np.linalg.norm(seen[name] - value) <= 2e-5 * np.linalg.norm(value), name


def test_the_1000_class_head_on_pooled_features_is_the_pretrained_network():
    base = backbone.build(224, digits_quick().base, 0)
    at_224 = np.stack([sample_photos.photo(name, 224) for name in ("chelsea", "coffee")])
    pooled = backbone.segment(base, 0, 154)(scale(at_224, "-1..1"), training=False).numpy()
    best = imagenet_probabilities(pooled).argmax(axis=1)
    whole = load_with_top()(scale(at_224, "-1..1"), training=False).numpy()
    assert whole.argmax(axis=1).tolist() == best.tolist()


def test_looking_does_not_load_tensorflow(kept):
    store, key = kept
    code = (
        "import sys; from pathlib import Path\n"
        "from core.store import Store; from core.method.lens import Lens\n"
        f"import numpy as np; store, key = Store(Path({str(store.home)!r})), {key!r}\n"
        "lens = Lens(store.record(key), store.arrays(key)); lens.look(np.zeros((1, 96, 96, 3), 'u1'))\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_pixels_of_another_size_are_refused(lens):
    with pytest.raises(ValueError, match="Expected images of shape"):
        lens.look(np.zeros((1, 32, 32, 3), np.uint8))
