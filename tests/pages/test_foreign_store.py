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
    assert "waiting, 1st in line" in said(app)


def a_file(store, where: str) -> None:
    """A file where the store's folder, or one below it, should be."""
    path = store.home / where
    path.parent.mkdir(exist_ok=True)
    path.write_text("")


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.soak] if page != "start" else []) for page in PAGES]
)
def test_every_page_says_in_its_place_what_is_in_the_way_of_a_store_until_it_is_mended(
    open_page, store, page
):
    a_file(store, "")
    app = open_page(page)
    (error,) = app.error
    assert error.value.startswith(f"{store.home} is a file. Expected a folder. Move it away")
    assert [button.label for button in app.button] == ["Look again"]
    store.home.unlink()
    app.button[0].click().run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="data").value == "digits"


@pytest.mark.parametrize(
    ("home", "told"),
    [
        ("~nobody-here/thaw", "no user 'nobody-here'"),
        ("x" * 300, "cannot be used"),
        ("/dev/null/thaw", "/dev/null is no folder"),
        ("s3://bucket/thaw", "is an address in a network"),
    ],
)
def test_a_name_that_can_be_no_store_is_told_in_place_of_the_page(open_page, monkeypatch, home, told):
    monkeypatch.setenv("THAW_HOME", home)
    app = open_page("data")
    (error,) = app.error
    assert told in error.value
    assert "THAW" in error.value


def test_a_link_that_leads_nowhere_is_told_in_place_of_the_page(open_page, store):
    store.home.symlink_to("nowhere")
    (error,) = open_page("start").error
    assert "is a link that leads nowhere" in error.value


def test_asking_for_a_run_where_the_queue_cannot_be_written_says_what_to_do(open_page, store):
    a_file(store, "queue")
    app = open_page("start")
    app.button(key="ask-run").click().run()
    assert not app.exception
    assert f"{store.home / 'queue'} is a file" in said(app)
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
