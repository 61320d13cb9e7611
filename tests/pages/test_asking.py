"""Asking, watching and stopping: whatever goes wrong stands beside its control, and the page stays whole."""

import threading

import numpy as np
import pytest

from core.errors import Stopped, StoreError
from core.log import Log
from core.people.serving import Mode
from core.presets import first_visit
from core.results import EpochMetrics
from core.running import jobs, supervisor, turns
from core.running.background import Background
from pages.ui import services, serving
from tests.pages.conftest import key_of, said

CONFIG = first_visit()
FULL = StoreError("The disk is full.", fix="Free some space.")
PLACES = {  # page, view -> a control of each way of asking
    "run": ("start", {}),
    "similarity": ("layers", {"layers_view": "What to freeze"}),
    "scratch": ("fine_tuning", {"tuning_view": "From scratch"}),
    "pairs": ("augmentation", {"augment_view": "Does it help here?"}),
}


def refuse(*_, **__):
    raise FULL


def rest_of_the_page(app):
    return {title.value for title in app.title}, len(app.code)


@pytest.fixture(params=PLACES)
def place(request, open_page):
    """A way of asking: its page, opened, and its controls' name."""
    page, query = PLACES[request.param]
    return open_page(page, **query), request.param


def test_what_cannot_be_queued_is_told_beside_the_button_until_it_can(place, monkeypatch):
    app, name = place
    before = rest_of_the_page(app)
    with monkeypatch.context() as full:
        full.setattr(turns, "add", refuse)
        app.button(key=f"ask-{name}").click().run()
        assert not app.exception
        assert [error.value for error in app.error] == ["The disk is full. Free some space."]
        app.run()
        assert len(app.error) == 1, "a redraw does not take it away"
        assert rest_of_the_page(app) == before
    app.button(key=f"ask-{name}").click().run()
    assert not app.error
    assert app.button(key=f"stop-{name}")


def test_what_has_no_price_is_told_in_place_of_the_button(open_page, monkeypatch):
    monkeypatch.setattr(services, "get_price", refuse)
    app = open_page("start")
    assert [error.value for error in app.error] == ["The disk is full. Free some space."]
    assert "ask-run" not in {button.key for button in app.button}
    assert app.code


def test_what_cannot_be_stopped_is_told_beside_the_button(place, monkeypatch):
    app, name = place
    app.button(key=f"ask-{name}").click().run()
    monkeypatch.setattr(supervisor, "request_stop", refuse)
    app.button(key=f"stop-{name}").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["The disk is full. Free some space."]
    assert app.button(key=f"stop-{name}").label == "Stop"


def test_progress_that_cannot_be_read_leaves_the_rest_of_the_page(place, monkeypatch):
    app, name = place
    before = rest_of_the_page(app)
    app.button(key=f"ask-{name}").click().run()
    monkeypatch.setattr(supervisor.Jobs, "state", refuse)
    app.run()
    assert not app.exception
    assert "The disk is full. Free some space." in {error.value for error in app.error}
    assert rest_of_the_page(app)[0] == before[0]


def test_one_of_several_that_fails_is_named_while_the_others_go_on(open_page, store):
    app = open_page("augmentation", augment_view="Does it help here?")
    app.button(key="ask-pairs").click().run()
    failed, stopped, *_ = jobs.waiting(store)
    store.set_status(failed, "failed", message="The images are gone.")
    store.set_status(stopped, "stopped", message="Stopped.")
    app.run()
    assert "Seed 42, without augmentation did not finish. The images are gone." in app.error[0].value
    assert "Seed 42, with augmentation did not finish. Stopped." in app.warning[0].value
    assert app.button(key="stop-pairs")


def test_many_that_were_stopped_together_are_counted(open_page):
    app = open_page("augmentation", augment_view="Does it help here?")
    app.button(key="ask-pairs").click().run()
    app.button(key="stop-pairs").click().run()
    app.run()
    assert [warning.value for warning in app.warning] == ["6 runs did not finish. Stopped before it started."]
    assert app.button(key="ask-pairs").label.startswith("Train 6 runs · about ")


def test_a_study_whose_stored_answer_is_damaged_is_offered_again(open_page, store):
    app = open_page("layers", layers_view="What to freeze")
    app.button(key="ask-similarity").click().run()
    (key,) = jobs.waiting(store)
    jobs.request_stop(store, key)
    store.save_study(key, {"images": 1}, {"confidence": np.zeros(4000)})
    arrays = store.path(key) / "arrays.npz"
    content = bytearray(arrays.read_bytes())
    content[len(content) // 2] ^= 255
    arrays.write_bytes(content)
    app.run()
    assert not app.exception
    assert app.button(key="ask-similarity").label.startswith("Measure similarity · about ")
    assert "damaged" in "".join(warning.value for warning in app.warning)


def test_a_run_that_others_asked_for_goes_on_under_the_same_button(open_page, store):
    jobs.enqueue(store, key_of(CONFIG, store), CONFIG, owner="somebody else")
    app = open_page("start")
    assert app.button(key="stop-run").label == "Stop it all the same"
    assert "ask-run" not in {button.key for button in app.button}


# Where many use it


def test_what_is_more_than_one_may_ask_for_is_told_beside_the_button_and_none_of_it_is_queued(
    open_page, store, monkeypatch
):
    monkeypatch.setattr(serving, "mode", lambda: Mode.OPEN)
    monkeypatch.setenv("THAW_WAITING", "5")
    app = open_page("augmentation", augment_view="Does it help here?")
    app.button(key="ask-pairs").click().run()
    assert "This asks for 6 at once. Here 5 runs and studies of one person may wait" in app.error[0].value
    assert jobs.waiting(store) == []
    monkeypatch.setenv("THAW_WAITING", "6")
    app.button(key="ask-pairs").click().run()
    assert not app.error
    assert len(jobs.waiting(store)) == 6


def test_what_would_take_too_long_is_told_with_its_price(open_page, store, monkeypatch):
    monkeypatch.setattr(serving, "mode", lambda: Mode.OPEN)
    monkeypatch.setenv("THAW_RUN_MINUTES", "0.01")
    app = open_page("fine_tuning")
    app.button(key="ask-run").click().run()
    assert "Here one run may train for 0.01 min" in app.error[0].value
    assert "ask-run" in {button.key for button in app.button}


def test_a_run_that_gave_way_is_watched_like_one_that_waits(open_page, store, monkeypatch):
    monkeypatch.setattr(serving, "mode", lambda: Mode.OPEN)
    app = open_page("fine_tuning")
    app.button(key="ask-run").click().run()
    key = jobs.next_job(store)
    store.set_status(key, "running")
    Log(store, key).epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
    store.set_status(key, "queued", gave_way=True)
    jobs.give_way(store, key)
    app.run()
    assert not app.warning
    assert not app.error
    assert any("Gave way to shorter ones, 1st in line · goes on after them" in bar.proto.text
               for bar in app.get("progress"))  # fmt: skip
    assert app.button(key="stop-run").label == "Stop"


def test_the_price_follows_what_is_asked_and_so_does_its_problem(open_page, monkeypatch):
    app = open_page("fine_tuning", tuning_view="From scratch")
    with monkeypatch.context() as full:
        full.setattr(turns, "add", refuse)
        app.button(key="ask-scratch").click().run()
    assert app.error
    app.session_state["epochs_tuned"] = CONFIG.fine_tuning.epochs + 1
    app.run()
    assert not app.error  # another run now: nothing went wrong with it


# Work beside the page


@pytest.fixture
def download(monkeypatch):
    """A download that goes on until it is told to end or stop: the page shows it."""
    end = threading.Event()

    def work(report, should_stop):
        report("stage", name="download", done=5_000_000, total=68_600_000)
        while not end.wait(0.01):
            if should_stop():
                end.wait(1)
                raise Stopped

    begun = Background(work)
    monkeypatch.setattr(services, "fetching", lambda name: begun if name == "cats_and_dogs" else None)
    yield begun, end
    end.set()
    begun.join(5)


def test_work_beside_the_page_shows_how_far_it_is_and_stops(open_page, download):
    work, end = download
    app = open_page("start")
    assert "Download: 5.0 MB of 68.6 MB" in [bar.proto.text for bar in app.get("progress")]
    app.button(key="stop-fetch-cats").click().run()
    assert app.button(key="stop-fetch-cats").label == "Stopping…"
    assert app.button(key="stop-fetch-cats").disabled
    end.set()
    work.join(5)
    app.run()
    assert "Stopped. Nothing was kept." in said(app)
    assert app.button(key="fetch-cats")
