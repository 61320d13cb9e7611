"""What a page asks by its clock, in the moment in which a button opens another, is asked in vain."""

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from pages.ui import redraws
from tests.pages.conftest import ROOT


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
