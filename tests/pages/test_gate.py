"""The door in front of Streamlit, tried with requests, and an app behind it that says yes to all."""

import asyncio
import json
from urllib.parse import quote, unquote

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette import starlette_app

from core.errors import ConfigError
from core.people import serving as rules
from core.people.serving import Mode
from pages.server import bounds, ways
from pages.server.ways import Way
from pages.ui import serving
from tests.gates import ANNA, Door

PRIVATE = [
    "/", "/fine_tuning", "/media/3f.png", "/component/a/b", "/_stcore/host-config",
    "/_stcore/bidi-components/a/b.js", "/app/static/photo.png", "/anything/else",
]  # fmt: skip


# A stranger


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_stranger_reaches_nothing_and_learns_nothing(login, path, kind):
    status, text = login.get(path, kind=kind)
    assert login.reached == []
    assert status == (401 if kind == "http" else 404)
    assert text in ("Log in first.\n", "There is nothing here.\n")


def test_a_stranger_gets_no_web_socket_and_no_upload(login):
    assert login.get("/_stcore/stream", kind="websocket") == (401, "Log in first.\n")
    for method in ("PUT", "DELETE", "OPTIONS", "POST"):
        status, _ = login.get("/_stcore/upload_file/of-anna/f", method=method, content_length="9")
        assert status == 401
    assert login.reached == []


def test_a_stranger_who_asks_for_a_page_can_log_in_and_gets_there_afterwards(login):
    status, text = login.get("/fine_tuning?run=run-v1-3f", accept="text/html")
    assert status == 401
    assert 'href="/login?with=default"' in text
    kept = login.header("set-cookie").split(";")[0]
    status, _ = login.get("/", cookie=f"{kept}; who=anna")
    assert status == 302
    assert login.header("location") == "/fine_tuning?run=run-v1-3f"
    assert "max-age=0" in login.header("set-cookie").lower()


@pytest.mark.parametrize(
    "place", ["//evil.example", "/%5Cevil.example", "https://evil.example", "/%0d%0aX: y", ""]
)
def test_a_planted_link_leads_nowhere_else(login, place):
    status, _ = login.get("/", cookie=f"_thaw_wanted={quote(unquote(place), safe='')}; who=anna")
    assert status == 200


@pytest.mark.parametrize(
    "path", ["/_stcore/health", "/static/js/index.js", "/favicon.png", "/oauth2callback?a=b"]
)
def test_what_a_stranger_needs_to_log_in_is_there(login, path):
    assert login.get(path)[0] == 200


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/new", "/_stcore"]
)
def test_what_no_page_needs_is_closed_to_everyone(login, open_to_all, path):
    assert login.get(path, cookie="who=anna")[0] == 404
    assert open_to_all.get(path)[0] == 404
    assert login.reached == open_to_all.reached == []


def test_every_path_that_streamlit_serves_has_been_thought_of():
    """A later Streamlit may bring another: then it is to be decided who may go there."""
    from streamlit.runtime import Runtime, RuntimeConfig
    from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
    from streamlit.runtime.memory_session_storage import MemorySessionStorage
    from streamlit.web.cache_storage_manager_config import create_default_cache_storage_manager

    Runtime._instance, before = None, Runtime._instance
    try:
        server = Runtime(
            RuntimeConfig(
                script_path="app.py", is_hello=False, media_file_storage=MemoryMediaFileStorage("/media"),
                uploaded_file_manager=MemoryUploadedFileManager("/_stcore/upload_file"),
                cache_storage_manager=create_default_cache_storage_manager(),
                session_storage=MemorySessionStorage(),
            )
        )  # fmt: skip
        routes = {getattr(route, "path", "") for route in starlette_app.create_streamlit_routes(server)}
    finally:
        Runtime._instance = before
    found = {path: ways.way_of(path.replace("{path:path}", "p")) for path in routes}
    assert found == {
        "/_stcore/health": Way.HEALTH, "/_stcore/stream": Way.STREAM, "/_stcore/host-config": Way.FILE,
        "/_stcore/upload_file/{session_id}/{file_id}": Way.UPLOAD, "/media/{file_id:path}": Way.FILE,
        "/component/{path:path}": Way.FILE, "/_stcore/bidi-components/{path:path}": Way.FILE,
        "/auth/login": Way.LOGIN, "/auth/logout": Way.LOGIN, "/oauth2callback": Way.LOGIN,
        "/_stcore/metrics": Way.CLOSED, "/_stcore/agent/interact": Way.CLOSED,
        "/_stcore/agent/mcp": Way.CLOSED, "/_stcore/agent/openapi.json": Way.CLOSED,
        "": Way.PAGE,
    }  # fmt: skip


# Someone who has logged in


def test_who_has_logged_in_reaches_the_app(login):
    for path in PRIVATE:
        if not path.startswith("/media/"):  # only what was shown to her: `tests/pages/test_talk.py`
            assert login.get(path, cookie="who=anna") == (200, "the app")
    assert login.get("/_stcore/stream", kind="websocket", cookie="who=anna")[0] == 101


def test_a_person_opens_so_many_tabs_and_another_their_own(login):
    async def open_many():
        login.inside = asyncio.Event()

        async def tab(who: str) -> tuple[int, str]:
            return await login.send("/_stcore/stream", kind="websocket", cookie=f"who={who}")

        tabs = [asyncio.create_task(tab("anna")) for _ in range(12)]
        await asyncio.sleep(0.01)
        too_many = await tab("anna")
        other = asyncio.create_task(tab("ben"))
        await asyncio.sleep(0.01)
        login.inside.set()
        return too_many, await other, await asyncio.gather(*tabs), await tab("anna")

    (status, text), other, tabs, later = asyncio.run(open_many())
    assert status == 429
    assert "12 tabs" in text
    assert other[0] == 101
    assert {one for one, _ in tabs} == {101}
    assert later[0] == 101  # those that were closed count no more


def test_opening_and_closing_without_end_is_too_fast():
    now = 0.0
    tabs = bounds.Tabs(2, clock=lambda: now)
    for _ in range(2 * bounds.OPENED_A_MINUTE):
        with tabs.one_more("anna"):
            pass
    with pytest.raises(bounds.HTTPException) as refused, tabs.one_more("anna"):
        pass
    assert refused.value.status_code == 429
    now = 61.0
    with tabs.one_more("anna"):
        pass


def test_nothing_but_an_upload_may_be_large(login):
    assert login.get("/fine_tuning", method="POST", cookie="who=anna", content_length="900000")[0] == 413


def test_a_visit_is_noted_without_a_name(login, store):
    login.get("/_stcore/stream", kind="websocket", cookie="who=anna")
    (line,) = (store.home / "actions.jsonl").read_text().splitlines()
    assert json.loads(line)["who"] == ANNA.id
    assert "@" not in line


# A proxy that drops what a web socket needs


def test_a_proxy_without_web_sockets_is_said_in_place_of_a_page_that_never_comes(login):
    assert login.get("/", cookie="who=anna")[0] == 200
    assert login.get("/_stcore/stream", cookie="who=anna")[0] == 426
    status, text = login.get("/", cookie="who=anna", accept="text/html")
    assert status == 502
    assert "web sockets" in text
    assert login.get("/", cookie="who=ben")[0] == 200  # what one says counts for oneself alone
    login.get("/_stcore/stream", kind="websocket", cookie="who=anna")
    assert login.get("/", cookie="who=anna")[0] == 200


def test_who_tries_the_proxy_as_a_stranger_hears_of_it_and_spoils_it_for_nobody(login):
    assert login.get("/_stcore/stream")[0] == 426
    assert login.get("/", cookie="who=anna")[0] == 200


# Other ways to serve


def test_one_persons_own_thaw_answers_this_machine_alone(monkeypatch):
    door = Door(monkeypatch, Mode.OWN)
    assert door.get("/") == (200, "the app")
    for headers in ({"host": "evil.example:8501"}, {"x_forwarded_for": "10.0.0.9"}):
        for kind, path in (("http", "/"), ("http", "/_stcore/health"), ("websocket", "/_stcore/stream")):
            status, text = door.get(path, kind=kind, **headers)
            assert status == 403
            assert "nobody has to log in" in text
    assert door.reached == ["/"]


def test_where_it_may_not_be_served_nothing_of_it_is_reached_and_it_is_said(monkeypatch):
    door = Door(monkeypatch, rules.unguarded())
    status, text = door.get("/", accept="text/html")
    assert status == 503
    assert "THAW_SHARED=open" in text
    assert door.get("/_stcore/stream", kind="websocket")[0] == 503
    assert door.reached == []
    assert door.get("/_stcore/health")[0] == 200


def test_where_all_trust_one_another_nobody_logs_in(open_to_all):
    for path in PRIVATE:
        assert open_to_all.get(path)[0] == 200
    assert open_to_all.get("/auth/login")[0] == 404
    assert open_to_all.get("/_stcore/stream", kind="websocket")[0] == 101


def test_a_browser_is_known_again_where_nobody_logs_in(open_to_all, login):
    open_to_all.get("/")
    first = open_to_all.header("set-cookie")
    assert first.startswith("thaw-browser=")
    assert "HttpOnly" in first
    assert "Max-Age" not in first, "where many may sit down at it, it ends with the browser"
    open_to_all.get("/", cookie=first.partition(";")[0])
    assert open_to_all.header("set-cookie") == "", "it stays the same"
    login.get("/", cookie="who=anna")
    assert login.header("set-cookie") == "", "whoever logs in is known by that"


def test_every_answer_carries_what_keeps_a_browser_safe(login):
    for path in ("/", "/media/f.svg", "/static/a.js"):
        login.get(path, cookie="who=anna")
        assert login.header("x-content-type-options") == "nosniff"
        assert login.header("referrer-policy") == "no-referrer"
        assert "frame-ancestors 'self'" in login.header("content-security-policy")
    login.get("/media/f.svg", cookie="who=anna")
    assert "sandbox" in login.header("content-security-policy")


# What the mode is worked out from


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.enableXsrfProtection", False), ("server.enableCORS", False),
        ("server.enableStaticServing", True), ("server.enableAgentApi", True),
        ("server.scriptHealthCheckEnabled", True),
    ],
)  # fmt: skip
def test_a_setting_of_streamlits_that_is_not_safe_is_refused_where_it_is_shared(monkeypatch, option, value):
    asked = serving.config.get_option
    monkeypatch.setattr(serving.config, "get_option", lambda name: value if name == option else asked(name))
    assert serving.mode() is Mode.OWN
    monkeypatch.setenv("THAW_SHARED", "open")
    with pytest.raises(ConfigError) as refused:
        serving.mode()
    assert option in str(refused.value)


def test_what_is_settled_stays_whatever_becomes_of_the_settings(monkeypatch):
    monkeypatch.setattr(serving, "_settled", None)
    monkeypatch.setattr(serving.st, "set_option", lambda *_: None)
    monkeypatch.setenv("THAW_SHARED", "open")
    assert serving.settle() is Mode.OPEN
    monkeypatch.setenv("THAW_SHARED", "")
    assert serving.mode() is Mode.OPEN
