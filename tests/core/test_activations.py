"""What the contact sheets show is what the layer gives, and the kernels are the pretrained ones."""

import numpy as np
import pytest

from core.concepts import activations
from core.concepts.activations import CHANNEL_GRID, KERNEL_GRID, Grid
from core.data import sample_photos
from core.data.images import scale
from core.layers import layer_table


def tile(sheet: np.ndarray, at: int, grid: Grid) -> np.ndarray:
    """The pixels of one tile, without the number above it."""
    row, column = divmod(at, grid.columns)
    top, left = row * (grid.tile + 28) + 20, column * (grid.tile + 8)
    return sheet[top : top + grid.tile, left : left + grid.tile]


def a_layer(kind: str):
    return next(layer for layer in layer_table() if layer.kind == kind)


def test_the_strongest_channels_count_negative_activations_too():
    maps = np.zeros((2, 2, 4))
    maps[..., 1], maps[..., 3] = -5, 2
    assert activations.strongest(maps, 3).tolist() == [1, 3, 0]


def test_positive_maps_go_from_black_to_white_and_signed_ones_around_grey():
    ramp = np.array([[[0.0], [1.0], [2.0], [4.0]]])
    positive = tile(activations.channel_sheet(ramp, np.array([0]), "#888888"), 0, CHANNEL_GRID)
    assert positive[50, ::28, 0].tolist() == [0, 64, 128, 255]
    signed = tile(activations.channel_sheet(ramp - 2, np.array([0]), "#888888"), 0, CHANNEL_GRID)
    assert signed[50, ::28, 0].tolist() == [0, 64, 128, 255]
    assert activations.meaning(a_layer("ReLU"), ramp).endswith("black is 0, white the largest.")
    assert "mid grey is 0" in activations.meaning(a_layer("Conv2D"), ramp - 2)


def test_all_channels_of_a_sheet_share_one_scale():
    maps = np.zeros((1, 1, 2))
    maps[..., 0], maps[..., 1] = 1, 4
    sheet = activations.channel_sheet(maps, np.array([0, 1]), "#888888")
    assert tile(sheet, 0, CHANNEL_GRID)[0, 0].tolist() == [64, 64, 64, 255]
    assert tile(sheet, 1, CHANNEL_GRID)[0, 0].tolist() == [255, 255, 255, 255]


def test_a_layer_that_is_silent_everywhere_is_drawn_black():
    sheet = activations.channel_sheet(np.zeros((3, 3, 2)), np.array([0, 1]), "#888888")
    assert not tile(sheet, 0, CHANNEL_GRID)[..., :3].any()


@pytest.mark.parametrize("kind", sorted({layer.kind for layer in layer_table()} - {"InputLayer"}))
def test_every_kind_of_layer_has_a_meaning(kind):
    maps = np.ones((2, 2, 3))
    said = activations.meaning(a_layer(kind), maps)
    assert "gives 3 maps of 2 × 2 numbers" in said
    assert "from 1 to 1" in said


def test_silence_is_counted_after_a_relu_only():
    maps = np.zeros((2, 2, 4))
    maps[0, 0, 1] = 6
    said = activations.silence_note(a_layer("ReLU"), maps)
    assert said.startswith("94% of the numbers")
    assert "3 of its 4 channels" in said
    assert activations.silence_note(a_layer("Conv2D"), maps) == ""


def test_the_table_behind_a_sheet_has_its_numbers():
    maps = np.array([[[0.0, -1.0], [3.0, 1.0]]])
    table = activations.channel_table(maps, np.array([1, 0]))
    assert table.to_numpy().tolist() == [[1, 1.0, -1.0, 1.0, 0.0], [0, 1.5, 0.0, 3.0, 0.5]]


def test_dead_kernels_answer_the_same_everywhere_in_a_picture_and_the_others_do_not():
    photo = scale(sample_photos.photo("chelsea", 64)[None], "-1..1")[0]
    windows = np.lib.stride_tricks.sliding_window_view(
        photo, (3, 3), axis=(0, 1)
    )  # (62, 62, 3, 3, 3): channel, y, x
    answers = np.einsum("ijcyx,yxck->ijk", windows, activations.first_kernels())
    spread, dead = answers.std(axis=(0, 1)), activations.dead_kernels()
    assert dead.sum() == 8
    assert spread[dead].max() < 0.2 * spread[~dead].min()
    assert spread[dead].max() < 0.01 * np.median(spread)


def test_the_kernel_sheet_paints_weights_as_colours_around_grey():
    sheet, kernels = activations.kernel_sheet("#888888"), activations.first_kernels()
    for at in np.flatnonzero(~activations.dead_kernels()):
        painted = tile(sheet, at, KERNEL_GRID)[8::16, 8::16, :3].astype(float)
        kernel = kernels[..., at]
        np.testing.assert_allclose(painted, 127.5 + 127.5 * kernel / np.abs(kernel).max(), atol=0.51)
    dead = np.flatnonzero(activations.dead_kernels())[0]
    assert np.ptp(tile(sheet, dead, KERNEL_GRID)[..., :3].astype(int)) <= 1


def test_a_kernel_of_equal_channels_has_no_colour(monkeypatch):
    grey = np.repeat(np.random.default_rng(0).normal(size=(3, 3, 1, 32)), 3, axis=2)
    monkeypatch.setattr(activations, "first_kernels", lambda: grey)
    assert (activations.kernel_table()["colour share"] == 0).all()
    assert "Of the others 0 look mostly for colour" in activations.kernel_notes()[1]
