"""The study of similarity measures what it says, on real images and the real network."""

import numpy as np
import pytest

from core.config import with_setting
from core.data import datasets
from core.data.images import scale
from core.explain import linear_probe, similarity
from core.explain.studies import Study
from core.method import backbone
from core.method.lens import imagenet_probabilities
from core.presets import digits_quick
from tests.core import study

pytestmark = pytest.mark.tensorflow
SIZE = 32


@pytest.fixture
def small():
    return with_setting(with_setting(digits_quick(), "data.image_size", SIZE), "data.limit", 100)


@pytest.mark.soak
def test_confidence_and_probe_are_those_of_plain_keras(small, store, tensorflow_configured):
    digits = datasets.find("digits", store.home)
    record, arrays = study.answer(Study("similarity", small), store, digits)
    splits = datasets.load(small.data, store.home)
    learned, tested = np.sort(splits.train), np.sort(splits.validation)
    n, both = len(learned), np.concatenate([learned, tested])
    whole = backbone.segment(backbone.build(SIZE, small.base, 0), 0, 154)
    pooled = whole(scale(splits.pixels[both], "-1..1"), training=False).numpy()
    right = linear_probe.predict(pooled[:n], splits.labels[learned], pooled[n:]) == splits.labels[tested]
    assert (right != arrays["pretrained_right"]).sum() <= 1  # LiteRT's last digits may turn one
    expected = imagenet_probabilities(pooled[:n]).max(axis=1)
    np.testing.assert_allclose(arrays["confidence"], expected, atol=1e-3)
    assert (arrays["random_right"] != arrays["pretrained_right"]).any()  # another network
    assert record["confidence"] == pytest.approx(arrays["confidence"].mean(), abs=1e-6)
    low, high = record["confidence_interval"]
    assert low < record["confidence"] < high
    assert record["images_per_class"] == len(learned) / 10 == 5
    assert record["probes"]["pretrained"]["correct"] == arrays["pretrained_right"].sum()
    assert record["probes"]["random"]["n"] == len(tested) == 25
    assert sum(share for _, share in record["favourites"]) <= 1


def test_a_probe_learns_what_is_linearly_there_whatever_its_scale():
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    pooled = random.normal(size=(200, 20)) + 2 * labels[:, None]
    for factor in (1.0, 1e-12):
        scaled = (factor * pooled).astype(np.float32)
        said = linear_probe.predict(scaled[:100], labels[:100], scaled[100:])
        assert (said == labels[100:]).mean() > 0.95


def test_favourites_are_named_most_frequent_first():
    found = similarity._favourites(np.array([285, 285, 1, 285]))
    assert found[0] == ["Egyptian cat", 0.75]
    assert len(found) == 2
