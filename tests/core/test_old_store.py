"""A store that version 0.1.0 wrote opens, and nothing in it is lost. Its keys: `test_identity`."""

import pytest

from core.__main__ import main
from core.commands.inspection import inspect
from core.data import datasets, exclusions
from core.errors import DatasetError
from core.running.identity import stored_key
from core.store import Store
from tests import damaging


@pytest.fixture
def old(store) -> Store:
    return damaging.unpack(store.home)


def of_digits(store: Store) -> list[str]:
    return [key for key in damaging.runs(store) if store.config(key).data.name == "digits"]


def test_its_runs_are_found_and_whole(old):
    assert len(damaging.runs(old)) == 5
    for key in damaging.runs(old):
        config = old.config(key)
        assert stored_key(config, datasets.find(config.data.name, old.home), old) == key
        assert old.whole(key)
        assert old.load(key).run_key == key
        assert set(old.arrays(key)) >= {"labels/validation", "positions/test"}
    assert sorted(run.status for run in old.list_runs()) == ["finished"] * 5 + ["queued"]


@pytest.mark.tensorflow
def test_a_receipt_of_it_is_verified_by_training_again(old, capsys):
    key = next(key for key in of_digits(old) if not old.config(key).fine_tuning.epochs)
    assert main(["verify", str(old.path(key) / "receipt.json")]) == 0
    assert "The receipt holds" in capsys.readouterr().out


def test_its_photos_studies_openings_and_what_was_left_out_are_there(old):
    photos = datasets.find("pets", old.home, everything=True)
    assert len(photos.items) == 16
    assert len(datasets.find("pets", old.home).items) == 15
    assert {name for name, _ in exclusions.excluded(old.home, "pets")} == {"cats/00.png"}
    assert [photos.read(position).shape for position in range(16)] == [(10, 12, 3)] * 16
    assert [opening["tried"] for opening in old.test_openings(damaging.SPLIT_KEY)] == [2]
    pinned = {run.run_key: (run.pinned, run.number) for run in old.list_runs()}
    assert sorted(pinned.values(), key=str)[-1] == (True, None)
    assert (False, 4) in pinned.values()


def test_the_answers_of_its_studies_can_be_read(old):
    for folder in old.runs.glob("study-*"):
        assert old.whole(folder.name)
        assert old.arrays(folder.name)
        assert old.record(folder.name) is not None


def test_its_features_and_pixels_are_used_again(old, monkeypatch):
    found = damaging.everything(old)
    monkeypatch.setattr("core.data.pixels._make", None)  # decoding would be a TypeError
    assert damaging.everything(old) == found
    for key in damaging.runs(old):
        assert found[f"{key} pixels"] is not None
        assert len(found[f"{key} features"]) == sum(old.load(key).dataset.counts.values())


def test_nothing_in_it_counts_as_damaged_or_as_unused(old):
    found = inspect(old)
    assert found.damaged == ()
    assert found.orphans == ()


def test_a_lost_record_of_its_photos_is_named_and_the_other_data_sets_are_there(old):
    folder = old.home / "photos" / "set-3be1d422a46085e1"
    (folder / "set.json").write_bytes(b"{")
    with pytest.raises(DatasetError, match=r"'pets'.*set-3be1d422a46085e1") as refused:
        datasets.find("pets", old.home)
    assert "Take the photos in again" in str(refused.value)
    assert {entry.name for entry in datasets.catalogue(old.home)} >= {"digits"}
