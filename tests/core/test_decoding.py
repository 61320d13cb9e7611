"""Whatever the bytes of an image are: upright RGB, or an error that names the file."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from core.data.decoding import decode_upright
from core.errors import DatasetError
from tests.photos import encoded, photo


def first_pixel(content: bytes) -> tuple[int, ...]:
    image = decode_upright(content, "x")
    assert image.mode == "RGB"
    return image.getpixel((0, 0))


def test_modes_become_rgb():
    grey16 = Image.fromarray(np.full((4, 4), 0x8123, np.uint16))
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30])
    assert first_pixel(encoded(Image.new("L", (4, 4), 77))) == (77, 77, 77)
    assert first_pixel(encoded(Image.new("1", (4, 4), 1))) == (255, 255, 255)
    assert first_pixel(encoded(grey16)) == (0x81, 0x81, 0x81)
    assert first_pixel(encoded(Image.fromarray(np.full((4, 4), 0x8123, np.int32)), "TIFF")) == (0x81,) * 3
    assert first_pixel(encoded(palette)) == (10, 200, 30)
    assert first_pixel(encoded(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "TIFF"))[0] > 200


def test_transparency_is_laid_over_white():
    assert first_pixel(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))) == (255, 255, 255)
    assert first_pixel(encoded(Image.new("LA", (4, 4), (0, 0)))) == (255, 255, 255)
    red, green, blue = first_pixel(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 128))))
    assert red == 255
    assert 120 < green == blue < 135
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([9, 9, 9])
    assert first_pixel(encoded(palette, transparency=0)) == (255, 255, 255)


def test_a_photo_taken_sideways_is_turned_upright():
    lying = Image.new("RGB", (8, 4), "black")
    lying.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    upright = decode_upright(encoded(lying, exif=exif.tobytes()), "x")
    assert upright.size == (4, 8)
    assert upright.getpixel((3, 0)) == (255, 255, 255)


def with_exif(orientation: int, kind="JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "the maker of the camera"
    return encoded(photo(3, (16, 8)), kind, exif=exif.tobytes())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(10))
def test_every_orientation_is_turned_as_pillow_turns_it(orientation, kind):
    content = with_exif(orientation, kind)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(np.asarray(decode_upright(content, "x")), expected)


def test_a_good_picture_with_damaged_exif_is_a_picture():
    content = with_exif(6).replace(b"the maker of the camera", bytes(range(200, 223)))
    start = content.index(b"Exif") + 6
    for at in range(start, start + 60):  # any byte of the table of entries
        damaged = content[:at] + b"\xff" + content[at + 1 :]
        assert sorted(decode_upright(damaged, "x").size) == [8, 16]


def test_what_cannot_be_decoded_is_named():
    whole = encoded(photo(1, (64, 64)), "JPEG")
    for content in (b"", b"not an image", whole[: len(whole) // 2], encoded(Image.new("F", (4, 4)), "TIFF")):
        with pytest.raises(DatasetError, match="cats/odd.jpg"):
            decode_upright(content, "cats/odd.jpg")


def test_a_decompression_bomb_is_an_error_not_a_warning():
    side = 9_500  # 90 megapixels in 100 KB
    with pytest.raises(DatasetError, match="cats/bomb.png"):
        decode_upright(encoded(Image.new("1", (side, side))), "cats/bomb.png")
