"""`streamlit run app.py` as a server, asked by people with and without a login, in the app's own protocol."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from tests.served import Client, free_port, served
from tests.visits import draw, open_page, tab

pytest.importorskip("joserfc", reason="Authlib, which brings it, is not installed")
pytest.importorskip("authlib", reason="Authlib is not installed")

from tests.openid import USERS, Provider  # noqa: E402  # which needs joserfc

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path.stem for path in ROOT.glob("pages/*.py"))


@pytest.fixture(scope="module")
def provider():
    with Provider(USERS | {"eve": {"email": "anna@school.example", "email_verified": False}}) as running:
        yield running


@pytest.fixture(scope="module")
def shared(provider, tmp_path_factory):
    """An app that asks people to log in."""
    port = free_port()
    secrets = provider.secrets(f"http://127.0.0.1:{port}")
    folder = tmp_path_factory.mktemp("shared")
    with served(folder, secrets=secrets, port=port, THAW_TEACHERS="theo@school.example") as running:
        yield running


def logged_in(app, name: str) -> Client:
    client = Client(app.url)
    assert client.log_in(name).status == 200
    return client


@pytest.mark.parametrize("page", PAGES)
def test_the_first_visitor_of_a_process_who_has_not_logged_in_is_drawn_nothing(shared, page):
    """The tests of this file run in order: nobody has drawn a page of this server yet."""
    stranger = Client(shared.url)
    with pytest.raises(InvalidStatus) as refused:
        open_page(stranger, page)
    assert refused.value.response.status_code == 401
    assert "Streamlit" not in stranger.page(f"/{page}").body


def test_a_login_that_streamlit_does_not_believe_is_drawn_nothing_but_how_to_log_in(shared):
    """A web socket without the header Origin passes the door: the page is the second lock. And though it is
    the first in its process, and leads straight to a page, that page's file does not run by itself."""
    anna = logged_in(shared, "anna")
    for page in ("augmentation", "compare"):
        drawn = open_page(anna, page, origin=False)
        assert "log in" in drawn.text
        assert "Data set" not in drawn.text
        assert "Augmentation" not in drawn.text
        assert drawn.runs == 1  # of `app.py`; the page's own file would have been another


def test_a_link_straight_to_a_page_draws_it_with_what_stands_around_it(shared):
    text = open_page(logged_in(shared, "anna"), "layers").text
    assert "Data set" in text  # of the sidebar, which `app.py` draws
    assert "Log out" in text


def put(client: Client, session: str, size: int = 100) -> int:
    body = (
        b"--b\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\n"
        + b"x" * size
        + b"\r\n--b--\r\n"
    )
    client.get("/_stcore/health")  # for the cookie that goes with the header
    return client.ask(
        "PUT", f"/_stcore/upload_file/{session}/file", body, content_type="multipart/form-data; boundary=b",
        x_xsrftoken=client.cookies["_streamlit_xsrf"],
    ).status  # fmt: skip


def test_a_borrowed_session_takes_no_upload(shared):
    anna, ben, stranger = logged_in(shared, "anna"), logged_in(shared, "ben"), Client(shared.url)
    with tab(anna) as open_tab:
        session = draw(open_tab).session
        assert put(anna, session) == 204
        assert put(ben, session) == 403
        assert put(logged_in(shared, "theo"), session) == 403
        assert put(stranger, session) == 401


def test_who_uses_anothers_address_without_having_shown_that_it_is_theirs_is_another(shared):
    anna, eve = logged_in(shared, "anna"), logged_in(shared, "eve")
    with tab(anna) as open_tab:
        assert put(eve, draw(open_tab).session) == 403


@pytest.mark.parametrize("spoiled", ["", "x", '{"email": "anna@school.example", "is_logged_in": true}'])
def test_a_cookie_that_was_not_signed_here_is_a_strangers(shared, spoiled):
    forger = Client(shared.url, {"_streamlit_user": spoiled})
    assert forger.get("/").status == 401
    anna = logged_in(shared, "anna")
    anna.cookies["_streamlit_user"] = anna.cookies["_streamlit_user"][:-2] + "AA"
    assert anna.get("/").status == 401


def test_a_body_in_pieces_is_not_read_whatever_length_it_says(shared):
    anna = logged_in(shared, "anna")
    cookies = "; ".join(f"{name}={value}" for name, value in anna.cookies.items())
    with tab(anna) as open_tab, socket.create_connection(("127.0.0.1", urlsplit(shared.url).port)) as raw:
        session = draw(open_tab).session
        raw.sendall(
            f"PUT /_stcore/upload_file/{session}/f HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        raw.settimeout(10)
        assert raw.recv(100).startswith(b"HTTP/1.1 411")


def test_who_logs_out_is_a_stranger_again(shared):
    anna = logged_in(shared, "anna")
    anna.get("/auth/logout")
    assert anna.get("/").status == 401


def test_nothing_of_an_error_is_told_to_a_browser_and_no_address_is_logged(shared):
    home = Path(shared.log_file.parent / "home")
    lines = (home / "actions.jsonl").read_text().splitlines()
    assert lines
    assert not [line for line in lines if "@" in line]
    assert "Traceback" not in shared.log()


def test_where_others_could_reach_it_without_login_it_says_so_and_draws_nothing(tmp_path):
    with served(tmp_path, "--server.address", "0.0.0.0") as running:
        client = Client(running.url)
        answers = [client.page("/"), client.page("/fine_tuning")]
        with pytest.raises(InvalidStatus) as refused:
            open_page(client)
        log = running.log()
    assert refused.value.response.status_code == 503
    for answer in answers:
        assert answer.status == 503
        assert "THAW_SHARED=open" in answer.body
    assert log.count("nobody has to log in") == 1


def test_where_all_trust_one_another_the_first_visitors_link_draws_the_whole_page(tmp_path):
    with served(tmp_path, "--server.address", "0.0.0.0", THAW_SHARED="open") as running:
        client = Client(running.url)
        drawn = open_page(client, "layers")
        assert "Data set" in drawn.text
        assert drawn.runs == 1  # its file did not run alone before
        assert client.get("/_stcore/metrics").status == 404
        shown = client.page("/").headers
    assert shown["referrer-policy"] == "no-referrer"


def test_ones_own_thaw_does_not_answer_to_another_name(tmp_path):
    with served(tmp_path) as running:
        client = Client(running.url)
        assert client.page("/").status == 200
        assert client.get("/", host="thaw.evil.example").status == 403
        assert client.get("/", x_forwarded_for="10.0.0.9").status == 403
        assert "Data set" in open_page(client, "layers").text
