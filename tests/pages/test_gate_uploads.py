"""Uploads at the door: into one's own session alone, and never more than there is room for."""

import asyncio

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.people.serving import Mode
from pages.server import bounds, visitor
from tests.gates import ANNA, BEN, Door


@pytest.fixture
def sessions(monkeypatch):
    """Whose the sessions are, with files in memory that need no server."""
    files = MemoryUploadedFileManager("/_stcore/upload_file")

    class Server:
        uploaded_file_mgr = files

        def is_active_session(self, session):
            return session != "ended"

    monkeypatch.setattr(visitor.runtime, "get_instance", Server)
    monkeypatch.setattr(visitor.SESSIONS, "_owners", {"of-anna": ANNA.id, "of-ben": BEN.id})
    return files


def test_an_upload_goes_into_ones_own_session_alone(login, sessions):
    assert (
        login.get("/_stcore/upload_file/of-anna/f", method="PUT", cookie="who=anna", content_length="9")[0]
        == 200
    )
    for session in ("of-anna", "nobodys", ""):
        for method in ("PUT", "DELETE"):
            status, text = login.get(
                f"/_stcore/upload_file/{session}/f", method=method, cookie="who=ben", content_length="9"
            )
            assert status == 403
            assert "not yours" in text
    assert login.reached == ["/_stcore/upload_file/of-anna/f"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 411),
        ({"content_length": "-5"}, 411),
        ({"content_length": "many"}, 411),
        ({"content_length": "9", "transfer_encoding": "chunked"}, 411),  # then the length means nothing
        ({"content_length": "502000000"}, 413),
        ({"content_length": "500000000"}, 200),
    ],
)
def test_an_upload_says_its_length_and_is_bounded(login, open_to_all, sessions, headers, status):
    for door in (login, open_to_all):
        got, _ = door.get("/_stcore/upload_file/of-anna/f", method="PUT", cookie="who=anna", **headers)
        assert got == status


def hold(files: MemoryUploadedFileManager, session: str, size: int) -> None:
    files.add_file(
        session, UploadedFileRec(f"{session}-{size}", "photos.zip", "application/zip", bytes(size))
    )


def test_many_uploads_of_one_person_are_bounded_together_whatever_their_sessions(
    login, sessions, monkeypatch
):
    monkeypatch.setattr(visitor.SESSIONS, "_owners", {"of-anna": ANNA.id, "ended": ANNA.id, "of-ben": BEN.id})
    hold(sessions, "ended", 300_000_000)
    where, many = "/_stcore/upload_file/of-anna/f", "250000000"
    status, text = login.get(where, method="PUT", cookie="who=anna", content_length=many)
    assert status == 413
    assert "300 MB" in text
    elsewhere = "/_stcore/upload_file/of-ben/f"
    assert login.get(elsewhere, method="PUT", cookie="who=ben", content_length=many)[0] == 200
    sessions.remove_session_files("ended")
    assert login.get(where, method="PUT", cookie="who=anna", content_length=many)[0] == 200


def test_the_uploads_of_all_are_bounded_together(sessions, monkeypatch):
    monkeypatch.setenv("THAW_UPLOADS_MB", "100")
    hold(sessions, "of-ben", 60_000_000)
    for door in (Door(monkeypatch, Mode.OPEN), Door(monkeypatch, Mode.LOGIN, {"anna": ANNA})):
        for length, expected in ((150, 413), (80, 503), (30, 200)):
            status, text = door.get(
                "/_stcore/upload_file/of-anna/f", method="PUT", cookie="who=anna",
                content_length=f"{length}000000",
            )  # fmt: skip
            assert status == expected
            assert status != 503 or "Others" in text


def test_files_beyond_those_that_one_may_send_at_once_wait_and_then_come_in(login, sessions):
    async def send_many():
        login.inside = asyncio.Event()
        coming = [
            asyncio.create_task(
                login.send(
                    f"/_stcore/upload_file/of-anna/{n}", method="PUT", cookie="who=anna", content_length="9"
                )
            )
            for n in range(3 * bounds.UPLOADS_AT_ONCE)
        ]
        await asyncio.sleep(0.05)
        begun = len(login.reached)
        login.inside.set()
        return begun, [status for status, _ in await asyncio.gather(*coming)]

    begun, statuses = asyncio.run(send_many())
    assert begun == bounds.UPLOADS_AT_ONCE
    assert statuses == [200] * (3 * bounds.UPLOADS_AT_ONCE)
