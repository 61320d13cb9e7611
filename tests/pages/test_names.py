"""Names from outside, full of Markdown and HTML, are shown as they are on every page."""

import re
from dataclasses import replace

import pytest

from core.config import DataConfig
from core.data.datasets import defaults
from core.intake import arrivals
from core.intake.taking_in import take_in
from core.presets import digits_quick
from tests.pages.conftest import said
from tests.photos import encoded, photo

CLASSES = ("![a](h)", "<b>$x$")
NAME = "**[s](h)**"
PAGES = (
    "start", "data", "layers", "augmentation", "bottleneck_features", "fine_tuning", "compare", "predict",
    "lab_questions",
)  # fmt: skip


@pytest.fixture
def hostile_set(store) -> str:
    """A kept set whose name, classes and files are all Markdown; its name."""
    uploads = [
        (f"set/{name}/`{number}`[f](h).png", encoded(photo(10 * at + number, (60, 50))))
        for at, name in enumerate(CLASSES)
        for number in range(12)
    ]
    return take_in(arrivals.from_uploads(uploads), store.home).keep(NAME)


def check(app) -> None:
    assert not app.exception
    assert app.selectbox(key="data").value == NAME
    for text in said(app).splitlines():
        outside_code = re.sub(r"(`+)[^`].*?\1", "", text)
        assert not any(name in outside_code for name in (*CLASSES, "[s](h)", "[f](h)")), text


@pytest.fixture
def open_hostile(open_page, finish, hostile_set):
    """Open a page on that set, with a finished run of it."""
    data = DataConfig(name=hostile_set, image_size=96, limit=2000)
    finish(replace(digits_quick(), data=data, augmentation=defaults(hostile_set)), classes=CLASSES)
    return lambda page: open_page(page, data=hostile_set)


@pytest.mark.parametrize("page", PAGES)
def test_no_name_from_outside_is_a_link_a_picture_or_html(open_hostile, page):
    check(open_hostile(page))


@pytest.mark.soak
@pytest.mark.parametrize("page", PAGES)
def test_nor_is_it_in_any_view_of_a_page(open_hostile, page):
    app = open_hostile(page)
    for key, options in [(c.key, c.options) for c in app.segmented_control if "view" in c.key]:
        for option in options:
            check(app.segmented_control(key=key).set_value(option).run())
