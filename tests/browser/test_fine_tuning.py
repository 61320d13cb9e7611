"""Fine-tuning in a browser: the verdict answers a guess made before, and every view fits a phone."""

import pytest

from core.statistics.verdict import Verdict
from core.wording.verdicts import GUESSES
from tests.browser.steps import TRAINING, go_to, in_order, narrow, settle, sideways, written

VIEWS = ("Retrain", "BatchNorm", "When it hurts", "From scratch")


def open_view(page, name):
    page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()
    settle(page)


@pytest.mark.soak
def test_a_guess_before_the_press_is_answered_by_the_verdict(page, app, worker, console):
    page.goto(f"{app.url}?epochs_frozen=1&epochs_tuned=1")
    settle(page)
    go_to(page, "Fine-tuning")
    worse = page.get_by_role("radio", name=GUESSES[Verdict.WORSE], exact=True)
    worse.click()
    settle(page)
    page.get_by_role("button", name="Train both phases from block").click()
    written(page, "so far ·").wait_for(timeout=TRAINING)
    written(page, f"You said {GUESSES[Verdict.WORSE]}: ").wait_for(timeout=TRAINING)
    worse.wait_for(state="detached")
    in_order(app, console)


def test_what_to_notice_is_closed_and_stays_open_once_it_was_opened(page, app, trained, console):
    page.goto(app.url)
    settle(page)
    go_to(page, "Fine-tuning")
    line, told = page.get_by_text("What to notice: "), page.get_by_text("The layer that moved most is")
    line.wait_for()
    assert not told.is_visible()
    line.click()
    told.wait_for()
    settle(page)
    go_to(page, "Layers")
    go_to(page, "Fine-tuning")
    told.wait_for()
    in_order(app, console)


def test_every_view_shows_its_runs_and_fits_a_phone(page, app, trained, console):
    page.goto(app.url)
    settle(page)
    go_to(page, "Fine-tuning")
    narrow(page)
    for view in VIEWS:
        open_view(page, view)
        assert page.get_by_test_id("stException").count() == 0, view
        assert sideways(page) <= 0, view
    written(page, "against from scratch: ").nth(1).wait_for()
    in_order(app, console)
