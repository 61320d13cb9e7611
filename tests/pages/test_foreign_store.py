"""A store with what Thaw did not put there, or that cannot be written: every page opens and says so."""

import pytest

from core.presets import first_visit
from core.running import jobs
from core.running.supervisor import Jobs
from tests.core.test_turns import foreign
from tests.pages.conftest import key_of, said

PAGES = (
    "start", "data", "layers", "augmentation", "bottleneck_features", "fine_tuning", "compare", "predict",
    "lab_questions",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_foreign_files_in_the_queue_and_the_run_that_waits_is_shown(
    open_page, store, page
):
    key = key_of(first_visit(), store)
    jobs.enqueue(store, key, first_visit())
    foreign(store.home / "queue")
    (store.home / "running.json").write_text('["run"]')
    (store.home / "served.json").mkdir()
    store.append(key, "stage", name=None, done="x")
    app = open_page(page)
    assert "waiting, 1st in the queue" in said(app)


def a_file(store, where: str) -> None:
    """A file where the store's folder, or one below it, should be."""
    path = store.home / where
    path.parent.mkdir(exist_ok=True)
    path.write_text("")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_where_the_store_is_a_file(open_page, store, page):
    a_file(store, "")
    open_page(page)


@pytest.mark.parametrize("where", ["", "runs", "queue"])
def test_asking_for_a_run_where_the_store_cannot_be_written_says_what_to_do(open_page, store, where):
    a_file(store, where)
    app = open_page("start")
    app.button(key="ask-run").click().run()
    assert not app.exception
    assert f"{store.home / where} is a file".rstrip("/") in said(app)
    assert "Move it away" in said(app)


def test_why_the_worker_keeps_ending_is_told_in_the_sidebar(open_page, monkeypatch):
    why = "The training process keeps ending. It is started again in 50 s. Its last words: No $pace."
    monkeypatch.setattr(Jobs, "trouble", why)
    app = open_page("start")
    (warning,) = app.sidebar.warning
    assert warning.value == why.replace("$", "\\$")


def test_stopping_where_the_wish_cannot_be_written_says_what_to_do(open_page, store):
    app = open_page("start")
    app.button(key="ask-run").click().run()
    a_file(store, "stop")
    app.button(key="stop-run").click().run()
    assert not app.exception
    assert f"{store.home / 'stop'} is a file" in said(app)
