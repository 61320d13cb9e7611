"""What a person does in a browser, a step at a time, and how long a test waits for the answer."""

import re
import time
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Locator, Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.store import Store, StoredRun

TRAINING = 240_000  # ms: seconds on a quiet machine, minutes on a crowded one
ANSWER_SECONDS = 60.0  # a page that takes longer to draw has failed
FROM_SCRATCH = "Fine-tuning against from scratch"  # how the last verdict of a first comparison begins
HEADINGS = {"Start": "Keep what it knows, train only the end"}  # where it is not what the link says
# What the browser says about itself rather than about the app
HARMLESS = ("favicon", "third-party cookie")
# Two frames on, what a press sets off in the page has been sent
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
DRAWN = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && !!document.querySelector("[data-testid=stMain] h1")
    && !document.querySelector("[data-testid=stMain] [data-testid=stSkeleton]")"""

WIDER = """() => Math.max(...[document.documentElement, document.querySelector("[data-testid=stMain]")]
    .map(element => element.scrollWidth - element.clientWidth))"""


class Talk:
    """What a page says to its server and hears from it, so that nobody has to guess when it has its answer.

    Attributes:
        asked: "page" or "part", or both, where the page asked for its drawing, or a part's, and that has not
            begun since. A part alone, such as a training's curves, does not answer for the page.
        drawing: The server draws the page, or a part of it.
    """

    def __init__(self, page: Page):
        self.asked: set[str] = set()
        self.drawing = False
        page.on("websocket", self._listen)

    def _listen(self, socket) -> None:
        self.asked, self.drawing = {"page"}, False  # a page that is loaded asks first of all
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, packet: bytes | str) -> None:
        said = BackMsg.FromString(packet) if isinstance(packet, bytes) else None
        if said and said.WhichOneof("type") == "rerun_script":
            self.asked.add("part" if said.rerun_script.fragment_id else "page")

    def _received(self, packet: bytes | str) -> None:
        heard = ForwardMsg.FromString(packet) if isinstance(packet, bytes) else None
        kind = heard.WhichOneof("type") if heard else None
        if kind == "new_session":
            self.asked -= {"part"} if heard.metadata.run.fragment_ids else {"part", "page"}
            self.drawing = True
        elif kind == "script_finished":
            self.drawing = False


_talks: WeakKeyDictionary[Page, Talk] = WeakKeyDictionary()


def new_page(browser: Browser, console: list[str], **how) -> Page:
    """A page in a context of its own.

    Args:
        console: Collects the warnings and errors of the browser's console.
        how: More of `Browser.new_context`; by default 1440 x 900.
    """
    page = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | how).new_page()
    page.set_default_timeout(30_000)
    _talks[page] = Talk(page)

    def listen(message) -> None:
        if message.type in ("warning", "error") and not any(word in message.text for word in HARMLESS):
            console.append(f"{message.type}: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: console.append(f"page error: {error}"))
    return page


def settle(page: Page) -> None:
    """Wait until the server has answered all that the page asked, and the page has drawn it.

    Call it between a press and the next one on what the first changes. Streamlit goes on showing the old page
    until the new one comes, and what a test presses there, hidden parts included, goes nowhere.
    """
    page.evaluate(TWO_FRAMES)
    talk, deadline = _talks[page], time.monotonic() + ANSWER_SECONDS
    while talk.asked or talk.drawing or not page.evaluate(DRAWN):
        assert time.monotonic() < deadline, "the page was not drawn"
        page.wait_for_timeout(30)


def arrive(page: Page, title: str) -> None:
    """Wait until another page is there and drawn, named as in the navigation."""
    heading = page.get_by_role("heading", level=1, name=HEADINGS.get(title, title), exact=True)
    heading.wait_for()
    settle(page)


def go_to(page: Page, title: str) -> None:
    """Open a page by its link in the navigation."""
    page.get_by_role("link", name=title, exact=True).click()
    arrive(page, title)


def written(page: Page, text: str | re.Pattern, *, exact: bool = False) -> Locator:
    """Where the page itself says something: a chart may say the same, in letters or to a screen reader."""
    return page.get_by_text(text, exact=exact).and_(page.locator(":not(svg *)"))


def run_button(page: Page) -> Locator:
    """The one that trains, with its price."""
    return page.locator(".st-key-ask-run button:visible")


def slider(page: Page) -> Locator:
    """The thaw bar's."""
    return page.locator("[data-testid=stMain] input[type=range]").first


def sideways(page: Page) -> int:
    """Pixels by which the page, or its body, is wider than its window: it would scroll sideways."""
    return page.evaluate(WIDER)


def narrow(page: Page, height: int = 844) -> None:
    """Give a page a phone's width, and wait until nothing is wider: charts follow a moment later."""
    page.set_viewport_size({"width": 390, "height": height})
    settle(page)
    page.wait_for_function(f"() => ({WIDER})() <= 0")


def in_order(app, console: list[str], *, below_root: bool = False) -> None:
    """Nothing was said in the browser's console or by the server and its worker.

    Args:
        below_root: The app was opened below its root, where Streamlit first looks for its server.
    """
    assert [line for line in console if not (below_root and "404" in line)] == []
    said = [line for line in app.log().splitlines() if re.search("warn|error|traceback", line, re.I)]
    assert said == []


def finished(app) -> list[StoredRun]:
    """The finished runs of the app's store."""
    return [run for run in Store(app.home).list_runs() if run.status == "finished"]
