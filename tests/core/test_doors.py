"""The same folder comes through every door as the same classes, or is asked about or refused in the same
words. Needs no TensorFlow."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.__main__ import main
from core.commands import verify
from core.config import with_setting
from core.data import datasets, listers, listing, opening
from core.data.checking import check_content
from core.data.decoding import decode_upright
from core.data.layouts import AmbiguousLayout
from core.errors import DatasetError
from core.intake.taking_in import take_in
from core.presets import preset
from core.store import Store
from tests import fakes
from tests.cases import Asked, Case, Read, fill
from tests.doors import DOORS, assert_code_lists, carries, counted, place_for, reasons
from tests.file_cases import FILLED
from tests.folder_cases import LAID_OUT
from tests.odd_pictures import readable, refused
from tests.photos import build
from tests.zip_cases import ZIPS, raw_zip

FOLDERS = LAID_OUT | FILLED
CASES = FOLDERS | ZIPS
pytestmark = pytest.mark.filterwarnings("ignore")  # what Pillow says of damaged pictures


IN_PLACE = ("by path", "zip by path")
PAIRS = [(name, door) for name, case in CASES.items() for door in DOORS if carries(door, case)]


@pytest.mark.parametrize(("name", "door"), PAIRS)
def test_every_door_reads_a_folder_as_it_is_meant(name, door, tmp_path, home):
    case, enter = CASES[name], DOORS[door]
    place, right = place_for(door, case, tmp_path / "photos"), case.right
    if isinstance(right, Read):
        found = enter(place, home)
        assert counted(found) == right.counts
        assert reasons(found) == right.passed_over
        assert found.levels == right.levels
        if door in IN_PLACE:
            assert_code_lists(found, place)
        return
    with pytest.raises(DatasetError) as caught:
        enter(place, home)
    assert right.words in str(caught.value)
    readings = right.readings if isinstance(right, Asked) else {}
    found = {part.split()[0].rstrip(",.") for part in str(caught.value).split("--layout ")[1:]}
    assert found == set(readings)
    if isinstance(caught.value, AmbiguousLayout):
        assert {one.kind for one in caught.value.readings} == set(readings)
    for kind, expected in readings.items():
        found = enter(place, tmp_path / f"home {kind}", kind)
        assert counted(found) == expected, kind
        if door in IN_PLACE:
            assert_code_lists(found, place)


# In a terminal


def test_a_choice_holds_however_the_place_is_written(tmp_path, home, monkeypatch, capsys):
    place = FOLDERS["parts of one set"].build(tmp_path / "photos")
    (tmp_path / "linked").symlink_to(place)
    monkeypatch.chdir(tmp_path)
    assert main(["code", "digits-quick", "--data", "photos", "--layout", "splits"]) == 0
    for name in ("photos", "./photos/", str(place), "linked"):
        assert datasets.find(name, home).classes == ("cats", "dogs"), name
    monkeypatch.setenv("THAW_DATA", str(tmp_path))
    monkeypatch.chdir("/")
    assert datasets.find("photos", home).classes == ("cats", "dogs"), "by its name in a folder of data sets"
    assert main(["check"]) == 0
    next((home / "layouts").iterdir()).write_text('"other"')
    assert main(["check"]) == 1
    assert "layouts/" in capsys.readouterr().out


def stored(place, home, capsys) -> dict:
    """The answer of `run --json` where the run is in the store."""
    store, made = Store(home), preset("digits-quick")
    config = replace(made, data=replace(made.data, name=str(place), limit=None, shares=None))
    dataset = datasets.find(str(place), home)
    fakes.finish_with_control(store, dataset, config)
    assert main(["run", "digits-quick", "--data", str(place), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_is_passed_over_is_in_the_json_of_run_and_show(tmp_path, home, capsys):
    case = FOLDERS["all that stands among photos"]
    place = case.build(tmp_path / "photos")
    answer = stored(place, home, capsys)
    found = answer["dataset"]["passed_over"]
    assert {reason: one["count"] for reason, one in found.items()} == case.right.passed_over
    assert found[".svg not readable here"] == {
        "count": 1, "classes": {"cats": 1}, "files": ["cats/drawing.svg"]
    }  # fmt: skip
    assert main(["show", answer["run_key"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"]["passed_over"] == found


def test_verify_takes_a_layout_and_says_so_where_it_needs_one(tmp_path, monkeypatch, capsys):
    place, found = FOLDERS["parts of one set"].build(tmp_path / "photos"), []
    written = SimpleNamespace(
        config=with_setting(preset("digits-quick"), "data.name", str(place)),
        result=SimpleNamespace(run_key="run-v1-0000000000000000"),  # of another store
    )

    def before_training(receipt, dataset):
        found.append(dataset)
        raise DatasetError("That is all that is asked here.")

    monkeypatch.setattr(verify.receipt, "read", lambda path: written)
    monkeypatch.setattr(verify.verification, "before_training", before_training)
    assert main(["verify", "receipt.json"]) == 2
    assert "Say so with --layout classes or --layout splits" in capsys.readouterr().err
    assert main(["verify", "receipt.json", "--layout", "splits"]) == 2
    assert found[0].classes == ("cats", "dogs")


def test_a_zip_in_an_unknown_alphabet_is_said_to_be_one(tmp_path, home, capsys):
    place = tmp_path / "names.zip"
    place.write_bytes(raw_zip(lambda name: name.encode("cp949"), ("개", "새")))
    dataset = datasets.find(str(place), home)
    assert [len(name) for name in dataset.guessed] == [2, 2], "garbled: it may be Chinese or Korean"
    stored(place, home, capsys)
    assert main(["run", "digits-quick", "--data", str(place)]) == 0
    said = capsys.readouterr().err
    assert (
        f"written in an unknown alphabet: {', '.join(dataset.guessed)}; if they are wrong, unpack it" in said
    )


def test_a_thousand_classes_of_one_photo_are_refused_in_clear_words(tmp_path, home, capsys):
    place = build(tmp_path / "photos", {f"class {n:04d}": 1 for n in range(1000)})
    too_few = "1,000 classes, such as 'class 0000', have too few images: none is left for"
    for arguments in (["run"], ["code"]):
        assert main([*arguments, "digits-quick", "--data", str(place)]) == 2
        assert too_few in capsys.readouterr().err
    with pytest.raises(DatasetError, match=too_few):
        take_in(listers.of_folder(place), home).keep("Photos")


# What cannot be opened


@pytest.mark.parametrize("door", ["by path", "copied", "terminal"])
def test_a_locked_class_is_named_and_a_locked_folder_in_one_passed_over(door, tmp_path, home, monkeypatch):
    place = Case(Read({}), fill("cats 6, dogs 6, birds 6, dogs/more 2")).build(tmp_path / "photos")
    locked, scandir = [place / "dogs" / "more"], os.scandir

    def opened(path):
        if Path(path) in locked:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", opened)
    found = DOORS[door](place, home)
    assert counted(found) == {"cats": 6, "dogs": 6, "birds": 6}
    assert [(one.name, one.reason) for one in found.passed_over] == [("dogs/more", listing.LOCKED)]
    locked.append(place / "birds")
    with pytest.raises(DatasetError, match="Nothing in the folder birds can be read: 1 cannot be opened"):
        DOORS[door](place, tmp_path / "other home")


# Every kind of file


@pytest.mark.parametrize("door", DOORS)
def test_every_kind_of_picture_is_decoded_alike_by_every_door(door, tmp_path, home):
    pictures = list(readable().items()) + list(refused().items())
    files = {f"{('cats', 'dogs')[at % 2]}/{name}": content for at, (name, content) in enumerate(pictures)}
    place = place_for(door, Case(Read({}), files), tmp_path / "photos")
    found = DOORS[door](place, home)
    assert {item.name.partition("/")[2] for item in found.items} == {*readable()}
    passed_over = {one.name.partition("/")[2]: one for one in found.passed_over}
    assert passed_over.keys() == refused().keys()
    for name, one in passed_over.items():
        assert (one.reason, one.detail) == (opening.BROKEN, check_content(refused()[name]).broken)
    deep = [one.levels for content in readable().values() if (one := check_content(content)).levels]
    assert found.levels == (min(low for low, _ in deep), max(high for _, high in deep))
    for position, item in enumerate(found.items):
        content = readable()[item.name.partition("/")[2]]
        expected = decode_upright(content, item.name, found.levels if item.deep else None)
        np.testing.assert_array_equal(found.read(position), np.asarray(expected.convert("RGB")), item.name)
