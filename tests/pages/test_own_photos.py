"""The Data page with photos that need a word from a person: layouts, names, what is passed over, Stop."""

import os
import sys

import pytest

from core.data import datasets
from core.data.layouts import LAYOUTS
from core.intake import apart
from core.wording.markdown import plain
from pages.ui.data import checking
from tests.cases import Case
from tests.file_cases import FILLED
from tests.folder_cases import LAID_OUT
from tests.pages.conftest import said
from tests.pages.own_folder import add, use, view
from tests.zip_cases import raw_zip

YEARS = LAID_OUT["parts of one set"]


def told(counts: dict[str, int]) -> str:
    return plain(f"{len(counts)} classes: {', '.join(f'{name} {n}' for name, n in sorted(counts.items()))}")


@pytest.mark.parametrize("layout", ["classes", "splits"])
def test_an_upload_that_can_be_read_in_two_ways_is_asked_about(open_page, store, layout):
    app = add(open_page("data"), YEARS.zipped(), "years.zip")
    assert YEARS.right.words in app.warning[0].value
    for kind, counts in YEARS.right.readings.items():
        assert f"**{LAYOUTS[kind].capitalize()}**" in said(app)
        assert told(counts) in said(app)
    app.button(key=f"layout-intake-{layout}").click().run()
    assert not app.exception
    assert told(YEARS.right.readings[layout]) in said(app)
    app.button(key="keep-photos").click().run()
    assert datasets.find("years", store.home).classes == tuple(sorted(YEARS.right.readings[layout]))


def test_photos_used_in_place_are_asked_about_and_the_answer_is_remembered(open_page, store, tmp_path):
    place = YEARS.build(tmp_path / "years")
    app = use(open_page("data"), place)
    assert YEARS.right.words in app.warning[0].value
    app.button(key="layout-own-splits").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == str(place)
    assert datasets.find(str(place), store.home).classes == ("cats", "dogs")
    again = use(open_page("data"), place)
    assert not again.warning
    assert again.selectbox(key="data").value == str(place)


def test_names_in_an_unknown_alphabet_can_be_mended_before_they_are_kept(open_page, store):
    content = raw_zip(lambda name: name.encode("cp949"), ("개", "새"))
    app = add(open_page("data"), content, "names.zip")
    assert "does not say in which alphabet" in said(app)
    cats, dogs = (field.key for field in app.text_input if (field.key or "").startswith("class-name-"))
    app.text_input(key=cats).set_value("кошки")
    app.text_input(key=dogs).set_value("кошки").run()
    app.button(key="keep-photos").click().run()
    assert "Two classes would be called 'кошки'" in app.error[0].value
    app.text_input(key=dogs).set_value("собаки").run()
    app.button(key="keep-photos").click().run()
    assert not app.exception
    assert datasets.find("names", store.home).classes == ("кошки", "собаки")


def test_what_was_found_and_what_is_passed_over_is_told_before_anything_is_kept(open_page, store):
    case = FILLED["all that stands among photos"]
    app = add(open_page("data"), case.zipped(), "pets.zip")
    assert plain("12 photos · 2 classes: cats 6, dogs 6 · 3 passed over: ") in said(app)
    listed = app.dataframe[0].value
    assert len(listed) == sum(case.right.passed_over.values())
    assert (
        dict(zip(listed["file"], listed["why"], strict=True))["cats/drawing.svg"] == ".svg not readable here"
    )
    assert not list((store.home / "photos").glob("set-*"))


ENDLESS = """
import sys, time
from core.commands import photos
from core.data import listers
from core.stopping import check_stop

def endless(folder, limits=None, should_stop=None):
    while True:
        check_stop(should_stop)
        time.sleep(0.01)

listers.of_folder = endless
sys.exit(photos.main())
"""


def test_looking_through_an_endless_folder_can_be_stopped(open_page, tmp_path, monkeypatch):
    place = Case(YEARS.right, YEARS.files).build(tmp_path / "endless")
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", ENDLESS))
    monkeypatch.setattr(checking, "AT_ONCE_SECONDS", 0.1)
    app = view(open_page("data"), "sources")
    app.segmented_control(key="intake-way").set_value("On this machine").run()
    app.text_input(key="own_path").set_value(str(place))
    app.button(key="check-own").click().run()
    assert "Looking through the folders" in "".join(str(one.proto) for one in app.get("progress"))
    work = app.session_state["intake"].work
    app.button(key="stop-intake").click().run()
    work.join(20)
    assert work.progress.status == "stopped"
    app.run()
    assert not app.exception
    app.button(key="intake-again").click().run()
    assert app.button(key="check-own")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("button", ["use-own", "check-own"])
def test_a_named_pipe_is_refused_at_once(open_page, tmp_path, button):
    os.mkfifo(tmp_path / "pipe.zip")
    app = view(open_page("data"), "sources")
    app.segmented_control(key="intake-way").set_value("On this machine").run()
    app.text_input(key="own_path").set_value(str(tmp_path / "pipe.zip"))
    app.button(key=button).click().run()
    assert not app.exception
    assert "is a named pipe" in app.error[0].value


def test_links_in_a_circle_are_named_and_the_photos_are_used(open_page, tmp_path):
    place = FILLED["links in a circle"].build(tmp_path / "case")
    app = use(open_page("data"), place)
    assert not app.exception
    assert app.metric[0].value == "12"
    assert sorted(app.dataframe[0].value["file"]) == ["cats/up", "dogs/here"]
