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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import cv2
import numpy as np

from core.randomness import uniforms
from core.transforms import AugmentationConfig

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


@dataclass(frozen=True)
class Effect:
    """How one transform of `core.transforms` is drawn, done and told.

    Attributes:
        fields: Of `Draw`, those that it decides.
        draw: (its setting, numbers in [0, 1), float64 (n, `numbers`)) -> a column (n,) for each of `fields`.
        said: A draw in which it acts, as a tile's label tells it.
        numbers: How many random numbers it takes for an image, from where the one before it ends.
        matrix: Of a transform that moves: (draws, side in px) -> its maps from output to input pixels,
            float64 (n, 3, 3).
        tone: Of one that changes grey levels: (levels 0..255, float64 (256, 3), their means in the picture,
            (3,), its draw) -> what they become. All are asked as soon as one acts.
        pixels: Of any other: (picture, uint8 (s, s, 3), its draw) -> what it becomes.
    """

    fields: tuple[str, ...]
    draw: Callable[[Any, np.ndarray], tuple[np.ndarray, ...]]
    said: Callable[[Draw], str]
    numbers: int = 1
    matrix: Callable[[Sequence[Draw], int], np.ndarray] | None = None
    tone: Callable[[np.ndarray, np.ndarray, Draw], np.ndarray] | None = None
    pixels: Callable[[np.ndarray, Draw], np.ndarray] | None = None

    def acts(self, draw: Draw) -> bool:
        """Whether it changes the image."""
        return any(getattr(draw, name) != getattr(IDENTITY, name) for name in self.fields)


def draw(config: AugmentationConfig, seed: int, epoch: int, image_ids: np.ndarray) -> list[Draw]:
    """One draw for each image id.

    All parameters are drawn whatever the config, so switching one control on only scales its own.

    Args:
        epoch: Counted from 0 through all phases.
        image_ids: uint64 (n,), as in `Splits`. The same id gets the same draw in any company.
    """
    total = sum(effect.numbers for effect in EFFECTS.values())
    numbers, at, columns = uniforms(image_ids, total, _STREAM, seed, epoch), 0, []
    for name, effect in EFFECTS.items():
        columns += effect.draw(getattr(config, name), numbers[:, at : at + effect.numbers])
        at += effect.numbers
    return [Draw(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def matrix(draw: Draw, size: int) -> np.ndarray:
    """The map from output to input pixels (x, y, 1): float64 (2, 3)."""
    return matrices([draw], size)[0]


def matrices(draws: Sequence[Draw], size: int) -> np.ndarray:
    """`matrix` of every draw: float64 (n, 2, 3).

    Keras's layers run in the order of `EFFECTS`: flip, rotation, zoom, translation. To find where an output
    pixel comes from, their maps are undone from the last to the first: F @ R @ Z @ T.
    """
    maps = (effect.matrix(draws, size) for effect in EFFECTS.values() if effect.matrix)
    return reduce(np.matmul, maps)[:, :2]


def _both_ways(setting: float, number: np.ndarray) -> tuple[np.ndarray]:
    return (setting * (2 * number[:, 0] - 1),)


def _draw_flip(setting: str, number: np.ndarray) -> tuple[np.ndarray, ...]:
    flipped = number[:, 0] <= 0.5
    return (
        flipped & (setting in ("horizontal", "horizontal_and_vertical")),
        flipped & (setting in ("vertical", "horizontal_and_vertical")),
    )


def _draw_translation(setting: float, number: np.ndarray) -> tuple[np.ndarray, ...]:
    height, width = setting * (2 * number - 1).T  # Keras draws the height first
    return width, height


def _flip(draws: Sequence[Draw], size: int) -> np.ndarray:
    flip = _identities(len(draws))
    flip[np.array([d.flip_horizontal for d in draws], bool), 0] = -1, 0, size - 1
    flip[np.array([d.flip_vertical for d in draws], bool), 1] = 0, -1, size - 1
    return flip


def _rotation(draws: Sequence[Draw], size: int) -> np.ndarray:
    rotation, centre = _identities(len(draws)), (size - 1) / 2
    angle = 2 * math.pi * np.array([d.rotation for d in draws])
    cos, sin = np.cos(angle), np.sin(angle)
    rotation[:, 0, 0], rotation[:, 0, 1], rotation[:, 0, 2] = cos, -sin, centre * (1 - cos + sin)
    rotation[:, 1, 0], rotation[:, 1, 1], rotation[:, 1, 2] = sin, cos, centre * (1 - sin - cos)
    return rotation


def _zoom(draws: Sequence[Draw], size: int) -> np.ndarray:
    zoom, side = _identities(len(draws)), 1 + np.array([d.zoom for d in draws])
    zoom[:, 0, 0], zoom[:, 1, 1] = side, side
    zoom[:, 0, 2] = zoom[:, 1, 2] = (size - 1) / 2 * (1 - side)
    return zoom


def _translation(draws: Sequence[Draw], size: int) -> np.ndarray:
    translation = _identities(len(draws))
    translation[:, 0, 2] = [-size * d.translation_x for d in draws]
    translation[:, 1, 2] = [-size * d.translation_y for d in draws]
    return translation


def _identities(n: int) -> np.ndarray:
    return np.tile(np.eye(3), (n, 1, 1))


def _say_flip(draw: Draw) -> str:
    if draw.flip_horizontal and draw.flip_vertical:
        return "flipped both ways"
    return "flipped" if draw.flip_horizontal else "upside down"


# Name of each transform -> how it is done, in the order they are applied. A new one goes last, and its fields
# last in `Draw`: then the others keep their random numbers, on which stored runs rest
EFFECTS = {
    "flip": Effect(("flip_horizontal", "flip_vertical"), _draw_flip, _say_flip, matrix=_flip),
    "rotation": Effect(
        ("rotation",), _both_ways, lambda draw: f"{round(draw.rotation * 360):+d}°", matrix=_rotation
    ),
    "zoom": Effect(("zoom",), _both_ways, lambda draw: f"zoom {1 / (1 + draw.zoom):.2f}x", matrix=_zoom),
    "translation": Effect(
        ("translation_x", "translation_y"),
        _draw_translation,
        lambda draw: f"shift {draw.translation_x:+.0%} {draw.translation_y:+.0%}",
        numbers=2,
        matrix=_translation,
    ),
    "contrast": Effect(
        ("contrast",),
        lambda setting, number: (1 + _both_ways(setting, number)[0],),
        lambda draw: f"contrast {draw.contrast:.2f}x",
        tone=lambda levels, mean, draw: (levels - mean) * draw.contrast + mean,
    ),
    "brightness": Effect(
        ("brightness",),
        _both_ways,
        lambda draw: f"brightness {draw.brightness:+.0%}",
        tone=lambda levels, mean, draw: levels + 255 * draw.brightness,
    ),
}


def augment(images: np.ndarray, draws: Sequence[Draw], fill_mode: str = "reflect") -> np.ndarray:
    """Apply `draws` to `images`, uint8 (n, s, s, 3), one each; returns a new array of the same shape.

    An image whose draw changes nothing comes back bit by bit. Safe to call from several threads.
    """
    result = np.empty_like(images, subok=False)
    border = _BORDERS[fill_mode]
    each = zip(images, draws, matrices(draws, images.shape[1]), result, strict=True)
    for image, parameters, inverse_map, out in each:
        acting = {name: effect for name, effect in EFFECTS.items() if effect.acts(parameters)}
        if any(effect.matrix and name != "flip" for name, effect in acting.items()):
            _warp(image, inverse_map, border, out)
        else:  # exact, and without a warp
            rows = slice(None, None, -1 if parameters.flip_vertical else 1)
            columns = slice(None, None, -1 if parameters.flip_horizontal else 1)
            out[:] = image[rows, columns]
        if any(effect.tone for effect in acting.values()):
            out[:] = cv2.LUT(out, _tones(out, parameters))
        for effect in acting.values():
            if effect.pixels:
                out[:] = effect.pixels(out, parameters)
    return result


def _warp(image: np.ndarray, inverse_map: np.ndarray, border: int, out: np.ndarray) -> None:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (image.shape[1], image.shape[0])
    cv2.warpAffine(image, inverse_map, size, dst=out, flags=flags, borderMode=border)


def _tones(image: np.ndarray, parameters: Draw) -> np.ndarray:
    """What every grey level becomes, per channel: uint8 (1, 256, 3). Clipped after every tone."""
    mean = np.array(cv2.mean(image)[:3])
    levels = np.arange(256.0)[:, None]
    for effect in EFFECTS.values():
        if effect.tone:
            levels = np.clip(effect.tone(levels, mean, parameters), 0, 255)
    return np.rint(levels).astype(np.uint8)[None]


def describe(draw: Draw) -> str:
    """A tile's label: `flipped, +31°, zoom 1.12x`; `unchanged` where nothing is.

    Turns are counter-clockwise; a zoom above 1 looks larger; a shift is to the right, then down.
    """
    return ", ".join(e.said(draw) for e in EFFECTS.values() if e.acts(draw)) or "unchanged"
