"""Every page and view shows code for its settings, in a panel; it is Python, and a run's files go with it."""

import json

import pytest

from core.presets import digits_quick
from pages.ui import services
from pages.ui.old_links import WORDS
from tests.pages.conftest import ROOT

PAGES = [path.stem for path in sorted(ROOT.glob("pages/*.py"))]
VIEWS = {
    "augmentation": "augment_view", "bottleneck_features": "features_view", "compare": "compare_view",
    "data": "data_view", "fine_tuning": "tuning_view", "layers": "layers_view", "predict": "predict_view",
}  # fmt: skip


def compiled(app) -> int:
    """How many panels there are; each must be Python."""
    assert not app.exception, app.exception[0].message
    for panel in app.code:
        compile(panel.value, "panel", "exec")
    return len(app.code)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_code_that_is_python(open_page, finish, page):
    finish(digits_quick())
    assert compiled(open_page(page)) >= 1


@pytest.mark.soak
@pytest.mark.parametrize("page", sorted(VIEWS))
def test_so_does_every_view(open_page, finish, page):
    finish(digits_quick())
    app = open_page(page)
    for view in WORDS[VIEWS[page]].values():
        app.segmented_control(key=VIEWS[page]).set_value(view).run()
        # the list of runs has no settings; pictures of one's own are asked for first
        assert compiled(app) >= (view not in ("runs", "many")), view


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
    key = finish(digits_quick())
    app = open_page(page)
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Receipt", "Script in plain Keras", "Notebook"]
    assert json.loads((store.path(key) / "receipt.json").read_text()) == {}
    assert services.get_store().finished(key)


def test_a_run_that_has_not_finished_has_no_files(open_page):
    app = open_page()
    app.button(key="ask-run").click().run()
    assert not app.get("download_button")
