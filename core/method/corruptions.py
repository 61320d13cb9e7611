"""Pictures as another day or another camera would give them: light, blur, noise, JPEG, cropping.

Formulas and strengths are those of ImageNet-C (Hendrycks and Dietterich, "Benchmarking neural network
robustness to common corruptions and perturbations", ICLR 2019, and their published code), severities 1, 3 and
5 of its five (blur: 2, 3 and 5, since 1 changes nothing in small pictures); lengths are theirs at 224 px and
scale with the picture. Cropping is not in it, and ours.
Pillow and OpenCV; nothing here knows TensorFlow.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from core.randomness import hashed

REFERENCE_SIZE = 224  # px, the side for which ImageNet-C gives lengths
STRENGTHS = (1, 2, 3)  # 0 is the picture as it is


@dataclass(frozen=True)
class Corruption:
    """One way in which a picture changes.

    Attributes:
        title: In words.
        amounts: One for each of `STRENGTHS`.
        said: What an amount is, with a place for it.
        change: (uint8 (s, s, 3), amount, generator of the image's own) -> uint8 (s, s, 3).
    """

    title: str
    amounts: tuple[float, float, float]
    said: str
    change: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def _light(pixels: np.ndarray, amount: float, _) -> np.ndarray:
    """`amount` is added to the value (HSV) of every pixel, 0..1."""
    hsv = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 2] = np.clip(hsv[..., 2] + amount, 0, 1)
    return _as_pixels(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def _blur(pixels: np.ndarray, amount: float, _) -> np.ndarray:
    """A Gaussian of this standard deviation in px of a picture of 224 px."""
    deviation = amount * len(pixels) / REFERENCE_SIZE
    blurred = cv2.GaussianBlur(pixels.astype(np.float32) / 255, (0, 0), deviation)
    return _as_pixels(blurred)


def _noise(pixels: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Gaussian noise of this standard deviation on pixels of 0..1."""
    return _as_pixels(pixels / 255 + random.normal(size=pixels.shape, scale=amount))


def _jpeg(pixels: np.ndarray, amount: float, _) -> np.ndarray:
    """Written as JPEG of this quality and read again."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=int(amount))
    return np.asarray(Image.open(stream).convert("RGB"))


def _crop(pixels: np.ndarray, amount: float, _) -> np.ndarray:
    """The middle, this share of each side, enlarged to the picture's size (bilinear)."""
    size = len(pixels)
    margin = size * (1 - amount) / 2
    box = (margin, margin, size - margin, size - margin)
    resized = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR, box=box)
    return np.asarray(resized)


def _as_pixels(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


CORRUPTIONS = {
    "light": Corruption("brighter", (0.1, 0.3, 0.5), "value +{:g}", _light),
    "blur": Corruption("blurred", (2, 3, 6), "{:g} px at 224 px", _blur),
    "noise": Corruption("noisy", (0.08, 0.18, 0.38), "deviation {:g}", _noise),
    "jpeg": Corruption("JPEG", (25, 15, 7), "quality {:g}", _jpeg),
    "crop": Corruption("cropped", (0.9, 0.7, 0.5), "the middle {:.0%} of each side", _crop),
}  # fmt: skip


def corrupt(pixels: np.ndarray, kind: str, strength: int, image_ids: np.ndarray, seed: int = 0) -> np.ndarray:
    """Images changed in one way.

    Args:
        pixels: uint8 (n, s, s, 3).
        strength: One of `STRENGTHS`, or 0, which gives the very images.
        image_ids: uint64 (n,): an image's noise is its own, whatever images stand beside it.
    """
    pixels = np.asarray(pixels)
    if not strength:
        return pixels
    known, number = CORRUPTIONS[kind], list(CORRUPTIONS).index(kind)
    amount, seeds = known.amounts[strength - 1], hashed(image_ids, seed, number, strength)
    changed = [
        known.change(image, amount, np.random.default_rng(int(own)))
        for image, own in zip(pixels, seeds, strict=True)
    ]
    return np.stack(changed) if changed else pixels


def assorted(pixels: np.ndarray, strength: int, image_ids: np.ndarray, seed: int = 0) -> np.ndarray:
    """Each image changed in one of the ways, which one drawn by the image itself; else as `corrupt`."""
    names, found = list(CORRUPTIONS), np.array(pixels)
    drawn = hashed(image_ids, seed, len(names)) % np.uint64(len(names))
    for number, name in enumerate(names):
        here = drawn == number
        if here.any():
            found[here] = corrupt(found[here], name, strength, image_ids[here], seed)
    return found
