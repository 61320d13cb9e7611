"""What mattered? in a browser: its four views, what stands there before an answer, and the dial by hand."""

import io
import re

import pytest
from PIL import Image

from core.data import datasets
from core.data.datasets import split
from core.explain.studies import Study
from core.presets import first_visit
from core.running.identity import identify
from core.store import Store
from tests import fakes
from tests.browser.steps import (
    TRAINING,
    arrive,
    in_order,
    new_page,
    run_button,
    settle,
    sideways,
    written,
)
from tests.browser.test_clipped import CUT_TEXT, DESK, PHONE, cut_at
from tests.browser.views import VIEWS, in_view
from tests.sayings.mattered import compared, dialled, dialled_arrays, rewound, shifted

CHARTS = {"Rewind": 2, "Dial": 1, "Similarity": 1, "Shift": 1}
LINK = "what_mattered?mattered_view="


@pytest.fixture
def studied(app, trained):
    """An answer in every view of the newest run that can be taken apart."""
    store, config = Store(app.home), first_visit()
    digits = datasets.find("digits", store.home)
    run = {"run": identify(config, digits)}
    labels = digits.labels[split(digits, config.data)["validation"]]
    shift = {"at_once": "", "images": 200, "folder": "", "folder_key": ""}
    for kind, options, record, arrays in (
        ("rewind", {"order": "alone", "what": "both"}, rewound("one stands out"), None),
        ("dial", {"statistics": "mixed"}, dialled(), dialled_arrays(labels)),
        ("cka", {}, compared(116), None),
        ("robustness", shift, shifted(at_once=False), None),
    ):
        fakes.keep_study(store, Study(kind, config, run | options), digits, record, arrays)
    return run["run"].rpartition("-")[2]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.soak)])
def test_every_view_is_drawn_whole_on_a_desk_and_on_a_phone(chromium, app, studied, console, scheme):
    page = new_page(chromium, console, color_scheme=scheme)
    page.add_init_script(CUT_TEXT)
    page.goto(f"{app.url}/{LINK}rewind&mattered_run={studied}")
    settle(page)
    for view in VIEWS["What mattered?"]:
        in_view(page, view)
        for size in (DESK, PHONE):
            assert cut_at(page, size) == [], (view, size)
            assert sideways(page) <= 0, (view, size)
            assert page.locator(".stVegaLiteChart:visible").count() == CHARTS[view], (view, size)
        assert page.get_by_test_id("stException").count() == 0, view
    page.context.close()
    in_order(app, console, below_root=True)


def test_before_an_answer_every_view_says_what_it_takes(page, app, trained, console):
    page.goto(f"{app.url}/{LINK}rewind")
    settle(page)
    for view in VIEWS["What mattered?"]:
        in_view(page, view)
        assert page.get_by_role("button", name=re.compile(r"· about \d+ s")).count() >= 1, view
        assert page.locator(".stVegaLiteChart:visible").count() == 0, view
    in_order(app, console, below_root=True)


def test_the_dial_moves_by_its_keys_and_so_does_the_answer(page, app, studied, console):
    page.goto(f"{app.url}/{LINK}dial&mattered_run={studied}")
    settle(page)
    written(page, re.compile("The fine-tuned network: 90.0%")).first.wait_for()
    page.locator(".st-key-dial_place").get_by_role("slider").press("ArrowLeft")
    written(page, re.compile("A mix of 90%: 88.0%")).first.wait_for()
    assert written(page, re.compile("As it is: ✓ 0, 91.0%")).first.is_visible()
    in_order(app, console, below_root=True)


def a_picture() -> dict:
    content = io.BytesIO()
    Image.new("RGB", (90, 60), (120, 20, 60)).save(content, "PNG")
    return {"name": "mine.png", "mimeType": "image/png", "buffer": content.getvalue()}


@pytest.mark.soak  # a training and the four answers: a minute
def test_all_of_it_from_a_real_run_and_a_picture_of_ones_own_on_the_dial(page, app, worker, console):
    page.goto(f"{app.url}/fine_tuning?epochs_frozen=1&epochs_tuned=1")
    settle(page)
    run_button(page).click()
    written(page, "validation images: ").first.wait_for(timeout=TRAINING)
    page.get_by_role("link", name="What mattered?", exact=True).click()
    arrive(page, "What mattered?")
    for view in VIEWS["What mattered?"]:
        in_view(page, view)
        page.locator("[class*=st-key-ask-]").get_by_role("button").last.click()
        page.locator(".stVegaLiteChart:visible").first.wait_for(timeout=TRAINING)
        settle(page)
    in_view(page, "Dial")
    in_view(page, "Your picture")
    page.locator(".st-key-dial-file input[type=file]").set_input_files([a_picture()])
    answer = written(page, re.compile(r"As it is: \d, \d+\.\d%")).first
    answer.wait_for(timeout=TRAINING)
    before = answer.inner_text()
    page.locator(".st-key-dial_place").get_by_role("slider").press("Home")
    written(page, re.compile("The pretrained network with")).first.wait_for()
    settle(page)
    assert written(page, re.compile("As it is: ")).first.inner_text() != before
    bad = {"name": "bad.png", "mimeType": "image/png", "buffer": a_picture()["buffer"][:40]}
    page.locator(".st-key-dial-file input[type=file]").set_input_files([bad])
    written(page, re.compile("bad.png cannot be read")).first.wait_for()
    in_order(app, console, below_root=True)
