"""How many images? in a browser: sixty heads really trained at one press, and reopened by their link."""

import re

from tests.browser.steps import TRAINING, in_order, narrow, settle, written

SAID = re.compile("Frozen, 300 more images: about|what more images would bring is not foretold")


def test_the_frozen_curve_is_there_at_one_press_and_its_link_reopens_it(page, app, worker, console):
    page.goto(f"{app.url}/how_many_images?images_more=300&epochs_frozen=1&size=32")
    settle(page)
    page.get_by_role("button", name=re.compile("Frozen at 6 numbers of images: 60 heads · about")).click()
    written(page, SAID).first.wait_for(timeout=TRAINING)
    settle(page)
    assert page.get_by_role("button", name=re.compile("60 heads")).count() == 0
    page.goto(page.url)
    settle(page)
    assert "images_more=300" in page.url
    written(page, SAID).first.wait_for()
    narrow(page)
    in_order(app, console, below_root=True)
