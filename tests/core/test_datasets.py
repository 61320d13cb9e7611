"""Data sets: catalogue, layouts, refusals and reading. Needs no TensorFlow."""

import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data import checking, datasets, opening
from core.errors import DatasetError
from tests.photos import PETS, SPLIT_PETS, build, encoded, photo, zipped

# The catalogue and names


def test_importing_the_data_sets_does_not_import_tensorflow():
    code = "import sys, core.data.datasets, core.method.augmentation; print('tensorflow' in sys.modules)"
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
        ({"cats": 3, "dogs": 0}, "only one class, 'cats'"),
        ({"train/cats": 3, "train/dogs": 3, "val/cats": 3}, "validation has no images of dogs"),
        ({"train/cats": 3, "train/dogs": 3, "test/cats": 3, "test/dogs": 0}, "test has no images of dogs"),
        ({"val/cats": 3, "val/dogs": 3, "test/cats": 3, "test/dogs": 3}, "no train folder"),
        ({"train/cats": 3, "train/dogs": 3, "more/dogs": 3}, "more stands beside it"),
        ({"train": 3, "test": 2}, "hold images but no class folders"),
    ],
)
def test_a_wrong_layout_is_refused_in_words(tmp_path, home, layout, words):
    (tmp_path / "set").mkdir()
    with pytest.raises(DatasetError) as caught:
        datasets.find(str(build(tmp_path / "set", layout)), home)
    assert words in str(caught.value)
    assert caught.value.field == "data.name"


def test_a_zip_that_claims_an_absurd_size_is_not_unpacked(tmp_path, home, pets):
    bomb = tmp_path / "bomb.zip"
    shutil.copy(zipped(pets, tmp_path / "pets.zip"), bomb)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cats/huge.png", bytes(5 * 2**20))
    dataset = datasets.find(str(bomb), home)
    assert len(dataset.items) == 17
    assert [(one.name, one.reason) for one in dataset.passed_over] == [
        ("cats/huge.png", "unpacking to more than 200 times its size")
    ]


def test_a_damaged_member_of_a_zip_is_named_and_the_rest_is_used(tmp_path, home, pets):
    path = zipped(pets, tmp_path / "pets.zip")
    content = bytearray(path.read_bytes())
    at = content.find((pets / "cats" / "003.png").read_bytes()) + 60
    content[at] ^= 255
    path.write_bytes(content)
    dataset = datasets.find(str(path), home)
    assert len(dataset.items) == 16
    (one,) = dataset.passed_over
    assert (one.name, one.reason) == ("cats/003.png", opening.BROKEN)
    assert "damaged in the zip" in one.detail


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
        assert (copy.key, copy.items) == (dataset.key, dataset.items)
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
    monkeypatch.setattr(checking, "check_file", lambda *_: pytest.fail("read again"))
    assert datasets.find(str(pets), home).key == key


def test_a_file_younger_than_the_clocks_step_is_read_again(home, pets):
    path = pets / "cats" / "000.png"
    first, second = (encoded(photo(seed), "BMP") for seed in (100, 101))
    now = time.time_ns()
    keys = []
    for content in (first, second):
        path.write_bytes(content)
        os.utime(path, ns=(now, now))  # same size, same time
        keys.append(datasets.find(str(pets), home).key)
    assert keys[0] != keys[1]


# Real data


def test_cats_and_dogs_are_2000_808_192_and_disjoint(home, real_data):
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


def test_blood_cells_keep_their_test_photos(home, real_data):
    real_data("bccd_cells.zip")
    dataset = datasets.find("bccd_cells", home)
    summary = datasets.summarize(dataset, DataConfig(name="bccd_cells"))
    assert dataset.classes == ("Platelets", "RBC", "WBC")
    assert dataset.licence == "MIT License"
    assert summary.counts == {"train": 708, "validation": 177, "test": 211}


def test_mnist_is_48000_12000_10000(home, real_data):
    real_data("mnist.npz")
    dataset = datasets.find("mnist", home)
    chosen = datasets.split(dataset, DataConfig(name="mnist"))
    assert {name: len(positions) for name, positions in chosen.items()} == {
        "train": 48_000, "validation": 12_000, "test": 10_000,
    }  # fmt: skip
    assert dataset.read(0).shape == (28, 28, 3)
