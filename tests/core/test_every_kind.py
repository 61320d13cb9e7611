"""Every kind of picture file is read, or refused, and by the written decoder as by Thaw, bit for bit."""

import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from core.codegen.decoder import decoder
from core.codegen.pieces import imports, joined
from core.data import decoding, images
from core.data.decoding import decode_alone, decode_upright, measure
from core.data.signatures import FIRST_BYTES, looks_like_picture
from core.errors import DatasetError
from tests.odd_pictures import deep, drawn, readable, refused
from tests.photos import encoded, photo

SIZE = 20
BAND = (350, 3900)  # within the samples of the odd pictures, so that both ends are clipped
pytestmark = pytest.mark.filterwarnings("ignore")  # what Pillow says of damaged files, and of a bomb


def written(levels) -> str:
    text = joined(f"SIZE = {SIZE}", decoder(levels, heif=True))
    return f"{imports(text)}\n{text}\n"


@pytest.fixture(scope="module")
def pictures() -> dict:
    """{levels: the `picture` of written code}."""
    found = {}
    for levels in (None, BAND):
        space = {}
        exec(written(levels), space)
        found[levels] = space["picture"]
    return found


@pytest.mark.parametrize("name", readable())
def test_a_kind_is_read_by_written_code_as_by_thaw(name, pictures):
    content = readable()[name]
    for levels, picture in pictures.items():
        ours = images.squash(decode_upright(content, name, levels), SIZE)
        np.testing.assert_array_equal(picture(content), ours)


@pytest.mark.parametrize("name", refused())
def test_what_is_refused_is_refused_by_all(name, pictures):
    content = refused()[name]
    for decode in (decode_upright, decode_alone, measure):
        with pytest.raises(DatasetError, match=name):
            decode(content, name)
    if name.startswith("planes"):  # written code is given what Thaw took in, and leaves this rarity out
        return
    for picture in pictures.values():
        with pytest.raises((OSError, ValueError, SyntaxError)):
            picture(content)


@pytest.mark.parametrize("levels", [None, BAND])
def test_so_it_is_in_a_process_of_its_own(levels, tmp_path):
    (tmp_path / "files").write_bytes(pickle.dumps(list(readable().values())))
    ending = (
        "import pickle\nfiles = pickle.load(open('files', 'rb'))\n"
        "np.save('pixels.npy', [picture(content) for content in files])\n"
    )
    (tmp_path / "read.py").write_text(written(levels) + ending, encoding="utf-8")
    command = [sys.executable, "-P", "-W", "ignore", "read.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pairs = zip(readable().items(), np.load(tmp_path / "pixels.npy"), strict=True)
    differ = [
        name
        for (name, content), pixels in pairs
        if not np.array_equal(pixels, images.squash(decode_upright(content, name, levels), SIZE))
    ]
    assert differ == []


@pytest.mark.parametrize("name", deep())
def test_every_bit_of_samples_beyond_8_bits_counts(name):
    samples = deep()[name].astype(float)
    low, high = int(samples.min()) + 7, int(samples.max()) - 7
    colours = samples[..., :3] if samples.shape[2] > 2 else samples[..., :1]
    expected = np.clip(np.rint((colours - low) * 255 / (high - low)), 0, 255).astype(np.uint8)
    expected = Image.fromarray(np.broadcast_to(expected, (*expected.shape[:2], 3)).copy())
    if samples.shape[2] in (2, 4):
        expected.putalpha(Image.fromarray((samples[..., -1] // 256).astype(np.uint8)))
        expected = Image.alpha_composite(Image.new("RGBA", expected.size, "white"), expected).convert("RGB")
    found = decode_upright(readable()[name], name, (low, high))
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def test_a_picture_is_measured_upright_with_the_range_of_its_samples():
    turned = measure(readable()["16 bits turned.tif"], "x")
    samples = deep()["16 bits grey.png"]
    assert (turned.width, turned.height) == samples.shape[:2]
    assert turned.levels == (samples.min(), samples.max())
    colours = deep()["16 bits.png"]
    assert measure(readable()["16 bits.png"], "x").levels == (colours.min(), colours.max())
    assert measure(readable()["32 bits.tiff"], "x").levels == (
        deep()["32 bits.tiff"].min(), deep()["32 bits.tiff"].max()
    )  # fmt: skip
    found = {name: measure(content, name).levels is not None for name, content in readable().items()}
    assert {name for name, is_deep in found.items() if is_deep} == {
        *deep(), "16 bits turned.tif", "16 bits turned.png", "one pixel of 16 bits.png"
    }  # fmt: skip


def test_a_picture_alone_is_shown_by_its_own_range_or_by_that_of_a_network():
    content = readable()["16 bits.png"]
    own = measure(content, "x").levels
    for levels in (None, BAND):
        np.testing.assert_array_equal(
            np.asarray(decode_alone(content, "x", levels)),
            np.asarray(decode_upright(content, "x", levels or own)),
        )
    eight = readable()["colours and alpha.png"]
    assert decode_alone(eight, "x") == decode_upright(eight, "x") == decode_upright(eight, "x", BAND)


def test_heic_is_turned_once():
    upright = Image.fromarray(drawn()).transpose(Image.Transpose.ROTATE_270)
    found = np.asarray(decode_upright(readable()["turned.heic"], "x")).astype(int)
    assert found.shape == (36, 24, 3)
    assert np.abs(found - np.asarray(upright)).mean() < 4


def test_without_its_plugin_heic_is_named_and_all_else_is_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    decoding.formats.cache_clear()
    try:
        with pytest.raises(DatasetError, match="pi-heif"):
            decode_upright(readable()["turned.heic"], "phone.heic")
        assert decode_upright(encoded(photo(1), "AVIF"), "x").size == photo(1).size
        space = {}
        exec(written(None), space)
        assert space["picture"](encoded(photo(1))).shape == (SIZE, SIZE, 3)
    finally:
        decoding.formats.cache_clear()


def test_a_picture_is_known_by_its_first_bytes_whatever_its_name():
    assert [
        name for name, content in readable().items() if not looks_like_picture(content[:FIRST_BYTES])
    ] == []
    archive, text = io.BytesIO(), b"BMW and other makers\n" * 9
    np.savez(archive, np.zeros(2))
    video = b"\0\0\0\x18ftypmp42" + bytes(20)
    for other in (
        b"",
        b"B",
        b"BM",
        text,
        archive.getvalue(),
        video,
        b"RIFF\0\0\0\0WAVE",
        b"%PDF-1.7",
        b"<svg/>",
    ):
        assert not looks_like_picture(other[:FIRST_BYTES])
