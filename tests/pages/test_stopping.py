"""Who may stop what: with login the person who started it; without, anyone, but asked first where shared."""

import pytest
from streamlit.testing.v1 import AppTest

from core.presets import first_visit
from core.running import jobs, turns
from pages.ui import services
from tests.pages.conftest import ROOT, key_of, said


@pytest.fixture
def running(store):
    """Make a run that these people asked for and that trains now."""

    def start(*people):
        key = key_of(first_visit(), store)
        for person in people:
            jobs.enqueue(store, key, first_visit(), owner=person)
        assert jobs.next_job(store) == key
        store.set_status(key, "running")
        return key

    return start


def test_what_nobody_else_asked_for_stops_at_one_press(open_page, running, store):
    key = running("session-v1-00000000000000aa")
    app = open_page("fine_tuning")
    app.button(key="stop-run").click().run()
    assert jobs.stop_requested(store, key)


def test_what_others_wait_for_is_not_stopped_before_saying_so(open_page, running, store):
    key = running("session-v1-00000000000000aa", "session-v1-00000000000000bb")
    app = open_page("fine_tuning")
    assert "2 people asked for this and wait for it" in said(app)
    button = app.button(key="stop-run")
    assert button.label == "Stop it for everyone"
    button.click().run()
    assert jobs.stop_requested(store, key)


def test_with_login_only_the_starter_can_stop(open_page, running, store, monkeypatch):
    key = running("user-v1-00000000000000aa")
    monkeypatch.setattr(services, "logged_in", lambda: True)
    monkeypatch.setattr(services, "person", lambda: "user-v1-00000000000000bb")
    app = open_page("fine_tuning")
    assert app.button(key="stop-run").disabled
    services.stop(key)  # a press that came from an old page
    assert not jobs.stop_requested(store, key)
    monkeypatch.setattr(services, "person", lambda: "user-v1-00000000000000aa")
    app.run()
    assert not app.button(key="stop-run").disabled


def test_asking_through_the_page_notes_who_asked_and_what_it_should_take(open_page, store):
    app = open_page("fine_tuning")
    app.button(key="ask-run").click().run()
    (line,) = turns.queue(store)
    assert line.owner.startswith("session-v1-")
    assert line.seconds > 0


def test_where_login_is_set_up_nobody_gets_further_without_it(no_worker, monkeypatch):
    monkeypatch.setattr("streamlit.user_info.get_secrets_auth_section", lambda: {"client_id": "thaw"})
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not app.exception
    assert [button.label for button in app.button] == ["Log in"]
    assert not app.selectbox
