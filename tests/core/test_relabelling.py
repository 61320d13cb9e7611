"""Labels that a person decided on: part of the set, undone line by line, of classes that are there."""

import numpy as np
import pytest

from core.codegen.data import data_code
from core.config import DataConfig, with_setting
from core.data import datasets, exclusions, kept, relabelling
from core.data.relabelling import Decision
from core.errors import DatasetError
from core.presets import digits_quick
from core.running.identity import identify
from tests.photos import build, config


def image_of(item):
    return item.name, item.sha256


@pytest.fixture
def whole(home, pets):
    return datasets.find(str(pets), home)


def test_a_relabelled_image_is_of_its_new_class_and_the_pixels_are_the_same(home, pets, whole):
    before = datasets.load(config(pets), home)
    relabelling.decide(whole, image_of(whole.items[0]), "dogs", home)
    after = datasets.load(config(pets), home)
    assert after.classes[after.labels[0]] == "dogs"
    assert np.flatnonzero(after.labels != before.labels).tolist() == [0]
    assert after.pixel_key == before.pixel_key
    assert after.split_key != before.split_key
    assert datasets.find(str(pets), home, everything=True).key == whole.key


def test_runs_before_and_after_are_told_apart_and_undoing_finds_the_first_again(home, pets, whole):
    asked = with_setting(digits_quick(), "data.name", str(pets))
    image = image_of(whole.items[0])
    relabelling.decide(whole, image, "dogs", home)
    assert identify(asked, datasets.find(str(pets), home)) != identify(asked, whole)
    relabelling.undo(whole, image, home)
    assert identify(asked, datasets.find(str(pets), home)) == identify(asked, whole)


def test_a_label_that_is_kept_changes_nothing_and_is_remembered(home, pets, whole):
    image = image_of(whole.items[0])
    relabelling.decide(whole, image, "cats", home)
    assert datasets.find(str(pets), home).key == whole.key
    assert relabelling.decided(home, whole.name) == {image: "cats"}


def test_a_class_that_does_not_exist_is_refused_by_name_and_nothing_changes(home, whole):
    with pytest.raises(DatasetError, match=r"no class 'birds'.*cats.*dogs"):
        relabelling.decide(whole, image_of(whole.items[0]), "birds", home)
    with pytest.raises(DatasetError, match="no picture cats/none.png"):
        relabelling.decide(whole, ("cats/none.png", "0" * 64), "dogs", home)
    assert relabelling.decided(home, whole.name) == {}


def test_a_class_is_never_left_with_too_few_by_whichever_way(home, whole):
    cats = [image_of(item) for item in whole.items if whole.classes[item.label] == "cats"]
    for image in cats[:3]:
        relabelling.decide(whole, image, "dogs", home)
    today = relabelling.relabelled(whole, relabelling.decided(home, whole.name))
    exclusions.leave_out(today, cats[3:5], home)
    with pytest.raises(DatasetError, match="'cats' has 2 left"):
        relabelling.decide(whole, cats[5], "dogs", home)
    assert len(relabelling.decided(home, whole.name)) == 3
    dogs = [image_of(item) for item in whole.items if whole.classes[item.label] == "dogs"]
    exclusions.leave_out(today, dogs[:8], home)
    relabelling.undo(whole, cats[0], home)
    with pytest.raises(DatasetError, match="'dogs' has 2 left"):
        relabelling.undo(whole, cats[1], home)


def test_a_file_that_was_replaced_has_its_own_label_again(home, pets, whole):
    item = whole.items[0]
    relabelling.decide(whole, image_of(item), "dogs", home)
    (pets / item.name).write_bytes((pets / whole.items[1].name).read_bytes())
    found = datasets.find(str(pets), home)
    assert found.classes[found.items[0].label] == "cats"


def test_the_worker_finds_the_images_of_whoever_relabelled_them(home, pets, whole):
    personal = home / "people" / "anna"
    relabelling.decide(whole, image_of(whole.items[0]), "dogs", personal)
    theirs = datasets.find(str(pets), home, personal=personal)
    assert [one.key for one in datasets.versions(str(pets), home)] == [whole.key, theirs.key]


def test_every_decision_is_a_line_with_the_label_given_and_the_label_now(home, whole):
    first, second, third = (image_of(item) for item in whole.items[:3])
    relabelling.decide(whole, first, "dogs", home)
    relabelling.decide(whole, second, "cats", home)
    exclusions.leave_out(whole, [third], home)
    assert relabelling.decisions(whole, home) == [
        Decision(*first, "relabel", "cats", "dogs"),
        Decision(*second, "keep", "cats", "cats"),
        Decision(*third, "leave out", "cats", "cats"),
    ]


def test_what_was_left_out_is_taken_back_alone(home, whole):
    images = [image_of(item) for item in whole.items[:3]]
    exclusions.leave_out(whole, images, home)
    exclusions.take_back(whole, images[:1], home)
    assert exclusions.excluded(home, whole.name) == set(images[1:])


def test_a_deleted_set_leaves_no_labels_behind(home, tmp_path):
    folder = build(tmp_path / "some", {"a": 4, "b": 4})
    dataset = datasets.find(str(folder), home)
    relabelling.decide(dataset, image_of(dataset.items[0]), "b", home)
    kept.delete(str(folder), home)
    assert relabelling.decided(home, str(folder)) == {}


@pytest.mark.parametrize("kind", ["files", "arrays"])
def test_written_code_reads_the_labels_that_were_decided_on(home, pets, kind):
    name = str(pets) if kind == "files" else "digits"
    whole = datasets.find(name, home)
    item = whole.items[0]
    other = whole.classes[(item.label + 1) % len(whole.classes)]
    relabelling.decide(whole, image_of(item), other, home)
    dataset = datasets.find(name, home)
    counts = {split: len(found) for split, found in datasets.split(dataset, DataConfig(name)).items()}
    text = data_code(dataset, counts, 32, 8, 42, (), relabelling.decided(home, name))
    space = {}
    text = text.replace("import tensorflow as tf\n", "").replace('"photos"', repr(name))
    exec(text[: text.index("# Divided once")], space)
    assert {image[:2]: image[2] for image in space["images"]} == {
        image_of(one): dataset.classes[one.label] for one in dataset.items
    }
