"""What would be gravest where a class shares a Thaw, in real browsers: a student, another one, a teacher and
a stranger at one server."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.config import with_setting
from core.presets import first_visit
from core.running import jobs
from core.running.identity import ask
from core.store import Store
from tests.browser.steps import new_page, settle, written
from tests.people import Belongings, access_of, furnish, someone
from tests.photos import build
from tests.served import Client, Served, free_port, served

pytest.importorskip("joserfc", reason="Authlib, which brings it, is not installed")
pytest.importorskip("authlib", reason="Authlib is not installed")

from tests.openid import Provider  # noqa: E402  # which needs joserfc

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["", *sorted({path.stem for path in ROOT.glob("pages/*.py")} - {"start"})]
REFUSED = re.compile(r"status of 40[13]")  # what the browser itself says of an answer that a test asks for


@dataclass
class Class:
    """A served Thaw where Anna has a run, a set of photos and a training that waits; Ben has a run."""

    app: Served
    home: Path
    anna: Belongings
    training: str


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("school"), free_port()
    home = folder / "home"
    photos = build(folder / "photos", {"zebras": 12, "quaggas": 12})
    anna = furnish(someone("anna@school.example"), home, photos)
    ben = access_of(someone("ben@school.example"), home)
    ben.ask(ask(first_visit(), ben.store))
    access = access_of(someone("anna@school.example"), home)
    waiting = ask(with_setting(first_visit(), "fine_tuning.unfreeze_from", 98), access.store)
    access.ask(waiting)
    jobs.enqueue(Store(home), waiting.key, waiting.config, owner=anna.id, seconds=600, shared=True)
    with Provider() as provider:
        secrets = provider.secrets(f"http://127.0.0.1:{port}")
        with served(
            folder, secrets=secrets, port=port, worker=False, THAW_TEACHERS="theo@school.example"
        ) as app:
            yield Class(app, home, anna, waiting.key)


@pytest.fixture(scope="module")
def said():
    """What the consoles of all browsers say."""
    return []


@pytest.fixture(scope="module")
def visit(chromium, school, said):
    """`visit("ben", "data?data=x")`: the page in this person's browser, drawn."""
    pages: dict[str, Page] = {}

    def come(name: str, path: str = "") -> Page:
        if name not in pages:
            client = Client(school.app.url)
            client.log_in(name)
            pages[name] = new_page(chromium, said)
            pages[name].context.add_cookies(
                [{"name": n, "value": value, "url": school.app.url} for n, value in client.cookies.items()]
            )
        pages[name].goto(f"{school.app.url}/{path}")
        settle(pages[name])
        return pages[name]

    yield come
    for page in pages.values():
        page.context.close()


@pytest.fixture(autouse=True)
def quiet(school, said):
    """No console and no log says that something went wrong."""
    begun = len(school.app.log())
    said.clear()
    yield
    assert [line for line in said if "404" not in line and not REFUSED.search(line)] == []
    assert not re.findall(r"Traceback|\w+Error\b", school.app.log()[begun:])


def test_a_link_to_anothers_run_opens_none(visit, school):
    run = school.training.removeprefix("run-v1-")
    page = visit("ben", f"compare?compared={run}.tuned&run={school.training}")
    assert run not in page.content().replace(page.url, "")


@pytest.mark.parametrize("link", ["set", "path"])
def test_a_link_to_anothers_set_or_to_a_path_opens_neither_and_says_so(visit, school, link):
    name = school.anna.album if link == "set" else f"{school.home}/photos/{school.anna.album}"
    page = visit("ben", f"data?data={name}")
    written(page, "The link asked for").wait_for()
    assert "zebras" not in page.content()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()


def test_there_is_no_field_for_a_path(visit):
    page = visit("ben", "data?data_view=sources")
    page.get_by_role("radio", name="Zip", exact=True).wait_for()
    assert page.get_by_role("radio", name="On this machine").count() == 0
    assert page.get_by_role("textbox", name="Folder or zip on this machine").count() == 0


def test_a_picture_that_another_was_shown_is_not_to_be_had(visit, school):
    anna = visit("anna", f"data?data={school.anna.album}")
    image = anna.locator("img[src*='/media/']").first
    image.wait_for()
    address = anna.evaluate("image => image.src", image.element_handle())
    assert anna.request.get(address).status == 200
    answer = visit("ben").request.get(address)
    assert answer.status == 403
    assert "No page has shown you this" in answer.text()


def test_who_does_not_own_a_shared_set_cannot_delete_it(visit, school):
    access = access_of(someone("anna@school.example"), school.home)
    access.share("sets", [school.anna.album])
    try:
        page = visit("ben", "data?data_view=sources")
        written(page, "Album").first.wait_for()
        assert page.locator("[data-testid=stMain]").get_by_role("button", name="Delete").count() == 0
        mine = visit("anna", "data?data_view=sources")
        mine.locator("[data-testid=stMain]").get_by_role("button", name="Delete").first.wait_for()
    finally:
        access.take_back("sets", [school.anna.album])


def test_the_seal_of_a_test_set_is_ones_own(visit):
    mine = visit("anna", "compare?checked_on=test")
    mine.locator(".st-key-open-test button").click()
    settle(mine)
    assert mine.locator(".st-key-open-test").count() == 0
    visit("ben", "compare?checked_on=test").locator(".st-key-open-test button").wait_for()


def test_a_stranger_sees_how_to_log_in_and_nothing_else_at_every_address(chromium, school):
    page = chromium.new_context().new_page()
    for path in PAGES:
        page.goto(f"{school.app.url}/{path}?data={school.anna.album}")
        assert page.get_by_role("link").all_inner_texts() == ["Log in"]
        assert page.locator("script").count() == 0
    page.context.close()


def test_a_borrowed_session_takes_no_upload(visit, school):
    anna, frames = visit("anna"), []
    anna.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    anna.reload()
    settle(anna)
    session = next(filter(None, map(_session, frames)))
    ben = visit("ben")
    token = next(one["value"] for one in ben.context.cookies() if one["name"] == "_streamlit_xsrf")
    answer = ben.request.put(
        f"{school.app.url}/_stcore/upload_file/{session}/file",
        multipart={"file": {"name": "b.txt", "mimeType": "text/plain", "buffer": b"hello"}},
        headers={"X-Xsrftoken": token},
    )
    assert (answer.status, "not yours" in answer.text()) == (403, True)


def _session(frame: bytes | str) -> str:
    return ForwardMsg.FromString(frame).new_session.initialize.session_id if isinstance(frame, bytes) else ""


def test_a_teacher_stops_a_students_training_and_the_student_is_told(visit, school):
    anna = visit("anna", "fine_tuning")
    theo = visit("theo", "people")
    theo.locator(f".st-key-stop-{school.training} button").first.click()
    written(theo, "Nothing is training, and nobody waits.").wait_for()
    assert Store(school.home).status(school.training) == "stopped"
    written(anna, re.compile("Stopped")).first.wait_for()
