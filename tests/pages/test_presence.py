"""A check of photos belongs to one person and to a tab that is open."""

import threading

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.data.layouts import AmbiguousLayout
from core.errors import DatasetError, Stopped
from core.intake import apart
from pages.ui.data import checking, presence
from pages.ui.data.checking import so_far
from tests.hostile import zip_of
from tests.pages.conftest import said
from tests.pages.own_folder import add


class Server:
    """A server whose tabs are closed or open."""

    active = True

    def __init__(self):
        self.uploaded_file_mgr = MemoryUploadedFileManager("/upload")

    def is_active_session(self, session: str) -> bool:
        assert session
        return self.active


@pytest.fixture
def server(monkeypatch) -> Server:
    server = Server()
    monkeypatch.setattr(presence.runtime, "exists", lambda: True)
    monkeypatch.setattr(presence.runtime, "get_instance", lambda: server)
    monkeypatch.setattr(presence, "get_script_run_ctx", lambda: type("Context", (), {"session_id": "tab"}))
    return server


@pytest.fixture
def endless(monkeypatch):
    """Checks go on until they are stopped, and say so in `began`."""
    began = threading.Semaphore(0)

    def take_in(what, home, layout, report, should_stop, **allowed):
        began.release()
        while not should_stop():
            threading.Event().wait(0.01)
        raise Stopped("Stopped.")

    monkeypatch.setattr(apart, "take_in", take_in)
    monkeypatch.setattr(checking, "AT_ONCE_SECONDS", 0.0)
    return began


def test_a_check_ends_when_its_tab_has_been_closed_for_a_while(server, endless, monkeypatch):
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.2)
    work = checking.take("pets", apart.Sent([])).work
    work.join(0.6)
    assert work.progress.status == "running"
    server.active = False
    work.join(20)
    assert work.progress.status == "stopped"


def test_a_tab_that_comes_back_in_time_is_not_gone(server, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(presence.time, "monotonic", lambda: clock[0])
    gone = presence.gone()
    for server.active, now, expected in (
        (True, 5, False), (False, 14, False), (True, 16, False), (False, 25, False), (False, 27, True),
    ):  # fmt: skip
        clock[0] = now
        assert gone() is expected, now


def test_a_persons_second_check_ends_the_first_which_says_so(endless, monkeypatch):
    monkeypatch.setattr(checking.services, "person", lambda: "anna")
    first = checking.take("one", apart.Sent([]))
    assert endless.acquire(timeout=20)
    second = checking.take("two", apart.Sent([]))
    first.work.join(20)
    assert "Another check was begun after this one" in str(first.problem)
    assert isinstance(first.problem, DatasetError)
    monkeypatch.setattr(checking.services, "person", lambda: "ben")
    other = checking.take("three", apart.Sent([]))
    for one in (second, other):
        assert one.work.progress.status == "running"
        assert so_far(one.work.progress) == "Looking through the folders"
        one.work.stop()
        one.work.join(20)
        assert one.work.progress.status == "stopped"


def test_a_process_that_dies_is_told_on_the_page_and_other_photos_can_be_chosen(
    open_page, store, monkeypatch
):
    monkeypatch.setattr(apart, "COMMAND", ("false",))
    app = add(open_page("data"), zip_of({}))
    assert not app.exception
    assert "the process that did it died" in app.error[0].value
    assert list((store.home / "photos").iterdir()) == []
    app.button(key="intake-again").click().run()
    assert app.file_uploader


def test_photos_that_nobody_kept_go_with_the_session(open_page, store):
    app = add(open_page("data"), zip_of({}))
    assert "6 photos" in said(app)
    assert len(list((store.home / "photos").iterdir())) == 1
    del app.session_state["intake"]
    assert list((store.home / "photos").iterdir()) == []


def test_files_that_a_tab_sent_leave_the_servers_memory_when_told_and_no_others_do(server):
    sent = server.uploaded_file_mgr
    for tab, file in (("tab", "first"), ("tab", "second"), ("other", "first")):
        sent.add_file(tab, UploadedFileRec(file, f"{file}.zip", "application/zip", b"content"))
    remove = presence.removing(["first"])
    remove()
    remove()
    assert list(sent.file_storage["tab"]) == ["second"]
    assert list(sent.file_storage["other"]) == ["first"]


def test_what_was_sent_is_forgotten_once_it_is_checked(monkeypatch):
    monkeypatch.setattr(apart, "take_in", lambda *asked, **limits: "an intake")
    sent, removed = apart.Sent([("pets.zip", b"content")], is_zip=True), []
    checked = checking.take("pets", sent, remove=lambda: removed.append("pets.zip"))
    checked.work.join(20)
    assert checked.outcome == ["an intake"]
    assert sent.files == []
    assert removed == ["pets.zip"]


def test_what_was_sent_is_still_there_for_another_reading_and_goes_where_nobody_wants_one(monkeypatch):
    seen, removed = [], []

    def take_in(what, *asked, **limits):
        seen.append(list(what.files))
        raise AmbiguousLayout("Two ways.", [])

    monkeypatch.setattr(apart, "take_in", take_in)
    sent = apart.Sent([("pets.zip", b"content")], is_zip=True)
    checked = checking.take("pets", sent, remove=lambda: removed.append("pets.zip"))
    checked.work.join(20)
    again = checked.again("classes")
    again.work.join(20)
    assert seen == [[("pets.zip", b"content")]] * 2
    assert removed == []
    again.let_go()
    assert sent.files == []
    assert removed == ["pets.zip"]
