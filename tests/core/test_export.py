"""`export`: files that need no Thaw, say what they are, and give the run's own answers."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.compare.decision import alarm_for
from core.compare.per_class import per_class
from core.data import datasets
from core.export import card_html, card_markdown
from core.export.card import Subject, card
from core.export.usage import labels
from core.method.lens import Lens
from core.predict.pictures import decoded, find
from core.predict.whole import by_class
from core.presets import digits_quick
from tests import fakes
from tests.core.test_predict_command import CLASSES

MODELS = ("model.keras", "model.tflite", "model-int8.tflite")
ALONE = f"""
import runpy, sys
for model in {MODELS}:
    sys.argv = ["predict.py", PHOTOS, HERE + "/" + model]
    runpy.run_path(HERE + "/predict.py", run_name="__main__")
    print("end")
assert not [name for name in sys.modules if name.split(".")[0] in ("core", "pages")]
"""


@pytest.fixture(scope="module")
def exported(trained_on_files, tmp_path_factory):
    """(folder, the command's JSON answer) of an export with everything."""
    store, key, _ = trained_on_files
    folder, out = tmp_path_factory.mktemp("exported") / "new" / "folder", io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(store.home))
        patch.setattr(sys, "stdout", out)
        assert main(["export", key, "--to", str(folder), "--json"]) == 0
    return folder, json.loads(out.getvalue())


@pytest.mark.tensorflow
def test_an_export_holds_what_it_says_and_labels_pixels_and_card_with_it(exported, trained_on_files):
    folder, answer = exported
    store, key, _ = trained_on_files
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == set(answer["files"])
    assert there >= {
        "card.md", "card.html", "labels.txt", "model.json", "receipt.json", "model.keras", "model.tflite",
        "model-int8.tflite", "predict.py", "train.py", "train.ipynb",
    }  # fmt: skip
    assert (folder / "labels.txt").read_text().splitlines() == list(CLASSES)
    model = json.loads((folder / "model.json").read_text())
    assert (model["classes"], model["input"]["shape"]) == (list(CLASSES), [1, 32, 32, 3])
    assert not {"alarm", "levels"} & set(model)  # nobody chose or measured them
    assert json.loads((folder / "receipt.json").read_text())["result"]["run_key"] == key
    for name in ("train.py", "predict.py"):
        compile((folder / name).read_text(), name, "exec")


@pytest.mark.tensorflow
def test_the_int8_file_says_its_accuracy_against_the_originals_on_the_same_images(exported, trained_on_files):
    folder, answer = exported
    store, key, _ = trained_on_files
    record, own = answer["converted"]["litert-int8"], store.load(key).last.validation
    assert record["images"] == own.n
    assert record["original"]["correct"] == own.correct
    paired = record["paired"]
    assert record["quantised"]["correct"] == own.correct + paired["fixed"] - paired["broke"]
    assert (folder / "model-int8.tflite").stat().st_size < 0.4 * (folder / "model.tflite").stat().st_size
    said = (folder / "card.md").read_text()
    assert f"fixed {paired['fixed']}, broke {paired['broke']} of {own.n} validation images" in said


@pytest.mark.tensorflow
def test_in_a_fresh_process_without_thaw_every_model_gives_the_runs_answers_and_labels(
    exported, zeros_and_ones, tmp_path, terminal
):  # fmt: skip
    folder, _ = exported
    _, key, photos = zeros_and_ones
    expected = json.loads(terminal("predict", key, photos, "--json")[1])["predictions"]
    (tmp_path / "alone.py").write_text(f"PHOTOS, HERE = {str(photos)!r}, {str(folder)!r}\n{ALONE}")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "alone.py")],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    tables = [list(csv.DictReader(io.StringIO(part))) for part in done.stdout.split("end\n")[:3]]
    for rows, model in zip(tables, MODELS, strict=True):
        assert [row["image"] for row in rows] == [row["image"] for row in expected]
        said = np.array([[float(row[f"P({name})"]) for name in CLASSES] for row in rows])
        known = np.array([row["probabilities"] for row in expected])
        if model == "model-int8.tflite":  # another network: what it says in here
            known = answers(folder / model, photos)
        assert np.abs(said - known).max() < 1e-4
        assert [row["predicted"] for row in rows] == [CLASSES[at] for at in known.argmax(axis=1)]


def answers(model, photos):
    """What Thaw makes of a LiteRT file's answers: (n, classes)."""
    lens = Lens(
        {"outputs": ["probabilities"], "image_size": 32, "scaling": None},
        {"model": np.frombuffer(model.read_bytes(), np.uint8)},
    )
    with contextlib.ExitStack() as opened:
        (pixels,) = decoded(find([str(photos)], opened).files, 32, None, batch=1000)
    return by_class(lens.look(np.stack(pixels))["probabilities"])


@pytest.mark.tensorflow
def test_the_card_has_the_runs_own_numbers_and_pictures_of_what_it_mixes_up(exported, trained_on_files):
    folder, _ = exported
    store, key, images = trained_on_files
    result, said = store.load(key), (folder / "card.md").read_text()
    test = result.last.test
    assert f"Right on {test.correct} of {test.n} test images" in said
    for name, count in zip(CLASSES, result.dataset.class_counts["train"], strict=True):
        assert f"| {name} | {count} |" in said
    wrong = test.n - test.correct
    shown = sorted((folder / "card-pictures").glob("*.png")) if wrong else []
    assert bool(shown) == bool(wrong)
    assert all(Image.open(path).size == (32, 32) for path in shown)
    assert (folder / "card.html").read_text().count("<img") == len(shown)
    assert str(images) not in said  # where they lie is nobody's business
    assert key in said


# The card, of a run that was never trained


@pytest.fixture
def faked(store):
    """A store with a fake run of ten digits, whose images are others than the data set's."""
    fakes.finish(store, KEY, digits_quick())
    return store


KEY = "run-v1-00aa000000000001"


def sections(store, **how):
    dataset = datasets.find("digits", store.home)
    made = card(Subject.of(store, KEY, dataset, **how))
    return {section.title: section for section in made.sections}, made


def test_a_sealed_test_set_stays_sealed_in_the_card(faked):
    result = faked.load(KEY)
    opened, _ = sections(faked, with_test=True)
    sealed, _ = sections(faked, with_test=False)
    test, own = result.last.test, result.last.validation
    assert f"Right on {test.correct} of {test.n} test images" in opened["How good it is"].sentences[0]
    assert f"Right on {own.correct} of {own.n} validation images" in sealed["How good it is"].sentences[0]
    assert "have not been opened" in " ".join(sealed["How good it is"].sentences)
    for section in sealed.values():
        assert f"{test.correct} of {test.n}" not in " ".join(section.sentences)


def test_recall_and_precision_by_class_are_those_of_the_confusion_matrix(faked):
    found, _ = sections(faked, with_test=True)
    table, known = found["How good it is"].table, per_class(faked.load(KEY).last.test, tuple("0123456789"))
    assert table["found"].tolist() == known["right"].tolist()
    assert table["recall"].tolist() == [f"{100 * share:.1f}%" for share in known["recall"]]
    assert table["precision"].tolist() == [f"{100 * share:.1f}%" for share in known["precision"]]


def test_other_runs_that_were_checked_on_the_same_images_are_told(faked):
    fakes.finish(faked, "run-v1-00aa000000000002", digits_quick())
    found, _ = sections(faked, with_test=False)
    assert any("2 runs were checked on the same" in said for said in found["How good it is"].sentences)


def test_names_from_outside_are_no_markup_in_a_card(store):
    classes = ("<b>*a*", "b|c")
    config = digits_quick()
    fakes.finish(store, KEY, config, classes=classes)
    _, made = sections(store, with_test=True)
    html, markdown = card_html.render(made), card_markdown.render(made)
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in markdown
    assert r"b\|c" in markdown
    assert labels(store.load(KEY).dataset.classes) == "<b>*a*\nb|c\n"


def test_temperature_and_the_class_not_to_be_missed_leave_with_the_model(faked):
    classes = faked.load(KEY).dataset.classes
    about = Subject.of(faked, KEY, None, with_test=False)
    assert "alarm" not in about.usage.to_plain()
    faked.set_alarm(KEY, alarm_for(classes[3], 0.9, classes))
    about = Subject.of(faked, KEY, None, with_test=False)
    fitted, told = about.decided.temperature, about.decided.told
    assert fitted is not None
    assert told is not None
    plain = about.usage.to_plain()
    assert plain["temperature"] == fitted.value
    assert plain["alarm"] == {"class_name": classes[3], "find": 0.9, "threshold": told.threshold}
    sentences = " ".join(about.usage.sentences())
    assert f"Temperature {fitted.value:.3g}" in sentences
    assert f"{classes[3]} must not be missed" in sentences
