"""Damaged files: nothing wrong is ever read, and what is damaged is named and made again."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import damage
from core.__main__ import main
from core.checksums import Damaged
from core.commands import training
from core.commands.inspection import check_of
from core.data import datasets
from core.explain.studies import Study
from core.store import Store
from tests import damaging
from tests.core.study import answer

KINDS = 8  # damaged (file, way) pairs in the fast suite, of several hundred


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, dict]:
    """A store with every kind of file, and all that is read from it."""
    home = tmp_path_factory.mktemp("whole")
    store = damaging.one_of_everything(home)
    return home, damaging.everything(store)


@pytest.fixture
def copied(whole, tmp_path, monkeypatch) -> Store:
    """A store of one's own to damage."""
    home = tmp_path / "home"
    shutil.copytree(whole[0], home)
    monkeypatch.setenv("THAW_HOME", str(home))
    return Store(home)


@pytest.fixture
def nothing_trained(monkeypatch):
    """A look at a run trains its control; what training mends is tested further down."""
    monkeypatch.setattr(training, "train_control", lambda control: None)


def pairs(home: Path) -> list[tuple[Path, object]]:
    """Every file in every way, those of one kind after those of another."""
    return [(file, way) for file in damaging.stored_files(home) for way in damaging.WAYS]


def check(capsys, *arguments: str) -> tuple[int, dict]:
    code = main(["check", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def try_one(store: Store, file: Path, way, whole: dict, chance: random.Random, capsys) -> None:
    """Damage a file; what is read is what was written or is said to be gone, and a check names the file."""
    home, label = store.home, f"{file} {way.__name__}"
    before = (home / file).read_bytes()
    way(home / file, chance)
    if (home / file).read_bytes() == before:
        return
    named = check(capsys)[1]["damaged"]
    assert main(["show"]) == 0
    for run_key in damaging.runs(store):
        assert main(["show", run_key]) in (0, 2), label
    capsys.readouterr()
    found = damaging.everything(store)
    for name, value in found.items():
        if name.endswith("events") and value is not None:  # a log loses single lines and keeps the others
            assert all(event in whole[name] for event in value), (label, name)
        elif name.endswith("status"):
            assert value in (whole[name], "interrupted"), (label, name)
        elif name.endswith("features") and value != whole[name]:
            assert set(value or ()) <= set(whole[name]), (label, name)
        elif file.parts[0] == "exclusions" and name.endswith(("pixels", "features", "photos", "looks")):
            continue  # of other images: those that were left out are back
        elif name in ("listed", "lost sets", "left out", "test openings", "images of pets"):
            continue  # judged below: they change as a whole when an original is lost
        elif value is not None:
            assert value == whole[name], (label, name)
    if found != whole:  # something is missing: it was named
        aside = [one.file for one in damage.found(home)]
        at_a_line_end = file.name == "events.jsonl" and way is damaging.cut  # as if it had not gone on
        assert named or aside or at_a_line_end, label
    repaired = check(capsys, "--repair")[0]
    lost_original = file.parts[0] == "photos"
    assert repaired == (1 if lost_original and check(capsys)[1]["damaged"] else 0), label


@pytest.mark.usefixtures("nothing_trained")
def test_no_number_read_from_a_damaged_store_is_wrong_and_the_damage_is_named(whole, copied, capsys):
    chance = random.Random(11)
    for file, way in chance.sample(pairs(whole[0]), KINDS):
        shutil.rmtree(copied.home)
        shutil.copytree(whole[0], copied.home)
        try_one(copied, file, way, whole[1], chance, capsys)


@pytest.mark.soak
@pytest.mark.usefixtures("nothing_trained")
@pytest.mark.parametrize("seed", range(3))
def test_the_same_of_every_file_in_every_way(whole, copied, capsys, seed):
    chance = random.Random(seed)
    for file, way in pairs(whole[0]):
        shutil.rmtree(copied.home)
        shutil.copytree(whole[0], copied.home)
        try_one(copied, file, way, whole[1], chance, capsys)


# Made again, to the same numbers

SMALL = [
    "digits-quick", "--json",
    *("--set", "data.image_size=32", "--set", "data.limit=60", "--set", "feature_extraction.epochs=2"),
    *("--set", "fine_tuning.epochs=2", "--set", "fine_tuning.unfreeze_from=151"),
]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tensorflow_configured) -> tuple[Path, str]:
    """A store with one small run in two phases, and its key."""
    home = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(home))
        assert main(["run", *SMALL]) == 0
    (key,) = [run.run_key for run in Store(home).list_runs() if run.config.two_phases]
    return home, key


def numbers(store: Store, key: str) -> tuple:
    """Everything a run measured, without the seconds."""
    result = store.load(key)
    phases = [
        (phase.validation, phase.test, phase.weight_change, [replace(e, seconds=0.0) for e in phase.epochs])
        for phase in result.phases
    ]
    return phases, {name: array.tobytes() for name, array in sorted(store.arrays(key).items())}


HURT = {
    "the records and receipts of both phases": ("runs/*/metrics.json", "runs/*/receipt.json"),
    "predictions and weights of both phases": ("runs/*/arrays.npz",),
    "settings and features": ("runs/*/config.json", "runs/*/receipt.json", "features/*/*.npy"),
    "everything that was computed": ("runs/*/arrays.npz", "features/*/*", "pixels/*", "engines/*"),
}


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "way",
    [
        damaging.flipped,
        *(pytest.param(way, marks=pytest.mark.soak) for way in damaging.WAYS if way is not damaging.flipped),
    ],
)
@pytest.mark.parametrize(
    "what",
    [
        "the records and receipts of both phases",
        pytest.param("predictions and weights of both phases", marks=pytest.mark.soak),
        pytest.param("settings and features", marks=pytest.mark.soak),
        pytest.param("everything that was computed", marks=pytest.mark.soak),
    ],
)
def test_what_was_damaged_is_trained_again_to_the_same_numbers(
    trained, tmp_path, monkeypatch, capsys, what, way
):
    home, chance = tmp_path / "home", random.Random(f"{what} {way.__name__}")
    shutil.copytree(trained[0], home)
    monkeypatch.setenv("THAW_HOME", str(home))
    store, key = Store(home), trained[1]
    for pattern in HURT[what]:
        for path in home.glob(pattern):
            hurt(path, way, chance)
    assert main(["run", *SMALL]) == 0
    said = json.loads(capsys.readouterr().out)
    assert not said["from_store"]
    assert numbers(store, key) == numbers(Store(trained[0]), key)
    assert store.whole(key)
    assert main(["check"]) == 0
    assert "was made again since" in capsys.readouterr().out


def hurt(path: Path, way, chance: random.Random) -> None:
    """Damage a file until it shows; a flipped date inside a zip, say, is nobody's loss."""
    for _ in range(10):
        way(path, chance)
        try:
            check_of(path)(path)
        except Damaged:
            return


@pytest.mark.tensorflow
def test_a_damaged_model_file_is_made_again_from_the_stored_weights(trained, tmp_path):
    home, key = tmp_path / "home", trained[1]
    shutil.copytree(trained[0], home)
    store, dataset = Store(home), datasets.find("digits", home)
    damaging.cut(store.path(key) / "model.keras", random.Random(1))
    assert store.model_file(key) is None
    record, _ = answer(Study("exported", store.config(key), {"run": key}), store, dataset)
    assert record["changed"] == 0
    import keras

    model = keras.models.load_model(store.model_file(key), compile=False)
    splits = datasets.load(store.config(key).data, home, dataset=dataset)
    found = model(splits.pixels[splits.validation].astype(np.float32), training=False).numpy()
    np.testing.assert_allclose(found, store.arrays(key)["fine_tuning/validation"], atol=1e-5)
