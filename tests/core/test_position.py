"""The position at which a photo was taken is not in what is kept of it, and nothing else of it changes."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from core.data import datasets, kept, listers
from core.data.checking import sha256
from core.data.decoding import decode_upright
from core.intake.exif import blanked_xmp
from core.intake.position import without_position
from core.intake.taking_in import take_in
from tests.doors import assert_code_lists
from tests.hostile import picture, zip_of
from tests.odd_pictures import readable
from tests.photos import encoded, photo

GPS, ORIENTATION, MAKE, EXIF, EXPOSURE = 0x8825, 0x0112, 0x010F, 0x8769, 0x829A
DEGREES = (52_123_457, 1_000_003)  # numbers that nothing else in a file is made of
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,7.4N"'
    b' exif:Sharpness="1"'
    b" exif:GPSMapDatum='WGS-84'><exif:GPSLongitude>13,24.1E</exif:GPSLongitude>"
    b"<exif:FNumber>28/10</exif:FNumber></rdf:Description></rdf:RDF></x:xmpmeta>"
)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif_of(order: str = "<") -> bytes:
    found = Image.Exif()
    found.endian = order
    found[ORIENTATION], found[MAKE] = 6, "A camera of some name"
    found.get_ifd(EXIF)[EXPOSURE] = (1, 125)
    gps = found.get_ifd(GPS)
    gps[1], gps[2], gps[3], gps[4] = "N", (IFDRational(*DEGREES),) * 3, "E", (IFDRational(*DEGREES),) * 3
    return found.tobytes()


def text(name: str, content: str, packed: bool = False) -> PngImagePlugin.PngInfo:
    found = PngImagePlugin.PngInfo()
    found.add_itxt(name, content, zip=packed) if name.startswith("XML") else found.add_text(
        name, content, packed
    )
    return found


def hexed(block: bytes) -> str:
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\nexif\n{len(block):8d}\n{lines}\n"


def of_several() -> bytes:
    stream = io.BytesIO()
    photo(1, (40, 30)).save(stream, "MPO", save_all=True, append_images=[photo(2, (40, 30))], exif=exif_of())
    return stream.getvalue()


WITH_POSITION = {
    "JPEG": lambda: encoded(photo(1), "JPEG", exif=exif_of(), icc_profile=PROFILE, xmp=PACKET),
    "JPEG, big-endian": lambda: encoded(photo(1), "JPEG", exif=exif_of(">")),
    "JPEG of several pictures": of_several,
    "PNG": lambda: encoded(photo(1), "PNG", exif=exif_of(), icc_profile=PROFILE),
    "PNG with XMP": lambda: encoded(photo(1), "PNG", pnginfo=text("XML:com.adobe.xmp", PACKET.decode())),
    "PNG with packed XMP": lambda: encoded(
        photo(1), "PNG", pnginfo=text("XML:com.adobe.xmp", PACKET.decode(), True)
    ),
    "PNG by ImageMagick": lambda: encoded(
        photo(1), "PNG", pnginfo=text("Raw profile type exif", hexed(exif_of()), True)
    ),
    "WebP": lambda: encoded(photo(1), "WEBP", exif=exif_of(), icc_profile=PROFILE, xmp=PACKET),
    "TIFF": lambda: encoded(photo(1), "TIFF", exif=exif_of(), icc_profile=PROFILE),
    "TIFF, packed": lambda: encoded(photo(1), "TIFF", tiffinfo={700: PACKET}, compression="tiff_lzw"),
    "BigTIFF": lambda: encoded(photo(1), "TIFF", exif=exif_of(), big_tiff=True),
    "TIFF with XMP": lambda: encoded(photo(1), "TIFF", tiffinfo={700: PACKET}),
    "AVIF": lambda: encoded(photo(1), "AVIF", exif=exif_of(), icc_profile=PROFILE, xmp=PACKET),
}  # fmt: skip


def traces(content: bytes) -> list[bytes]:
    """What still says a position, wherever it stands; packed texts of a PNG are unpacked."""
    for at in range(len(content)):
        if content[at : at + 4] in (b"zTXt", b"iTXt"):
            size = int.from_bytes(content[at - 4 : at])
            start = content.find(b"x\x9c", at, at + size)
            content += zlib.decompressobj().decompress(content[start:]) if start > 0 else b""
    numbers = [struct.pack(order + "2L", *DEGREES) for order in "<>"]
    digits = [one.hex().encode() for one in numbers]
    flat = content.replace(b"\n", b"")
    return [one for one in (*numbers, *digits, b"GPSL", b"52,7", b"13,24", b"WGS") if one in flat]


def others(exif: Image.Exif) -> dict:
    """What is neither a position nor where something lies (which Pillow counts anew for AVIF), nor XMP."""
    return {tag: value for tag, value in exif.items() if tag not in (GPS, EXIF, 700)}


@pytest.mark.parametrize("name", WITH_POSITION)
def test_position_goes_and_pixels_orientation_profile_and_all_else_stay(name):
    content = WITH_POSITION[name]()
    assert traces(content), "there is something to take out"
    plain = without_position(content)
    assert not traces(plain)
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(plain)) as after:
        before.load()
        after.load()
        assert after.tobytes() == before.tobytes()
        assert after.info.get("icc_profile") == before.info.get("icc_profile")
        assert not after.getexif().get_ifd(GPS)
        assert dict(after.getexif().get_ifd(EXIF)) == dict(before.getexif().get_ifd(EXIF))
        assert others(after.getexif()) == others(before.getexif())
        sharp = b'exif:Sharpness="1"' in content
        assert (b'exif:Sharpness="1"' in plain) == sharp
    np.testing.assert_array_equal(decode_upright(plain, "x"), decode_upright(content, "x"))
    assert without_position(plain) is plain


@pytest.mark.parametrize("name", readable())
def test_a_picture_without_position_stays_byte_for_byte(name):
    content = readable()[name]
    assert without_position(content) is content


@pytest.mark.parametrize("name", WITH_POSITION)
def test_a_file_cut_short_or_mangled_comes_back_without_an_error(name):
    content, chance = WITH_POSITION[name](), np.random.default_rng(3)
    for _ in range(60):
        mangled = bytearray(content[: int(chance.integers(8, len(content) + 1))])
        for at in chance.integers(0, min(len(mangled), 600), 6):
            mangled[at] = int(chance.integers(256))
        without_position(bytes(mangled))


def test_a_tiff_whose_position_is_said_to_lie_in_its_pixels_keeps_them():
    content = bytearray(WITH_POSITION["TIFF"]())
    with Image.open(io.BytesIO(bytes(content))) as image:
        (strip,) = image.tag_v2[273]
    at = content.index(struct.pack("<H", GPS) + b"\4\0\1\0\0\0")
    content[at + 8 : at + 12] = struct.pack("<L", strip)
    plain = without_position(bytes(content))
    assert plain != bytes(content)
    np.testing.assert_array_equal(decode_upright(plain, "x"), decode_upright(bytes(content), "x"))


@pytest.mark.parametrize("piece", [b"<exif:GPSLatitude>", b"<exif:GPSLatitude ", b" exif:GPSLatitude='"])
def test_a_packet_full_of_what_never_ends_takes_no_time(piece):
    packet = piece * 50_000
    assert len(blanked_xmp(packet)) == len(packet)


def test_a_kept_photo_is_known_by_what_came_and_written_code_finds_it_in_the_zip(tmp_path, home):
    content = WITH_POSITION["JPEG"]()
    archive = zip_of({"cats/here.jpg": content, "dogs/plain.png": picture(99)})
    (tmp_path / "pets.zip").write_bytes(archive)
    in_place = datasets.find(str(tmp_path / "pets.zip"), home)
    take_in(listers.of_zip(io.BytesIO(archive)), home).keep("Pets")
    found = datasets.find("Pets", home)
    assert found.key == in_place.key
    at = next(at for at, item in enumerate(found.items) if item.name == "cats/here.jpg")
    assert found.items[at].sha256 == sha256(content)
    stored = {path.read_bytes() for path in (kept.kept_sets(home)["Pets"].folder / "files").iterdir()}
    assert not any(map(traces, stored))
    np.testing.assert_array_equal(found.read(at), in_place.read(at))
    assert found.source.lost() == []
    assert_code_lists(found, tmp_path / "pets.zip")
