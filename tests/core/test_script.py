"""A script written for a run repeats it in plain Keras, without Thaw."""

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from core.codegen import script
from core.config import with_setting
from core.data import datasets
from core.method import device, weights
from core.presets import digits_quick, mnist_32, tf_tutorial
from core.running import experiment, jobs
from core.running.identity import ask
from tests.file_cases import FILLED
from tests.photos import build, odd_pictures

pytestmark = pytest.mark.tensorflow


def small(config, **settings):
    few = {"data.limit": 60, "feature_extraction.epochs": 1, "fine_tuning.epochs": 2, **settings}
    for name, value in few.items():
        config = with_setting(config, name, value)
    return config


def run_script(text, folder, *arguments):
    """The last line a script prints, from a folder where nothing of Thaw can be imported."""
    file = folder / "script.py"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", file, *arguments],
        cwd=folder,
        env={**os.environ, "MOBILENET_V2_WEIGHTS": str(weights.find().path), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def run_here(text, folder):
    """The same in this process, which has TensorFlow and the digits at hand."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["script.py"])
        patch.setenv("MOBILENET_V2_WEIGHTS", str(weights.find().path))
        exec(text, {"__name__": "__main__"})
    return json.loads(said.getvalue().splitlines()[-1])


def history(result):
    return [epoch for phase in result.phases for epoch in phase.epochs]


def assert_it_repeats(found, result):
    for ours, theirs in zip(history(result), found["history"], strict=True):
        assert theirs["loss"] == pytest.approx(ours.loss, rel=1e-4)
        assert theirs["val_loss"] == pytest.approx(ours.val_loss, rel=1e-4)
        assert theirs["val_accuracy"] == pytest.approx(ours.val_accuracy)
    assert found["test"]["n"] == result.last.test.n
    assert found["test"]["loss"] == pytest.approx(result.last.test.loss, rel=1e-4)


def test_a_script_repeats_the_history_of_the_stored_run(store, tmp_path, untraced, monkeypatch):
    """Of one on TensorFlow's features, whose bits are the plain path's; runs on LiteRT features agree with
    that within a tolerance."""
    settings = {"fine_tuning.unfreeze_from": 143, "data.train_limit": 20, "data.image_size": 32}
    config = small(digits_quick(), **settings)
    dataset = datasets.find("digits", store.home)
    monkeypatch.setattr(device, "engine", lambda name: "tensorflow")
    with jobs.training_lock(store):
        result = experiment.run(ask(config, store))
    assert_it_repeats(run_here(script.standalone(config, dataset, "small"), tmp_path), result)


@pytest.mark.soak
@pytest.mark.parametrize(("batch_norm", "train_limit"), [("inference", 20), ("batch", None)])
def test_so_does_one_without_thaw_of_a_run_on_the_plain_path(
    store, tmp_path, tensorflow_configured, batch_norm, train_limit
):
    settings = {"batch_norm": batch_norm, "fine_tuning.unfreeze_from": 143, "data.train_limit": train_limit}
    config = small(digits_quick(), **settings)
    dataset = datasets.find("digits", store.home)
    with jobs.training_lock(store):
        result = experiment.run(ask(config, store, plain=True))
    assert_it_repeats(run_script(script.standalone(config, dataset, "small"), tmp_path), result)


def test_a_script_finds_the_runs_images_by_their_content_wherever_they_lie_now(store, tmp_path, monkeypatch):
    """In its splits, in its order, with its pixels: all that a script does before it trains."""
    for number, name in enumerate(("cats", 'a "dog"')):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for at, (file, content) in enumerate(odd_pictures().items()):
            if at % 2 == number:
                (tmp_path / "photos" / name / file).write_bytes(content)
    data = replace(digits_quick().data, name=str(tmp_path / "photos"), image_size=32)
    dataset = datasets.find(data.name, store.home)
    splits = datasets.load(data, store.home)
    config = replace(digits_quick(), data=data)
    reading = "\n\n".join(script.cells(config, dataset, "photos")[:3])
    gone = next((tmp_path / "photos" / "cats").iterdir())
    (tmp_path / "photos" / "cats").rename(tmp_path / "photos" / "kittens")
    (tmp_path / "photos" / 'a "dog"').rename(tmp_path / "photos" / "without an ending")
    for number, file in enumerate((tmp_path / "photos" / "without an ending").iterdir()):
        file.rename(file.with_name(f"{number}"))
    monkeypatch.setattr(sys, "argv", ["script.py", str(tmp_path)])
    monkeypatch.chdir(tmp_path)  # a notebook looks for them in `photos`
    cells = json.loads(script.notebook(config, dataset, "photos"))["cells"]
    for text in (reading, "\n\n".join(cell["source"] for cell in cells[1:4])):
        space = {}
        exec(text, space)
        for name in ("train", "validation", "test"):
            chosen = getattr(splits, name)
            np.testing.assert_array_equal(space[f"x_{name}"], splits.pixels[chosen])
            np.testing.assert_array_equal(space[f"y_{name}"], splits.labels[chosen])
    (tmp_path / "photos" / "kittens" / gone.name).unlink()
    with pytest.raises(
        SystemExit, match=f"{len(dataset.items) - 1} of this run's {len(dataset.items)} images"
    ):
        exec(reading, {})


@pytest.mark.soak
def test_a_script_reads_photos_from_their_folder(store, tmp_path, tensorflow_configured):
    folder = build(tmp_path / "photos", {"cat": 12, "dog": 12}, ".jpg")
    config = small(tf_tutorial(), **{"data.name": str(folder), "data.image_size": 96, "data.limit": None})
    text = script.standalone(config, datasets.find(str(folder), store.home), "photos")
    assert run_script(text, tmp_path, str(folder))["test"]["n"] > 0


@pytest.mark.soak
def test_a_script_repeats_the_history_of_a_run_on_pictures_of_16_bits(store, tmp_path, tensorflow_configured):
    folder = FILLED["twelve bits in sixteen"].build(tmp_path / "photos")
    config = small(digits_quick(), **{"data.name": str(folder), "data.limit": None, "data.image_size": 96})
    dataset = datasets.find(str(folder), store.home)
    assert dataset.levels == (16, 4080)
    with jobs.training_lock(store):
        result = experiment.run(ask(config, store, plain=True))
    found = run_script(script.standalone(config, dataset, "photos"), tmp_path, str(folder))
    for ours, theirs in zip(history(result), found["history"], strict=True):
        assert theirs["loss"] == pytest.approx(ours.loss, rel=1e-4)
        assert theirs["val_loss"] == pytest.approx(ours.val_loss, rel=1e-4)
    assert found["test"]["loss"] == pytest.approx(result.last.test.loss, rel=1e-4)


@pytest.mark.parametrize("preset", [digits_quick, tf_tutorial, mnist_32])
def test_scripts_and_notebooks_are_python_and_import_nothing_of_thaw(store, preset):
    config = with_setting(preset(), "data.name", "digits")
    dataset = datasets.find("digits", store.home)
    text = script.standalone(config, dataset, 'a "quoted" \\ title')
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert not imported & {"core", "pages", "benchmarks"}
    book = json.loads(script.notebook(config, dataset, "digits"))
    for cell in book["cells"][1:]:
        ast.parse(cell["source"])
    assert book["cells"][0]["cell_type"] == "markdown"
