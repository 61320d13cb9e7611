"""Data sets: catalogue, layouts, refusals, decoding and the pixel cache. Needs no TensorFlow."""

import io
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data import datasets, downloads, images, opening, pixels
from core.errors import DatasetError, Stopped, StoreError

OLD = time.time() - 3600


def real_data(name: str) -> Path:
    for folder in os.environ.get("THAW_DATA", "").split(os.pathsep):
        if folder and (Path(folder) / name).exists():
            return Path(folder) / name
    return pytest.skip(f"{name} is not in a folder of THAW_DATA")


def photo(seed: int, size=(12, 10)) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise)


def build(folder: Path, layout: dict[str, int], suffix=".png") -> Path:
    """`layout`: folder of a class -> number of images. Files are an hour old, as files mostly are."""
    seed = 0
    for below, count in layout.items():
        (folder / below).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            seed += 1
            path = folder / below / f"{number:03d}{suffix}"
            photo(seed).save(path)
            os.utime(path, (OLD, OLD))
    return folder


def zipped(folder: Path, path: Path, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, top + file.relative_to(folder).as_posix())
    return path


PETS = {"cats": 8, "dogs": 9}
SPLIT_PETS = {"train/cats": 6, "train/dogs": 6, "val/cats": 4, "val/dogs": 4}


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def pets(tmp_path):
    return build(tmp_path / "pets", PETS)


def config(name, **values) -> DataConfig:
    return DataConfig(name=str(name), image_size=32, **values)


# The catalogue and names


def test_importing_the_data_sets_does_not_import_tensorflow():
    code = "import sys, core.data.datasets, core.augmentation; print('tensorflow' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_the_catalogue_names_known_sets_and_those_found_in_thaw_data(tmp_path, home, monkeypatch):
    build(tmp_path / "a" / "shapes", PETS)
    zipped(tmp_path / "a" / "shapes", tmp_path / "zips.zip")
    (tmp_path / "b").mkdir()
    shutil.move(tmp_path / "zips.zip", tmp_path / "b" / "leaves.zip")
    (tmp_path / "b" / "notes.txt").write_text("no data set")
    (tmp_path / "b" / ".hidden").mkdir()
    monkeypatch.setenv("THAW_DATA", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b"), "/nowhere"]))
    entries = {entry.name: entry for entry in datasets.catalogue(home)}
    assert list(entries) == ["cats_and_dogs", "digits", "mnist", "shapes", "leaves"]
    assert entries["digits"].available
    assert entries["shapes"].available
    assert not entries["cats_and_dogs"].available
    assert entries["cats_and_dogs"].downloadable
    assert entries["leaves"].size_bytes == (tmp_path / "b" / "leaves.zip").stat().st_size
    assert datasets.find("leaves", home).classes == ("cats", "dogs")
    assert datasets.find("shapes", home).key == datasets.find("leaves", home).key


def test_an_unknown_name_lists_the_known_ones(home):
    with pytest.raises(DatasetError) as caught:
        datasets.find("catz", home)
    assert "catz" in str(caught.value)
    assert "digits" in str(caught.value)
    assert caught.value.field == "data.name"


def test_a_missing_folder_is_named(tmp_path, home):
    with pytest.raises(DatasetError, match="nowhere does not exist"):
        datasets.find(str(tmp_path / "nowhere"), home)


def test_a_known_set_that_is_not_here_says_how_to_get_it(home, monkeypatch, tmp_path):
    monkeypatch.delenv("THAW_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("cats_and_dogs", "mnist"):
        with pytest.raises(DatasetError, match="THAW_DATA"):
            datasets.find(name, home)


def test_flips_are_off_for_digits_and_on_for_photos(pets, home):
    assert datasets.defaults("digits").flip == "none"
    assert datasets.defaults("mnist").flip == "none"
    assert datasets.defaults("cats_and_dogs").flip == "horizontal"
    assert datasets.defaults(datasets.find(str(pets), home)).flip == "horizontal"


def test_single_characters_as_classes_are_not_flipped(tmp_path, home):
    letters = datasets.find(str(build(tmp_path / "letters", {"b": 3, "d": 3})), home)
    assert datasets.defaults(letters).flip == "none"


# Layouts


def test_a_folder_a_zip_and_a_zip_with_a_top_folder_have_one_key(tmp_path, home, pets):
    (pets / "README.md").write_text("pets")
    flat = zipped(pets, tmp_path / "flat.zip")
    nested = zipped(pets, tmp_path / "nested.zip", top="some/top/")
    found = [datasets.find(str(path), home) for path in (pets, flat, nested)]
    assert len({dataset.key for dataset in found}) == 1
    assert [i.name for i in found[0].items] == [i.name for i in found[2].items]
    assert found[0].items[0].name == "cats/000.png"


def test_given_splits_are_read_off_the_folders(tmp_path, home):
    folder = build(tmp_path / "pets", {**SPLIT_PETS, "test/cats": 2, "test/dogs": 1})
    dataset = datasets.find(str(folder), home)
    counts = {
        split: sum(i.split == split for i in dataset.items) for split in ("train", "validation", "test")
    }
    assert counts == {"train": 12, "validation": 8, "test": 3}


def test_hidden_files_and_macos_shadows_are_passed_over(tmp_path, home, pets):
    clean = datasets.find(str(pets), home).key
    (pets / "__MACOSX" / "cats").mkdir(parents=True)
    (pets / "__MACOSX" / "cats" / "._000.png").write_bytes(b"shadow")
    (pets / "cats" / ".000.png").write_bytes(b"hidden")
    (pets / ".git").mkdir()
    (pets / "cats" / "Thumbs.db").write_bytes(b"no image")
    assert datasets.find(str(pets), home).key == clean
    assert datasets.find(str(zipped(pets, tmp_path / "pets.zip")), home).key == clean


def test_the_first_line_of_a_licence_inside_is_told(home, pets):
    assert datasets.find(str(pets), home).licence == "not stated"
    (pets / "LICENSE").write_text("\nMIT License\n\nCopyright")
    assert datasets.find(str(pets), home).licence == "MIT License"


def test_an_accent_spelled_in_two_ways_is_one_class_name(tmp_path, home):
    keys = set()
    for form in ("NFC", "NFD"):
        folder = build(tmp_path / form, {unicodedata.normalize(form, "café"): 3, "thé": 3})
        keys.add(datasets.find(str(folder), home).key)
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({}, "no images"),
        ({"cats": 3}, "only one class, 'cats'"),
        ({"cats": 3, "dogs": 0}, "dogs holds no images"),
        ({"train/cats": 3, "train/dogs": 3, "val/cats": 3}, "validation has no images of dogs"),
        ({"train/cats": 3, "train/dogs": 3, "test/cats": 3, "test/dogs": 0}, "test/dogs holds no images"),
        ({"val/cats": 3, "val/dogs": 3, "test/cats": 3, "test/dogs": 3}, "no train folder"),
        ({"train/cats": 3, "train/dogs": 3, "more/dogs": 3}, "more stands beside train"),
        ({"train/cats": 3, "train/dogs": 3, "test": 2}, "test/000.png lies in test"),
    ],
)
def test_a_wrong_layout_is_refused_in_words(tmp_path, home, layout, words):
    (tmp_path / "set").mkdir()
    with pytest.raises(DatasetError) as caught:
        datasets.find(str(build(tmp_path / "set", layout)), home)
    assert words in str(caught.value)
    assert caught.value.field == "data.name"


def test_an_empty_class_in_a_zip_is_refused(tmp_path, home, pets):
    path = zipped(pets, tmp_path / "pets.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.mkdir("birds")
    with pytest.raises(DatasetError, match="birds holds no images"):
        datasets.find(str(path), home)


def test_a_file_that_is_no_zip_is_refused(tmp_path, home, pets):
    (tmp_path / "pets.zip").write_bytes(b"no zip")
    (tmp_path / "pets.tar").write_bytes(b"no zip either")
    with pytest.raises(DatasetError, match="pets.zip cannot be used"):
        datasets.find(str(tmp_path / "pets.zip"), home)
    with pytest.raises(DatasetError, match="neither a folder nor a zip"):
        datasets.find(str(tmp_path / "pets.tar"), home)


def test_a_zip_whose_images_claim_an_absurd_size_is_refused(tmp_path, home, pets, monkeypatch):
    monkeypatch.setattr(opening, "MAX_MEMBER_BYTES", 1000)
    bomb = tmp_path / "bomb.zip"
    shutil.copy(zipped(pets, tmp_path / "pets.zip"), bomb)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cats/huge.png", bytes(100_000))
    with pytest.raises(DatasetError, match=r"absurd size \(cats/huge.png"):
        datasets.find(str(bomb), home)


def test_a_damaged_member_of_a_zip_is_named(tmp_path, home, pets):
    path = zipped(pets, tmp_path / "pets.zip")
    content = bytearray(path.read_bytes())
    at = content.find((pets / "cats" / "003.png").read_bytes()) + 60
    content[at] ^= 255
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="cats/003.png"):
        datasets.find(str(path), home)


# Reading


def test_an_original_is_read_as_it_is(home, pets):
    dataset = datasets.find(str(pets), home)
    with Image.open(pets / dataset.items[3].name) as image:
        np.testing.assert_array_equal(dataset.read(3), np.asarray(image))


def test_an_index_survives_pickling(tmp_path, home, pets):
    for path in (pets, zipped(pets, tmp_path / "pets.zip")):
        dataset = datasets.find(str(path), home)
        dataset.read(0)
        copy = pickle.loads(pickle.dumps(dataset))
        assert copy == dataset
        np.testing.assert_array_equal(copy.read(5), dataset.read(5))


def test_a_zip_can_be_read_from_many_threads(tmp_path, home, pets):
    dataset = datasets.find(str(zipped(pets, tmp_path / "pets.zip")), home)
    wanted = [dataset.read(position) for position in range(len(dataset.items))]
    wrong = []

    def read_all():
        for position, image in enumerate(wanted):
            if not np.array_equal(dataset.read(position), image):
                wrong.append(position)

    threads = [threading.Thread(target=read_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_image_changed_after_indexing_is_noticed(home, pets):
    dataset = datasets.find(str(pets), home)
    photo(99).save(pets / "cats" / "000.png")
    with pytest.raises(DatasetError, match="cats/000.png changed"):
        dataset.read(0)


def test_a_changed_file_gives_another_key(home, pets):
    before = datasets.find(str(pets), home).key
    photo(99).save(pets / "cats" / "000.png")
    assert datasets.find(str(pets), home).key != before


def test_known_files_are_not_read_again(home, pets, monkeypatch):
    key = datasets.find(str(pets), home).key
    monkeypatch.setattr(opening, "read_file", lambda *_: pytest.fail("read again"))
    assert datasets.find(str(pets), home).key == key


def test_a_file_younger_than_the_clocks_step_is_read_again(home, pets):
    path = pets / "cats" / "000.png"
    first, second = b"x" * 500, b"y" * 500
    now = time.time_ns()
    keys = []
    for content in (first, second):
        path.write_bytes(content)
        os.utime(path, ns=(now, now))  # same size, same time
        keys.append(datasets.find(str(pets), home).key)
    assert keys[0] != keys[1]


# Every mode becomes RGB


def encoded(image: Image.Image, kind="PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def first_pixel(content: bytes) -> tuple[int, ...]:
    image = images.decode(content, "x")
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
    upright = images.decode(encoded(lying, exif=exif.tobytes()), "x")
    assert upright.size == (4, 8)
    assert upright.getpixel((3, 0)) == (255, 255, 255)


def test_what_cannot_be_decoded_is_named():
    whole = encoded(photo(1, (64, 64)), "JPEG")
    for content in (b"", b"not an image", whole[: len(whole) // 2], encoded(Image.new("F", (4, 4)), "TIFF")):
        with pytest.raises(DatasetError, match="cats/odd.jpg"):
            images.decode(content, "cats/odd.jpg")


def test_a_decompression_bomb_is_an_error_not_a_warning():
    side = 9_500  # 90 megapixels in 100 KB
    with pytest.raises(DatasetError, match="cats/bomb.png"):
        images.decode(encoded(Image.new("1", (side, side))), "cats/bomb.png")


def test_pixels_are_the_whole_picture_squashed(home, pets):
    splits = datasets.load(config(pets), home)
    with Image.open(pets / splits.names[4]) as image:
        wanted = np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(splits.pixels[4], wanted)
    assert splits.pixels.dtype == np.uint8
    assert splits.pixels.shape == (17, 32, 32, 3)
    assert isinstance(splits.pixels, np.memmap)


def test_broken_images_are_named_together(home, pets):
    (pets / "cats" / "002.png").write_bytes(b"broken")
    (pets / "dogs" / "001.png").write_bytes(b"")
    with pytest.raises(DatasetError) as caught:
        datasets.load(config(pets), home)
    for name in ("2 images", "cats/002.png", "dogs/001.png"):
        assert name in str(caught.value)
    assert not list((home / "pixels").glob("*.npy"))


# The pixel cache


def counting(monkeypatch) -> list[int]:
    calls = []
    original = images.squash
    monkeypatch.setattr(images, "squash", lambda image, size: calls.append(size) or original(image, size))
    return calls


def test_pixels_are_decoded_once_per_size_whatever_the_split(home, pets, monkeypatch):
    calls = counting(monkeypatch)
    first = datasets.load(config(pets), home)
    again = datasets.load(config(pets, split_seed=7), home)
    assert len(calls) == 17
    assert first.pixel_key == again.pixel_key
    assert first.split_key != again.split_key
    assert datasets.load(DataConfig(name=str(pets), image_size=48), home).pixel_key != first.pixel_key


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "removed", "note removed", "note broken"])
def test_a_damaged_cache_is_made_anew(home, pets, damage):
    wanted = np.array(datasets.load(config(pets), home).pixels)
    file = next((home / "pixels").glob("*.npy"))
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[-500] ^= 1
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(content[:-100])
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "removed":
        file.unlink()
    elif damage == "note removed":
        file.with_suffix(".json").unlink()
    else:
        file.with_suffix(".json").write_text("{")
    np.testing.assert_array_equal(datasets.load(config(pets), home).pixels, wanted)


def test_a_copied_store_keeps_its_pixels(tmp_path, home, pets, monkeypatch):
    datasets.load(config(pets), home)
    shutil.copytree(home, tmp_path / "copy", copy_function=shutil.copyfile)  # new times of change
    calls = counting(monkeypatch)
    datasets.load(config(pets), tmp_path / "copy")
    assert calls == []


def test_stopping_while_decoding_leaves_nothing_behind(tmp_path, home):
    folder = build(tmp_path / "many", {"a": 60, "b": 60})
    datasets.find(str(folder), home)
    seen = []

    def should_stop():
        return len(seen) > 1

    with pytest.raises(Stopped):
        datasets.load(config(folder), home, lambda *_, **stage: seen.append(stage), should_stop)
    assert seen[-1] == {"name": "pixels", "done": 64, "total": 120}
    assert list((home / "pixels").iterdir()) == []


def test_stopping_while_reading_keeps_what_was_read(tmp_path, home):
    folder = build(tmp_path / "many", {"a": 80, "b": 80})
    asked = []
    with pytest.raises(Stopped):
        datasets.find(str(folder), home, should_stop=lambda: asked.append(1) or len(asked) > 2)
    told = []
    datasets.find(str(folder), home, report=lambda *_, **stage: told.append(stage))
    assert told[0]["total"] == 160 - 2 * 64


def test_a_full_disk_is_said_in_words(home, pets, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pixels.np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(StoreError, match="No space left"):
        datasets.load(config(pets), home)
    assert list((home / "pixels").iterdir()) == []


def test_two_threads_that_want_the_same_pixels_decode_them_once(home, pets, monkeypatch):
    calls, results = counting(monkeypatch), []
    threads = [
        threading.Thread(target=lambda: results.append(datasets.load(config(pets), home).pixels.sum()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 17
    assert len(set(results)) == 1


def test_what_a_killed_process_left_is_swept_up(home, pets):
    left = home / "pixels" / ".pixels-v1-0123456789abcdef.4242.npy"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    os.utime(left, (OLD - 3600, OLD - 3600))
    datasets.load(config(pets), home)
    assert not left.exists()


# Downloads


@pytest.fixture
def server():
    """A local web server; returns (address, the bytes it serves as a one-item list)."""
    served = [b""]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/file.zip":
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Length", str(len(served[0])))
            self.end_headers()
            self.wfile.write(served[0])
            return None

        def log_message(self, *_):
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}", served
    http.shutdown()
    http.server_close()


def published(monkeypatch, base: str, size: int, check=lambda path: None):
    entry = downloads.Download(
        "cats_and_dogs_filtered.zip", (f"{base}/gone", f"{base}/file.zip"), size, check
    )
    monkeypatch.setitem(downloads.DOWNLOADS, "cats_and_dogs", entry)


def test_a_download_is_found_afterwards(tmp_path, home, pets, server, monkeypatch):
    base, served = server
    served[0] = zipped(pets, tmp_path / "z.zip").read_bytes()
    published(monkeypatch, base, len(served[0]))
    monkeypatch.delenv("THAW_DATA", raising=False)
    told = []
    path = datasets.download("cats_and_dogs", home, lambda *_, **stage: told.append(stage))
    assert path == home / "datasets" / "cats_and_dogs_filtered.zip"
    assert told[-1] == {"name": "download", "done": len(served[0]), "total": len(served[0])}
    assert datasets.find("cats_and_dogs", home).classes == ("cats", "dogs")


def test_a_download_that_is_another_file_leaves_nothing(tmp_path, home, pets, server, monkeypatch):
    base, served = server
    served[0] = zipped(pets, tmp_path / "z.zip").read_bytes()
    published(monkeypatch, base, len(served[0]), downloads.DOWNLOADS["cats_and_dogs"].check)
    with pytest.raises(DatasetError, match="not the published file"):
        datasets.download("cats_and_dogs", home)
    assert list((home / "datasets").iterdir()) == []


def test_a_download_without_a_network_says_so(home, server, monkeypatch):
    published(monkeypatch, server[0] + "/wrong", 1000)
    with pytest.raises(DatasetError, match="could not be downloaded"):
        datasets.download("cats_and_dogs", home)


def test_a_download_far_larger_than_the_file_is_cut_off(home, server, monkeypatch):
    server[1][0] = bytes(3_000_000)
    published(monkeypatch, server[0], 1000)
    with pytest.raises(DatasetError, match="far more"):
        datasets.download("cats_and_dogs", home)


def test_a_download_can_be_stopped(home, server, monkeypatch):
    server[1][0] = bytes(3_000_000)
    published(monkeypatch, server[0], 3_000_000)
    with pytest.raises(Stopped):
        datasets.download("cats_and_dogs", home, should_stop=lambda: True)
    assert list((home / "datasets").iterdir()) == []


def test_only_known_sets_can_be_downloaded(home):
    with pytest.raises(DatasetError, match="cats_and_dogs"):
        datasets.download("digits", home)


# Real data


def test_the_check_of_a_download_accepts_the_real_photos():
    downloads.DOWNLOADS["cats_and_dogs"].check(real_data("cats_and_dogs_filtered.zip"))


def test_cats_and_dogs_are_2000_808_192_and_disjoint(home):
    real_data("cats_and_dogs_filtered.zip")
    data = DataConfig(name="cats_and_dogs")
    dataset = datasets.find("cats_and_dogs", home)
    chosen = datasets.split(dataset, data)
    assert {name: len(positions) for name, positions in chosen.items()} == {
        "train": 2000, "validation": 808, "test": 192,
    }  # fmt: skip
    hashes = {name: {dataset.items[p].sha256 for p in positions} for name, positions in chosen.items()}
    assert len(set.union(*hashes.values())) == 3000
    assert np.bincount(dataset.labels[chosen["test"]]).tolist() == [96, 96]


def test_blood_cells_keep_their_test_photos(home):
    real_data("bccd_cells.zip")
    dataset = datasets.find("bccd_cells", home)
    summary = datasets.summarize(dataset, DataConfig(name="bccd_cells"))
    assert dataset.classes == ("Platelets", "RBC", "WBC")
    assert dataset.licence == "MIT License"
    assert summary.counts == {"train": 708, "validation": 177, "test": 211}


def test_mnist_is_48000_12000_10000(home):
    real_data("mnist.npz")
    dataset = datasets.find("mnist", home)
    chosen = datasets.split(dataset, DataConfig(name="mnist"))
    assert {name: len(positions) for name, positions in chosen.items()} == {
        "train": 48_000, "validation": 12_000, "test": 10_000,
    }  # fmt: skip
    assert dataset.read(0).shape == (28, 28, 3)
