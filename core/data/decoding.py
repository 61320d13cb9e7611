"""From the bytes of an image file to an upright RGB picture, whatever the bytes are. Pillow only.

Everything becomes 8-bit RGB the same way, wherever it is read (training, a look at the data, a prediction):

- turned upright by its EXIF orientation; of an animation or a file of several pictures, the first
- alpha: laid over white, as a page would show it
- palette and black-and-white: their colours; grey: three equal channels
- CMYK, YCbCr, Lab: Pillow's conversion, without colour profiles
- 16 bits a channel: mapped from the range that is used (`core.data.levels`), one for a whole data set; where
  none is given, the upper 8 bits. Of CMYK, of alpha that is multiplied in and of a packed TIFF whose colours
  lie in planes of their own, the upper 8 bits always: Pillow gives no others
- 10 and 12 bits of AVIF and HEIC: 8, as their decoders give them
- floating-point pixels: refused, because nothing in the file says which value is white; and an unpacked TIFF
  of 16 bits whose colours lie in planes, of which Pillow makes noise

The file's ending is not believed. Only the formats below are tried: Pillow knows others that run a program
(EPS) or that no camera writes. HEIC, of iPhones, needs the package pi-heif; without it all others are read.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import ExifTags, Image

from core import limits
from core.data.images import KINDS
from core.data.levels import Levels, measured, stretched
from core.data.signatures import looks_like_heif
from core.errors import DatasetError

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF")  # Pillow opens MPO, of some phones, as JPEG
MAX_PIXELS = 89_478_485  # Pillow's own bound, beyond which it only warns; 256 MiB of RGB
SIDE_BY_SIDE = 25_000_000  # pixels that are decoded at once: two photos of most cameras, or one large one
STRIP = 256  # rows

BITS, PLANES = 258, 284  # TIFF tags: bits of a sample; 2: each colour lies in a plane of its own

TURNS = {  # EXIF orientation -> what makes it upright (EXIF 2.32, tag 0x0112)
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (
    Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
)  # fmt: skip


# Pillow unpacks the upper bytes of samples of 16 bits. Its raw modes name the byte order (N: the machine's,
# and every machine that TensorFlow runs on is little-endian), so the same file read by the other order gives
# the lower bytes. Grey with alpha has no other order: read as RGBA its second byte, G, is the grey's lower.
LOWER = {
    "RGB;16B": "RGB;16L",
    "RGB;16L": "RGB;16B",
    "RGB;16N": "RGB;16B",
    "RGBX;16B": "RGBX;16L",
    "RGBX;16L": "RGBX;16B",
    "RGBX;16N": "RGBX;16B",
    "RGBA;16B": "RGBA;16L",
    "RGBA;16L": "RGBA;16B",
    "RGBA;16N": "RGBA;16B",
    "LA;16B": "RGBA",
}


@dataclass(frozen=True)
class Measured:
    """What a look at one picture finds.

    Attributes:
        width, height: Of the picture upright, px.
        levels: The range of its samples, where they have more than 8 bits; None for all others.
    """

    width: int
    height: int
    levels: Levels | None


def decode_upright(content: bytes, name: str, levels: Levels | None = None) -> Image.Image:
    """The picture in `content`: a Pillow image of mode RGB, upright.

    Args:
        content: The whole file.
        name: What to call the file in an error.
        levels: (low, high) of samples of more than 8 bits: low becomes 0, high 255. None: the upper 8 of 16
            bits. Pictures of 8 bits are the same either way.

    Raises:
        DatasetError: no picture of the formats named, cut short, of more than MAX_PIXELS (judged before
            anything is unpacked) or of floating-point pixels.
        MemoryError: there is too little memory for a picture within that bound.
    """
    with _refusing(content, name), _opened(content) as image:
        image, samples = _loaded(image, content, deep=levels is not None)
        return _to_rgb(image) if levels is None or samples is None else _in_range(image, samples, levels)


def decode_alone(content: bytes, name: str, levels: Levels | None = None) -> Image.Image:
    """The same for a picture from outside, of no data set: where no levels are given, by its own. It may have
    no more megapixels than THAW_MEGAPIXELS (`core.limits`)."""
    most = limits.read(shared=False).megapixels
    with _refusing(content, name), _opened(content, most) as image:
        image, samples = _loaded(image, content, deep=True)
        return _to_rgb(image) if samples is None else _in_range(image, samples, levels or measured(samples))


def measure(content: bytes, name: str, most_megapixels: float | None = None) -> Measured:
    """Decode a picture whole, and say what was found. It takes the memory of one picture, or of two and more
    where samples have over 8 bits.

    Args:
        most_megapixels: Of the picture, where fewer are wanted than can be decoded.

    Raises:
        DatasetError, MemoryError: as `decode_upright` does, and for more megapixels.
    """
    with _refusing(content, name), _opened(content, most_megapixels) as image:
        image, samples = _loaded(image, content, deep=True, upright=False)
        _to_rgb(image.crop((0, 0, 1, 1)))  # whether it can be: all of it would take as much memory again
        width, height = image.size[::-1] if _turn(image) in SIDEWAYS else image.size
        return Measured(width, height, None if samples is None else measured(samples))


@contextmanager
def _refusing(content: bytes, name: str) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them stumble over
        raise DatasetError(
            f"The image {name} cannot be read: {_reason(error, content)}.",
            f"Expected a {KINDS} picture.",
            "Remove it, or save it anew with another program.",
            field="data.name",
        ) from error


class _Room:
    """Lets pictures be decoded side by side while all of them are small; a large one has its turn alone."""

    def __init__(self, pixels: int):
        self._pixels, self._used, self._changed = pixels, 0, threading.Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + pixels <= self._pixels)
            self._used += pixels
        try:
            yield
        finally:
            with self._changed:
                self._used -= pixels
                self._changed.notify_all()


_room = _Room(SIDE_BY_SIDE)  # of this process: thirty people may look at photos at once


@contextmanager
def _opened(content: bytes, most_megapixels: float | None = None) -> Iterator[Image.Image]:
    """The picture, not loaded yet, and room to decode it while the context lasts."""
    image = Image.open(io.BytesIO(content), formats=formats())
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels are more than {MAX_PIXELS:,}")
    if most_megapixels is not None and pixels > most_megapixels * 1e6:
        raise ValueError(
            f"{image.width} x {image.height} pixels are more than {most_megapixels:g} megapixels; "
            "THAW_MEGAPIXELS sets that limit"
        )
    if image.mode == "F":
        raise ValueError("floating-point pixels, of which white is unknown")
    if _makes_noise(image):
        raise ValueError("colours of 16 bits in planes of their own")
    with _room.taken(pixels):
        yield image


def _loaded(
    image: Image.Image, content: bytes, deep: bool, upright: bool = True
) -> tuple[Image.Image, list[np.ndarray] | None]:
    """The picture upright, as Pillow gives it, and where `deep` its channels of more than 8 bits: integers
    (h, w), one of a grey picture, three of colours; None of all others."""
    raw_mode, turned = _raw_mode(image), _upright if upright else _as_it_lies
    image.load()
    image = turned(image)
    if deep and _is_deep_grey(image):
        return image, [np.asarray(image)]
    if deep and raw_mode in LOWER:
        return image, _colours(image, turned(_lower_bytes(content, raw_mode)), raw_mode)
    return image, None


@cache
def formats() -> tuple[str, ...]:
    """FORMATS, and HEIF where its plugin is installed and works."""
    try:
        import pi_heif  # at the first picture: it loads a library of its own

        pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    except ImportError:
        return FORMATS
    return (*FORMATS, "HEIF")


def _makes_noise(image: Image.Image) -> bool:
    """Whether Pillow would take each plane of a TIFF for one of 8 bits; a packed one it reads by libtiff."""
    tags, tiles = getattr(image, "tag_v2", {}), getattr(image, "tile", ())
    unpacked = bool(tiles) and tiles[0].codec_name == "raw"
    return unpacked and tags.get(PLANES) == 2 and max(tags.get(BITS, (8,))) > 8


def _raw_mode(image: Image.Image) -> str:
    """How Pillow will unpack the samples of an image not loaded yet; empty where that has no name, and of a
    TIFF whose colours lie in planes."""
    tiles = getattr(image, "tile", ())
    args = tiles[0].args if tiles else ""
    if not args or getattr(image, "tag_v2", {}).get(PLANES) == 2:
        return ""
    return args if isinstance(args, str) else str(args[0])


def _lower_bytes(content: bytes, raw_mode: str) -> Image.Image:
    """The same picture with the lower bytes of its samples where Pillow gives the upper."""
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    lower = LOWER[raw_mode]
    image.tile = [
        tile._replace(args=lower if isinstance(tile.args, str) else (lower, *(tile.args or ())[1:]))
        for tile in image.tile
    ]
    image.load()
    return image


def _colours(upper: Image.Image, lower: Image.Image, raw_mode: str) -> list[np.ndarray]:
    """uint16 (h, w) of grey, or of red, green and blue."""
    pairs = [("R", "G")] if raw_mode == "LA;16B" else [(channel, channel) for channel in "RGB"]
    return [
        np.asarray(upper.getchannel(high)).astype(np.uint16) << 8 | np.asarray(lower.getchannel(low))
        for high, low in pairs
    ]


def _upright(image: Image.Image) -> Image.Image:
    """As `ImageOps.exif_transpose`, which also writes the EXIF anew and so fails on a good picture where a
    camera or program left damaged entries."""
    turn = _turn(image)
    return image if turn is None else image.transpose(turn)


def _as_it_lies(image: Image.Image) -> Image.Image:
    return image


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What makes a loaded picture upright; None where nothing need be done."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged beyond reading: the picture is shown as it is stored
        return None


def _reason(error: Exception, content: bytes) -> str:
    # Pillow's words for "unknown format" end in the address of a buffer, which helps nobody
    if "cannot identify" in str(error):
        missing = looks_like_heif(content) and "HEIF" not in formats()
        return "HEIC needs the package pi-heif, which is missing" if missing else "no known picture format"
    if isinstance(error, Image.DecompressionBombError):  # of twice Pillow's bound, before we can look
        return f"its pixels are more than {MAX_PIXELS:,}"
    return str(error).rstrip(".") or type(error).__name__


def _is_deep_grey(image: Image.Image) -> bool:
    return image.mode == "I" or image.mode.startswith("I;16")


def _in_range(image: Image.Image, samples: list[np.ndarray], levels: Levels) -> Image.Image:
    """`samples` as RGB, over white where `image`, which they are of, has an alpha channel."""
    picture = stretched(samples, levels)
    if image.mode != "RGBA":
        return picture
    picture.putalpha(image.getchannel("A"))
    return _on_white(picture)


def _to_rgb(image: Image.Image) -> Image.Image:
    if _is_deep_grey(image):
        upper = np.clip(np.asarray(image), 0, 65535) >> 8
        return Image.fromarray(upper.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        return _on_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(layer: Image.Image) -> Image.Image:
    """A strip at a time: as a whole it would take the memory of four pictures."""
    found = Image.new("RGB", layer.size)
    for top in range(0, layer.height, STRIP):
        strip = layer.crop((0, top, layer.width, min(top + STRIP, layer.height))).convert("RGBA")
        white = Image.new("RGBA", strip.size, "white")
        found.paste(Image.alpha_composite(white, strip).convert("RGB"), (0, top))
    return found
