"""The main journeys as a person makes them: a real server, worker, training and browser."""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.presets import first_visit
from core.store import Store
from core.wording import words
from tests.browser.steps import (
    FROM_SCRATCH,
    TRAINING,
    arrive,
    finished,
    go_to,
    in_order,
    new_page,
    run_button,
    settle,
    sideways,
    slider,
    written,
)

PAGES = (
    "Start", "Layers", "Augmentation", "Bottleneck features", "Fine-tuning", "Lab questions", "Data",
    "Predict", "Compare", "How deep?", "How many images?", "What mattered?",
)  # fmt: skip


def worker_of(app):
    """Process id of the app's worker, as Linux lists it."""
    for listed in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            told = listed.read_bytes().split(b"\0")
            if b"core.commands.worker" in told and str(app.home).encode() in told:
                return int(listed.parent.name)
    raise AssertionError("no worker is running")


VERDICT = "against the same head trained as long"


@pytest.mark.parametrize("epochs", [2])  # the recipe's own eight are a minute of two cores more
def test_open_guess_train_watch_slide_retrain_compare(page, app, worker, epochs, console):
    page.goto(app.url)
    settle(page)
    written(page, "is a digit: can it learn them").wait_for()
    written(page, "What the pretrained network itself calls them").wait_for(timeout=TRAINING)
    assert re.search(r"about \d+ (s|min)", run_button(page).inner_text())
    page.get_by_role("radio", name="Fine-tuning", exact=True).click()

    run_button(page).click()
    page.get_by_role("button", name="Stop").first.wait_for()
    written(page, re.compile(r"\d s so far")).first.wait_for()
    written(page, re.compile(r"Epoch \d+ of \d+", re.I)).first.wait_for(timeout=TRAINING)
    written(page, VERDICT).first.wait_for(timeout=TRAINING)
    written(page, FROM_SCRATCH).wait_for(timeout=TRAINING)
    written(page, "You said fine-tuning: ").wait_for()
    assert written(page, re.compile(r"\d+ of 500 validation images")).count() >= 3
    # the run, its first phase, the control and the network from scratch
    assert len(finished(app)) == 4

    page.get_by_role("button", name="Now slide and retrain").click()
    arrive(page, "Fine-tuning")
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    written(page, words.thaw_from(151)).wait_for()
    settle(page)
    assert len(finished(app)) == 4, "sliding alone trains nothing"
    run_button(page).click()
    page.wait_for_function("document.body.innerText.includes('Its result is on this page')", timeout=TRAINING)
    assert len(finished(app)) == 5

    go_to(page, "Compare")
    name = f"C · from Conv_1 · {words.rate(first_visit().fine_tuning.learning_rate)}"
    assert written(page, name, exact=True).filter(visible=True).count() >= 1
    assert written(page, re.compile(r"fixed \d+, broke \d+ of 500 validation images")).count() >= 1
    go_to(page, "Start")
    written(page, FROM_SCRATCH).wait_for()
    page.get_by_role("button", name="Show it a cat").click()
    written(page, "A · from block 16").first.wait_for()
    written(page, "The picture: Cat").or_(page.get_by_alt_text("The picture: Cat")).first.wait_for(
        timeout=TRAINING
    )
    in_order(app, console)


def test_a_reload_in_the_middle_loses_nothing_and_stop_keeps_finished_epochs(page, app, worker, console):
    page.goto(f"{app.url}/fine_tuning?epochs_tuned=100")  # so that there is time to stop
    run_button(page).wait_for()  # it is drawn after the slider
    settle(page)
    slider(page).press("End")
    expect(slider(page)).to_have_attribute("aria-valuetext", words.thaw_from(154))
    for _ in range(4):  # presses as fast as fingers are, while the page is drawn anew
        slider(page).press("ArrowLeft")
    settle(page)
    where = slider(page).get_attribute("aria-valuetext")
    assert where == words.thaw_from(125)
    run_button(page).click()
    written(page, re.compile(r"Epoch \d+ of \d+", re.I)).first.wait_for(timeout=TRAINING)
    page.reload()
    settle(page)
    assert slider(page).get_attribute("aria-valuetext") == where
    stop = page.get_by_role("button", name="Stop").first
    stop.wait_for()
    deadline = time.time() + 120
    while not any(len(r.result.phases) == 1 for r in finished(app)) and time.time() < deadline:
        page.wait_for_timeout(200)
    stop.click()
    written(page, re.compile("Stopped", re.I)).first.wait_for(timeout=20_000)
    assert [run.status for run in Store(app.home).list_runs() if run.config.fine_tuning.epochs] == ["stopped"]
    page.reload()
    settle(page)
    run_button(page).wait_for()
    in_order(app, console, below_root=True)


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1440),
        pytest.param("dark", 390, marks=pytest.mark.soak),
        pytest.param("light", 390, marks=pytest.mark.soak),
        pytest.param("dark", 1440, marks=pytest.mark.soak),
    ],
)
def test_every_page_opens_without_an_error_and_without_sideways_scrolling(
    chromium, app, console, width, scheme
):
    page = new_page(chromium, console, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(app.url)
    settle(page)
    for title in PAGES:
        if title != "Start":
            if page.get_by_test_id("stExpandSidebarButton").is_visible():
                page.get_by_test_id("stExpandSidebarButton").click()
            go_to(page, title)
        assert page.get_by_test_id("stException").count() == 0, title
        assert sideways(page) <= 0, title
    page.context.close()
    in_order(app, console)


@pytest.mark.skipif(not Path("/proc").exists(), reason="finds the worker's process as Linux lists it")
@pytest.mark.soak  # a minute; `tests/core/test_kills.py` kills workers by the hundred
def test_the_worker_killed_in_training_is_revived_and_the_run_goes_on_by_itself(page, app, worker, console):
    page.goto(app.url)
    settle(page)
    run_button(page).click()
    written(page, re.compile(r"Epoch \d+ of \d+|features \d+", re.I)).first.wait_for(timeout=TRAINING)
    os.kill(worker_of(app), signal.SIGKILL)
    written(page, VERDICT).first.wait_for(timeout=TRAINING)
    assert console == []
