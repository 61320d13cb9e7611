"""The page How deep?: what it costs before the press, how it fills in, and the way to a point's runs."""

import numpy as np
import pytest

from core.config import BACKBONE_LAYERS, with_setting
from core.files import write_json
from core.presets import first_visit
from core.running import jobs
from core.sweeps.plan import STOP, curve_stops, of_options
from tests.fakes import wrong_answers
from tests.pages.conftest import said

BASE = first_visit()


def at(stop: int, seed: int = BASE.seed):
    return with_setting(with_setting(BASE, STOP, stop), "seed", seed)


@pytest.fixture
def some(finish):
    """Three points of the curve: head only, the middle, the top."""
    finish(at(BACKBONE_LAYERS), tuned_wrong=wrong_answers(0, 120))
    finish(at(81), tuned_wrong=wrong_answers(0, 90))
    finish(at(151), tuned_wrong=wrong_answers(0, 100))


@pytest.fixture
def all_of_it(finish):
    random = np.random.default_rng(0)
    for stop in curve_stops():
        finish(at(stop), tuned_wrong=random.permutation(wrong_answers(0, 90 + stop % 7)))


def test_before_the_press_it_says_how_many_runs_and_what_they_take(open_page):
    app = open_page("how_deep")
    button = app.button(key="ask-curve")
    assert "19 runs" in button.label
    assert "about" in button.label


def test_with_several_seeds_it_is_as_many_runs(open_page):
    app = open_page("how_deep", depth_seeds="3")
    assert "57 runs, 3 seeds at each of 19 points" in app.button(key="ask-curve").label


def test_the_press_queues_one_question_that_lets_all_else_go_first(open_page, store):
    app = open_page("how_deep")
    app.button(key="ask-curve").click().run()
    assert not app.exception
    (line,) = jobs.turns.lines(store)
    assert line.patient
    study = store.study(line.run_key)
    assert len(of_options(store.config(line.run_key), study["options"]).points()) == 19
    assert "stop-curve" in {button.key for button in app.button}


def test_points_that_are_there_are_drawn_before_the_rest_is(open_page, some):
    app = open_page("how_deep")
    assert "3 of the 19 runs are there already" in said(app)
    app.select_slider(key="depth_stop").set_value(81).run()
    assert "82.0%" in said(app)
    assert "Block 9" in said(app)


def test_a_whole_curve_asks_for_nothing_more(open_page, all_of_it):
    app = open_page("how_deep")
    assert "ask-curve" not in {button.key for button in app.button}


def test_a_run_of_a_point_opens_on_the_fine_tuning_page(open_page, some, store):
    app = open_page("how_deep")
    app.select_slider(key="depth_stop").set_value(81).run()
    opener = next(button for button in app.button if button.key.startswith("open-run"))
    opener.click().run()
    assert not app.exception
    assert app.session_state["shown_run"] == opener.key.removeprefix("open-")
    app.switch_page("pages/fine_tuning.py").run()  # as the press does in a browser
    assert "from block 9" in said(app).lower() or "block 9" in said(app)


def test_a_link_opens_the_curve_of_as_many_seeds(open_page, some):
    assert open_page("how_deep", depth_seeds="5").segmented_control(key="depth_seeds").value == 5
    refused = open_page("how_deep", depth_seeds="4")
    assert "which is not one of its choices" in said(refused)


def test_points_from_two_kinds_of_processor_are_marked(open_page, some, store):
    kinds = ["Intel(R) Xeon(R) 6 *143*", "AMD EPYC 25 1"]
    for run, kind in zip(store.list_runs(), kinds * 10, strict=False):
        write_json(store.path(run.run_key) / "receipt.json", {"environment": {"processor": kind}})
    app = open_page("how_deep")
    assert not app.exception
    (told,) = [caption.value for caption in app.caption if "kinds of processor" in caption.value]
    assert "AMD EPYC 25 1" in told
    for run in store.list_runs():
        write_json(store.path(run.run_key) / "receipt.json", {"environment": {"processor": kinds[0]}})
    assert "kinds of processor" not in said(open_page("how_deep"))
