"""The ranking's numbers are those of plain Keras; a variant that equals its original does not move at all."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import DataConfig
from core.data import datasets
from core.data.images import scale
from core.explain import feature_shifts
from core.explain.studies import Study, kind_of
from core.method import augmentation, backbone
from core.method.lens import imagenet_probabilities
from core.presets import digits_quick
from core.transforms import AugmentationConfig
from core.wording.augmentation import to_address
from tests.core import study

pytestmark = pytest.mark.tensorflow
CHOSEN = AugmentationConfig(flip="horizontal", rotation=0.1)


@pytest.fixture(scope="module")
def small():
    data = DataConfig(name="digits", image_size=32, limit=120, shares=(0.5, 0.25, 0.25))
    return replace(digits_quick(), data=data)


def test_the_ranking_is_what_keras_computes(store, small):
    dataset = datasets.find("digits", store.home)
    asked = Study("shifts", small, {"augmentation": to_address(CHOSEN)})
    record, arrays = study.answer(asked, store, dataset)
    splits = datasets.load(small.data, store.home)
    transforms = feature_shifts.one_by_one(CHOSEN)
    positions = splits.validation
    assert arrays["positions"].tolist() == positions.tolist()
    assert arrays["distance"].shape == (len(transforms), 30, feature_shifts.SHIFT_DRAWS)
    looks = len(positions) * (1 + feature_shifts.SHIFT_DRAWS * len(transforms))
    assert kind_of("shifts").images({"validation": 30}, asked.options) == looks

    whole = backbone.segment(backbone.build(32, small.base, 0), 0, 154)
    plain = whole(scale(splits.pixels[positions], "-1..1"), training=False).numpy()
    answers = imagenet_probabilities(plain).argmax(axis=1)
    expected = feature_shifts.between_images(plain, splits.labels[positions])
    assert (record["within"], record["between"]) == pytest.approx(expected, rel=1e-4)
    for row, transform in enumerate(transforms):
        draws = augmentation.draw(transform.config, small.seed, 1, splits.image_ids[positions])
        pixels = augmentation.augment(splits.pixels[positions], draws)
        moved = whole(scale(pixels, "-1..1"), training=False).numpy()
        expected = np.linalg.norm(moved - plain, axis=1)
        assert arrays["distance"][row, :, 1] == pytest.approx(expected, rel=1e-3, abs=1e-3)
        same = imagenet_probabilities(moved).argmax(axis=1) == answers
        assert (arrays["changed"][row, :, 1] == ~same).mean() > 0.9  # but for ties of the 1000 classes

    flipped = augmentation.draw(transforms[0].config, small.seed, 0, splits.image_ids[positions])
    still = np.array([not draw.flip_horizontal for draw in flipped])
    assert still.any()
    assert (arrays["distance"][0, still, 0] == 0).all()
    assert not arrays["changed"][0, still, 0].any()
    assert (arrays["distance"][0, ~still, 0] > 0).all()
