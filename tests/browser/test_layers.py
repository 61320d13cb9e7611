"""The Layers page as a person looks into a layer: the real lens, drawn by a real browser."""

import re

import pytest

from tests.browser.steps import go_to, in_order, settle, written

STARTING = 120_000  # ms: the worker imports TensorFlow and converts the network, seconds on a quiet machine


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
