"""Compare: side by side, with doubt, and the test set sealed."""

import pytest

from core.config import with_setting
from core.presets import digits_quick
from tests.fakes import SPLIT_KEY
from tests.pages.conftest import said

FROM_98 = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98)


@pytest.fixture
def view(open_page):
    """Open one of the views."""

    def open_view(name):
        app = open_page("compare")
        app.segmented_control(key="compare_view").set_value(name).run()
        assert not app.exception, app.exception[0].message
        return app

    return open_view


def test_an_empty_page_holds_the_button_that_fills_it_with_its_price(open_page):
    app = open_page("compare")
    assert app.button(key="run").label.startswith("Train on 1,000 digits · about ")


def test_it_opens_on_the_newest_run_and_the_one_before_it(open_page, finish):
    finish(digits_quick())
    finish(FROM_98)
    app = open_page("compare")
    shown = ["B · feature extraction", "A · from block 13 · 3e-5", "B · from block 11 · 3e-5"]
    assert app.multiselect(key="compared").value == shown
    assert "fixed 38, broke 12 of 500 validation images: better" in said(app)


def test_seconds_say_what_was_reused(open_page, finish):
    finish(digits_quick())
    text = said(open_page("compare")).replace("\u00a0", " ")
    assert "12 s (features reused; 41 s from nothing)" in text


def test_any_runs_can_stand_side_by_side(open_page, finish):
    finish(digits_quick())
    finish(FROM_98)
    app = open_page("compare")
    app.multiselect(key="compared").set_value(["A · from block 13 · 3e-5", "B · from block 11 · 3e-5"]).run()
    assert "fixed 0, broke 0 of 500 validation images: cannot tell" in said(app)


def test_runs_on_other_images_are_not_paired_and_it_says_why(open_page, finish):
    finish(digits_quick())
    finish(with_setting(FROM_98, "data.split_seed", 7), split_key="split-v1-00000000000000bb")
    app = open_page("compare")
    app.multiselect(key="compared").set_value(["A · from block 13 · 3e-5", "B · from block 11 · 3e-5"]).run()
    assert "checked on different images" in said(app)


def test_the_table_tells_what_differs(view, finish):
    finish(digits_quick())
    finish(FROM_98)
    app = view("Numbers")
    app.multiselect(key="compared").set_value(["A · from block 13 · 3e-5", "B · from block 11 · 3e-5"]).run()
    table = app.dataframe[0].value
    assert list(table["what differs"]) == ["-", "unfreeze point 98"]
    assert list(table["images"]) == [500, 500]


def test_the_test_result_is_sealed_until_asked_for_and_the_look_is_counted(open_page, finish, store):
    finish(digits_quick())
    finish(FROM_98)
    app = open_page("compare")
    app.segmented_control(key="checked_on").set_value("Test images").run()
    assert "500 test images." not in said(app)
    button = app.button(key="open-test")
    assert button.label == "Open the test set · after 2 runs tried"
    button.click().run()
    assert [opening["tried"] for opening in store.test_openings(SPLIT_KEY)] == [2]
    assert "first after 2 runs had been tried" in said(app)
    assert "500 test images" in said(app)


def test_every_view_draws(view, finish):
    finish(digits_quick())
    for name in ("Numbers", "Mistakes", "Runs"):
        view(name)


def delete(app, key):
    app.segmented_control(key="compare_view").set_value("Runs").run()
    app.selectbox(key="doomed").set_value(key).run()
    app.button(key="delete").click().run()
    assert not app.exception


def test_a_deleted_run_is_gone_and_its_first_phase_stays_while_another_run_started_from_it(
    open_page, finish, store
):
    finish(digits_quick().first_phase_only())
    older, newer = finish(digits_quick()), finish(FROM_98)
    delete(open_page("compare"), newer)
    left = {run.run_key for run in store.list_runs()}
    assert older in left
    assert newer not in left
    assert len(left) == 2


def test_with_the_last_run_its_first_phase_goes_too(open_page, finish, store):
    finish(digits_quick().first_phase_only())
    key = finish(digits_quick())
    app = open_page("compare")
    delete(app, key)
    assert store.list_runs() == []
    assert "Nothing to compare yet" in said(app)


def test_a_run_of_one_phase_stands_alone(open_page, finish):
    finish(digits_quick().first_phase_only())
    app = open_page("compare")
    assert app.multiselect(key="compared").value == ["A · head only · 1e-3"]
    assert "84.0%" in said(app)
