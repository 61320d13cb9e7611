"""Small pictures of pictures: thumbnails for hovering, and a map of a channel or of evidence over a photo."""

import base64
import io

import numpy as np
from PIL import Image

THUMBNAIL = 44  # px a side
_QUALITY = 60  # of JPEG: about 1 KB a thumbnail
_HIGHLIGHT = (226, 0, 122)  # magenta: rare in photos, and seen on black, white and pink alike
_STRONGEST = 0.5  # opacity of the largest activation


def thumbnail_uri(pixels: np.ndarray) -> str:
    """A picture as a small JPEG in a data URI.

    Args:
        pixels: uint8 (s, s, 3).
    """
    buffer = io.BytesIO()
    small = Image.fromarray(pixels).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BILINEAR)
    small.save(buffer, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def over_photo(photo: np.ndarray, activation: np.ndarray, top: float, side: int = 192) -> np.ndarray:
    """A channel's map, or one of evidence, over the photo it came from: the stronger, the more magenta.

    Every place of the map becomes one even square, because that is all it says: it has seen far more of the
    picture than the square it stands on.

    Args:
        photo: uint8 (s, s, 3).
        activation: float (h, w), at least 0.
        top: The activation that is covered most; share it between pictures to compare them.
        side: Of the result in px.

    Returns:
        uint8 (side, side, 3).
    """
    size = (side, side)
    share = np.clip(activation / max(top, 1e-6), 0, 1)
    places = Image.fromarray(np.round(255 * share).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    smaller = photo.shape[0] <= side // 2
    enlarge = Image.Resampling.NEAREST if smaller else Image.Resampling.BILINEAR
    under = np.asarray(Image.fromarray(photo).resize(size, enlarge), np.float32)
    cover = np.asarray(places, np.float32)[..., None] / 255 * _STRONGEST
    return np.round(under * (1 - cover) + np.array(_HIGHLIGHT, np.float32) * cover).astype(np.uint8)


def overlay_scale(width: int = 240, height: int = 14) -> np.ndarray:
    """The legend of `over_photo`: from nothing on the left to the strongest on the right, over grey.

    Returns:
        uint8 (height, width, 3).
    """
    grey = np.full((width, width, 3), 128, np.uint8)
    return over_photo(grey, np.linspace(0, 1, 11)[None], 1.0, width)[:height]
