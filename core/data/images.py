"""From an upright picture (`core.data.decoding`) to the pixels the network sees.

A network input is squashed to a square: the whole picture, aspect ratio given up, Pillow's BILINEAR,
which averages when it shrinks.
"""

import numpy as np
from PIL import Image

KINDS = "JPEG, PNG, BMP, GIF, WebP, TIFF, AVIF or HEIC"
HEIF_SUFFIXES = (".heic", ".heif", ".hif")
SUFFIXES = (
    ".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif",
    *HEIF_SUFFIXES,
)  # fmt: skip
METHOD = "pillow-bilinear-1"  # part of pixel keys: raise it when the pixels of any image would change


def squash(image: Image.Image, size: int) -> np.ndarray:
    """`image` (RGB or grey) as uint8 (size, size, 3)."""
    pixels = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels


def scale(pixels: np.ndarray, scaling: str, out: np.ndarray | None = None) -> np.ndarray:
    """`core.method.backbone.scale` in NumPy: the same float32 values, bit for bit.

    Args:
        out: float32 array of the shape of `pixels` to write into, six times as fast as a new one.
    """
    if scaling == "-1..1":
        scaled = np.divide(pixels, np.float32(127.5), out=out)
        return np.subtract(scaled, np.float32(1.0), out=scaled)
    return np.divide(pixels, np.float32(255.0), out=out)
