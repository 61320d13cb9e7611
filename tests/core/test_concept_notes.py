"""What to notice on the concept pages is computed, and true at the edges too."""

import numpy as np
import pandas as pd
import pytest

from core.data.data_facts import data_notes, extremes, found_classes, sample, shared_images
from core.data.digits import open_digits
from core.data.sample_photos import PHOTOS, photo
from core.transforms import AugmentationConfig
from core.wording.concept_notes import augmentation_notes


def test_augmentation_notes_tell_identity_from_change():
    picture = np.full((4, 4, 3), 100, np.uint8)
    assert "pixel for pixel" in augmentation_notes(picture, picture[None], AugmentationConfig())[0]
    flips = AugmentationConfig(flip="horizontal")
    changed, same = augmentation_notes(picture, np.stack([picture, picture + 20]), flips)
    assert "by 10 of 255 grey levels" in changed
    assert same.startswith("1 of the 2 came out unchanged")


def test_uneven_classes_and_shared_images_are_told():
    uneven = data_notes(pd.Series({"a": 90, "b": 10}), disjoint=False)
    assert "**a** has 90 images, **b** 10" in uneven[0]
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


def test_of_many_classes_the_largest_and_the_smallest_are_shown_and_any_is_found_by_a_part_of_its_name():
    counts = [3, 9, 1, 9, 5, 2, 7]
    assert extremes(counts, 7) == [0, 1, 2, 3, 4, 5, 6]
    assert extremes(counts, 4) == [1, 3, 5, 2]
    names = ["Red fox", "arctic FOX", "wolf"]
    assert found_classes(names, " fox ") == [0, 1]
    assert found_classes(names, "") == [0, 1, 2]
    assert found_classes(names, "cat") == []
