"""`python -m core serve`: refused in a line before anything listens; what gets through to one that runs."""

import contextlib
import http.server
import json
import threading

import pytest

from core.__main__ import main
from core.commands import serve
from core.people import serving
from tests.core.test_serving import AUTH


@pytest.fixture
def started(monkeypatch):
    """The command lines that would have become servers."""
    lines = []
    monkeypatch.setattr(serve.os, "execv", lambda program, line: lines.append(line) or 0)
    monkeypatch.setattr(serve.os, "chdir", lambda folder: None)
    return lines


@pytest.fixture
def secrets(tmp_path):
    """`secrets(section)`: a file with it."""

    def write(auth: dict | str) -> str:
        file = tmp_path / "secrets.toml"
        said = auth if isinstance(auth, str) else "".join(f'{k} = "{v}"\n' for k, v in auth.items())
        file.write_text(said if isinstance(auth, str) else f"[auth]\n{said}")
        return str(file)

    return write


def test_it_starts_streamlit_where_it_was_told(started, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("THAW_SHARED", "open")
    monkeypatch.setenv("THAW_SET_MB", "120")
    assert main(["serve", "--address", "0.0.0.0", "--port", "8600"]) == 0
    (line,) = started
    said = " ".join(line)
    assert "-m streamlit run" in said
    for option in ("--server.address 0.0.0.0", "--server.port 8600", "--server.maxUploadSize 120"):
        assert option in said
    assert "all see all" in capsys.readouterr().err


def test_with_login_it_says_who_the_teachers_are(started, capsys, secrets, monkeypatch):
    monkeypatch.setattr(serving, "can_log_in", lambda: True)
    monkeypatch.setenv("THAW_TEACHERS", "theo@school.example")
    assert main(["serve", "--secrets", secrets(AUTH)]) == 0
    assert "--secrets.files" in started[0]
    said = capsys.readouterr().err
    assert "logs in" in said
    assert "theo@school.example" in said


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("THAW_SHARED", "yes", "THAW_SHARED"),
        ("THAW_SHARED", "1", "nobody has to log in"),
        ("THAW_TEACHERS", "anna", "'anna'"),
        ("THAW_SETS", "0", "THAW_SETS"),
        ("THAW_HOME", "/proc/nowhere", "/proc/nowhere"),
    ],
)
def test_a_setting_that_would_not_do_is_one_line_and_nothing_listens(
    started, capsys, secrets, monkeypatch, variable, value, named
):
    monkeypatch.setattr(serving, "can_log_in", lambda: True)
    monkeypatch.setenv(variable, value)
    if variable == "THAW_SETS":
        monkeypatch.setenv("THAW_SHARED", "open")
    assert main(["serve"]) == 2
    assert started == []
    said = capsys.readouterr().err
    assert named in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("auth", "named"),
    [
        ({key: AUTH[key] for key in AUTH if key != "client_secret"}, "auth.client_secret"),
        ("[auth\n", "secrets.toml cannot be read"),
    ],
)
def test_a_login_that_is_half_set_up_is_one_line(started, capsys, secrets, auth, named):
    assert main(["serve", "--secrets", secrets(auth)]) == 2
    assert started == []
    assert named in capsys.readouterr().err


def test_login_without_authlib_is_one_line(started, capsys, secrets, monkeypatch):
    monkeypatch.setattr(serving, "can_log_in", lambda: False)
    assert main(["serve", "--secrets", secrets(AUTH)]) == 2
    assert "Authlib" in capsys.readouterr().err


# What gets through


@contextlib.contextmanager
def a_proxy(**statuses: int):
    """A server that answers each kind of question with a status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            kind = {"/_stcore/health": "health", "/_stcore/stream": "socket", "/": "page"}.get(
                self.path, "put"
            )
            self.send_response(statuses[kind])
            self.end_headers()

        do_GET = do_PUT = answer

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def tried(capsys, url: str) -> tuple[int, dict[str, bool]]:
    code = main(["serve", "--check", url, "--json"])
    return code, {trial["what"]: trial["fine"] for trial in json.loads(capsys.readouterr().out)["tried"]}


def test_a_proxy_that_lets_all_through_passes(capsys):
    with a_proxy(health=200, socket=101, page=401, put=401) as url:
        code, fine = tried(capsys, url)
    assert code == 0
    assert all(fine.values())
    assert len(fine) == 5


@pytest.mark.parametrize(
    ("what", "answers"),
    [
        ("health", {"health": 502}),
        ("web socket", {"socket": 426}),
        ("web socket", {"socket": 400}),
        ("upload of 500 MB", {"put": 413}),
        ("first page", {"page": 503}),
    ],
)
def test_what_a_proxy_keeps_back_is_named(capsys, what, answers):
    with a_proxy(**{"health": 200, "socket": 101, "page": 200, "put": 403} | answers) as url:
        code, fine = tried(capsys, url)
    assert code == 1
    assert [name for name, well in fine.items() if not well] == [what]


def test_an_address_without_tls_and_one_that_is_none_are_said(capsys):
    code, fine = tried(capsys, "http://thaw.invalid")
    assert code == 1
    assert not fine["transport"]
    assert main(["serve", "--check", "thaw.school.example"]) == 2
