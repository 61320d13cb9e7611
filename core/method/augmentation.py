"""Random variants of training images, as Keras 3's layers make them, drawn and applied here.

    draw -> one Draw an image -> augment -> pixels        describe(draw) -> 'flipped, +31°, zoom 1.12x'

Keras's layers draw from a running generator and interpolate once each. Here the parameters are a hash
of (seed, epoch, image), so that any variant can be made again alone, and flip, rotation, zoom and
translation are one warp by the product of Keras's own matrices: one interpolation, several times faster.
Each transform alone gives Keras's picture to half a grey level, which is the rounding to 8 bits.

Conventions, all Keras's: a matrix maps output to input pixels; the centre is (side - 1) / 2; a positive
rotation turns the picture counter-clockwise, a positive zoom shows more of it (smaller), a positive
translation moves it right or down. `contrast` is `RandomContrast((c, c))`: a single number would, in
Keras 3.15, only ever raise the contrast. A flip of both axes is drawn once for the two, as Keras does.
NumPy and OpenCV only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.config import AugmentationConfig
from core.randomness import uniforms

cv2.setNumThreads(1)  # callers bring their own threads; a picture is too small to share out

_STREAM = 0x617567  # keeps these numbers apart from others made of the same seed
_BORDERS = {
    "reflect": cv2.BORDER_REFLECT,  # dcba|abcd|dcba, as in Keras; REFLECT_101 leaves out the edge pixel
    "constant": cv2.BORDER_CONSTANT,  # black
    "nearest": cv2.BORDER_REPLICATE,
    "wrap": cv2.BORDER_WRAP,  # blends across the seam, where Keras repeats the last pixel
}


@dataclass(frozen=True, slots=True)
class Draw:
    """What happens to one image in one epoch. The defaults change nothing.

    Attributes:
        rotation: Fraction of a full turn, counter-clockwise.
        zoom: Relative change of the side shown: 0.2 shows 120% of it, so the picture looks smaller.
        translation_x, translation_y: Fraction of the side, to the right and down.
        contrast: Factor on the distance from each channel's mean.
        brightness: Fraction of the 0..255 range that is added.
    """

    flip_horizontal: bool = False
    flip_vertical: bool = False
    rotation: float = 0.0
    zoom: float = 0.0
    translation_x: float = 0.0
    translation_y: float = 0.0
    contrast: float = 1.0
    brightness: float = 0.0


IDENTITY = Draw()


def draw(config: AugmentationConfig, seed: int, epoch: int, image_ids: np.ndarray) -> list[Draw]:
    """One draw for each image id.

    All parameters are drawn whatever the config, so switching one control on only scales its own.

    Args:
        epoch: Counted from 0 through all phases.
        image_ids: uint64 (n,), as in `Splits`. The same id gets the same draw in any company.
    """
    number = uniforms(image_ids, 7, _STREAM, seed, epoch)
    both_ways = 2 * number - 1  # -1..1
    flipped = number[:, 0] <= 0.5
    columns = (
        flipped & (config.flip in ("horizontal", "horizontal_and_vertical")),
        flipped & (config.flip in ("vertical", "horizontal_and_vertical")),
        config.rotation * both_ways[:, 1],
        config.zoom * both_ways[:, 2],
        config.translation * both_ways[:, 4],
        config.translation * both_ways[:, 3],  # Keras draws the height first
        1 + config.contrast * both_ways[:, 5],
        config.brightness * both_ways[:, 6],
    )
    return [Draw(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def matrix(draw: Draw, size: int) -> np.ndarray:
    """The map from output to input pixels (x, y, 1): float64 (2, 3)."""
    return matrices([draw], size)[0]


def matrices(draws: Sequence[Draw], size: int) -> np.ndarray:
    """`matrix` of every draw: float64 (n, 2, 3).

    Keras's layers run in the order flip, rotation, zoom, translation. To find where an output pixel
    comes from, their maps are undone from the last to the first: F @ R @ Z @ T.
    """
    flip, rotation, zoom, translation = (_identities(len(draws)) for _ in range(4))
    centre = (size - 1) / 2

    horizontal = np.array([d.flip_horizontal for d in draws], bool)
    vertical = np.array([d.flip_vertical for d in draws], bool)
    flip[horizontal, 0] = -1, 0, size - 1
    flip[vertical, 1] = 0, -1, size - 1

    angle = 2 * math.pi * np.array([d.rotation for d in draws])
    cos, sin = np.cos(angle), np.sin(angle)
    rotation[:, 0, 0], rotation[:, 0, 1], rotation[:, 0, 2] = cos, -sin, centre * (1 - cos + sin)
    rotation[:, 1, 0], rotation[:, 1, 1], rotation[:, 1, 2] = sin, cos, centre * (1 - sin - cos)

    side = 1 + np.array([d.zoom for d in draws])
    zoom[:, 0, 0], zoom[:, 1, 1] = side, side
    zoom[:, 0, 2] = zoom[:, 1, 2] = centre * (1 - side)

    translation[:, 0, 2] = [-size * d.translation_x for d in draws]
    translation[:, 1, 2] = [-size * d.translation_y for d in draws]
    return (flip @ rotation @ zoom @ translation)[:, :2]


def _identities(n: int) -> np.ndarray:
    return np.tile(np.eye(3), (n, 1, 1))


def augment(images: np.ndarray, draws: Sequence[Draw], fill_mode: str = "reflect") -> np.ndarray:
    """Apply `draws` to `images`, uint8 (n, s, s, 3), one each; returns a new array of the same shape.

    An image whose draw changes nothing comes back bit by bit. Safe to call from several threads.
    """
    result = np.empty_like(images, subok=False)
    border = _BORDERS[fill_mode]
    rows = zip(images, draws, matrices(draws, images.shape[1]), result, strict=True)
    for image, parameters, inverse_map, out in rows:
        _warp(image, parameters, inverse_map, border, out)
        if parameters.contrast != 1 or parameters.brightness != 0:
            out[:] = cv2.LUT(out, _tones(out, parameters))
    return result


def _warp(image: np.ndarray, parameters: Draw, inverse_map: np.ndarray, border: int, out: np.ndarray) -> None:
    moved = parameters.rotation or parameters.zoom or parameters.translation_x or parameters.translation_y
    if moved:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (image.shape[1], image.shape[0])
        cv2.warpAffine(image, inverse_map, size, dst=out, flags=flags, borderMode=border)
    else:  # exact, and without a warp
        rows = slice(None, None, -1 if parameters.flip_vertical else 1)
        columns = slice(None, None, -1 if parameters.flip_horizontal else 1)
        out[:] = image[rows, columns]


def _tones(image: np.ndarray, parameters: Draw) -> np.ndarray:
    """What every grey level becomes, per channel: uint8 (1, 256, 3). Contrast, clip, brightness, clip."""
    mean = np.array(cv2.mean(image)[:3])
    levels = np.arange(256.0)[:, None]
    levels = np.clip((levels - mean) * parameters.contrast + mean, 0, 255)
    levels = np.clip(levels + 255 * parameters.brightness, 0, 255)
    return np.rint(levels).astype(np.uint8)[None]


def describe(draw: Draw) -> str:
    """A tile's label: `flipped, +31°, zoom 1.12x`; `unchanged` where nothing is.

    Turns are counter-clockwise; a zoom above 1 looks larger; a shift is to the right, then down.
    """
    if draw == IDENTITY:
        return "unchanged"
    flips = {(True, False): "flipped", (False, True): "upside down", (True, True): "flipped both ways"}
    parts = []
    if draw.flip_horizontal or draw.flip_vertical:
        parts.append(flips[draw.flip_horizontal, draw.flip_vertical])
    if draw.rotation:
        parts.append(f"{round(draw.rotation * 360):+d}°")
    if draw.zoom:
        parts.append(f"zoom {1 / (1 + draw.zoom):.2f}x")
    if draw.translation_x or draw.translation_y:
        parts.append(f"shift {draw.translation_x:+.0%} {draw.translation_y:+.0%}")
    if draw.contrast != 1:
        parts.append(f"contrast {draw.contrast:.2f}x")
    if draw.brightness:
        parts.append(f"brightness {draw.brightness:+.0%}")
    return ", ".join(parts)
