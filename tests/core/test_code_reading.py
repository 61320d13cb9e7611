"""Written code finds the images that Thaw finds, in its order, and reads its pixels, bit for bit."""

import ast
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from core.codegen.data import SHA256, data_code, reading_of
from core.codegen.pieces import imports, joined, literal
from core.data import datasets, exclusions
from core.data.pixels import load_pixels
from tests.photos import OLD, odd_pictures, zipped

SIZE = 20
PARTS = {"train": 40, "test": 20}
SHOWN = """
rows = listed(json.loads(sys.argv[1]))
print(json.dumps([row[:4] for row in rows]))
np.save("pixels.npy", np.stack([picture(row[4]()) for row in rows]))
"""


def by_written_code(dataset, place, folder: Path) -> tuple[list, np.ndarray]:
    """[[name, SHA-256, class, split], ...] and pixels, by a process that knows nothing of Thaw."""
    how = reading_of(dataset)
    text = joined(f"SIZE = {SIZE}", how.files, how.listed, SHA256, how.decoder, SHOWN)
    script = folder / "read.py"
    needed = imports(text).replace("import keras\n", "")  # which only fetches MNIST, and takes seconds
    script.write_text(f"{needed}\n{text}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", script, json.dumps(place)],
        cwd=folder, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), np.load(folder / "pixels.npy")


def by_thaw(dataset, home) -> tuple[list, np.ndarray]:
    rows = [[item.name, item.sha256, dataset.classes[item.label], item.split] for item in dataset.items]
    return rows, load_pixels(dataset, range(len(dataset.items)), SIZE, home)[1]


LAYOUTS = {
    "classes": ("", {"": ("",)}),
    "classes in two wrapping folders": ("my photos/v1/", {"": ("",)}),
    "given splits": ("data set/", {"Train/": ("", "more/"), "val/": ("",), "testing/": ("",)}),
    "train alone": ("top/", {"train/": ("",)}),
    "a class called test": ("", {"": ("", "deep/er/")}),
}


@pytest.fixture(params=LAYOUTS)
def folder(request, tmp_path):
    """A folder of three classes, and what must be passed over."""
    top, splits = LAYOUTS[request.param]
    names = ("test", 'a "dog"') if request.param.endswith("test") else ("cat's", "Hündin")
    names = (*names, unicodedata.normalize("NFD", "übrige"))
    place = tmp_path / "place"
    for split, below in splits.items():
        for number, name in enumerate(names):
            for deeper in below:
                inside = place / f"{top}{split}{name}/{deeper}"
                inside.mkdir(parents=True)
                for at, (file, content) in enumerate(odd_pictures().items()):
                    if at % len(names) == number or not number:
                        (inside / file).write_bytes(content)
                        os.utime(inside / file, (OLD, OLD))
    for other in ("notes.txt", ".hidden.png", f"{top}{names[0]}.txt", ".cache/x/1.png", "__MACOSX/x/2.png"):
        (place / other).parent.mkdir(parents=True, exist_ok=True)
        (place / other).write_bytes(b"no picture")
    return place


def test_every_picture_of_a_folder_is_found_and_read_as_thaw_reads_it(folder, home, tmp_path):
    dataset = datasets.find(str(folder), home)
    rows, pixels = by_thaw(dataset, home)
    found, theirs = by_written_code(dataset, str(folder), tmp_path)
    assert found == rows
    np.testing.assert_array_equal(theirs, pixels)


def test_so_is_every_picture_of_a_zip(folder, home, tmp_path):
    for file in [*folder.rglob("no utf-8*"), *folder.rglob("back*")]:  # in zips names are UTF-8, and a
        file.unlink()  # backslash separates
    place = str(zipped(folder, tmp_path / "photos.zip", "wrapped/"))
    dataset = datasets.find(place, home)
    rows, pixels = by_thaw(dataset, home)
    found, theirs = by_written_code(dataset, place, tmp_path)
    assert found == rows
    np.testing.assert_array_equal(theirs, pixels)


@pytest.mark.soak
def test_so_is_every_digit(home, tmp_path):
    dataset = datasets.find("digits", home)
    rows, pixels = by_thaw(dataset, home)
    found, theirs = by_written_code(dataset, None, tmp_path)
    assert found == rows
    np.testing.assert_array_equal(theirs, pixels)


def test_so_is_mnist_from_its_file(home, tmp_path, monkeypatch):
    noise = np.random.default_rng(0)
    arrays = {f"x_{part}": noise.integers(0, 256, (n, 28, 28), np.uint8) for part, n in PARTS.items()}
    arrays |= {f"y_{part}": np.arange(n, dtype=np.uint8) % 10 for part, n in PARTS.items()}
    np.savez(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv("THAW_DATA", str(tmp_path))
    dataset = datasets.find("mnist", home)
    rows, pixels = by_thaw(dataset, home)
    found, theirs = by_written_code(dataset, str(tmp_path / "mnist.npz"), tmp_path)
    assert found == rows
    np.testing.assert_array_equal(theirs, pixels)


def test_images_that_a_person_left_out_are_left_out_whatever_they_are_called(folder, home):
    whole = datasets.find(str(folder), home)
    gone = {(item.name, item.sha256) for item in whole.items[::5]}
    exclusions.exclude(whole, gone, home)
    dataset = datasets.find(str(folder), home)
    counts = {"train": 6, "validation": 3, "test": 3}
    text = data_code(dataset, counts, SIZE, 8, 42, exclusions.excluded(home, dataset.name))
    space = {}
    text = text.replace("import tensorflow as tf\n", "").replace('"photos"', repr(str(folder)))
    exec(text[: text.index("# Divided once")], space)
    assert len(whole.items) - len(dataset.items) == len(gone) > 3
    assert [image[:2] for image in space["images"]] == [(item.name, item.sha256) for item in dataset.items]


@pytest.mark.parametrize("name", [*odd_pictures(), "\u2028", "\x00", "\ud800", "plain"])
def test_a_name_becomes_a_literal_on_one_line_that_can_be_saved(name):
    text = literal(name)
    assert ast.literal_eval(text) == name
    assert len(text.encode("utf-8").splitlines()) == len(text.splitlines()) == 1
    assert "\u202e" not in text  # which would turn the rest of the line around
