"""The Layers page as a person looks into a layer, and its colours in another theme: the real lens, drawn by a
real browser."""

import re

import pytest

from core.charts.palette import palette
from tests.browser.steps import go_to, in_order, settle, written

STARTING = 120_000  # ms: the worker imports TensorFlow and converts the network, seconds on a quiet machine
IN_ITS_WORDS = """colour => [...document.querySelectorAll("[data-testid=stCaptionContainer] p")]
    .every(words => getComputedStyle(words).color === colour)"""
IN_ITS_MAP = """colour => [...document.querySelectorAll(".stVegaLiteChart svg text")]
    .some(words => getComputedStyle(words).fill === colour)"""


def quiet(theme: str) -> str:
    """The colour of quiet words, as a browser says it."""
    return f"rgb({', '.join(str(level) for level in bytes.fromhex(palette(theme).muted[1:]))})"


def test_another_theme_is_that_of_charts_and_quiet_words_at_once(page, app, console):
    page.goto(f"{app.url}/layers")
    settle(page)
    page.get_by_text("32 × 32", exact=True).first.wait_for()
    menu = page.get_by_test_id("stMainMenu")
    for theme, choose in [
        ("dark", lambda: page.emulate_media(color_scheme="dark")),  # the system's night
        ("light", lambda: page.get_by_test_id("stMainMenuPopover").get_by_text("Light").click()),
        ("dark", lambda: page.get_by_test_id("stMainMenuPopover").get_by_text("Dark").click()),
    ]:
        choose()
        page.wait_for_function(IN_ITS_WORDS, arg=quiet(theme))
        page.wait_for_function(IN_ITS_MAP, arg=quiet(theme))
        settle(page)
        if not page.get_by_test_id("stMainMenuPopover").is_visible():
            menu.click()
    in_order(app, console, below_root=True)


@pytest.mark.soak  # a minute; `tests/pages/test_layers.py` looks into layers, too
def test_looking_into_a_layer_shows_its_maps_and_sliding_on_shows_the_next(page, app, worker, console):
    page.goto(app.url)
    settle(page)
    go_to(page, "Layers")
    page.get_by_text("32 × 32", exact=True).first.wait_for()  # the map is drawn, with the side of what flows
    page.get_by_role("radio", name="Inside a layer").or_(
        page.get_by_role("button", name="Inside a layer")
    ).first.click()
    written(page, re.compile("gives 32 maps of 32 × 32 numbers")).wait_for(timeout=STARTING)
    written(page, "What the pretrained network already says about it").wait_for()
    sheet = page.get_by_role("img", name=re.compile("strongest of 32 channels of Conv1"))
    assert sheet.evaluate("image => image.complete && image.naturalWidth") > 500
    page.locator(".st-key-inside_layer input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("img", name=re.compile("strongest of 32 channels of bn_Conv1")).wait_for()
    settle(page)
    in_order(app, console)
