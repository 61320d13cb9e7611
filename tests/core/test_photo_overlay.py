"""A channel's map over its photo covers exactly what was active; thumbnails stay light."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from core.charts.photo_overlay import THUMBNAIL, over_photo, thumbnail_uri
from core.data.sample_photos import photo


def test_only_active_places_are_covered_and_the_strongest_most():
    grey = np.full((64, 64, 3), 100, np.uint8)
    tile = over_photo(grey, np.array([[0.0, 1.0], [2.0, 4.0]]), top=4.0, side=128).astype(int)
    quarters = [tile[:64, :64], tile[:64, 64:], tile[64:, :64], tile[64:, 64:]]
    changes = [np.abs(quarter - 100).sum(axis=2) for quarter in quarters]
    assert all(len(np.unique(change)) == 1 for change in changes)  # even squares
    assert changes[0].max() == 0
    assert changes[1].max() < changes[2].max() < changes[3].max()


@pytest.mark.parametrize("size", [32, 160, 224])
def test_the_photo_keeps_its_place_under_the_map(size):
    pixels = photo("chelsea", size)
    tile = over_photo(pixels, np.zeros((5, 5)), top=1.0)
    assert tile.shape == (192, 192, 3)
    small = np.asarray(Image.fromarray(tile).resize((16, 16), Image.Resampling.BOX), int)
    expected = np.asarray(Image.fromarray(pixels).resize((16, 16), Image.Resampling.BOX), int)
    assert np.abs(small - expected).mean() < 8


def test_nothing_active_anywhere_leaves_the_photo_as_it_is():
    pixels = photo("coffee", 96)
    silent = over_photo(pixels, np.zeros((3, 3)), top=0.0)
    np.testing.assert_array_equal(silent[::2, ::2], pixels)


def test_a_thumbnail_is_a_small_jpeg_of_the_picture():
    uri = thumbnail_uri(photo("chelsea", 160))
    kind, _, data = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    assert len(uri) < 2500
    opened = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), int)
    assert opened.shape == (THUMBNAIL, THUMBNAIL, 3)
    expected = Image.fromarray(photo("chelsea", 160)).resize(
        (THUMBNAIL, THUMBNAIL), Image.Resampling.BILINEAR
    )
    assert np.abs(opened - np.asarray(expected, int)).mean() < 12
