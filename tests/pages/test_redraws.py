"""What a page asks by its clock, in the moment in which a button opens another, is asked in vain; what it
asks twice is looked up once."""

import threading
import time
from contextlib import ExitStack

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from core import files
from core.files import write_json
from core.running import jobs
from pages.server import pace
from pages.ui import redraws, services
from tests.pages.conftest import RECIPE, ROOT, key_of


@pytest.fixture
def runner(monkeypatch):
    """A runner of the app whose session is at page `new`; it notes what it would run."""
    runner = object.__new__(ScriptRunner)
    runner._pages_manager = PagesManager(str(ROOT / "app.py"))
    runner._pages_manager.set_current_page_script_hash("new")
    runner.ran = []
    monkeypatch.setattr(redraws, "_run", lambda runner, asked: runner.ran.append(asked))
    monkeypatch.setattr(ScriptRunner, "_run_script", ScriptRunner._run_script)
    redraws.watch()
    return runner


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        (RerunData(fragment_id_queue=["job line"], page_script_hash="old", is_auto_rerun=True), False),
        (RerunData(fragment_id_queue=["job line"], page_script_hash="new", is_auto_rerun=True), True),
        (RerunData(page_script_hash="old"), True),  # a person goes back there
    ],
    ids=["left", "here", "whole page"],
)
def test_a_part_of_a_page_that_was_left_is_not_drawn(runner, asked, runs):
    runner._run_script(asked)
    assert runner.ran == [asked] * runs


def test_at_first_there_is_no_page_to_have_left(runner):
    runner._pages_manager.set_current_page_script_hash("")
    runner._run_script(RerunData(fragment_id_queue=["job line"], page_script_hash="old"))
    assert len(runner.ran) == 1


def test_streamlits_runner_asks_the_method_that_is_replaced(open_page):
    assert "_run_script" in ScriptRunner._run_script_thread.__code__.co_names
    open_page("start")
    assert ScriptRunner._run_script is redraws._run_unless_left


# Looked up once


@pytest.fixture
def look(monkeypatch):
    """`look(body)`: a look at a page whose code is `body`."""
    monkeypatch.setattr(ScriptRunner, "_run_script", ScriptRunner._run_script)
    runner = object.__new__(ScriptRunner)
    runner._pages_manager = PagesManager(str(ROOT / "app.py"))

    def look_at(body):
        monkeypatch.setattr(redraws, "_run", lambda runner, asked: body())
        redraws.watch()
        runner._run_script(RerunData())

    return look_at


def test_what_a_look_asks_for_twice_is_looked_up_once_and_the_next_look_asks_anew(look):
    calls = []

    def body():
        redraws.once("runs", lambda: calls.append(1))
        redraws.once("runs", lambda: calls.append(1))

    look(body)
    assert len(calls) == 1
    look(body)
    assert len(calls) == 2


def test_after_this_process_has_written_it_is_looked_up_again(look, tmp_path):
    calls = []

    def body():
        redraws.once("runs", lambda: calls.append(1))
        write_json(tmp_path / "one.json", {})
        redraws.once("runs", lambda: calls.append(1))

    look(body)
    assert len(calls) == 2


def test_a_run_that_finishes_during_a_look_is_listed_as_finished(look, store, finish):
    running = RECIPE
    key = key_of(running, store)
    store.create(key, running)
    store.set_status(key, "running")
    statuses = []

    def body():
        services.runs()
        written = files._written
        finish(running)
        files._written = written  # the worker is another process: this one has written nothing
        assert services.state(key).status == "finished"
        statuses.extend(run.status for run in services.runs() if run.run_key == key)

    look(body)
    assert statuses == ["finished"]


def test_after_sets_have_changed_a_look_asks_for_them_again(look):
    calls = []

    def body():
        redraws.once("sets", lambda: calls.append(1))
        services.forget_catalogue()
        redraws.once("sets", lambda: calls.append(1))

    look(body)
    assert len(calls) == 2


def test_a_look_asks_once_for_a_set_and_for_what_trains_and_finds_what_was_queued_in_it(
    look, store, no_worker, monkeypatch
):
    found, opened = [], []
    find = services._dataset
    monkeypatch.setattr(services, "_dataset", lambda *of: opened.append(of) or find(*of))

    def body():
        assert services.get_dataset("digits") is services.get_dataset("digits")
        found.append(services.current_job())
        jobs.enqueue(store, key_of(RECIPE, store), RECIPE)
        found.append(services.current_job())

    look(body)
    assert len(opened) == 1
    assert found[0] is None
    assert found[1].run_key == key_of(RECIPE, store)


def test_outside_a_look_everything_is_looked_up(look):
    calls = []
    redraws.once("runs", lambda: calls.append(1))
    redraws.once("runs", lambda: calls.append(1))
    assert len(calls) == 2


# How often


def test_with_thirty_tabs_open_each_redraws_its_part_a_quarter_as_often():
    with ExitStack() as tabs:
        assert pace.seconds(1.0) == 1.0
        for _ in range(30):
            tabs.enter_context(pace.one_more_tab())
        assert pace.seconds(1.0) == pytest.approx(3.75)
    assert pace.seconds(1.0) == 1.0


# Few at a time


def test_no_more_looks_are_drawn_at_a_time_than_two_and_one_that_waits_counts_for_none(look):
    drawing, most, waiting = [], [], threading.Barrier(4, timeout=10)

    def body():
        drawing.append(1)
        most.append(len(drawing))
        time.sleep(0.02)
        drawing.pop()
        with redraws.away():
            waiting.wait()  # all four get here, though only two may draw

    looks = [threading.Thread(target=look, args=(body,)) for _ in range(4)]
    for one in looks:
        one.start()
    for one in looks:
        one.join(10)
    assert len(most) == 4
    assert max(most) <= redraws.AT_A_TIME


def test_a_look_that_is_broken_off_gives_its_place_back(look):
    def body():
        raise RuntimeError("a press")

    for _ in range(2 * redraws.AT_A_TIME):
        with pytest.raises(RuntimeError):
            look(body)
    look(lambda: None)
