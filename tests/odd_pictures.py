"""Every kind of picture file that people have, small, and files that are none; for tests at every door.

`readable()` and `refused()` give {file name: bytes}. All are made here with Pillow, or byte by byte what
Pillow does not write; but for HEIC, which no package of Thaw writes: three of the picture `drawn()` stand
below, encoded by pillow-heif 1.8.1 at quality 60.
"""

import base64
import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from tests.hand_made import chunk, png, tiff
from tests.photos import encoded, photo

SIZE = (31, 18)  # px; odd, and not square, so that a turn or a padded row shows
_HEIC = {
    "turned.heic": (
        "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAA"
        "AAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB6wABAAAAAAAAAKIAAgAAAAACjQABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAA"
        "ABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABBmlwcnAAAADlaXBjbw"
        "AAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AA"
        "AAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaX"
        "NwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAJAAAAAEAAAAYAAAAAf///+QAAAAC////2AAAAAIAAAAQcGl4aQAAAAADCAgI"
        "AAAACWlyb3QDAAAAGWlwbWEAAAAAAAAAAQABBoECAwWEhgAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAzm1kYXQAAA"
        "CeKAGvCchu+ko98giboIFewX5wimQZ3d5HQCvrVB+xi2vxVbJ4D+Qi8wAfLW129ku10zVVc5hC6hv9Fa9Zqij8Hu0LEcLp"
        "GdnyGFxI+KArC4ynu7r2PP2fn9pJiM16gOjbBI09GkmAt0aNYRyf7V4O+LVXtWq8XrvKNwOejnSp6M22va7LvaCYSpMkI7"
        "JmeaJtVfTLvzbvMkAq35lVb+AAAAAGRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA="
    ),
    "with alpha.HEIC": (
        "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAmttZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAA"
        "AAAAAAADRpbG9jAAAAAERAAAIAAQAAAAACjwABAAAAAAAAAKIAAgAAAAADMQABAAAAAAAAAD8AAAA4aWluZgAAAAAAAgAA"
        "ABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAAACAABodmMxAAAAAA5waXRtAAAAAAABAAABqmlwcnAAAAGCaXBjbw"
        "AAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AA"
        "AAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaX"
        "NwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAJAAAAAEAAAAYAAAAAf///+QAAAAC////2AAAAAIAAAAQcGl4aQAAAAADCAgI"
        "AAAAcWh2Y0MBBAgAAACf+AAAAAAe8AD8/Pj4AAAPA2AAAQAXQAEMAf//BAgAAAMAn/gAAAMAAB66AkBhAAEAJkIBAQQIAA"
        "ADAJ/4AAADAAAewIIEFluqumubAgAAAwAyAAADAAIQYgABAAZEAcFzwYkAAAAOcGl4aQAAAAABCAAAACdhdXhDAAAAAHVy"
        "bjptcGVnOmhldmM6MjAxNTphdXhpZDoxAAAAACBpcG1hAAAAAAAAAAIAAQWBAgMFhAACBYYDB4iEAAAAGmlyZWYAAAAAAA"
        "AADmF1eGwAAgABAAEAAADpbWRhdAAAAJ4oAa8JyG76Sj3yCJuggV7BfnCKZBnd3kdAK+tUH7GLa/FVsngP5CLzAB8tbXb2"
        "S7XTNVVzmELqG/0Vr1mqKPwe7QsRwukZ2fIYXEj4oCsLjKe7uvY8/Z+f2kmIzXqA6NsEjT0aSYC3Ro1hHJ/tXg74tVe1ar"
        "xeu8o3A56OdKnozba9rsu9oJhKkyQjsmZ5om1V9Mu/Nu8yQCrfmVVv4AAAADsoAa4TkNEIJGuUfE9C9hazXeLcj/Xfvdp6"
        "NS1SEMKM1B46YrPwqvUQ4IaAXn6WN/Q4DG/+ICFDQsjorw=="
    ),
    "of ten bits.hif": (
        "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAA"
        "AAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAAJ4AAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMx"
        "AAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQQIAAAAnbgAAAAAHvAA/P36+gAADwNgAAEAF0ABDA"
        "H//wQIAAADAJ24AAADAAAeugJAYQABACpCAQEECAAAAwCduAAAAwAAHqAggQTZbqrprm4CGgwIAAADAMgAAAMACEBiAAEA"
        "BkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAJAAAAAEAAAAYAAAAAf"
        "///+QAAAAC////2AAAAAIAAAAQcGl4aQAAAAADCgoKAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAApm1kYXQAAACaKAGv"
        "CchvOkY98giboIFewX5wimQZ3d5HQCvrUf5gVSaTch+JVTs6pMZ+6ROlRCbqkuGX3TZnfl2SaUzz8sT8T9UnPgPA6PtZ8d"
        "NIgdAFYXc1dif1makc8+wCWPBHHZL/ZJuU7Hx/xcu4Z4r3GYel0khNbGZjVNlGUfbtj1j//oDL+LjpgB/Jv6iZznSbgNdy"
        "u/rKXXOuy5mr4A=="
    ),
}


def drawn() -> np.ndarray:
    """What the HEIC files show before they are turned: uint8 (24, 36, 3)."""
    y, x = np.mgrid[:24, :36]
    return np.stack([x * 7, y * 10, (x + y) * 4], -1).astype(np.uint8)


def _planes(content: bytes) -> bytes:
    """A TIFF of `tiff` that says its colours lie in planes: the tag of the strip's height becomes that."""
    tag = struct.pack("<HHI", 278, 3, 1)
    at = content.rindex(tag)
    return content[:at] + struct.pack("<HHII", 284, 3, 1, 2) + content[at + 12 :]


def exif(orientation: int) -> bytes:
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010F] = "the maker of the camera"
    return found.tobytes()


def samples(channels: int, low: int = 300, high: int = 4095) -> np.ndarray:
    """uint16 (18, 31, channels) of a narrow band: noise over a slope."""
    noise = np.random.default_rng(channels).integers(0, (high - low) // 2, (SIZE[1], SIZE[0], channels))
    slope = np.linspace(low, low + (high - low) // 2, SIZE[0]).astype(int)[None, :, None]
    return (noise + slope).astype(np.uint16)


@cache
def deep() -> dict[str, np.ndarray]:
    """{file name: its samples}, integers (h, w, channels), of readable files with more than 8 bits a channel:
    those whose every bit is read."""
    found = {"16 bits grey.png": samples(1), "16 bits grey and alpha.png": samples(2)}
    found |= {"16 bits.png": samples(3), "16 bits and alpha.png": samples(4)}
    for channels, kind in ((1, "grey"), (3, "colours"), (4, "colours and alpha")):
        for order in ("little", "big"):
            for way in ("", " packed", " in tiles", " in packed tiles"):
                found[f"16 bits {kind}, {order} end first{way}.tif"] = samples(channels)
    found["32 bits.tiff"] = samples(1).astype(np.int32) * 1000 - 5
    return found


def _deep_file(name: str, values: np.ndarray) -> bytes:
    if name.startswith("32"):
        return encoded(Image.fromarray(values[..., 0]), "TIFF")
    if name.endswith(".png"):
        return png(values)
    return tiff(values, "<" if "little" in name else ">", "packed" in name, 16 if "tiles" in name else 0)


@cache
def readable() -> dict[str, bytes]:
    """{file name: bytes} of every kind that is read."""
    found = _modes() | _turned() | _several() | _stored_otherwise() | _lying()
    found |= {name: _deep_file(name, values) for name, values in deep().items()}
    return found | {name: base64.b64decode(text) for name, text in _HEIC.items()}


def _modes() -> dict[str, bytes]:
    rgb = photo(1, SIZE)
    grey, half = rgb.convert("L"), photo(2, SIZE).getchannel(0)
    palette = rgb.quantize(16)
    rgba = rgb.copy()
    rgba.putalpha(half)
    cmyk = Image.merge("CMYK", [*photo(3, SIZE).split(), half])
    return {
        "black and white.png": encoded(grey.convert("1")),
        "grey.png": encoded(grey),
        "grey and alpha.png": encoded(Image.merge("LA", [grey, half])),
        "palette.png": encoded(palette),
        "palette, one colour clear.png": encoded(palette, transparency=3),
        "palette, every alpha.png": encoded(palette, transparency=bytes(range(0, 256, 16))),
        "grey, one value clear.png": encoded(grey, transparency=grey.getpixel((0, 0))),
        "colours, one clear.png": encoded(rgb, transparency=rgb.getpixel((0, 0))),
        "colours.png": encoded(rgb),
        "colours and alpha.png": encoded(rgba),
        "palette.gif": encoded(palette, "GIF"),
        "one colour clear.gif": encoded(palette, "GIF", transparency=5),
        "colours and alpha.webp": encoded(rgba, "WEBP", lossless=True),
        "colours and alpha.avif": encoded(rgba, "AVIF"),
        "colours.bmp": encoded(rgb, "BMP"),
        "black and white.bmp": encoded(grey.convert("1"), "BMP"),
        "palette.bmp": encoded(palette, "BMP"),
        "colours and alpha.bmp": encoded(rgba, "BMP"),
        "of four bits.bmp": _small_bmp(4),
        "run lengths.bmp": _small_bmp(8),
        "cmyk.jpg": encoded(cmyk, "JPEG"),
        "grey.jpg": encoded(grey, "JPEG"),
        "ycbcr 4-4-4.jpg": encoded(rgb, "JPEG", subsampling=0),
        "cmyk.tif": encoded(cmyk, "TIFF"),
        "lab.tif": encoded(Image.merge("LAB", rgb.split()), "TIFF"),
        "ycbcr.tif": encoded(rgb.convert("YCbCr"), "TIFF"),
        "colours and alpha.tif": encoded(rgba, "TIFF"),
    }


def _small_bmp(bits: int) -> bytes:
    """4 x 2 px of four colours; of 8 bits packed by run lengths, which Pillow reads and does not write."""
    colours = b"".join(bytes([value, 255 - value, value // 2, 0]) for value in (0, 80, 160, 240))
    rows = bytes([0x01, 0x23, 0, 0] * 2) if bits == 4 else b"\x02\x01\x02\x03\0\0\x04\x02\0\0\0\x01"
    start = 14 + 40 + len(colours)
    head = struct.pack("<IiiHHIIiiII", 40, 4, 2, 1, bits, bits // 8, len(rows), 2835, 2835, 4, 0)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + colours + rows


def _turned() -> dict[str, bytes]:
    rgb = photo(4, SIZE)
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF", "avif": "AVIF"}
    found = {f"turned {way}.jpg": encoded(rgb, "JPEG", exif=exif(way)) for way in range(1, 9)}
    found |= {f"turned.{end}": encoded(rgb, kind, exif=exif(6)) for end, kind in kinds.items()}
    found["turned, one colour clear.png"] = encoded(rgb.quantize(8), exif=exif(8), transparency=2)
    whole = encoded(rgb, "JPEG", exif=exif(6))
    start = whole.index(b"Exif") + 6
    found["damaged exif.jpg"] = whole[: start + 2] + b"\xff\xff" + whole[start + 4 :]
    found["unknown turn.jpg"] = encoded(rgb, "JPEG", exif=exif(77))
    deep = Image.fromarray(samples(1)[..., 0])
    found["16 bits turned.tif"] = encoded(deep, "TIFF", exif=exif(6))
    found["16 bits turned.png"] = png(samples(3), extra=chunk(b"eXIf", exif(6)[6:]))
    return found


def _several() -> dict[str, bytes]:
    frames = [photo(number, SIZE) for number in range(3)]
    clear = [frame.convert("RGBA").rotate(40) for frame in frames]
    more = {"save_all": True, "append_images": frames[1:]}
    return {
        "moving.gif": encoded(frames[0], "GIF", **more),
        "moving and clear.gif": encoded(clear[0], "GIF", save_all=True, append_images=clear[1:], disposal=2),
        "moving.webp": encoded(frames[0], "WEBP", **more),
        "moving.png": encoded(frames[0], "PNG", **more),
        "moving.avif": encoded(frames[0], "AVIF", **more),
        "pages.tiff": encoded(frames[0], "TIFF", **more),
        "two eyes.mpo": encoded(frames[0], "MPO", **more),
    }


def _stored_otherwise() -> dict[str, bytes]:
    rgb = photo(5, SIZE)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gamma = encoded(rgb)
    return {
        **{
            f"{name}.tif": encoded(rgb, "TIFF", compression=name)
            for name in ("tiff_lzw", "tiff_deflate", "jpeg")
        },
        "fax.tif": encoded(rgb.convert("1"), "TIFF", compression="group4"),
        "progressive.jpe": encoded(rgb, "JPEG", progressive=True, quality=70),
        "with a profile.jfif": encoded(rgb, "JPEG", icc_profile=profile),
        "with a profile.png": encoded(rgb, icc_profile=profile),
        "with gamma.png": gamma[:33] + chunk(b"gAMA", struct.pack(">I", 100_000)) + gamma[33:],
        "interlaced.png": _interlaced(rgb),
        "of two bits.png": encoded(rgb.quantize(4), bits=2),
        "wide.png": encoded(photo(6, (2000, 1))),
        "high.jpg": encoded(photo(6, (1, 2000)), "JPEG"),
        "one pixel.png": encoded(photo(7, (1, 1))),
        "one pixel of 16 bits.png": png(samples(3)[:1, :1]),
    }


def _interlaced(image: Image.Image) -> bytes:
    """Adam7, which Pillow reads and does not write: seven small pictures, one after the other."""
    pixels, rows = np.asarray(image), b""
    passes = (
        (0, 8, 0, 8),
        (0, 8, 4, 8),
        (4, 8, 0, 4),
        (0, 4, 2, 4),
        (2, 4, 0, 2),
        (0, 2, 1, 2),
        (1, 2, 0, 1),
    )
    for top, down, left, right in passes:
        part = pixels[top::down, left::right]
        rows += b"".join(b"\0" + row.tobytes() for row in part) if part.shape[1] else b""
    head = struct.pack(">IIBBBBB", *image.size, 8, 2, 0, 0, 1)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _lying() -> dict[str, bytes]:
    return {
        "a png.jpg": encoded(photo(8, SIZE)),
        "a jpeg.png": encoded(photo(8, SIZE), "JPEG"),
        "a webp.jpeg": encoded(photo(8, SIZE), "WEBP"),
        "a gif.bmp": encoded(photo(8, SIZE), "GIF"),
        "a heic.jpg": base64.b64decode(_HEIC["turned.heic"]),
        "an avif.jpg": encoded(photo(8, SIZE), "AVIF"),
        "with more behind it.jpg": encoded(photo(8, SIZE), "JPEG") + b"\0" * 500,
    }


@cache
def refused() -> dict[str, bytes]:
    """{file name: bytes} of what claims to be a picture and cannot be used."""
    whole = encoded(photo(9, (64, 64)), "JPEG")
    heic = base64.b64decode(_HEIC["turned.heic"])
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return {
        "cut short.jpg": whole[: len(whole) // 2],
        "cut short.png": encoded(photo(9, (64, 64)))[:-200],
        "cut short.webp": encoded(photo(9, (64, 64)), "WEBP")[:-200],
        "cut short.heic": heic[:-100],
        "header alone.jpg": whole[:20],
        "empty.jpg": b"",
        "text.jpg": b"This is no picture.\n" * 20,
        "array.png": stream.getvalue(),
        "planes of 16 bits.tif": _planes(tiff(samples(3))),
        "floats.tif": encoded(Image.new("F", SIZE, 0.5), "TIFF"),
        "vectors.png": b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>',
        "program.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        "bomb.png": encoded(Image.new("1", (9_500, 9_500))),
    }
