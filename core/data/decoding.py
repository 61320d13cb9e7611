"""From the bytes of an image file to an upright RGB picture, whatever the bytes are. Pillow only.

Everything becomes 8-bit RGB the same way, wherever it is read (training, a look at the data, a prediction):

- turned upright by its EXIF orientation; of an animation, the first frame
- alpha: laid over white, as a page would show it
- palette and black-and-white: their colours; grey: three equal channels
- CMYK, YCbCr, Lab: Pillow's conversion, without colour profiles
- 16 bits a channel: the upper 8 (Pillow does the same with 16-bit RGB when it opens the file)
- floating-point pixels: refused, because nothing in the file says which value is white

The file's ending is not believed. Only the formats below are tried: Pillow knows others that run a program
(EPS) or that no camera writes.
"""

import io

import numpy as np
from PIL import ExifTags, Image

from core.errors import DatasetError

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF")  # Pillow opens MPO, some phones' JPEG, as JPEG
MAX_PIXELS = 89_478_485  # Pillow's own bound, beyond which it only warns; 256 MiB of RGB

TURNS = {  # EXIF orientation -> what makes it upright (EXIF 2.32, tag 0x0112)
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode_upright(content: bytes, name: str) -> Image.Image:
    """The picture in `content`: a Pillow image of mode RGB, upright.

    Args:
        content: The whole file.
        name: What to call the file in an error.

    Raises:
        DatasetError: no picture of the formats named, cut short, of more than MAX_PIXELS (judged before
            anything is unpacked) or of floating-point pixels.
        MemoryError: there is too little memory for a picture within that bound.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"{image.width} x {image.height} pixels are more than {MAX_PIXELS:,}")
        if image.mode == "F":
            raise ValueError("floating-point pixels, of which white is unknown")
        image.load()
        return _to_rgb(_upright(image))
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them stumble over
        raise DatasetError(
            f"The image {name} cannot be read: {_reason(error)}.",
            "Expected a JPEG, PNG, BMP, GIF, WebP or TIFF picture.",
            "Remove it, or save it anew with another program.",
            field="data.name",
        ) from error


def _upright(image: Image.Image) -> Image.Image:
    """As `ImageOps.exif_transpose`, which also writes the EXIF anew and so fails on a good picture where a
    camera or program left damaged entries."""
    try:
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged beyond reading: the picture is shown as it is stored
        return image
    return image if turn is None else image.transpose(turn)


def _reason(error: Exception) -> str:
    # Pillow's words for "unknown format" end in the address of a buffer, which helps nobody
    text = "no known picture format" if "cannot identify" in str(error) else str(error)
    return text.rstrip(".") or type(error).__name__


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode.startswith("I;16"):
        upper = np.clip(np.asarray(image), 0, 65535) >> 8
        return Image.fromarray(upper.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")
