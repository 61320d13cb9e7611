"""Compare as a person uses it: a run and its control, a disagreement, files to keep, a link to reopen it."""

import io
import os
import re
import subprocess
import sys

import pandas as pd
import pytest

from core.config import with_setting
from core.data import datasets
from core.presets import first_visit
from core.statistics.verdict import Verdict
from core.store import Store
from core.wording.verdicts import counts
from tests import fakes
from tests.browser.steps import go_to, in_order, new_page, settle, written
from tests.fakes import VERDICT
from tests.telling import tells

OLDER = first_visit()
NEWER = with_setting(first_visit(), "fine_tuning.unfreeze_from", 98)


def two_finished_runs(app) -> None:
    """The newer one fixes 38 images and breaks 12, against its control 38 and 32. They carry the data set's
    real split, names and labels."""
    store = Store(app.home)
    dataset = datasets.find("digits", store.home)
    wrong = {
        OLDER: fakes.wrong_answers(0, 80),
        NEWER: fakes.wrong_answers(38, 42) | fakes.wrong_answers(200, 12),
    }
    split = datasets.summarize(dataset, OLDER.data)
    positions = datasets.split(dataset, OLDER.data)
    for config, which in wrong.items():
        fakes.finish_with_control(
            store, dataset, config, tuned_wrong=which, control_wrong=fakes.wrong_answers(0, 60),
            split_key=split.split_key,
        )  # fmt: skip
    for run in store.list_runs():
        placed = {f"positions/{name}": positions[name] for name in ("validation", "test")}
        store.save(store.load(run.run_key), store.arrays(run.run_key) | placed, {})


def open_view(page, name):
    page.locator(".st-key-compare_view").get_by_role("radio", name=name).or_(
        page.locator(".st-key-compare_view").get_by_role("button", name=name)
    ).first.click()
    settle(page)


def downloaded(page, label) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=label).click()
    with open(started.value.path(), "rb") as file:
        return file.read()


def test_compare_find_a_disagreement_export_and_reopen_by_link(chromium, page, app, console):
    two_finished_runs(app)
    page.goto(app.url)
    settle(page)
    go_to(page, "Compare")
    verdict = written(page, counts(VERDICT))
    verdict.wait_for()
    assert tells(verdict.inner_text(), Verdict.BETTER, "+5.2 points")

    open_view(page, "Mistakes")
    written(page, "Control wrong, B right; the most confident mistakes first.").wait_for()
    page.get_by_role("button", name=re.compile("Show where the evidence lies · about")).wait_for()
    assert page.locator("[class*=st-key-closer-] button").count() == 12

    open_view(page, "Numbers")
    written(page, "Take it with you").click()
    settle(page)
    table = pd.read_csv(io.BytesIO(downloaded(page, "Predictions (CSV)")))
    right = table[[name for name in table.columns if name.endswith(": right")]]
    assert len(table) == 500
    assert right.sum().tolist() == [420, 440, 446]
    assert table["image"].nunique() == 500
    assert downloaded(page, "Gains SVG").startswith(b"<svg")

    settle(page)
    page.locator(".st-key-compared").get_by_role("combobox").click()
    page.keyboard.type("A · feature")  # the list may redraw under a pointer
    page.get_by_role("option", name="A · feature extraction").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    settle(page)
    written(page, "A · feature extraction against B · feature extraction").wait_for()
    page.wait_for_function("location.search.split('.frozen').length === 4")  # three of them are heads
    link = page.url

    visit = new_page(chromium, console)
    visit.goto(link)
    settle(visit)
    written(visit, "A · feature extraction against B · feature extraction").wait_for()
    visit.context.close()
    in_order(app, console, below_root=True)


@pytest.mark.soak
def test_the_evidence_for_a_disagreement_of_two_real_networks(page, app, worker, console):
    small = ["data.limit=200", "data.image_size=64", "feature_extraction.epochs=4", "fine_tuning.epochs=2"]
    for point in (151, 134):
        settings = [*small, f"fine_tuning.unfreeze_from={point}", "fine_tuning.learning_rate=1e-3"]
        chosen = [part for text in settings for part in ("--set", text)]
        command = [sys.executable, "-m", "core", "run", "digits-quick", *chosen]
        subprocess.run(
            command, env={**os.environ, "THAW_HOME": str(app.home)}, check=True, capture_output=True
        )
    page.goto(app.url)
    settle(page)
    go_to(page, "Compare")
    written(page, re.compile(r"fixed \d+, broke \d+ of \d+ validation images")).first.wait_for()
    open_view(page, "Mistakes")
    page.locator("[class*=st-key-closer-] button").first.click()
    written(page, re.compile("finds (most evidence|nothing that speaks) for")).first.wait_for(timeout=180_000)
    in_order(app, console)
