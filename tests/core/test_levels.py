"""The range of samples of 16 bits: what belongs to the picture sets it, a broken pixel does not."""

import numpy as np
import pytest

from core.data.levels import joined, measured, stretched

NOISE = np.random.default_rng(0)


def band(low: int, high: int, shape=(120, 160)) -> np.ndarray:
    return NOISE.integers(low, high + 1, shape).astype(np.uint16)


def test_dead_and_hot_pixels_do_not_set_the_range():
    seen = band(7300, 8200)
    seen[5, 5], seen[80, 30], seen[80, 31], seen[60, 90] = 65535, 65535, 65535, 0
    low, high = measured([seen])
    assert 7300 <= low < 7310
    assert 8190 < high <= 8200


def test_a_bright_point_of_the_scene_sets_it_however_small_it_is():
    night = band(100, 110, (480, 640))
    night[200:203, 300:303] = 9000
    assert measured([night]) == (100, 9000)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([[7]], (7, 7)),
        ([[7, 9000]], (7, 9000)),
        ([list(range(999))], (0, 998)),
        (np.pad(np.full((1, 1), 5), 30), (0, 5)),  # one dot on black: nothing but the dot tells them apart
        (np.full((40, 40), 3), (3, 3)),
        (np.array([[-70_000, 5], [3, 2_000_000_000]], np.int32), (-70_000, 2_000_000_000)),
    ],
)
def test_tiny_pictures_and_single_dots_keep_every_sample(samples, expected):
    assert measured([np.asarray(samples)]) == expected


def test_the_range_of_colours_holds_all_three_channels_and_that_of_a_set_all_its_pictures():
    assert measured([np.array([[5, 6]]), np.array([[1, 2]]), np.array([[8, 9]])]) == (1, 9)
    assert joined([None, (5, 9), (3, 4), None]) == (3, 9)
    assert joined([None, None]) is None
    assert joined([]) is None


def test_samples_are_mapped_linearly_rounded_and_clipped():
    def grey(samples, levels):
        return np.asarray(stretched([np.array([samples])], levels))[0, :, 0].tolist()

    assert grey([0, 99, 100, 102, 355, 356, 65535], (100, 355)) == [0, 0, 0, 2, 255, 255, 255]
    assert grey([10, 11, 12, 13], (10, 20)) == [0, 26, 51, 76]  # 25.5 and 76.5: half to even
    assert grey([6, 7, 8], (7, 7)) == [0, 0, 255]  # a flat picture
    assert grey([-(2**31), 2**31 - 1], (-(2**31), 2**31 - 1)) == [0, 255]
    red, green, blue = (np.full((1, 1), value, np.uint16) for value in (0, 50, 100))
    assert stretched([red, green, blue], (0, 100)).getpixel((0, 0)) == (0, 128, 255)
