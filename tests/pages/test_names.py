"""Names from outside, full of Markdown and HTML, are shown as they are on every page."""

import re
from dataclasses import replace

import pytest

from core.config import DataConfig
from core.data import listers
from core.data.datasets import defaults
from core.intake.taking_in import take_in
from core.presets import digits_quick
from core.wording.markdown import plain
from tests.pages.conftest import ROOT, said
from tests.photos import encoded, photo

CLASSES = ("![a](h)", "<b>$x$")
NAME = "**[s](h)**"
PAGES = [path.stem for path in sorted(ROOT.glob("pages/*.py"))]
SHOWN = {  # which of them a page's first view must show: none of these pages may pass by leaving them out
    "start": NAME, "data": CLASSES[0], "augmentation": CLASSES[0], "lab_questions": CLASSES[1],
}  # fmt: skip
LEAST = 300  # characters that every page's first view writes with a finished run; a blank page has none


@pytest.fixture
def hostile_set(store) -> str:
    """A kept set whose name, classes and files are all Markdown; its name."""
    uploads = [
        (f"set/{name}/`{number}`[f](h).png", encoded(photo(10 * at + number, (60, 50))))
        for at, name in enumerate(CLASSES)
        for number in range(12)
    ]
    return take_in(listers.of_uploads(uploads), store.home).keep(NAME)


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
    app = open_hostile(page)
    check(app)
    assert len(said(app)) > LEAST
    assert plain(SHOWN.get(page, "")) in said(app)


def drawn(app) -> set[tuple[str, str, str]]:
    """Kind, label and value of what a page's middle shows, written code aside."""
    told = ((part.type, getattr(part, "label", None), getattr(part, "value", None)) for part in app.main)
    return {
        (kind, str(label), str(value))
        for kind, label, value in told
        if kind != "code" and not (label is None and value is None)
    }


@pytest.mark.soak
@pytest.mark.parametrize("page", PAGES)
def test_nor_is_it_in_any_view_of_a_page(open_hostile, page):
    app = open_hostile(page)
    for key, options in [(c.key, c.options) for c in app.segmented_control if "view" in c.key]:
        views = []
        for option in options:
            check(app.segmented_control(key=key).set_value(option).run())
            views.append(drawn(app))
        frame = set.intersection(*views)
        blank = [option for option, view in zip(options, views, strict=True) if not view - frame]
        assert not blank, "a view that shows nothing of its own proves nothing"
