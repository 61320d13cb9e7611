"""The Bottleneck features page in a real browser: hovering, picking by click, the map in space."""

import re

import numpy as np
import pytest

from core.data import datasets
from core.explain.studies import Study
from core.presets import first_visit
from core.store import Store
from tests.browser.steps import go_to, in_order, narrow, settle, written

WEBGL = ("GL Driver Message", "getImageData")  # what drawing without a graphics card makes Chromium say


@pytest.fixture
def stored_map(app):
    """A map of the 500 validation digits in ten clouds, as the worker would have left it."""
    store, config = Store(app.home), first_visit()
    splits = datasets.load(config.data, app.home)
    labels = splits.labels[splits.validation]
    random = np.random.default_rng(3)
    pooled = random.normal(size=(len(labels), 64)) + 2 * random.normal(size=(10, 64))[labels]
    key = Study("maps", config).key(splits.dataset)
    store.create(key, config)
    arrays = {"pooled": pooled.astype(np.float32), "labels": labels, "positions": splits.validation}
    store.save_study(key, {}, arrays)


def to_view(page, name):
    page.get_by_role("radio", name=name).click()
    settle(page)


@pytest.mark.soak
def test_hover_pick_turn_and_look_inside(page, app, worker, console, stored_map):
    page.goto(app.url)
    settle(page)
    go_to(page, "Bottleneck features")
    to_view(page, "Map of the images")
    points = page.locator(".st-key-feature-map-before g.mark-symbol").first.locator("path")
    points.nth(499).wait_for(state="attached")
    points.nth(70).hover(force=True)
    picture = page.locator("#vg-tooltip-element img")
    assert picture.get_attribute("src").startswith("data:image/jpeg;base64,")
    name = page.locator("#vg-tooltip-element").inner_text().split()[-1]

    points.nth(70).click(force=True)
    page.get_by_role("button", name=re.compile("Look inside")).wait_for()
    assert page.locator("[data-testid=stMain] code", has_text=name).count() >= 1

    to_view(page, "3-D")
    page.locator("[data-testid=stPlotlyChart] canvas").first.wait_for()

    page.get_by_role("button", name=re.compile("Look inside")).click()
    written(page, "All 1,280 channels").wait_for(timeout=120_000)  # the worker converts the network first
    settle(page)
    assert written(page, name, exact=True).first.is_visible()
    narrow(page, 900)
    assert page.get_by_test_id("stException").count() == 0
    console[:] = [said for said in console if not any(word in said for word in WEBGL)]
    in_order(app, console)
