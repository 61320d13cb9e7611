"""Who may stop what, as pages say it; what is decided is in `tests/core/test_people_stopping.py`."""

import pytest
from streamlit.testing.v1 import AppTest

from core import ownership
from core.errors import NotAllowed, ThawError
from core.person import Person
from core.presets import first_visit
from core.running import jobs, turns
from pages.ui import services, serving
from tests.pages.conftest import ROOT, key_of, said
from tests.people import ANNA, BEN, TEACHER


@pytest.fixture
def running(store):
    """Make a run that these people asked for and that trains now."""

    def start(*people):
        key = key_of(first_visit(), store)
        for who in people:
            jobs.enqueue(store, key, first_visit(), owner=who)
            if who.startswith("user-"):
                ownership.enter(store.home, Person(who, who))
                ownership.add_runs(store.home, who, [key])
        assert jobs.next_job(store) == key
        store.set_status(key, "running")
        return key

    return start


def test_what_nobody_else_asked_for_stops_at_one_press(open_page, store):
    app = open_page("fine_tuning")
    app.button(key="ask-run").click().run()
    assert app.button(key="stop-run").label == "Stop"
    app.button(key="stop-run").click().run()
    assert store.status(key_of(first_visit(), store)) == "stopped"


@pytest.mark.parametrize(
    ("people", "told", "label"),
    [
        (("session-v1-00000000000000aa",), "Someone else asked for this", "Stop it all the same"),
        (
            ("session-v1-00000000000000aa", "session-v1-00000000000000bb"),
            "2 people asked for this and wait for it",
            "Stop it for everyone",
        ),
    ],
)
def test_without_login_what_others_wait_for_is_not_stopped_before_saying_so(
    open_page, running, store, people, told, label
):
    key = running(*people)
    app = open_page("fine_tuning")
    assert told in said(app)
    button = app.button(key="stop-run")
    assert button.label == label
    button.click().run()
    assert jobs.stop_requested(store, key)


def test_with_login_nobody_else_can_stop_it(open_page, running, store, log_in):
    key = running(ANNA.id)
    log_in(BEN)
    app = open_page("fine_tuning")
    assert "stop-run" not in [button.key for button in app.button]
    for asked in (False, True):
        with pytest.raises(ThawError, match="asked for by someone else"):
            services.stop(key, asked)  # a press that came from an old page
    assert not jobs.stop_requested(store, key)
    log_in(ANNA)
    app.run()
    app.button(key="stop-run").click().run()
    assert jobs.stop_requested(store, key)


def test_with_login_a_teacher_can_stop_it(open_page, running, store, log_in):
    key = running(ANNA.id, BEN.id)
    log_in(TEACHER)
    app = open_page("people")
    app.button(key=f"stop-{key}").click().run()
    assert jobs.stop_requested(store, key)


def test_with_login_one_of_several_takes_only_themselves_off_it(open_page, running, store, log_in):
    key = running(ANNA.id, BEN.id)
    log_in(ANNA)
    app = open_page("fine_tuning")
    assert "Without you it goes on for the others" in said(app)
    assert app.button(key="stop-run").label == "Take me off it"
    app.button(key="stop-run").click().run()
    assert not jobs.stop_requested(store, key)
    assert services.askers(key) == (BEN.id,)
    assert app.button(key="stop-run").disabled


def test_no_page_writes_a_wish_to_stop_past_the_rights():
    for path in sorted(ROOT.glob("pages/**/*.py")):
        text = path.read_text(encoding="utf-8")
        assert "request_stop" not in text, path
        assert "get_jobs().stop" not in text, path


def test_asking_through_the_page_notes_who_asked_and_what_it_should_take(open_page, store):
    app = open_page("fine_tuning")
    app.button(key="ask-run").click().run()
    (line,) = turns.queue(store)
    assert line.owner.startswith("session-v1-")
    assert line.seconds > 0


def test_where_login_is_set_up_nobody_gets_further_without_it(no_worker, log_in, monkeypatch):
    log_in(None)
    monkeypatch.setattr(serving, "providers", lambda: ("default",))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not app.exception
    assert [button.label for button in app.button] == ["Log in"]
    assert not app.selectbox
    with pytest.raises(NotAllowed):
        services.get_store()  # what sees everything
