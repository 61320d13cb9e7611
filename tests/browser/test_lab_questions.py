"""The Lab questions page in a browser: questions are opened, the answers downloaded and read again."""

from core.data import datasets
from core.presets import first_visit
from core.store import Store
from core.wording.verdicts import paired_sentence
from tests import fakes
from tests.browser.steps import go_to, in_order, settle, written
from tests.fakes import VERDICT


def question(page, number):
    page.get_by_test_id("stButtonGroup").get_by_role("radio").nth(number - 1).click()
    settle(page)


def test_answers_are_read_and_downloaded_as_a_file_that_stands_alone(page, app, console, tmp_path):
    store, config = Store(app.home), first_visit()
    fakes.finish_with_control(store, datasets.find("digits", app.home), config)
    page.goto(app.url)
    settle(page)
    go_to(page, "Lab questions")
    written(page, "0 of 8").wait_for()
    question(page, 2)
    page.get_by_role("textbox", name="Your answer").fill("Its last blocks learn on, slowly.")
    page.get_by_role("textbox", name="Your answer").press("Tab")
    written(page, "1 of 8").wait_for()
    page.get_by_text("Show what the app would say").click()
    written(page, paired_sentence(VERDICT)).first.wait_for()
    page.get_by_text("Quote this in my document").click()
    settle(page)

    page.get_by_role("button", name="Download my answers").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML, with pictures").click()
    kept = tmp_path / "answers.html"
    download.value.save_as(kept)
    in_order(app, console)

    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(kept.as_uri())
    assert page.get_by_role("heading", level=2).count() == 9  # the eight, and the runs
    written(page, "Its last blocks learn on, slowly.").wait_for()
    written(page, paired_sentence(VERDICT)).first.wait_for()
    assert page.locator("svg").count() >= 1
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
