"""More photos for a kept set: what is new, what stays, and that only the new ones are computed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.__main__ import main
from core.config import (
    AugmentationConfig,
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
)
from core.data import datasets, images, kept, listers, pixels, relabelling
from core.data.kept import kept_sets
from core.errors import DatasetError
from core.intake import adding
from core.intake.taking_in import Intake, take_in
from core.people.forgetting import delete_set
from core.running import price
from core.running.identity import ask, identify
from core.store import Store
from tests.photos import build, photo

NAME = "Pets"


def came(folder, home, *, one_class=False) -> Intake:
    return take_in(listers.of_folder(folder), home, one_class=one_class)


def more(folder, counts, first=1000):
    """Photos that no other folder has: folder of a class -> number."""
    for below, count in counts.items():
        (folder / below).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            photo(first := first + 1).save(folder / below / f"{number:03d}.png")
    return folder


@pytest.fixture
def pets_kept(tmp_path, home):
    """The folder of a kept set of 8 cats and 9 dogs."""
    folder = build(tmp_path / "pets", {"cats": 8, "dogs": 9})
    came(folder, home).keep(NAME)
    return folder


def test_new_photos_join_the_set_and_what_it_had_stays_to_the_byte(pets_kept, tmp_path, home):
    before = datasets.find(NAME, home)
    config = ExperimentConfig(data=DataConfig(NAME))
    key = identify(config, before)
    (tmp_path / "more/cats").mkdir(parents=True)
    (tmp_path / "more/cats/again.png").write_bytes((pets_kept / "cats/000.png").read_bytes())
    (tmp_path / "more/cats/other.png").write_bytes((pets_kept / "dogs/000.png").read_bytes())
    intake = came(more(tmp_path / "more", {"cats": 2, "dogs": 1, "birds": 4}), home)
    found = adding.add(intake, NAME)
    assert (len(found.photos), found.there, found.otherwise, found.classes) == (7, 2, 1, ("birds",))
    said = adding.told(found)
    assert said.startswith("7 photos are new; 2 are in this set already, 1 of them as another class")
    assert "New class: birds." in said
    after = datasets.find(NAME, home)
    assert after.classes == ("birds", "cats", "dogs")
    assert len(after.items) == 24 == found.total
    assert {(item.name, item.sha256) for item in before.items} < {(i.name, i.sha256) for i in after.items}
    assert len({item.name for item in after.items}) == 24, "a new photo of an old name has another"
    assert any(item.name == "cats/000 (2).png" for item in after.items)
    for position in range(len(after.items)):
        after.image(position)
    assert identify(config, after) != key
    assert kept_sets(home)[NAME].version == 2
    assert "version 2" in next(one for one in datasets.catalogue(home) if one.name == NAME).description
    assert not list((home / "photos").glob(".incoming-*"))


@pytest.mark.parametrize(
    ("counts", "classes"), [({"cats": 4}, ("cats", "dogs")), ({"in/birds": 4}, ("birds", "cats", "dogs"))]
)
def test_photos_of_one_class_join_a_set_and_make_none(pets_kept, tmp_path, home, counts, classes):
    folder = more(tmp_path / "more", counts)
    with pytest.raises(DatasetError, match="only one class"):
        came(folder, home)
    intake = came(folder, home, one_class=True)
    with pytest.raises(DatasetError, match="There is only one class, .* Add these to a set that is kept"):
        intake.keep("Alone")
    assert len(adding.add(intake, NAME).photos) == 4
    after = datasets.find(NAME, home)
    assert (after.classes, len(after.items)) == (classes, 21)
    assert list(kept_sets(home)) == [NAME]


def test_a_table_says_the_classes_of_a_folder_that_would_be_one(pets_kept, tmp_path, home):
    folder = more(tmp_path / "more", {"pictures": 6})
    rows = [f"00{at}.png,{'cats' if at % 2 else 'dogs'}" for at in range(6)]
    (folder / "which.csv").write_text("\n".join(["file,pet", *rows]))
    assert came(folder, home, one_class=True).counts == {"cats": 3, "dogs": 3}


def test_what_a_person_decided_holds_for_the_larger_set(pets_kept, tmp_path, home):
    before = datasets.find(NAME, home)
    relabelling.decide(before, (before.items[0].name, before.items[0].sha256), "dogs", home)
    adding.add(came(more(tmp_path / "more", {"cats": 3, "dogs": 3}), home), NAME)
    after = datasets.find(NAME, home)
    moved = next(item for item in after.items if item.sha256 == before.items[0].sha256)
    assert after.classes[moved.label] == "dogs"


def refused(intake: Intake, told: str) -> None:
    before = datasets.find(NAME, intake.home).key
    with pytest.raises(DatasetError, match=told):
        adding.add(intake, NAME)
    assert datasets.find(NAME, intake.home).key == before
    assert kept_sets(intake.home)[NAME].version == 1


def test_what_does_not_go_with_the_set_is_refused_and_nothing_changes(pets_kept, tmp_path, home):
    refused(came(pets_kept, home), "All of these 17 photos are in this set already")
    refused(
        came(more(tmp_path / "few", {"cats": 1, "birds": 1}), home), "The class 'birds' has too few images"
    )
    intake = came(more(tmp_path / "more", {"cats": 3, "dogs": 3}), home)
    delete_set(Store(home), NAME)
    with pytest.raises(DatasetError):
        adding.add(intake, NAME)


def test_folders_of_train_and_test_are_kept_only_where_the_set_has_them(pets_kept, tmp_path, home):
    divided = {f"{split}/{of}": 4 for split in ("train", "test") for of in ("cats", "dogs")}
    found = adding.add(came(more(tmp_path / "more", divided), home), NAME)
    assert found.undivided
    assert "are not kept" in adding.told(found)
    assert {item.split for item in datasets.find(NAME, home).items} == {None}
    came(more(tmp_path / "divided", divided, 5000), home).keep("Divided")
    with pytest.raises(DatasetError, match="divided into train, validation and test folders"):
        adding.add(came(more(tmp_path / "plain", {"cats": 3, "dogs": 3}, 6000), home), "Divided")


def test_columns_of_a_table_are_joined_under_the_names_that_photos_got(pets_kept, tmp_path, home):
    folder = more(tmp_path / "more", {"cats": 2, "dogs": 2})
    rows = [f"{of}/00{at}.png,p{at}" for of in ("cats", "dogs") for at in range(2)]
    (folder / "who.csv").write_text("\n".join(["file,patient", *rows]))
    adding.add(came(folder, home), NAME)
    after = datasets.find(NAME, home)
    assert after.columns["patient"]["cats/001 (2).png"] == "p1"
    assert set(after.columns["patient"]) <= {item.name for item in after.items}


# Only what is new is computed


@pytest.fixture
def counted(monkeypatch):
    """How many pictures were decoded and squashed, so far."""
    found, squash = [], images.squash
    monkeypatch.setattr(images, "squash", lambda image, size: found.append(size) or squash(image, size))
    return found


def test_only_new_photos_are_decoded_and_pixels_are_as_if_all_were(pets_kept, tmp_path, home, counted):
    data = DataConfig(NAME, image_size=32)
    datasets.load(data, home)
    assert len(counted) == 17
    adding.add(came(more(tmp_path / "more", {"cats": 3, "dogs": 2}), home), NAME)
    after = datasets.find(NAME, home)
    every = np.arange(len(after.items))
    assert pixels.missing(after, every, 32, home) == 5
    assert pixels.missing(after, every, 64, home) == 22
    found = datasets.load(data, home)
    assert len(counted) == 17 + 5
    fresh = datasets.load(data, tmp_path / "elsewhere", dataset=after)
    assert len(counted) == 17 + 5 + 22
    assert np.array_equal(found.pixels, fresh.pixels)
    datasets.load(replace(data, limit=12), home)
    assert len(counted) == 17 + 5 + 22, "a part of them is decoded already, too"


def test_a_damaged_array_gives_no_pixels_to_another(pets_kept, tmp_path, home, counted):
    data = DataConfig(NAME, image_size=32)
    datasets.load(data, home)
    (array,) = (home / "pixels").glob("*.npy")
    array.with_suffix(".ids").write_bytes(b"\0" * 17 * 8)
    adding.add(came(more(tmp_path / "more", {"cats": 3, "dogs": 2}), home), NAME)
    datasets.load(data, home)
    assert len(counted) == 17 + 22


def test_a_deleted_set_leaves_no_pixels_of_its_earlier_versions(pets_kept, tmp_path, home):
    data = DataConfig(NAME, image_size=32)
    datasets.load(data, home)
    adding.add(came(more(tmp_path / "more", {"cats": 3, "dogs": 2}), home), NAME)
    datasets.load(data, home)
    assert len(list((home / "pixels").glob("*.npy"))) == 2
    delete_set(Store(home), NAME)
    assert not list((home / "pixels").iterdir())


@pytest.mark.tensorflow
def test_only_features_of_new_photos_are_computed_and_the_price_says_so(
    pets_kept, tmp_path, home, counted, monkeypatch
):
    from core.method.features import Bank
    from core.running import experiment, jobs

    computed, compute = [], Bank._compute

    def counting(bank, positions, epoch):
        computed.extend(bank._splits.image_ids[positions].tolist())
        return compute(bank, positions, epoch)

    monkeypatch.setattr(Bank, "_compute", counting)
    config = ExperimentConfig(
        data=DataConfig(NAME, image_size=32), augmentation=AugmentationConfig(),
        feature_extraction=FeatureExtractionConfig(epochs=1), fine_tuning=FineTuningConfig(epochs=0),
    )  # fmt: skip
    store = Store(home)

    def trained():
        with jobs.training_lock(store):
            return experiment.run(ask(config, store))

    first = trained()
    assert (len(counted), len(computed)) == (17, 17)
    adding.add(came(more(tmp_path / "more", {"cats": 3, "dogs": 2}), home), NAME)
    after = ask(config, store)
    work = price.workload(config, after.dataset, store, "feature_extraction", plain=False)
    assert work.decode_images == 5
    second = trained()
    new = set(after.dataset.image_ids.tolist()) - set(computed[:17])
    assert (len(counted), len(computed)) == (22, 22)
    assert set(computed[17:]) == new
    assert first.run_key != second.run_key
    assert first.dataset.split_key != second.dataset.split_key
    assert {run.run_key for run in store.list_runs()} == {first.run_key, second.run_key}


# In a terminal


def test_a_terminal_keeps_a_folder_and_adds_another_to_it(tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    monkeypatch.setenv("THAW_HOME", str(home))
    folder = build(tmp_path / "pets", {"cats": 8, "dogs": 9})
    assert main(["keep", str(folder), "--as", NAME]) == 0
    assert "17 photos" in capsys.readouterr().out
    assert main(["keep", str(more(tmp_path / "more", {"cats": 2, "dogs": 1})), "--to", NAME, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["images"], said["added"]["photos"], said["added"]["there"]) == (20, 3, 0)
    assert main(["keep", str(more(tmp_path / "cats", {"cats": 3}, 2000)), "--to", NAME]) == 0
    assert main(["keep", str(tmp_path / "cats"), "--as", "cats"]) == 2
    assert "There is only one class, 'cats'" in capsys.readouterr().err
    assert main(["keep", str(folder), "--to", NAME]) == 2
    assert "are in this set already" in capsys.readouterr().err
    assert main(["keep", str(folder), "--to", "nothing"]) == 2
    assert f"Known: {NAME}" in capsys.readouterr().err
    assert main(["keep", str(folder), "--as", NAME]) == 2
    assert not list((home / "photos").glob(".incoming-*"))
    assert len(kept.open_kept(kept.folder_of(NAME, home)).items) == 23
