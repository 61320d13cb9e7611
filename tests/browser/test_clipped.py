"""No text is cut off: on every page and in every view, on a desk's screen and on a phone's.

`cut_text.js` compares the box of each text with what clips it: a chart's frame, a box without room, a cell.
Letters in a chart that are smaller than 12 px are found, too.
"""

import re
import time
from pathlib import Path

import pytest

from tests.browser.steps import TRAINING, arrive, in_order, new_page, run_button, settle, slider, written
from tests.browser.views import VIEWS, in_view

CUT_TEXT = (Path(__file__).with_name("cut_text.js")).read_text(encoding="utf-8")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SETTLING_SECONDS = 5.0  # a chart that was given another width has it by then
TABLES_DRAWN = """() => { const seen = name => [...document.querySelectorAll(`[data-testid=${name}]`)]
    .some(one => one.checkVisibility() && one.getBoundingClientRect().height > 0);
    return !seen("stSkeleton") && (!seen("stDataFrame") || drawnInTables().length > 0); }"""
WITH_CHARTS = {  # those that draw most from two finished runs alone
    "Start": (),
    "Layers": ("Map", "Evidence"),
    "Fine-tuning": ("Retrain", "From scratch"),
    "Data": ("Balance and splits",),
    "Compare": ("Numbers", "Mistakes", "Certainty"),
}
PRICED = re.compile(r"about \d+ s|at once")
TOO_LONG = re.compile("Train|Retrain|Show result|60 heads|seeds|epochs|runs")  # that, or a run of its own


def resize(page, size):
    """Give the window another size; what tables drew before is of the old one."""
    if page.viewport_size != size:
        page.evaluate("forgetTables()")
        page.set_viewport_size(size)
        page.wait_for_timeout(250)
        settle(page)


def cut_at(page, size):
    """What is cut in a window of that size, once nothing moves any more."""
    resize(page, size)
    deadline = time.monotonic() + SETTLING_SECONDS
    while not page.evaluate(TABLES_DRAWN) and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    while (found := page.evaluate("cutText()")) and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    return found


def cut_everywhere(page, views, ready=lambda: None):
    """`page > view, width: text` of all that is cut.

    Args:
        ready: Called in every view before it is looked at.
    """
    found = []
    for title, names in views.items():
        resize(page, DESK)
        page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True).click()
        arrive(page, title)
        for view in names or ("",):
            resize(page, DESK)
            if view:
                in_view(page, view)
            ready()
            for size in (DESK, PHONE):
                place = f"{title} > {view}, {size['width']} px"
                found += [f"{place}: {text}" for text in cut_at(page, size)]
    return found


@pytest.fixture
def watched(chromium, console):
    """A page that notes what its tables draw."""
    page = new_page(chromium, console)
    page.add_init_script(CUT_TEXT)
    yield page
    page.context.close()


def test_no_text_is_cut_where_two_runs_are_drawn(watched, app, trained, console):
    watched.goto(app.url)
    settle(watched)
    assert cut_everywhere(watched, WITH_CHARTS) == []
    in_order(app, console)


def test_the_sliders_words_are_whole_at_both_its_ends(watched, app):
    watched.goto(f"{app.url}/layers")
    settle(watched)
    for key, said in (("Home", "everything"), ("End", "head only")):
        slider(watched).press(key)
        written(watched, said, exact=True).first.wait_for()
        assert cut_at(watched, PHONE) == []


def test_a_text_that_is_cut_is_found(watched, app, trained):
    """In a table's cell, in a chart, in a box without room, and in the picture of the thaw bar."""
    watched.goto(f"{app.url}/fine_tuning")
    settle(watched)
    assert cut_at(watched, DESK) == []
    watched.wait_for_function("drawnInTables().some(text => text.includes('from block 13'))")
    watched.add_style_tag(content=".stVegaLiteChart text {font-size: 300px !important}")
    watched.add_style_tag(content="h1 {width: 40px; overflow: hidden; white-space: nowrap}")
    watched.evaluate("""() => { const bar = document.querySelector("img[src^='data:image/svg']");
        bar.src = "data:image/svg+xml," + encodeURIComponent(
            "<svg xmlns='http://www.w3.org/2000/svg' width='9'><text x='5' y='12'>frozen</text></svg>"); }""")
    watched.evaluate("""() => { const cell = document.createElement("canvas").getContext("2d");
        cell.beginPath(); cell.rect(0, 0, 30, 20); cell.clip(); cell.fillText("a long name", 4, 12); }""")
    found = "\n".join([*watched.evaluate("cutText()"), *cut_at(watched, DESK)])
    assert "table: a long name" in found
    assert "epoch (" in found
    assert "Fine-tuning (" in found
    assert "picture: frozen" in found


@pytest.mark.soak  # minutes: everything that a run can be asked is computed
def test_no_text_is_cut_in_any_view_once_all_of_it_is_computed(watched, app, worker, console):
    watched.goto(f"{app.url}?epochs_frozen=1&epochs_tuned=1")
    settle(watched)
    watched.get_by_role("link", name="Fine-tuning", exact=True).click()
    arrive(watched, "Fine-tuning")
    run_button(watched).click()
    written(watched, "validation images: ").first.wait_for(timeout=TRAINING)
    main = watched.get_by_test_id("stMain")

    def compute():
        for _ in range(3):  # a view may have a second question once the first is answered
            buttons = main.get_by_role("button", name=PRICED).filter(has_not_text=TOO_LONG, visible=True)
            if buttons.count():
                buttons.first.click()
                settle(watched)
            watched.wait_for_function(
                "![...document.querySelectorAll('[data-testid=stMain] button')]"
                ".some(one => one.innerText.includes('Stop'))", timeout=TRAINING,
            )  # fmt: skip
            settle(watched)

    found = cut_everywhere(watched, VIEWS, compute)
    assert not found, "\n".join(found)
    in_order(app, console, below_root=True)
