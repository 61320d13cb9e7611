"""Decoding an image file, in written code: the steps of `core.data.decoding`, `levels` and `images.squash`.

What samples of 16 bits and HEIC need besides is added only for data sets that have such files. A test decodes
every kind of file by both, and compares the pixels.
"""

from core.codegen.pieces import literal, table, tuple_line
from core.data.decoding import FORMATS, LOWER, MAX_PIXELS, TURNS
from core.data.levels import Levels

_UPRIGHT = '''

def upright(image):
    """As its EXIF says; damaged EXIF: as it is stored."""
    image.load()
    try:
        turn = UPRIGHT.get(image.getexif().get(0x0112))
    except Exception:
        turn = None
    return image if turn is None else image.transpose(turn)
'''
_HEIF = """\
try:
    import pi_heif  # reads HEIC, of iPhones

    pi_heif.register_heif_opener()
    FORMATS += ("HEIF",)
except ImportError:
    pass
"""
_PICTURE = '''

def picture(content):
    """The bytes of a picture file as uint8 (SIZE, SIZE, 3): upright, on white, squashed to a square."""
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels are too many")
    if image.mode == "F":
        raise ValueError("floating-point pixels, of which white is unknown")
UNPACKED
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR))
'''.replace("MOST_PIXELS", f"{MAX_PIXELS:_}")
_UPPER_BITS = """\
    image = upright(image)
    if image.mode == "I" or image.mode.startswith("I;16"):  # 16 bits a channel: the upper 8
        image = Image.fromarray((np.clip(np.asarray(image), 0, 65535) >> 8).astype(np.uint8))"""
_IN_RANGE = """\
    raw = raw_mode(image)
    image = in_range(upright(image), raw, content)"""
_LEVELS = '''

def raw_mode(image):
    """How Pillow unpacks the samples, before it does; empty for those of a TIFF that lie in planes."""
    args = image.tile[0].args if getattr(image, "tile", ()) else ""
    planes = getattr(image, "tag_v2", {}).get(284) == 2
    return "" if planes or not args else args if isinstance(args, str) else str(args[0])


def in_range(image, raw, content):
    """A picture of 16 bits a channel with LEVELS as black and white; any other as it is."""
    if image.mode == "I" or image.mode.startswith("I;16"):
        samples = [np.asarray(image)]
    elif raw in LOWER:  # Pillow gave the upper bytes; read in the other byte order, it gives the lower
        other = Image.open(io.BytesIO(content), formats=FORMATS)
        other.tile = [
            tile._replace(args=LOWER[raw] if tile.args == raw else (LOWER[raw], *tile.args[1:]))
            for tile in other.tile
        ]
        other = upright(other)
        pairs = ["RG"] if raw == "LA;16B" else ["RR", "GG", "BB"]
        upper = [np.asarray(image.getchannel(channel)).astype(np.uint16) << 8 for channel, _ in pairs]
        samples = [high | np.asarray(other.getchannel(low)) for high, (_, low) in zip(upper, pairs)]
    else:
        return image
    low, high = LEVELS
    scaled = [(values.astype(np.float64) - low) * 255 / max(high - low, 1) for values in samples]
    channels = [Image.fromarray(np.clip(np.rint(one), 0, 255).astype(np.uint8)) for one in scaled]
    found = Image.merge("RGB", channels * (3 // len(channels)))
    if image.mode == "RGBA":
        found.putalpha(image.getchannel("A"))
    return found
'''


def decoder(levels: Levels | None = None, heif: bool = False) -> str:
    """Code that defines `picture(content)`: an image's bytes as uint8 (SIZE, SIZE, 3). It needs SIZE, in px.

    Args:
        levels: (low, high) of samples of 16 bits, as `decoding.decode_upright` takes it; None: the upper 8.
        heif: Whether there may be HEIC among the files, which is read where the package pi-heif is there.
    """
    turns = {str(number): f"Image.Transpose.{turn.name}" for number, turn in TURNS.items()}
    text = tuple_line("FORMATS", FORMATS)
    if heif:
        text += _HEIF
    if levels is not None:
        text += f"LEVELS = {tuple(levels)}  # samples of 16 bits that become black and white\n"
        text += table("LOWER", {literal(upper): literal(lower) for upper, lower in LOWER.items()})
    text += table("UPRIGHT", turns) + _UPRIGHT
    if levels is None:
        return text + _PICTURE.replace("UNPACKED", _UPPER_BITS)
    return text + _LEVELS + _PICTURE.replace("UNPACKED", _IN_RANGE)
