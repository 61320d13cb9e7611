"""The page How deep?: what it costs before the press, how it fills in, and the way to a point's runs."""

import numpy as np
import pytest

from core.commands.worker import DOERS
from core.config import BACKBONE_LAYERS, with_setting
from core.data import datasets
from core.explain import best
from core.files import write_json
from core.presets import first_visit
from core.running import in_training, jobs, worker
from core.sweeps import cluster
from core.sweeps.grid import grid
from core.sweeps.plan import IMAGES, STOP, curve_stops, of_options
from tests import searches
from tests.core.test_cluster import scheduler
from tests.fakes import SPLIT_KEY, wrong_answers
from tests.pages.conftest import key_of, said

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


def test_the_worker_turns_to_the_scheduler_that_the_app_was_started_with(open_page, store, monkeypatch):
    with scheduler() as address:
        monkeypatch.setenv(cluster.SETTING, address)
        monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1.0)
        open_page("how_deep").button(key="ask-curve").click().run()
        assert worker.take_one(store, DOERS)
        app = open_page("how_deep")
        assert f"dask worker {address}" in said(app), "it has no worker, and the page says how to start one"
    assert "19 runs" in app.button(key="ask-curve").label, "nothing was trained here instead"


# The map: by number of images

COUNTS, WRONG = (20, 50, 80, 200), (250, 210, 170, 130)  # of the head alone, of 500


def mapped(finish, gains, seeds=1):
    """Finished runs at two points, each so many answers better than the head alone at every number."""
    for point in grid(BASE, (72, 116), COUNTS, 200, seeds).points():
        place = COUNTS.index(point.settings[IMAGES] or 200)
        wrong = WRONG[place] - gains[point.settings[STOP]][place]
        finish(
            point.config, control_wrong=wrong_answers(0, WRONG[place]), tuned_wrong=wrong_answers(0, wrong)
        )


def open_map(open_page, **more):
    return open_page("how_deep", depth_view="map", **more)


def test_the_map_says_before_the_press_how_many_runs_and_what_they_take(open_page):
    label = open_map(open_page).button(key="ask-map").label
    assert "16 runs" in label
    assert "about" in label
    several = open_map(open_page, map_seeds="3", map_stops="72-116", map_images="20, 200")
    assert "12 runs, 3 seeds at each of 4 points" in several.button(key="ask-map").label


def test_the_press_queues_the_whole_map_as_one_question(open_page, store):
    app = open_map(open_page, map_stops="72-116", map_images="50 200")
    app.button(key="ask-map").click().run()
    assert not app.exception
    (line,) = jobs.turns.lines(store)
    assert line.patient
    points = of_options(store.config(line.run_key), store.study(line.run_key)["options"]).points()
    assert {(p.settings[STOP], p.settings[IMAGES]) for p in points} == {
        (72, 50), (72, None), (116, 50), (116, None),
    }  # fmt: skip
    assert {p.config.data.train_draw for p in points if p.settings[IMAGES]} == {BASE.seed}
    assert "stop-map" in {button.key for button in app.button}


def test_a_link_reopens_a_map_that_says_from_how_many_images_on_fine_tuning_pays(open_page, finish):
    mapped(finish, {72: (0, 40, 60, 50), 116: (2, -2, 30, 0)})
    app = open_map(open_page, map_stops="72-116")
    assert "ask-map" not in {button.key for button in app.button}
    assert "**From 50 images (5 of each class) on, fine-tuning pays**: thawing from block 8 beats" in said(
        app
    )
    assert "So far" not in said(app)
    assert app.query_params["map_stops"] == "72-116"


def test_where_it_could_not_be_shown_the_map_says_so(open_page, finish):
    mapped(finish, {72: (1, 2, 3, 0), 116: (0, 0, 2, -60)})
    app = open_map(open_page, map_stops="72-116")
    assert "**Nowhere on this map could it be shown that fine-tuning pays**" in said(app)
    assert "In 1 of 8 cells thawing does worse" in said(app)


def test_a_part_of_a_map_is_drawn_before_the_rest_is_there(open_page, finish):
    mapped(finish, {72: (0, 40, 60, 50), 116: (0, 0, 0, 0)})
    app = open_map(open_page)
    assert "So far: **From 50 images" in said(app)
    assert "8 of the 16 runs are there already" in said(app)


def test_a_cell_tells_its_verdict_and_its_runs_open(open_page, finish):
    mapped(finish, {72: (0, 40, 60, 50), 116: (0, 0, 0, 0)}, seeds=3)
    app = open_map(open_page, map_stops="72-116", map_seeds="3")
    app.select_slider(key="map_stop").set_value(72).run()
    app.select_slider(key="map_count").set_value(80).run()
    assert "**Thawed from block 8 with 80 images (8 of each class)**: 78.0%, +12.0 points" in said(app)
    assert "Chance alone does as much in fewer than 1 in 1,000" in said(app)
    assert "index >= 72" in app.code[-1].value
    assert "with 80 images" in app.expander[-1].label
    opener = [button for button in app.button if button.key.startswith("open-run")]
    assert len(opener) == 3
    opener[0].click().run()
    assert app.session_state["shown_run"] == opener[0].key.removeprefix("open-")


def test_the_head_alone_is_a_cell_too(open_page, finish):
    mapped(finish, {72: (0, 40, 60, 50), 116: (0, 0, 0, 0)})
    app = open_map(open_page, map_stops="72-116")
    app.select_slider(key="map_stop").set_value(BACKBONE_LAYERS).run()
    assert "**Head alone, trained as long, with 200 images (20 of each class)**: 74.0%." in said(app)
    assert "head only with 200 images" in app.expander[-1].label


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ({"map_images": "50, 2000"}, "2,000 training images are asked for, and there are 200"),
        ({"map_images": "50"}, "has 1 different numbers"),
        ({"map_images": "5, 50"}, "5 training images are asked for"),
        ({"map_stops": ""}, "No block is chosen"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_its_control_and_the_rest_stays(open_page, link, told):
    app = open_map(open_page, **link)
    (error,) = app.error
    assert told in error.value
    assert "ask-map" not in {button.key for button in app.button}
    assert app.text_input(key="map_images")
    app.multiselect(key="map_stops").set_value([116]).run()
    app.text_input(key="map_images").set_value("50, 200").run()
    assert not app.error
    assert "2 runs" in app.button(key="ask-map").label


@pytest.mark.parametrize(
    "link", [{"map_stops": "98-160"}, {"map_stops": "154"}, {"map_seeds": "0"}, {"map_images": "a lot"}]
)
def test_a_link_that_makes_no_sense_gives_the_usual_map_and_a_note(open_page, link):
    app = open_map(open_page, **link)
    assert "The link asked for" in said(app)
    assert "16 runs" in app.button(key="ask-map").label


def test_with_augmentation_the_heads_have_a_price_of_their_own(open_page, finish):
    app = open_map(open_page, augmentation="flip:horizontal")
    assert "16 runs" in app.button(key="ask-map").label
    assert "4 runs" in app.button(key="ask-map-heads").label


def test_what_goes_otherwise_than_planned_is_told_while_it_trains(open_page, store):
    """Such as a disk too small for the features of all points (`core.method.all_stops`)."""
    app = open_map(open_page)
    app.button(key="ask-map").click().run()
    (line,) = jobs.turns.lines(store)
    store.append(line.run_key, "note", text="The features of 2 depths could not be kept.")
    assert "could not be kept" in said(open_map(open_page))


# Find the best


def open_best(open_page, **more):
    return open_page("how_deep", depth_view="best", **more)


@pytest.fixture
def searched(store, finish):
    """`searched(...)`: as if a search of five minutes had been made, by `tests.searches`; its key."""

    def search(**how):
        made = searches.search(lambda config: key_of(config, store), **how)
        for config, wrong in made.runs:
            finish(config, control=False, frozen_wrong=wrong, tuned_wrong=wrong)
        study = best.study_of(BASE, 5)
        key = study.key(datasets.find("digits", store.home))
        store.create(key, BASE, {"kind": study.kind, "options": study.options})
        if how.get("ended", True):
            store.save_study(key, made.record, {})
        else:
            store.set_status(key, "running")
            store.append(key, best.EVENT, record=made.record)
            in_training.note(store, [key])
        return key

    return search


def test_before_the_search_the_page_says_what_it_will_do_and_how_long_it_may_take(open_page, store):
    app = open_best(open_page)
    assert "Find the best · about 5 min" in app.button(key="ask-best").label
    assert "the head alone at 64, 96, 128, 160 and 224 px" in said(app)
    app.segmented_control(key="best_minutes").set_value(2).run()
    assert "about 2 min" in app.button(key="ask-best").label
    assert app.query_params["best_minutes"] == "2"
    app.button(key="ask-best").click().run()
    assert not app.exception
    (line,) = jobs.turns.lines(store)
    assert line.patient
    assert store.study(line.run_key) == {"kind": "best", "options": {"minutes": 2.0}}
    assert "stop-best" in {button.key for button in app.button}


def test_time_that_is_too_short_for_the_default_recipe_is_refused_beside_the_control(open_page, store):
    write_json(store.home / "rates.json", {"forward": 1e8})
    app = open_best(open_page, best_minutes="2")
    (error,) = app.error
    assert "The default recipe alone should take" in error.value
    assert "Give more minutes" in error.value
    assert "ask-best" not in {button.key for button in app.button}
    assert app.segmented_control(key="best_minutes")


def test_while_it_searches_the_page_shows_what_was_tried_and_what_was_dropped(open_page, searched):
    searched(ended=False)
    app = open_best(open_page)
    assert "stop-best" in {button.key for button in app.button}
    assert "So far: 3 recipes tried, 2 not told apart from the best" in said(app)
    assert "Not tried: 1 recipe, and why" in {box.label for box in app.expander}
    assert "cannot be told apart from the best**" not in said(app)
    assert "have chosen nothing" not in said(app)


def test_what_is_named_is_the_cheapest_and_the_default_is_told_of(open_page, searched):
    searched()
    app = open_best(open_page)
    assert "ask-best" not in {button.key for button in app.button}
    assert "**3 of 5 recipes tried cannot be told apart from the best**" in said(app)
    assert "**96 px, from block 8, rate 3e\u20115**" in said(app)
    assert "The default recipe is among those that cannot be told apart" in said(app)
    assert "flatters" in said(app)
    assert "input_shape=(96, 96, 3)" in app.code[-1].value
    assert "index >= 72" in app.code[-1].value
    opener = next(button for button in app.button if button.key.startswith("open-run"))
    opener.click().run()
    assert app.session_state["shown_run"] == opener.key.removeprefix("open-")


def test_the_test_of_the_chosen_one_stays_sealed_until_it_is_opened_and_that_is_counted(
    open_page, searched, store
):
    searched()
    app = open_best(open_page)
    assert "On test images" not in said(app)
    app.button(key="open-best-test").click().run()
    assert not app.exception
    assert "On test images" in said(app)
    assert "of 400 test images" in said(app)
    assert "Against the default recipe: **fixed" in said(app)
    (opening,) = store.test_openings(SPLIT_KEY)
    assert opening["tried"] > 1
    assert "Opened once" in said(app)


def test_a_chosen_run_that_was_deleted_can_be_trained_again(open_page, searched, store):
    key = searched()
    record = store.record(key)
    (gone,) = record["candidates"][record["named"]]["runs"].values()
    store.delete(gone)
    app = open_best(open_page)
    assert "The run of the recipe that was chosen is gone" in said(app)
    assert app.button(key="ask-best-again")
    assert "open-best-test" not in {button.key for button in app.button}
