"""What one layer makes of one picture: its strongest channels as a contact sheet, and the first kernels.

A layer's output for a picture is a stack of maps, one a channel: at each place a number says how much the
place looks like what the channel answers to. No TensorFlow: `core.method.lens` gives the maps, and the
kernels are read from the pretrained file.
"""

from dataclasses import dataclass
from functools import cache
from typing import cast

import h5py
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from core.layers import Layer
from core.method import weights

MOST_CHANNELS = 20
_GAP, _STRIP = 8, 20  # px between tiles, and for the number above each
DEAD = 0.001  # of the median norm; a little above lies a kernel whose BatchNorm makes something of it


def strongest(maps: np.ndarray, count: int = MOST_CHANNELS) -> np.ndarray:
    """Channels by mean absolute activation, strongest first.

    Args:
        maps: float (h, w, c).

    Returns:
        int64 (min(count, c),), indices of channels. Equal ones in their own order.
    """
    strength = np.abs(maps).mean(axis=(0, 1))
    return np.argsort(-strength, kind="stable")[:count]


@dataclass(frozen=True)
class Grid:
    """How a contact sheet is laid out: tiles in a row, and the side of each in px."""

    columns: int
    tile: int


CHANNEL_GRID = Grid(5, 112)
KERNEL_GRID = Grid(8, 48)


def channel_sheet(
    maps: np.ndarray, channels: np.ndarray, colour: str, grid: Grid = CHANNEL_GRID
) -> np.ndarray:
    """The maps of some channels side by side on one scale of greys, each with its number above.

    Where no activation is negative black is 0 and white the largest; otherwise mid grey is 0.

    Args:
        maps: float (h, w, c).
        channels: int (n,), which.
        colour: `#rrggbb` of the numbers.

    Returns:
        uint8 (H, W, 4), transparent between the tiles.
    """
    shown = maps[..., channels]
    greys = _greys(shown, float(np.abs(shown).max()), signed=bool((maps < 0).any()))
    tiles = [np.repeat(greys[..., at, None], 3, axis=2) for at in range(len(channels))]
    return _sheet(tiles, [str(channel) for channel in channels], colour, grid)


def _greys(values: np.ndarray, largest: float, signed: bool) -> np.ndarray:
    share = values / largest if largest else values
    return np.round(127.5 + 127.5 * share if signed else 255 * share).astype(np.uint8)


def _sheet(tiles: list[np.ndarray], names: list[str], colour: str, grid: Grid) -> np.ndarray:
    """Tiles uint8 (h, w, 3), enlarged without smoothing, in rows, each under its name."""
    rows, size = -(-len(tiles) // grid.columns), (grid.tile, grid.tile)
    step_x, step_y = grid.tile + _GAP, grid.tile + _STRIP + _GAP
    sheet = Image.new("RGBA", (grid.columns * step_x - _GAP, rows * step_y - _GAP))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for at, (tile, name) in enumerate(zip(tiles, names, strict=True)):
        left, top = at % grid.columns * step_x, at // grid.columns * step_y
        draw.text((left, top), name, fill=colour, font=font)
        shrinks = tile.shape[0] > grid.tile
        resample = Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST
        sheet.paste(Image.fromarray(tile).resize(size, resample), (left, top + _STRIP))
    return np.asarray(sheet)


def channel_table(maps: np.ndarray, channels: np.ndarray) -> pd.DataFrame:
    """The numbers behind a sheet: strength, range and share of zeros of each channel."""
    shown = maps[..., channels]
    return pd.DataFrame(
        {
            "channel": channels,
            "mean |activation|": np.abs(shown).mean(axis=(0, 1)).round(4),
            "smallest": shown.min(axis=(0, 1)).round(4),
            "largest": shown.max(axis=(0, 1)).round(4),
            "share of zeros": (shown == 0).mean(axis=(0, 1)).round(3),
        }
    )


_KINDS = {
    "Conv2D": "a weighted sum over all channels of the layer before, so it can have either sign",
    "DepthwiseConv2D": "a weighted sum over 3 × 3 places of one channel of the layer before, of either sign",
    "BatchNormalization": "the layer before, shifted and scaled so that its channels are of comparable size",
    "ReLU": "the layer before with everything below 0 cut to 0 and everything above 6 to 6 (ReLU6)",
    "ZeroPadding2D": "the layer before with a border of zeros, so that the next one can halve the side",
    "Add": "the block's result plus what came into the block: the shortcut around it",
}


def meaning(layer: Layer, maps: np.ndarray) -> str:
    """What the numbers of a layer's maps are, in a sentence or two with their range.

    Args:
        maps: float (h, w, c).
    """
    height, width, channels = maps.shape
    low, high = float(maps.min()), float(maps.max())
    grey = "mid grey is 0, white positive, black negative" if low < 0 else "black is 0, white the largest"
    return (
        f"`{layer.name}` gives {channels:,} maps of {height} × {width} numbers. A number is "
        f"{_KINDS[layer.kind]}. Here they go from {low:.3g} to {high:.3g}; {grey}."
    )


def silence_note(layer: Layer, maps: np.ndarray) -> str:
    """How much of a layer stays at 0 for this picture, where it is a ReLU; else nothing.

    Args:
        maps: float (h, w, c).
    """
    if layer.kind != "ReLU":
        return ""
    silent = int((maps == 0).all(axis=(0, 1)).sum())
    return (
        f"{(maps == 0).mean():.0%} of the numbers after `{layer.name}` are 0, and {silent:,} of its "
        f"{maps.shape[-1]:,} channels find nothing at all in this picture."
    )


# The first convolution


@cache
def first_kernels() -> np.ndarray:
    """The pretrained kernels of `Conv1`: float32 (3, 3, 3, 32), height, width, red-green-blue, kernel.

    Raises:
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    with h5py.File(weights.find().path) as file:
        return cast(h5py.Dataset, file["Conv1/Conv1/kernel:0"])[()]


def kernel_norms() -> np.ndarray:
    """L2 norm of each of the 32 kernels, float32 (32,)."""
    return np.linalg.norm(first_kernels().reshape(-1, 32), axis=0)


def dead_kernels() -> np.ndarray:
    """bool (32,): kernels that training has shrunk to nothing."""
    norms = kernel_norms()
    return norms < DEAD * np.median(norms)


def kernel_sheet(colour: str) -> np.ndarray:
    """The 32 kernels as colour pictures of 3 x 3: grey is 0, each on a scale of its own; uint8 (H, W, 4).

    A dead kernel stays grey and its number carries a cross.
    """
    kernels, dead = first_kernels(), dead_kernels()
    tiles = []
    for at in range(kernels.shape[-1]):
        largest = 1.0 if dead[at] else float(np.abs(kernels[..., at]).max())
        tiles.append(_greys(kernels[..., at], largest, signed=True))
    names = [f"{at} x" if dead[at] else str(at) for at in range(len(dead))]
    return _sheet(tiles, names, colour, KERNEL_GRID)


def kernel_table() -> pd.DataFrame:
    """The numbers behind the kernels: norm, and how much of it is colour rather than brightness.

    The colour share is the norm of what is left once the mean over red, green and blue is taken away.
    """
    kernels, norms = first_kernels(), kernel_norms()
    colour = np.linalg.norm((kernels - kernels.mean(axis=2, keepdims=True)).reshape(-1, 32), axis=0)
    share = np.divide(colour, norms, out=np.zeros_like(norms), where=norms > 0)
    return pd.DataFrame(
        {"kernel": range(32), "norm": norms.round(4), "colour share": share.round(2), "dead": dead_kernels()}
    )


def kernel_notes() -> list[str]:
    """What to notice about the kernels."""
    table = kernel_table()
    alive = table[~table["dead"]]
    return [
        f"**{int(table['dead'].sum())} of the 32 kernels are dead**: training shrank their weights to almost "
        "nothing, so they answer almost the same to every picture.",
        f"Of the others {int((alive['colour share'] > 0.7).sum())} look mostly for colour, and "
        f"{int((alive['colour share'] <= 0.7).sum())} mostly for light against dark: edges, in several "
        "directions. Neither is special to the 1,000 classes, which is why they can stay frozen (Yosinski et "
        "al., 2014).",
    ]
