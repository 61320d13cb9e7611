"""The app without a mouse, and its menu on a phone."""

import pytest

from tests.browser.steps import arrive, in_order, new_page, settle, slider, written
from tests.browser.views import VIEWS, in_view

MOST_STOPS = 120  # presses of Tab through a page; a focus that comes no further is trapped
PAGES = [title for title in VIEWS if title != "Fine-tuning"]  # which has a test of its own
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
FOCUSED = """() => { const one = document.activeElement, at = one.getBoundingClientRect();
    return [one.getAttribute("aria-label") || one.innerText || one.value || "", at.top + scrollY]; }"""

NAME = """const name = one => {
    const group = one.closest("[role=radiogroup]");
    if (group) return `one of ${group.innerText}`;
    return one.getAttribute("aria-label") || one.innerText || one.placeholder || one.outerHTML.slice(0, 90);
};"""
# What a mouse could press in the page, by name; without what the keys of a focused field do as well: the
# arrows beside a number, the list and the crosses of a choice; and without what shows itself to a mouse alone
CONTROLS = f"""() => {{ {NAME}
    const main = document.querySelector("[data-testid=stMain]");
    const kinds = "button, a[href], input, textarea, summary, [role=slider], [role=radio]";
    const others = ".stSelectbox :not(input), .stMultiSelect :not(input), .stNumberInput button, "
        + "[data-testid=stElementToolbar] *";
    const shown = {{visibilityProperty: true}};
    const seen = one => one.getBoundingClientRect().width && one.checkVisibility(shown);
    return [...main.querySelectorAll(kinds)].filter(one => !one.disabled && seen(one) && !one.matches(others))
        .map(name);
}}"""
REACHED = f"""() => {{ {NAME}
    const one = document.activeElement;
    return [name(one), !!one.closest("[data-testid=stMain]")]; }}"""


def never_reached(page):
    """The controls of a page that no press of Tab leads to, from its heading on."""
    page.locator("[data-testid=stMain] h1").evaluate("one => { one.tabIndex = -1; one.focus(); }")
    reached, inside = set(), True
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        name, inside = page.evaluate(REACHED)
        if not inside:
            return sorted(set(page.evaluate(CONTROLS)) - reached)
        reached.add(name)
    raise AssertionError("the focus does not leave the page")


def tab_to(page, *names):
    """Press Tab until each of the controls called so has had the focus, one after the other."""
    waiting = list(names)
    for _ in range(MOST_STOPS):
        if not waiting:
            return
        page.keyboard.press("Tab")
        said, _ = page.evaluate(FOCUSED)
        if waiting[0] in said:
            waiting.pop(0)
    raise AssertionError(f"Tab does not reach {waiting[0]!r}")


def test_fine_tuning_is_used_by_keys_alone_from_the_slider_to_the_last_closed_line(
    page, app, trained, console
):
    page.goto(f"{app.url}/fine_tuning")
    settle(page)
    written(page, "block 13 · 116 layers frozen").wait_for()
    tab_to(page, "Help for Thaw from", "Thaw from")
    assert slider(page).evaluate("one => one === document.activeElement")
    page.keyboard.press("ArrowRight")
    settle(page)
    written(page, "block 14 · 125 layers frozen").wait_for()
    tab_to(page, "Train both phases", "Every layer", "Retrain")
    page.keyboard.press("ArrowRight")  # among views the arrows go on, Enter opens
    page.keyboard.press("Enter")
    settle(page)
    assert "tuning_view=hurts" in page.url
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    settle(page)
    assert "tuning_view" not in page.url
    tab_to(page, "What to notice")
    page.keyboard.press("Enter")
    written(page, "The layer that moved most is").wait_for()
    settle(page)
    tab_to(page, "Optimizer", "Every epoch", "The Keras code")  # past the table of runs, which keeps nobody
    in_order(app, console, below_root=True)


def test_every_control_of_a_page_is_reached_by_the_tab_key(page, app, trained, console):
    page.goto(app.url)
    settle(page)
    unreached = {}
    for title in PAGES:
        page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True).click()
        arrive(page, title)
        unreached[title] = never_reached(page)
    assert unreached == dict.fromkeys(PAGES, [])
    in_order(app, console, below_root=True)


@pytest.mark.soak  # most of a minute: 38 views, each with up to a hundred presses
def test_every_control_of_every_view_is_reached_by_the_tab_key(page, app, trained, console):
    page.goto(app.url)
    settle(page)
    unreached = {}
    for title, views in VIEWS.items():
        page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True).click()
        arrive(page, title)
        for view in views:
            in_view(page, view)
            unreached[f"{title} > {view}"] = never_reached(page)
    assert {view: left for view, left in unreached.items() if left} == {}
    in_order(app, console, below_root=True)


def test_a_phones_menu_closes_once_a_page_is_chosen(chromium, app, console):
    page = new_page(
        chromium, console, viewport={"width": 390, "height": 844}, user_agent=PHONE, is_mobile=True,
        has_touch=True,
    )  # fmt: skip
    page.goto(app.url)
    settle(page)
    page.get_by_test_id("stExpandSidebarButton").tap()
    page.get_by_role("link", name="Layers", exact=True).tap()
    arrive(page, "Layers")
    page.get_by_test_id("stExpandSidebarButton").wait_for()
    assert page.get_by_test_id("stSidebar").bounding_box()["x"] < 0
    page.context.close()
