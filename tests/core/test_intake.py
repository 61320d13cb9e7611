"""Taking photos in: checked, set aside, kept under a name, found, deleted; and pictures from a camera."""

import os
import time
import unicodedata
import zipfile

import pytest
from PIL import Image

from core import reserve
from core.config import DataConfig
from core.data import datasets, exclusions, kept, listers, listing
from core.data.names import clean_path
from core.data.zips import MemberName, member_name
from core.errors import DatasetError, Stopped, StoreError
from core.intake.collecting import Collecting
from core.intake.taking_in import take_in
from tests.doors import assert_code_lists
from tests.photos import SPLIT_PETS, build, config, encoded, photo, zipped


def taken(folder, home, **how):
    return take_in(listers.of_folder(folder), home, **how)


# The same photos by every way in


def test_a_zip_an_upload_and_a_folder_give_the_set_that_the_folder_is_in_place(tmp_path, home, pets):
    path = zipped(pets, tmp_path / "pets.zip", top="some/top/")
    uploads = [(f"pets/{p.parent.name}/{p.name}", p.read_bytes()) for p in sorted(pets.rglob("*.png"))]
    with path.open("rb") as file:
        found = {
            "zip": listers.of_zip(file), "upload": listers.of_uploads(uploads),
            "folder": listers.of_folder(pets),
        }  # fmt: skip
        for name, arrived in found.items():
            take_in(arrived, home).keep(name)
    in_place = datasets.find(str(pets), home)
    for name in found:
        dataset = datasets.find(name, home)
        assert dataset.key == in_place.key
        assert [item.name for item in dataset.items] == [item.name for item in in_place.items]
        assert (dataset.read(5) == in_place.read(5)).all()


def test_a_kept_set_trains_from_the_same_pixels_and_split_as_the_folder(home, pets):
    taken(pets, home).keep("Pets")
    kept_splits, splits = datasets.load(config("Pets"), home), datasets.load(config(pets), home)
    assert kept_splits.pixel_key == splits.pixel_key
    assert kept_splits.split_key == splits.split_key


@pytest.mark.parametrize(
    "twin",
    ["ALBUM", "Аlbum", "Al\u200bbum", "Album\u00ad", "\uff21lbum", "Album\u3164", "Album\ufe0f", "Αlbum"],
)
def test_a_set_that_reads_like_another_is_refused(home, pets, twin):
    photos = taken(pets, home)
    with pytest.raises(DatasetError, match="There is a data set named|reads like the data set 'Album'"):
        photos.keep(twin, frozenset({"Album", "Other"}))
    photos.keep("Albums", frozenset({"Album"}))


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060\u00ad", "\u3164", "\U000e0041", "\u2800", "\ufe0f"])
def test_a_name_of_which_nothing_is_drawn_is_none(tmp_path, home, pets, unseen):
    with pytest.raises(DatasetError, match="The set has no name"):
        taken(pets, home).keep(unseen)
    with pytest.raises(DatasetError, match="6 with no readable character in the name"):
        taken(build(tmp_path / "set", {"cats": 6, unseen: 6}), home)


def test_given_splits_come_in_with_the_photos(tmp_path, home):
    folder = build(tmp_path / "pets", {**SPLIT_PETS, "test/cats": 2, "test/dogs": 1})
    taken(folder, home).keep("Pets")
    chosen = datasets.split(datasets.find("Pets", home), DataConfig(name="Pets"))
    assert [len(chosen[name]) for name in ("train", "validation", "test")] == [12, 8, 3]


def test_names_that_macos_wrote_without_saying_utf8_are_read_as_it_meant_them():
    as_python_reads_it = "café/été.jpg".encode().decode("cp437")
    assert member_name(zipfile.ZipInfo(as_python_reads_it)) == MemberName("café/été.jpg", guessed=False)
    other = zipfile.ZipInfo("caf\u2592.jpg")
    assert member_name(other) == MemberName("caf\u2592.jpg", guessed=True), "no UTF-8: as it stands"


# Checking


def test_bad_files_are_named_with_their_reason_and_the_rest_goes_on(home, pets):
    (pets / "cats" / "broken.png").write_bytes((pets / "cats" / "000.png").read_bytes()[:100])
    (pets / "dogs" / "text.jpg").write_text("not a picture")
    (pets / "dogs" / "camera.CR2").write_bytes(b"II*\0")
    (pets / "dogs" / ".hidden.png").write_bytes(b"")
    (pets / "Thumbs.db").write_bytes(b"")
    intake = taken(pets, home)
    told = {one.name: (one.reason, one.detail) for one in intake.origin.passed_over}
    assert told.pop("cats/broken.png")[0] == "cannot be decoded"
    assert told == {
        "dogs/camera.CR2": (".cr2 not readable here", ""),
        "dogs/text.jpg": ("cannot be decoded", "no known picture format"),
        "dogs/.hidden.png": (listing.HIDDEN, ""),
        "Thumbs.db": (listing.HIDDEN, ""),
    }
    assert intake.counts == {"cats": 8, "dogs": 9}


def test_the_size_of_a_photo_taken_sideways_is_that_of_the_upright_one(home, pets):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(1, (30, 20)).save(pets / "cats" / "sideways.jpg", exif=exif.tobytes())
    intake = taken(pets, home)
    found = next(one for one in intake.photos if one.name == "cats/sideways.jpg")
    assert (found.width, found.height) == (20, 30)


@pytest.mark.parametrize(
    ("layout", "words"),
    [({}, "There are no images"), ({"cats": 3}, "only one class"), ({"": 3}, "no class folders")],
)
def test_photos_without_two_classes_are_refused_and_leave_nothing(tmp_path, home, layout, words):
    (tmp_path / "set").mkdir()
    with pytest.raises(DatasetError, match=words):
        taken(build(tmp_path / "set", layout), home)
    assert not (home / "photos").exists()


def test_stopping_leaves_nothing_behind(home, pets):
    told = []
    with pytest.raises(Stopped):
        taken(pets, home, report=lambda *_, **stage: told.append(stage), should_stop=lambda: len(told) > 1)
    assert told[-1] == {"name": "checking_photos", "done": 4, "total": 17}
    assert list((home / "photos").iterdir()) == []


def test_too_little_disk_is_said_before_anything_is_written(home, pets, monkeypatch):
    class Usage:
        free = 10**6

    monkeypatch.setattr(reserve.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(StoreError, match="the disk has 1 MB left"):
        taken(pets, home)
    assert not home.exists()


# Keeping


def test_a_kept_set_is_in_the_catalogue_and_can_be_deleted(home, pets):
    assert taken(pets, home).keep(" Café été ") == "Café été"
    entry = next(entry for entry in datasets.catalogue(home) if entry.kept)
    assert (entry.name, entry.available) == ("Café été", True)
    dataset = datasets.find("Café été", home)
    exclusions.exclude(dataset, [(dataset.items[0].name, dataset.items[0].sha256)], home)
    kept.delete("Café été", home)
    assert not any(entry.kept for entry in datasets.catalogue(home))
    with pytest.raises(DatasetError, match="no data set named 'Café été'"):
        datasets.find("Café été", home)
    taken(pets, home).keep("Café été")
    assert len(datasets.find("Café été", home).items) == 17, "a new set begins with nothing left out"


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", ".hidden", "~", "x" * 61, "\u202e"])
def test_a_name_that_will_not_do_is_refused_and_the_photos_wait(home, pets, name):
    intake = taken(pets, home)
    with pytest.raises(DatasetError, match="name"):
        intake.keep(name)
    intake.keep("Pets")
    assert len(datasets.find("Pets", home).items) == 17


def test_a_name_in_use_is_refused_whatever_its_capitals(home, pets):
    taken(pets, home).keep("Pets")
    with pytest.raises(DatasetError, match="'pets' already"):
        taken(pets, home).keep("pets")
    with pytest.raises(DatasetError, match="'Digits' already"):
        taken(pets, home).keep("Digits", frozenset({"digits"}))


@pytest.mark.parametrize("name", ["猫と犬", "قطط", "CON", "a.", "<b>x", "**x**", "'; DROP TABLE", "e\u0301"])
def test_a_name_in_any_script_or_with_marks_is_kept_as_it_is(home, pets, name):
    taken(pets, home).keep(name)
    assert datasets.find(unicodedata.normalize("NFC", name), home).classes == ("cats", "dogs")


def test_photos_that_nobody_kept_are_swept_up_after_a_day(home, pets):
    old, recent = taken(pets, home), taken(pets, home)
    os.utime(old.folder, (time.time() - 2 * 86_400,) * 2)
    taken(pets, home)
    assert not old.folder.exists()
    assert recent.folder.exists()


def test_discarded_photos_are_gone(home, pets):
    taken(pets, home).discard()
    assert list((home / "photos").iterdir()) == []


# Names


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("cats\\a.png", "cats/a.png"),
        ("./cats//a.png", "cats/a.png"),
        ("cats/e\u0301.png", "cats/é.png"),
        ("cats/a\u202e\x07.png", "cats/a.png"),
        ("cats/\udcff.png", "cats/.png"),
        (f"cats/{'x' * 500}.jpeg", f"cats/{'x' * 94}….jpeg"),
    ],
)
def test_a_path_is_cleaned_to_what_can_be_read(path, clean):
    assert clean_path(path) == clean


# Written code


@pytest.mark.parametrize("names", [{}, {"cats": "felines"}])
def test_the_code_of_a_kept_set_finds_its_photos_in_the_zip_that_they_came_from(tmp_path, pets, home, names):
    (pets / "cover.png").write_bytes(encoded(photo(99)))
    path = zipped(pets, tmp_path / "pets.zip", top="some/top/")
    with path.open("rb") as file:
        take_in(listers.of_zip(file), home).renamed(names).keep("Pets")
    dataset = datasets.find("Pets", home)
    assert len(dataset.items) == 17
    assert_code_lists(dataset, path)


# Leaving images out


def test_images_left_out_are_remembered_with_the_set_and_change_its_keys(home, pets):
    whole = datasets.find(str(pets), home)
    before = datasets.load(config(pets), home)
    gone = whole.items[3]
    exclusions.exclude(whole, [(gone.name, gone.sha256)], home)
    left = datasets.find(str(pets), home)
    assert gone.name not in {item.name for item in left.items}
    assert len(left.items) == 16
    after = datasets.load(config(pets), home)
    assert (after.pixel_key, after.split_key) != (before.pixel_key, before.split_key)
    assert (left.read(3) == whole.read(4)).all(), "positions lead to the right files"
    assert datasets.find(str(pets), home, everything=True).key == whole.key
    exclusions.exclude(whole, [], home)
    assert datasets.find(str(pets), home).key == whole.key


def test_of_two_copies_one_can_stay(home, pets):
    (pets / "cats" / "copy.png").write_bytes((pets / "cats" / "000.png").read_bytes())
    whole = datasets.find(str(pets), home)
    copy = next(item for item in whole.items if item.name == "cats/copy.png")
    exclusions.exclude(whole, [(copy.name, copy.sha256)], home)
    assert "cats/000.png" in {item.name for item in datasets.find(str(pets), home).items}


def test_a_class_cannot_be_emptied(home, pets):
    whole = datasets.find(str(pets), home)
    cats = [(item.name, item.sha256) for item in whole.items if item.label == 0]
    with pytest.raises(DatasetError, match="'cats' has 2 left"):
        exclusions.exclude(whole, cats[:6], home)
    assert datasets.find(str(pets), home).key == whole.key


# The camera


def test_pictures_are_collected_class_by_class_and_the_last_can_be_taken_back(home):
    collecting = Collecting(home)
    for seed, name in enumerate(("mug", "mug", "mug", "cup", "cup", "cup", "cup")):
        collecting.add(name, encoded(photo(seed), "JPEG"))
    collecting.delete_last()
    assert collecting.counts == {"mug": 3, "cup": 3}
    collecting.finish().keep("Desk")
    dataset = datasets.find("Desk", home)
    assert dataset.classes == ("cup", "mug")
    assert len(list((kept.folder_of("Desk", home) / "files").iterdir())) == 6


@pytest.mark.parametrize(
    ("pictures", "words"),
    [(["mug"] * 3, "one class"), (["mug"] * 3 + ["cup"], "cup has 1 of 3"), ([], "no picture yet")],
)
def test_too_few_pictures_are_no_set_yet(home, pictures, words):
    collecting = Collecting(home)
    for seed, name in enumerate(pictures):
        collecting.add(name, encoded(photo(seed)))
    with pytest.raises(DatasetError, match=words):
        collecting.finish()


def test_a_picture_without_a_class_or_taken_twice_is_refused(home):
    collecting = Collecting(home)
    with pytest.raises(DatasetError, match="The class has no name"):
        collecting.add(" ", encoded(photo(1)))
    collecting.add("mug", encoded(photo(1)))
    with pytest.raises(DatasetError, match="there already"):
        collecting.add("cup", encoded(photo(1)))
    assert collecting.counts == {"mug": 1}
