"""Every page and view shows code for its settings, in a panel; it runs, and a run's files go with it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.compare import exports
from core.compare.networks import networks
from core.config import BACKBONE_LAYERS
from core.data import datasets
from core.layers import count_trainable
from core.presets import first_visit
from core.running import keeping
from core.wording import words
from pages.ui import services
from pages.ui.old_links import WORDS
from tests.pages.conftest import ROOT

RUNNER = Path(__file__).with_name("run_panels.py")
PAGES = [path.stem for path in sorted(ROOT.glob("pages/*.py"))]
VIEWS = {
    "augmentation": "augment_view", "bottleneck_features": "features_view", "compare": "compare_view",
    "data": "data_view", "fine_tuning": "tuning_view", "layers": "layers_view", "predict": "predict_view",
}  # fmt: skip
MATTERED = ("rewind", "dial", "similarity", "shift")  # came without old words


def panels(app) -> list[str]:
    """The code of every panel on the page; each must be Python."""
    assert not app.exception, app.exception[0].message
    for panel in app.code:
        compile(panel.value, "panel", "exec")
    return [panel.value for panel in app.code]


def run_all(codes: dict[str, str], folder) -> dict[str, dict]:
    """What each piece of code defines, as `run_panels.facts` tells."""
    (folder / "panels.json").write_text(json.dumps(codes))
    environment = {**os.environ, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-P", RUNNER]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


def export(store, folder, code: str) -> None:
    """The file of predictions that the code of the verdict reads."""
    runs = store.list_runs()
    shown = keeping.visible(runs)
    three = list(networks(shown, words.run_names(shown), keeping.controls(runs)).values())
    name = re.search(r"read_csv\('(.*)'\)", code)[1]
    (folder / name).write_bytes(exports.csv_file(exports.predictions_table(store, three, "validation", None)))


def test_every_page_shows_code_that_runs_and_does_what_the_settings_say(open_page, finish, store, tmp_path):
    config = first_visit()
    finish(config)
    shown = {page: panels(open_page(page)) for page in PAGES}
    assert all(shown.values()), shown
    codes = {page: codes[-1] for page, codes in shown.items()}
    export(store, tmp_path, codes["compare"])
    found = run_all(codes, tmp_path)
    tuned = count_trainable(config.fine_tuning.unfreeze_from, config.head, 10).variables
    head = count_trainable(BACKBONE_LAYERS, config.head, 10).variables
    epochs = config.feature_extraction.epochs
    for page in ("start", "fine_tuning"):
        assert found[page]["model"] == {"trainable": tuned}
        assert found[page]["asked"] == [[0, epochs], [epochs, epochs + config.fine_tuning.epochs]]
    assert found["layers"]["base"]["trainable"] == tuned - head
    assert found["lab_questions"]["model"] == {"trainable": head}
    for name, positions in datasets.split(datasets.find("digits", store.home), config.data).items():
        assert found["data"][f"x_{name}"]["shape"] == [len(positions), 64, 64, 3]
    assert (found["compare"]["fixed"], found["compare"]["broke"]) == (38, 12)
    assert found["predict"]["probabilities"]["shape"] == [10]
    assert found["bottleneck_features"]["pooled"]["shape"] == [32, 1280]
    assert found["augmentation"]["variants"]["shape"] == [32, 64, 64, 3]


@pytest.mark.soak
def test_so_does_every_view(open_page, finish, store, tmp_path):
    finish(first_visit())
    codes = {}
    for page in sorted(VIEWS):
        app = open_page(page)
        for view in WORDS[VIEWS[page]].values():
            app.segmented_control(key=VIEWS[page]).set_value(view).run()
            shown = panels(app)
            # lists of runs and of data sets have no settings; pictures of one's own are asked for first
            assert len(shown) >= (view not in ("runs", "sources", "many")), view
            codes |= {f"{page}, {view}, {number}": code for number, code in enumerate(shown)}
    for view in MATTERED:
        codes[f"what mattered, {view}"] = panels(open_page("what_mattered", mattered_view=view))[-1]
    for code in codes.values():
        if "read_csv" in code:
            export(store, tmp_path, code)
    assert set(run_all(codes, tmp_path)) == set(codes)


def test_the_code_follows_the_settings_and_names_the_batch_norm_mode(open_page):
    app = open_page("start").switch_page("pages/fine_tuning.py").run()
    assert "InferenceBase" in app.code[-1].value
    app.segmented_control(key="batch_norm").set_value("batch").run()
    app.select_slider(key="unfreeze").set_value(134).run()
    assert "InferenceBase" not in app.code[-1].value
    assert "fit overrides training=False" in app.code[-1].value
    assert "index >= 134" in app.code[-1].value
    app.switch_page("pages/start.py").run()
    assert "index >= 134" in app.code[-1].value


@pytest.mark.parametrize("page", ["start", "fine_tuning"])
def test_a_finished_run_has_its_receipt_script_and_notebook_to_download(open_page, finish, store, page):
    key = finish(first_visit())
    app = open_page(page)
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Receipt", "Model card", "Labels", "Script in plain Keras", "Notebook"]
    assert json.loads((store.path(key) / "receipt.json").read_text()) == {}
    assert services.get_store().finished(key)


def test_a_run_that_has_not_finished_has_no_files(open_page):
    app = open_page()
    app.button(key="ask-run").click().run()
    assert not app.get("download_button")
