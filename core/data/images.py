"""From the bytes of an image file to the pixels the network sees. Pillow only.

Everything becomes 8-bit RGB the same way, wherever it is read:

- turned upright by its EXIF orientation; of an animation, the first frame
- alpha: laid over white, as a page would show it
- palette and black-and-white: their colours; grey: three equal channels
- CMYK, YCbCr, Lab: Pillow's conversion, without colour profiles
- 16 bits a channel: the upper 8 (Pillow does the same with 16-bit RGB when it opens the file)
- floating-point pixels: refused, because nothing in the file says which value is white

A network input is squashed to a square: the whole picture, aspect ratio given up, Pillow's BILINEAR,
which averages when it shrinks.
"""

import io

import numpy as np
from PIL import Image, ImageOps

from core.errors import DatasetError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
METHOD = "pillow-bilinear-1"  # part of pixel keys: raise it when the pixels of any image would change
MAX_PIXELS = 89_478_485  # Pillow's own bound, beyond which it only warns; 256 MiB of RGB


def decode(content: bytes, name: str) -> Image.Image:
    """The image in `content`: mode RGB, upright.

    Args:
        name: What to call the file in an error.

    Raises:
        DatasetError: not an image, cut short, too large or of floating-point pixels.
    """
    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"{image.width} x {image.height} pixels are more than {MAX_PIXELS:,}")
        if image.mode == "F":
            raise ValueError("floating-point pixels, of which white is unknown")
        image.load()
        return _to_rgb(ImageOps.exif_transpose(image))
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them stumble over
        raise DatasetError(
            f"The image {name} cannot be read: {_reason(error)}.",
            "Expected a JPEG, PNG, BMP, GIF, WebP or TIFF picture.",
            "Remove it, or save it anew with another program.",
            field="data.name",
        ) from error


def _reason(error: Exception) -> str:
    # Pillow's words for "unknown format" end in the address of a buffer, which helps nobody
    text = "no known picture format" if "cannot identify" in str(error) else str(error)
    return text.rstrip(".") or type(error).__name__


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode.startswith("I;16"):
        upper = np.clip(np.asarray(image).astype(np.int64), 0, 65535) >> 8
        return Image.fromarray(upper.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def squash(image: Image.Image, size: int) -> np.ndarray:
    """`image` (RGB or grey) as uint8 (size, size, 3)."""
    pixels = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels


def scale(pixels: np.ndarray, scaling: str | None) -> np.ndarray:
    """`core.backbone.scale` in NumPy: the same float32 values, bit for bit; features pass as they are."""
    if scaling is None:
        return pixels
    pixels = pixels.astype(np.float32)
    if scaling == "-1..1":
        return pixels / np.float32(127.5) - np.float32(1.0)
    return pixels / np.float32(255.0)
