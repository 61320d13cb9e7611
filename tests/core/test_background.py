"""Work beside the page."""

import threading

from core.errors import DatasetError, Stopped
from core.running.background import Background
from core.stages import Stage


def test_progress_can_be_read_while_it_works_and_at_the_end():
    go_on = threading.Event()

    def work(report, should_stop):
        report("stage", name="download", done=5, total=10)
        go_on.wait(5)

    task = Background(work)
    while task.progress.done != 5:
        pass
    assert (task.progress.status, task.progress.total) == ("running", 10)
    assert task.progress.stage == Stage("download")
    go_on.set()
    task.join(5)
    assert task.progress.status == "finished"


def test_stop_reaches_the_work():
    def work(report, should_stop):
        while not should_stop():
            pass
        raise Stopped

    task = Background(work)
    task.stop()
    task.join(5)
    assert task.progress.status == "stopped"


def test_a_mendable_error_is_kept_for_the_page():
    def work(report, should_stop):
        raise DatasetError("No network.", fix="Plug it in.")

    task = Background(work)
    task.join(5)
    assert task.progress.status == "failed"
    assert str(task.progress.problem) == "No network. Plug it in."


def test_an_unexpected_error_is_worded_too():
    def work(report, should_stop):
        raise RuntimeError("boom")

    task = Background(work)
    task.join(5)
    assert "RuntimeError: boom" in str(task.progress.problem)
