"""What to notice on the concept pages is computed, and true at the edges too."""

import numpy as np
import pandas as pd
import pytest

from core.code_layers import augmentation_code, data_code, features_code, freeze_code
from core.concept_notes import augmentation_notes, batch_norm_sentences, layer_notes, map_notes, shape_notes
from core.config import AugmentationConfig, HeadConfig
from core.data_facts import data_notes, sample, shared_images
from core.digits import open_digits
from core.projection import nearest_neighbour_share, pca
from core.sample_photos import PHOTOS, photo

HEAD = HeadConfig()


def test_everything_frozen_leaves_the_head():
    first, second = layer_notes(154, HEAD, 2)
    assert "only the head's 1,281 numbers learn, 0.06% of the network" in first
    assert "this is one of them" in second


def test_nothing_frozen_still_leaves_the_moving_statistics_out_of_reach():
    assert "34,112 numbers are out of reach" in layer_notes(0, HEAD, 2)[0]


def test_a_tiny_share_is_not_told_as_nothing():
    assert "**0.1% of the parameters**" in layer_notes(152, HEAD, 2)[0]
    assert "**0% of the parameters**" in layer_notes(153, HEAD, 2)[0]


@pytest.mark.parametrize(("point", "learning"), [(154, 0), (100, 18), (0, 52)])
def test_batch_norm_counts_its_layers(point, learning):
    trainable, training = batch_norm_sentences(point)
    assert f"in {learning} of 52" in trainable
    assert f"The {52 - learning} frozen ones" in training


def test_the_last_map_of_a_tiny_picture_is_one_position():
    assert "single position" in shape_notes(32, 10)[-1]
    assert len(shape_notes(160, 10)) == 2
    assert "614,400 after `block_1_expand`" in shape_notes(160, 10)[0]


def test_augmentation_notes_tell_identity_from_change():
    picture = np.full((4, 4, 3), 100, np.uint8)
    assert "pixel for pixel" in augmentation_notes(picture, picture[None], AugmentationConfig())[0]
    flips = AugmentationConfig(flip="horizontal")
    changed, same = augmentation_notes(picture, np.stack([picture, picture + 20]), flips)
    assert "by 10 of 255 grey levels" in changed
    assert same.startswith("1 of the 2 came out unchanged")


def test_the_nearest_neighbour_is_never_the_image_itself():
    pooled = np.array([[1.0, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]])
    assert nearest_neighbour_share(pooled, np.array([0, 0, 1, 1])) == 1
    assert nearest_neighbour_share(pooled, np.array([0, 1, 0, 1])) == 0


def test_one_image_makes_a_map_without_neighbours():
    assert len(map_notes(pca(np.ones((1, 4))), np.array([0]), np.ones((1, 4)))) == 1


def test_uneven_classes_and_shared_images_are_told():
    uneven = data_notes(pd.Series({"a": 90, "b": 10}), disjoint=False)
    assert "`a` has 90 images, `b` 10" in uneven[0]
    assert "90%" in uneven[1]
    assert "flattered" in uneven[2]
    assert "about even: 10 to 11" in data_notes(pd.Series({"a": 11, "b": 10}), disjoint=True)[0]


def test_images_shared_by_splits_are_counted_by_content(tmp_path):
    digits = open_digits(tmp_path)
    parts = {"train": np.arange(10), "validation": np.arange(8, 12), "test": np.arange(20, 30)}
    assert shared_images(digits, parts) == {
        ("train", "validation"): 2,
        ("train", "test"): 0,
        ("validation", "test"): 0,
    }


def test_samples_turn_over_and_never_repeat_an_image_at_once(tmp_path):
    digits = open_digits(tmp_path)
    positions = np.flatnonzero(digits.labels == 3)[:10]
    seen = np.concatenate([sample(digits, positions, 3, 5, page) for page in range(2)])
    assert sorted(seen) == sorted(positions)
    assert len(set(sample(digits, positions, 3, 50, 1))) == 10
    assert len(sample(digits, positions, 4, 5, 0)) == 0


@pytest.mark.parametrize("name", PHOTOS)
def test_the_sample_photos_are_there(name):
    pixels = photo(name, 96)
    assert pixels.shape == (96, 96, 3)
    assert pixels.std() > 20


@pytest.mark.parametrize(
    "code",
    [
        freeze_code(100, 160),
        freeze_code(154, 160),
        features_code(64),
        data_code(96),
        augmentation_code(AugmentationConfig()),
        augmentation_code(AugmentationConfig(flip="horizontal", rotation=0.2, contrast=0.1)),
    ],
)
def test_the_code_is_python(code):
    compile(code, "panel", "exec")


def test_the_code_freezes_layer_by_layer():
    assert "layer.trainable = index >= 100\n" in freeze_code(100, 160)
    assert "layer.trainable = False\n" in freeze_code(154, 160)
