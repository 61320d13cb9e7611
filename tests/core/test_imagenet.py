"""The pretrained network on real photos, and its weights at other image sizes."""

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.tensorflow


def photo(name):
    from skimage import data

    return np.asarray(Image.fromarray(getattr(data, name)()).convert("RGB").resize((224, 224)))


def test_it_knows_a_cat_and_an_espresso():
    from core.charts.guide_charts import guess_frame
    from core.config import BaseConfig
    from core.method import backbone, weights
    from core.method.lens import imagenet_probabilities

    scaled = backbone.scale(np.stack([photo("chelsea"), photo("coffee")]), "-1..1")
    pooled = backbone.segment(backbone.build(224, BaseConfig(), 0), 0, 154)(scaled, training=False).numpy()
    cat, coffee = (guess_frame(row, weights.imagenet_labels()) for row in imagenet_probabilities(pooled))
    assert set(cat["ImageNet class"]) >= {"tabby", "tiger cat", "Egyptian cat"}
    assert coffee["ImageNet class"].iloc[0] == "espresso"
    assert cat["probability"].is_monotonic_decreasing


def test_the_backbone_is_the_classifier_without_its_last_layer():
    from core.config import BaseConfig
    from core.method import backbone
    from tests.core.with_top import load_with_top

    scaled = backbone.scale(photo("chelsea")[None], "-1..1")
    full = load_with_top()
    pooled = backbone.segment(backbone.build(224, BaseConfig(), 0), 0, 154)(scaled, training=False)
    kernel, bias = full.layers[-1].get_weights()
    logits = pooled.numpy() @ kernel + bias
    expected = np.exp(logits - logits.max())
    np.testing.assert_allclose(full(scaled, training=False), expected / expected.sum(), atol=1e-5)


def test_random_weights_follow_the_seed():
    from core.config import BaseConfig
    from core.method import backbone

    first, again, other = (backbone.build(32, BaseConfig("random"), seed).get_weights() for seed in (1, 1, 2))
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))
