"""Augmentation: the same pictures and the same distributions as Keras's layers, from our own draws."""

import itertools
import os
import threading

import cv2
import numpy as np
import pytest

from core.method import augmentation
from core.method.augmentation import IDENTITY, Draw, augment, describe, draw, matrix
from core.transforms import FILL_MODES, TRANSFORMS, AugmentationConfig

SIZE = 160
IDS = np.random.default_rng(0).integers(0, 2**64, 4000, np.uint64)
EVERYTHING = AugmentationConfig(
    flip="horizontal_and_vertical", rotation=0.2, zoom=0.3, translation=0.1, contrast=0.4, brightness=0.2
)
ROUNDING = 0.51  # grey levels: half for rounding to 8 bits, and float32 in Keras


@pytest.fixture(scope="module")
def photo():
    data = pytest.importorskip("skimage.data")
    return cv2.resize(data.astronaut(), (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def one(image, fill_mode="reflect", **values):
    return augment(image[None], [Draw(**values)], fill_mode)[0]


def columns(draws):
    return {name: np.array([getattr(d, name) for d in draws]) for name in Draw.__slots__}


# Draws


def test_an_image_gets_the_same_draw_in_any_company():
    everyone = draw(EVERYTHING, 7, 3, IDS)
    assert draw(EVERYTHING, 7, 3, IDS[100:110]) == everyone[100:110]
    assert draw(EVERYTHING, 7, 3, IDS[::-1]) == everyone[::-1]
    assert draw(EVERYTHING, 7, 3, IDS[42:43]) == [everyone[42]]


def test_seed_and_epoch_each_give_fresh_draws():
    draws = {(s, e): draw(EVERYTHING, s, e, IDS[:50]) for s in (0, 1) for e in (0, 1)}
    for a, b in itertools.combinations(draws.values(), 2):
        assert not set(a) & set(b)


def test_switching_a_control_on_leaves_the_others_as_drawn():
    alone = columns(draw(AugmentationConfig(rotation=0.2), 1, 0, IDS))
    together = columns(draw(EVERYTHING, 1, 0, IDS))
    wider = columns(draw(AugmentationConfig(rotation=0.1, contrast=0.4), 1, 0, IDS))
    np.testing.assert_array_equal(alone["rotation"], together["rotation"])
    np.testing.assert_allclose(wider["rotation"], alone["rotation"] / 2)
    np.testing.assert_array_equal(wider["contrast"], together["contrast"])


def test_draws_are_uniform_within_the_bounds_and_uncorrelated():
    found = columns(draw(EVERYTHING, 1, 0, IDS))
    bounds = {"rotation": 0.2, "zoom": 0.3, "translation_x": 0.1, "translation_y": 0.1, "brightness": 0.2}
    for name, bound in bounds.items():
        scaled = found[name] / bound
        assert -1 <= scaled.min() < -0.99
        assert 0.99 < scaled.max() < 1
        assert abs(scaled.mean()) < 0.04  # 4 standard errors of 4,000 uniform draws
        assert abs(scaled.std() - 3**-0.5) < 0.02
    assert 0.6 <= found["contrast"].min() < 0.605
    assert 1.395 < found["contrast"].max() <= 1.4
    assert 0.46 < found["flip_horizontal"].mean() < 0.54
    table = np.array([found[name] for name in (*bounds, "contrast", "flip_horizontal")], float)
    correlation = np.corrcoef(table) - np.eye(len(table))
    assert np.abs(correlation).max() < 0.07


def test_neighbouring_ids_seeds_and_epochs_are_unrelated():
    for draws in (
        draw(EVERYTHING, 0, 0, np.arange(2000, dtype=np.uint64)),
        [draw(EVERYTHING, seed, 0, IDS[:1])[0] for seed in range(2000)],
        [draw(EVERYTHING, 0, epoch, IDS[:1])[0] for epoch in range(2000)],
    ):
        turns = columns(draws)["rotation"] / 0.2
        assert abs(np.corrcoef(turns[:-1], turns[1:])[0, 1]) < 0.09
        assert abs(turns.mean()) < 0.06


@pytest.mark.parametrize(
    ("flip", "horizontal", "vertical"), [("none", 0, 0), ("horizontal", 1, 0), ("vertical", 0, 1)]
)
def test_a_flip_is_of_the_axis_asked_for_and_half_of_the_time(flip, horizontal, vertical):
    found = columns(draw(AugmentationConfig(flip=flip), 5, 0, IDS))
    assert abs(found["flip_horizontal"].mean() - horizontal / 2) < 0.04
    assert abs(found["flip_vertical"].mean() - vertical / 2) < 0.04


def test_draws_stay_the_same_for_ever():
    """Stored runs rest on these numbers: change them, and the version in the feature keys must go up."""
    first = draw(EVERYTHING, 42, 1, np.array([0x0123456789ABCDEF], np.uint64))[0]
    assert describe(first) == FIRST_DRAW


FIRST_DRAW = "+71°, zoom 1.18x, shift +10% -5%, contrast 0.70x, brightness +14%"


# Pictures


def test_a_draw_that_changes_nothing_returns_the_image_bit_by_bit(photo):
    images = np.stack([photo, photo[::-1]])
    result = augment(images, [IDENTITY, IDENTITY])
    np.testing.assert_array_equal(result, images)
    assert not np.shares_memory(result, images)
    off = draw(AugmentationConfig(), 1, 0, IDS[:2])
    assert off == [IDENTITY, IDENTITY]


def test_flips_move_pixels_and_change_none(photo):
    np.testing.assert_array_equal(one(photo, flip_horizontal=True), photo[:, ::-1])
    np.testing.assert_array_equal(one(photo, flip_vertical=True), photo[::-1])
    np.testing.assert_array_equal(one(photo, flip_horizontal=True, flip_vertical=True), photo[::-1, ::-1])


def test_a_quarter_turn_is_counter_clockwise_and_exact(photo):
    np.testing.assert_array_equal(one(photo, rotation=0.25), np.rot90(photo))


def test_a_positive_shift_moves_right_and_down(photo):
    moved = one(photo, "constant", translation_x=0.25, translation_y=0.5)
    np.testing.assert_array_equal(moved[80:, 40:], photo[:80, :120])
    assert not moved[:80].any()
    assert not moved[:, :40].any()


def test_a_positive_zoom_shows_more_of_the_picture(photo):
    smaller = one(photo, "constant", zoom=0.5)
    assert not smaller[:20].any()
    assert smaller[60:100, 60:100].any()


def test_images_are_read_straight_from_a_memory_map(tmp_path, photo):
    np.save(tmp_path / "x.npy", np.stack([photo] * 3))
    stored = np.load(tmp_path / "x.npy", mmap_mode="r")
    draws = draw(EVERYTHING, 1, 0, IDS[:3])
    wanted = augment(np.array(stored), draws)
    for images in (stored, stored[np.array([0, 1, 2])]):
        result = augment(images, draws)
        assert type(result) is np.ndarray
        np.testing.assert_array_equal(result, wanted)


def test_threads_get_the_same_pictures(photo):
    images, draws = np.stack([photo] * 40), draw(EVERYTHING, 1, 0, IDS[:40])
    wanted, results = augment(images, draws), []
    threads = [threading.Thread(target=lambda: results.append(augment(images, draws))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(np.array_equal(result, wanted) for result in results)


def test_a_batch_is_its_images_one_by_one(photo):
    draws = draw(EVERYTHING, 1, 0, IDS[:10])
    images = np.stack([np.roll(photo, shift, 0) for shift in range(10)])
    alone = [augment(images[i : i + 1], draws[i : i + 1])[0] for i in range(10)]
    np.testing.assert_array_equal(augment(images, draws), alone)


@pytest.mark.parametrize("seed", range(4))
def test_a_long_chain_is_one_warp_by_the_product_of_its_matrices(photo, seed):
    """Against scipy's own interpolation; `mirror about the edge` is its `reflect`, too."""
    ndimage = pytest.importorskip("scipy.ndimage")
    geometric = AugmentationConfig(flip="horizontal", rotation=0.2, zoom=0.3, translation=0.1)
    chain = draw(geometric, seed, 0, IDS[:1])[0]
    swapped = matrix(chain, SIZE)[::-1][:, [1, 0, 2]]  # scipy counts rows first
    wanted = np.stack(
        [
            ndimage.affine_transform(photo[..., c].astype(float), swapped, order=1, mode="reflect")
            for c in range(3)
        ],
        axis=-1,
    )
    assert np.abs(augment(photo[None], [chain])[0] - wanted).max() <= ROUNDING


def test_labels_say_what_was_drawn():
    assert describe(IDENTITY) == "unchanged"
    assert describe(Draw(flip_horizontal=True, rotation=31 / 360, zoom=1 / 1.12 - 1)) == (
        "flipped, +31°, zoom 1.12x"
    )
    assert describe(Draw(flip_vertical=True, translation_x=-0.05)) == "upside down, shift -5% +0%"
    assert describe(Draw(contrast=0.8, brightness=0.1)) == "contrast 0.80x, brightness +10%"


# Against Keras


@pytest.fixture(scope="module")
def layers():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = pytest.importorskip("keras")
    return keras.layers


def by_keras(layer, image, **transformation):
    """The layer's own picture for given parameters: float32 (s, s, 3)."""
    shape = (1, SIZE, SIZE, 3)
    images = image[None].astype("float32")
    return np.asarray(layer.transform_images(images, {**transformation, "input_shape": shape}))[0]


def keras_rotation(layers, image, rotation, fill_mode):
    layer = layers.RandomRotation((rotation, rotation), fill_mode=fill_mode)  # its bounds leave one angle
    transformation = layer.get_random_transformation(np.zeros((1, SIZE, SIZE, 3), "float32"), seed=0)
    return by_keras(layer, image, **transformation), np.asarray(transformation["rotation_matrix"])


def keras_zoom(layers, image, zoom, fill_mode):
    factor = np.array([[1 + zoom]], "float32")
    layer = layers.RandomZoom(0.5, fill_mode=fill_mode)
    return by_keras(layer, image, height_zoom=factor, width_zoom=factor)


def keras_translation(layers, image, x, y, fill_mode):
    moved = np.array([[x * SIZE, y * SIZE]], "float32")
    return by_keras(layers.RandomTranslation(0.5, 0.5, fill_mode=fill_mode), image, translations=moved)


def keras_flip(layers, image, mode):
    return by_keras(layers.RandomFlip(mode), image, flips=np.ones((1, 1, 1, 1), bool))


SAME_FILLS = ("reflect", "constant", "nearest")


def assert_same(ours, keras):
    assert np.abs(ours - keras).max() <= ROUNDING


@pytest.mark.tensorflow
@pytest.mark.parametrize("mode", ["horizontal", "vertical", "horizontal_and_vertical"])
def test_a_flip_is_keras_flip(layers, photo, mode):
    ours = one(photo, flip_horizontal=mode != "vertical", flip_vertical=mode != "horizontal")
    np.testing.assert_array_equal(ours, keras_flip(layers, photo, mode))


@pytest.mark.tensorflow
@pytest.mark.parametrize("fill_mode", SAME_FILLS)
@pytest.mark.parametrize("rotation", [0.0862, -0.031, 0.2, -0.5])
def test_a_rotation_is_keras_rotation(layers, photo, rotation, fill_mode):
    keras, keras_matrix = keras_rotation(layers, photo, rotation, fill_mode)
    np.testing.assert_allclose(matrix(Draw(rotation=rotation), SIZE).ravel(), keras_matrix[0, :6], atol=1e-4)
    assert_same(one(photo, fill_mode, rotation=rotation), keras)


@pytest.mark.tensorflow
@pytest.mark.parametrize("fill_mode", SAME_FILLS)
@pytest.mark.parametrize("zoom", [0.17, -0.23, 0.9, -0.9])
def test_a_zoom_is_keras_zoom(layers, photo, zoom, fill_mode):
    assert_same(one(photo, fill_mode, zoom=zoom), keras_zoom(layers, photo, zoom, fill_mode))


@pytest.mark.tensorflow
@pytest.mark.parametrize("fill_mode", SAME_FILLS)
@pytest.mark.parametrize(("x", "y"), [(0.113, -0.087), (-0.5, 0.25)])
def test_a_translation_is_keras_translation(layers, photo, x, y, fill_mode):
    ours = one(photo, fill_mode, translation_x=x, translation_y=y)
    assert_same(ours, keras_translation(layers, photo, x, y, fill_mode))


@pytest.mark.tensorflow
@pytest.mark.parametrize("fill_mode", SAME_FILLS)
def test_flip_and_rotation_together_are_keras_layers_in_a_row(layers, photo, fill_mode):
    flipped = keras_flip(layers, photo, "horizontal")
    keras, _ = keras_rotation(layers, flipped, 0.123, fill_mode)
    assert_same(one(photo, fill_mode, flip_horizontal=True, rotation=0.123), keras)


@pytest.mark.tensorflow
def test_wrapping_is_keras_wrapping_but_for_the_seam(layers, photo):
    keras, _ = keras_rotation(layers, photo, 0.0862, "wrap")
    differs = np.abs(one(photo, "wrap", rotation=0.0862) - keras).max(axis=-1) > ROUNDING
    y, x = np.mgrid[:SIZE, :SIZE]
    source = np.stack([x, y, np.ones_like(x)], -1) @ matrix(Draw(rotation=0.0862), SIZE).T
    between = np.mod(source, SIZE) > SIZE - 1 - 1e-3  # between the last pixel and the first
    assert differs.any()
    assert not (differs & ~between.any(axis=-1)).any()


@pytest.mark.tensorflow
@pytest.mark.parametrize("factor", [0.3, 1.0, 1.6])
def test_contrast_is_keras_contrast(layers, photo, factor):
    keras = by_keras(
        layers.RandomContrast(0.9), photo, contrast_factor=np.full((1, 1, 1, 1), factor, "float32")
    )
    assert_same(one(photo, contrast=factor), keras)


@pytest.mark.tensorflow
@pytest.mark.parametrize("brightness", [0.31, -0.2])
def test_brightness_is_keras_brightness(layers, photo, brightness):
    delta = np.full((1, 1, 1, 1), 255 * brightness, "float32")
    assert_same(
        one(photo, brightness=brightness), by_keras(layers.RandomBrightness(0.5), photo, rgb_delta=delta)
    )


@pytest.mark.tensorflow
def test_draws_are_distributed_as_the_layers_draw(layers):
    """Quantiles of 4,000 draws on either side."""
    images = np.zeros((4000, 8, 8, 3), "float32")

    def keras(layer, name, scale=1.0):
        return np.asarray(layer.get_random_transformation(images, seed=3)[name]).reshape(4000, -1) * scale

    shifts = keras(layers.RandomTranslation(0.1, 0.1), "translations", 1 / 8)
    wanted = {
        "flip_horizontal": keras(layers.RandomFlip("horizontal_and_vertical"), "flips"),
        "rotation": keras(layers.RandomRotation(0.2), "angle", 1 / 360),
        "zoom": keras(layers.RandomZoom(0.3), "height_zoom") - 1,
        "translation_x": shifts[:, :1],
        "translation_y": shifts[:, 1:],
        "contrast": keras(layers.RandomContrast((0.4, 0.4)), "contrast_factor"),
        "brightness": keras(layers.RandomBrightness(0.2), "rgb_delta", 1 / 255),
    }
    found = columns(draw(EVERYTHING, 1, 0, IDS))
    steps = np.linspace(0, 1, 21)
    for name, values in wanted.items():
        spread = np.ptp(values)
        quantiles = (
            np.quantile(values[:, 0].astype(float), steps),
            np.quantile(found[name].astype(float), steps),
        )
        if name == "flip_horizontal":
            assert abs(values.mean() - found[name].mean()) < 0.04
        else:
            assert np.abs(quantiles[0] - quantiles[1]).max() < 0.04 * spread
    both = columns(draw(EVERYTHING, 1, 0, IDS))
    np.testing.assert_array_equal(both["flip_horizontal"], both["flip_vertical"])


def test_every_fill_mode_of_the_config_is_known():
    assert set(augmentation._BORDERS) == set(FILL_MODES)


def test_every_transform_of_the_list_has_an_effect_and_fields_of_its_own():
    assert list(augmentation.EFFECTS) == list(TRANSFORMS)  # in one order: what is written is what is done
    fields = [name for effect in augmentation.EFFECTS.values() for name in effect.fields]
    assert tuple(fields) == Draw.__slots__


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_alone_changes_pictures_and_says_so(photo, name):
    config = AugmentationConfig(**{name: TRANSFORMS[name].usual})
    drawn = draw(config, 1, 0, IDS[:20])
    result = augment(np.stack([photo] * 20), drawn)
    for picture, parameters in zip(result, drawn, strict=True):
        assert np.array_equal(picture, photo) == (describe(parameters) == "unchanged")
    assert any(describe(parameters) != "unchanged" for parameters in drawn)
