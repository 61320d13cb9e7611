"""`predict`, and what both it and `export` refuse: what a terminal says of pictures is what the run says."""

import csv
import io
import json
import shutil
import zipfile

import numpy as np
import pytest

from core.__main__ import _parser
from core.alarm import Alarm
from core.commands.named import run_key
from core.commands.training import config_of
from core.compare.decision import Decision
from core.data import datasets
from core.errors import DatasetError, StoreError
from core.predict.labelled import truths
from core.running.own_recipe import own_recipe
from core.statistics.shares import difference_interval
from core.statistics.temperature import Temperature
from core.store import Store
from tests import fakes
from tests.core.test_cli import TINY, folder_of_images

CLASSES = ("one", "zero")


def second_set(store, key, folder, target):
    """The run's validation images as a set of their own, in folders called as the classes."""
    dataset = datasets.find(str(folder), store.home)
    for position in datasets.split(dataset, store.config(key).data)["validation"]:
        item = dataset.items[position]
        (target / item.name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / item.name, target / item.name)
    return target


# What it says


@pytest.mark.tensorflow
def test_on_the_runs_own_validation_images_it_says_what_the_run_had_said(zeros_and_ones, tmp_path, terminal):
    store, key, folder = zeros_and_ones
    second = second_set(store, key, folder, tmp_path / "second")
    code, out, _ = terminal("predict", key, second, "--labels", "folders", "--json")
    found, own = json.loads(out), store.load(key).last.validation
    assert code == 0
    assert found["labelled"]["confusion"] == [list(row) for row in own.confusion]
    assert (found["labelled"]["n"], found["labelled"]["correct"]) == (own.n, own.correct)
    stored = np.sort(store.arrays(key)["feature_extraction/validation"])
    said = np.sort([row["probabilities"][1] for row in found["predictions"]])
    assert np.abs(said - stored).max() < 1e-4
    assert all(row["image"].startswith(f"{row['true_class']}/") for row in found["predictions"])
    (store.path(key) / "model.keras").unlink()  # it is made again from the weights
    _, out, _ = terminal("predict", key, second, "--labels", "folders", "--csv", tmp_path / "a.csv")
    assert store.model_file(key) is not None
    assert f"Right on {own.correct} of {own.n} pictures" in out
    assert "+0.0 points" in out
    assert found["labelled"]["learned_from"] == 0
    shutil.copytree(folder, second, dirs_exist_ok=True)
    code, out, err = terminal("predict", key, second, "--labels", "folders", "--csv", tmp_path / "b.csv")
    train = store.load(key).dataset.counts["train"]
    assert f"This run was trained on {train} of these 80 pictures" in err


@pytest.mark.tensorflow
def test_folders_zips_and_files_go_together_and_a_start_of_the_key_is_enough(
    zeros_and_ones, tmp_path, terminal
):
    _, key, folder = zeros_and_ones
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.write(folder / "one/03.png", "inner/03.png")
    (tmp_path / "text.txt").write_text("no picture")
    digits = key.rpartition("-")[2][:6]
    places = (folder / "zero", tmp_path / "more.zip", folder / "one/05.png", tmp_path / "text.txt")
    code, out, _ = terminal("predict", digits, *places, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert {row["image"] for row in rows} >= {"zero/00.png", "more.zip/inner/03.png", "05.png"}
    assert len(rows) == 42
    assert set(rows[0]) == {"image", "predicted", "P(one)", "P(zero)"}
    for row in rows:
        assert float(row["P(one)"]) + float(row["P(zero)"]) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == max(CLASSES, key=lambda name: float(row[f"P({name})"]))


@pytest.mark.tensorflow
def test_bad_files_are_counted_and_named_and_only_where_all_are_bad_it_has_failed(
    zeros_and_ones, tmp_path, terminal
):
    _, key, folder = zeros_and_ones
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    good = (folder / "one/00.png").read_bytes()
    (mixed / "good.png").write_bytes(good)
    (mixed / "cut.png").write_bytes(good[:60])
    (mixed / "=1+1.png").write_bytes(b"")
    code, out, err = terminal("predict", key, mixed, "--csv", tmp_path / "said.csv")
    assert code == 0
    assert "1 picture: " in out
    assert "2 files could not be read" in out
    assert "cut.png: " in err
    rows = {row["image"]: row for row in csv.DictReader((tmp_path / "said.csv").open(encoding="utf-8-sig"))}
    assert rows["cut.png"]["problem"]
    assert rows["cut.png"]["predicted"] == ""
    assert "'=1+1.png" in rows  # no formula for a spreadsheet
    (mixed / "good.png").unlink()
    code, out, _ = terminal("predict", key, mixed, "--json")
    assert (code, json.loads(out)["predictions"]) == (1, [])


@pytest.mark.tensorflow
def test_a_model_that_is_gone_with_its_weights_is_refused_in_words(
    zeros_and_ones, tmp_path, terminal, monkeypatch
):
    store, key, folder = zeros_and_ones
    gone = tmp_path / "elsewhere" / "runs" / key
    shutil.copytree(store.path(key), gone, ignore=shutil.ignore_patterns("model.keras", "arrays.npz"))
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "elsewhere"))
    code, out, err = terminal("predict", key, folder)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == f"The arrays of {key} are missing. Run it again."


@pytest.mark.tensorflow
def test_a_temperature_and_an_alarm_are_applied_and_without_them_nothing_changes(
    zeros_and_ones, tmp_path, terminal, monkeypatch
):
    store, key, folder = zeros_and_ones

    def said(temperature, alarm, threshold):
        decided = Decision(temperature, alarm, threshold)
        monkeypatch.setattr("core.commands.predict.decision_of", lambda *_: decided)
        _, text, _ = terminal("predict", key, folder / "one")
        _, out, _ = terminal("predict", key, folder / "one", "--json")
        return text, json.loads(out)

    plain_text, plain = said(None, None, None)
    assert set(plain["predictions"][0]) == {"image", "predicted", "probabilities", "true_class"}
    assert "temperature" not in plain
    text, found = said(Temperature(2.0, 12, 0.3, 0.2), Alarm("zero", 0.98), 0.001)
    assert found["temperature"] == 2.0
    assert found["alarm"] == {"class_name": "zero", "find": 0.98, "threshold": 0.001}
    for before, after in zip(plain["predictions"], found["predictions"], strict=True):
        assert {name: after[name] for name in before} == before
        assert max(after["calibrated"]) <= max(after["probabilities"]) + 1e-6
        assert after["alarm"] == (after["probabilities"][1] >= 0.001)
    raised = sum(row["alarm"] for row in found["predictions"])
    assert text.count("  ALARM") == raised
    assert "Calibrated: " in text
    assert "ALARM" not in plain_text
    assert "Calibrated" not in plain_text


# What is refused


@pytest.fixture
def faked(store, monkeypatch):
    """Keys of two fake runs in the store that a terminal sees."""
    monkeypatch.setenv("THAW_HOME", str(store.home))
    keys = ("run-v1-00aa000000000001", "run-v1-00aa000000000002")
    recipe = config_of_tiny()
    for key in keys:
        fakes.finish(store, key, recipe)
    return keys


def config_of_tiny():
    return config_of(_parser().parse_args(["run", "digits-quick", *TINY]))


def refused(terminal, *arguments):
    code, out, err = terminal(*arguments)
    (line,) = err.splitlines()
    assert (code, out) == (2, "")
    return line


def test_what_cannot_be_predicted_is_one_line_with_the_fix_and_exit_2(faked, tmp_path, terminal):
    key, empty = faked[0], tmp_path / "empty"
    empty.mkdir()
    lions = folder_of_images(tmp_path / "lions", ["lion", "tiger"])
    loose = folder_of_images(tmp_path / "loose", ["0"]) / "0"
    assert "There is no finished run" in refused(terminal, "predict", "run-v1-00000000000000ff", lions)
    assert "not a run key" in refused(terminal, "predict", "../../secrets", lions)
    assert "begins the keys of 2 runs" in refused(terminal, "predict", "00aa", lions)
    assert "not one picture in" in refused(terminal, "predict", key, empty)
    assert "does not exist" in refused(terminal, "predict", key, tmp_path / "nothing")
    said = refused(terminal, "predict", key, lions, "--labels", "folders")
    assert "no classes of this run: lion, tiger" in said
    assert "Expected only 0, 1" in said
    assert "called as a class" in refused(terminal, "predict", key, loose, "--labels", "folders")
    assert "takes one of" in refused(terminal, "predict", key, lions, "--json", "--csv", "-")


def test_what_cannot_be_exported_is_one_line_with_the_fix_and_exit_2(faked, tmp_path, terminal):
    key, full = faked[0], tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    (tmp_path / "file").touch()
    ask = ("export", key, "--to")
    assert f"{full} is not empty" in refused(terminal, *ask, full)
    assert "is a file" in refused(terminal, *ask, tmp_path / "file" / "below")
    said = refused(terminal, *ask, tmp_path / "new", "--format", "onnx")
    assert "no format 'onnx'" in said
    assert "litert-int8" in said
    assert "no finished run" in refused(
        terminal, "export", "run-v1-00000000000000ff", "--to", tmp_path / "new"
    )
    assert "no longer here" in refused(terminal, *ask, tmp_path / "new", "--format", "script")
    assert not (tmp_path / "new").exists()
    assert (full / "mine.txt").read_text() == "mine"


def test_a_folder_that_may_not_be_written_is_refused_before_anything_is_made(
    faked, tmp_path, terminal, monkeypatch
):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "may not be written" in refused(terminal, "export", faked[0], "--to", tmp_path / "new")


# Its parts


def test_a_key_may_be_named_by_as_much_as_no_other_run_shares(store, faked):
    first, second = faked
    assert run_key(store, first) == first
    assert run_key(store, "run-v1-00aa000000000002") == second
    with pytest.raises(StoreError, match=f"{first}, {second}"):
        run_key(store, "run-v1-00aa")
    store.delete(second)
    assert run_key(store, " 00aa ") == first
    assert run_key(store, "ffff") == "ffff"


def test_a_class_is_the_innermost_folder_called_so_whatever_its_capitals():
    paths = ("test/Cats/1.jpg", "dogs/cats/2.jpg", "dogs/outdoors/3.jpg", "loose.jpg")
    assert truths(paths, ("cats", "dogs")) == [0, 0, 1, None]
    assert truths(("Cats/1.jpg", "cats/2.jpg"), ("Cats", "cats")) == [0, 1]
    with pytest.raises(DatasetError, match="lions"):
        truths(("cats/1.jpg", "zoo/lions/2.jpg"), ("cats", "dogs"))


def test_the_difference_of_two_shares_has_the_published_interval():
    """Of Newcombe (1998), table II, method 10."""
    for first, second, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ):
        assert difference_interval(first, second) == pytest.approx((low, high), abs=5e-5)


def test_the_preset_photos_is_what_the_app_begins_with(tmp_path, monkeypatch, terminal):
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    folder = folder_of_images(tmp_path / "photos", ["cats", "dogs"], each=12)
    parsed = _parser().parse_args(["run", "photos", "--data", str(folder), "--set", "seed=7"])
    store = Store(tmp_path / "home")
    config, app = config_of(parsed), own_recipe(datasets.find(str(folder), store.home), store)
    assert config.seed == 7
    assert config.data == app.data
    assert (config.augmentation, config.head) == (app.augmentation, app.head)
    assert (config.data.image_size, config.data.shares) == (96, None)
    assert "Expected --data" in refused(terminal, "run", "photos")
