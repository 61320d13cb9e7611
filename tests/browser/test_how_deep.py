"""How deep? in a browser: a map of a few cells, really trained, here and by the workers of a scheduler; and a
search for the best that is stopped."""

import json
import re

import pytest

from core.store import Store
from tests import engines
from tests.browser.steps import TRAINING, in_order, narrow, new_page, settle, written

SAID = re.compile("fine-tuning pays|was fine-tuning shown to pay|Fine-tuning was shown to pay")
LINK = "how_deep?depth_view=map&map_stops=143-151&map_images=20,50"


def train(page) -> None:
    """Press for the four runs and wait until the map is whole."""
    page.get_by_role("button", name=re.compile("Draw the map: 4 runs · about")).click()
    written(page, SAID).first.wait_for(timeout=TRAINING)
    page.locator(".st-key-stop-map").wait_for(state="detached", timeout=TRAINING)
    settle(page)
    assert page.get_by_role("button", name=re.compile("Draw the map")).count() == 0


@pytest.mark.soak  # four trainings: half a minute
def test_a_map_fills_in_and_a_cell_is_looked_at_by_a_click(page, app, worker, console):
    page.goto(f"{app.url}/{LINK}")
    settle(page)
    train(page)
    page.goto(page.url)
    settle(page)
    assert "map_stops=143-151" in page.url
    page.locator("[data-testid=stVegaLiteChart] svg .mark-rect path, canvas").first.wait_for()
    cells = page.locator("[data-testid=stVegaLiteChart]").bounding_box()
    page.mouse.click(cells["x"] + 0.4 * cells["width"], cells["y"] + 27)  # the first number, the first block
    written(page, re.compile("Thawed from block 16 with 20 images")).first.wait_for()
    settle(page)
    assert "block 16 with 20 images" in page.get_by_text("The Keras code of one cell").inner_text()
    narrow(page)
    in_order(app, console, below_root=True)


@pytest.mark.soak  # a few trainings: half a minute
def test_a_search_shows_what_it_tries_stops_and_goes_on_from_its_link(page, app, worker, console):
    page.goto(f"{app.url}/how_deep?depth_view=best&best_minutes=2")
    settle(page)
    page.get_by_role("button", name=re.compile("Find the best · about 2 min")).click()
    written(page, re.compile("So far: [2-9] recipes tried")).first.wait_for(timeout=TRAINING)
    page.get_by_role("button", name="Stop").first.click()
    again = page.get_by_role("button", name=re.compile("Go on · about"))
    again.wait_for(timeout=TRAINING)
    page.goto(page.url)
    settle(page)
    assert "best_minutes=2" in page.url
    assert written(page, re.compile("of 2 min are spent")).count() == 1
    assert page.get_by_text("Not tried").count() <= 1
    again.wait_for()
    narrow(page)
    in_order(app, console, below_root=True)


@pytest.mark.soak  # workers take half a minute to start
def test_the_workers_of_a_scheduler_train_what_a_page_asks_for(
    chromium, server, console, tmp_path, tmp_path_factory
):
    from tests.core.test_cluster_training import scheduler, worker

    home, elsewhere, lent = tmp_path / "home", tmp_path / "elsewhere", engines.folder(tmp_path_factory)
    with scheduler() as address, worker(address, elsewhere, lent, "--no-nanny"), engines.lent(lent, home):
        server.move(home, True, scheduler=address)
        page = new_page(chromium, console)
        page.goto(f"{server.url}/{LINK}")
        settle(page)
        train(page)
        page.context.close()
        server.move(tmp_path / "nobody", False)
    assert [*elsewhere.glob("pixels/*.npy")], "the images went there"
    assert not (elsewhere / "runs").exists()
    tuned = [run for run in Store(home).list_runs() if run.config.fine_tuning.epochs]
    assert [run.status for run in tuned] == ["finished"] * 4
    receipts = [json.loads((Store(home).path(run.run_key) / "receipt.json").read_text()) for run in tuned]
    assert all(receipt["environment"]["processor"] for receipt in receipts)
