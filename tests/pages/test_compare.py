"""Compare: side by side, with doubt, and the test set sealed."""

import io
import zipfile

import pandas as pd
import pytest

from core.config import with_setting
from core.data import datasets
from core.explain.studies import Study
from core.presets import digits_quick
from core.running.keeping import visible
from core.statistics.verdict import Verdict
from tests.fakes import SPLIT_KEY, TEST_IMAGES, wrong_answers
from tests.pages.conftest import TRAINING_DIGITS, said
from tests.telling import tells

FROM_98 = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98)
OTHER_SPLIT = "split-v1-00000000000000bb"


@pytest.fixture
def pair(finish):
    """Keys of two finished runs, the older first."""
    return finish(digits_quick()), finish(FROM_98)


@pytest.fixture
def open_pair(open_page, pair):
    """The page with the two runs side by side."""
    return lambda: open_page("compare", compared=",".join(map(token, pair)))


@pytest.fixture
def view(open_pair):
    """Open one of the views on the two runs."""

    def open_view(name):
        app = open_pair()
        app.segmented_control(key="compare_view").set_value(name).run()
        assert not app.exception, app.exception[0].message
        return app

    return open_view


@pytest.fixture
def control(pair, store):
    """Key of the control that both have."""
    return next(run.run_key for run in store.list_runs() if not run.config.fine_tuning.epochs)


def token(key, phase="tuned"):
    return f"{key.rpartition('-')[2]}.{phase}"


def test_an_empty_page_holds_the_button_that_fills_it_with_its_price(open_page):
    app = open_page("compare")
    assert app.button(key="ask-run").label.startswith(f"Train on {TRAINING_DIGITS:,} digits · about ")


# The choice


def test_it_opens_on_both_phases_of_the_run_last_shown_with_the_control_between_them(
    open_page, pair, control
):
    app = open_page("compare")
    chosen = [token(pair[1], "frozen"), token(control, "frozen"), token(pair[1])]
    assert app.multiselect(key="compared").value == chosen
    text = said(app)
    assert tells(
        text, "B · from block 11 · 3e‑5 against Control · head only for 20 epochs", Verdict.BETTER, 38
    )
    assert "B · from block 11 · 3e‑5 against B · feature extraction" in text


def test_two_runs_side_by_side_are_told_against_each_other(open_pair):
    text = said(open_pair())
    assert "B · from block 11 · 3e‑5 against A · from block 13 · 3e‑5" in text
    assert tells(text, Verdict.CANNOT_TELL, "fixed 0", "broke 0", 500)


def test_a_run_without_a_control_gets_its_own_when_it_is_looked_at(open_page, finish, store):
    finish(digits_quick(), control=False)
    app = open_page("compare")
    assert [run.config for run in store.list_runs() if run.status == "queued"] == [digits_quick().control()]
    assert "waiting" in said(app) or app.get("progress")


def test_the_verdict_names_the_gain_with_its_interval(open_page, finish):
    finish(digits_quick())
    text = said(open_page("compare"))
    assert tells(text, Verdict.BETTER, 38, 12, 500)
    assert "gain +5.2 points (95% interval +2." in text


def test_where_it_cannot_tell_it_says_how_many_images_would(open_page, finish):
    first = finish(digits_quick(), tuned_wrong=wrong_answers(6, 80))
    second = finish(FROM_98, tuned_wrong=wrong_answers(0, 78))  # fixes 8, breaks 6
    app = open_page("compare", compared=f"{token(first)},{token(second)}")
    assert tells(said(app), Verdict.CANNOT_TELL, 500, 14_000)


def test_seconds_say_what_was_reused(open_page, finish):
    finish(digits_quick())
    assert tells(said(open_page("compare")), "both phases 24 s", "reused", "53 s")


def test_any_number_of_runs_and_phases_is_told_against_the_first(open_page, pair):
    app = open_page("compare")
    chosen = [token(pair[1], "frozen"), token(pair[0]), token(pair[1]), token(pair[0], "frozen")]
    app.multiselect(key="compared").set_value(chosen).run()
    assert not app.exception
    assert said(app).count("of 500 validation images · gain") == 3


def test_a_single_network_stands_alone(open_page, finish):
    key = finish(digits_quick().first_phase_only())
    app = open_page("compare")
    assert app.multiselect(key="compared").value == [token(key, "frozen")]
    assert "84.0%" in said(app)
    app.multiselect(key="compared").set_value([]).run()
    assert "Choose at least one run" in said(app)
    assert "compared" not in app.query_params


def test_runs_on_other_images_are_not_paired_and_it_says_why(open_page, finish):
    first = finish(digits_quick())
    second = finish(with_setting(FROM_98, "data.split_seed", 7), split_key=OTHER_SPLIT)
    app = open_page("compare")
    assert [one for one in app.multiselect(key="compared").value if one.startswith(token(second)[:16])] == [
        token(second, "frozen"), token(second),
    ]  # fmt: skip
    app.multiselect(key="compared").set_value([token(first), token(second)]).run()
    assert tells(said(app), "different images")
    assert not app.exception


# Links


def test_a_link_reopens_the_comparison(open_page, pair):
    app = open_page("compare")
    chosen = [token(pair[1], "frozen"), token(pair[0])]
    app.multiselect(key="compared").set_value(chosen).run()
    link = app.query_params["compared"]
    again = open_page("compare", compared=link)
    assert again.multiselect(key="compared").value == chosen
    assert not again.info


def test_a_deleted_run_in_a_link_is_named_and_the_rest_is_compared(open_page, pair, store):
    store.delete(pair[0])
    app = open_page("compare", compared=f"{token(pair[0])},{token(pair[1])}")
    assert app.multiselect(key="compared").value == [token(pair[1])]
    assert f"Run {token(pair[0])[:8]} of the link is not here" in said(app)
    app.multiselect(key="compared").set_value([token(pair[1], "frozen"), token(pair[1])]).run()
    assert "of the link" not in said(app)


def test_a_link_to_a_run_on_another_data_set_says_why_it_is_left_out(open_page, pair, store):
    from tests import fakes

    cats = "run-v1-00000000000000cc"
    fakes.finish(store, cats, with_setting(digits_quick(), "data.name", "cats_and_dogs"))
    app = open_page("compare", compared=f"{token(cats)},{token(pair[1])}")
    assert "was trained on other images" in said(app)


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", ""])
def test_a_hostile_link_opens_as_unasked_with_a_note(open_page, pair, text):
    unasked = open_page("compare").multiselect(key="compared").value
    app = open_page("compare", compared=text)
    assert app.multiselect(key="compared").value == unasked
    assert "makes no sense" in said(app)
    assert "onerror" not in said(app)


def test_a_link_to_nothing_that_is_here_is_answered_on_the_empty_page(open_page):
    app = open_page("compare", compared="aaaaaaa1aaaaaaa1.tuned")
    assert "Run aaaaaaa1 of the link is not here" in said(app)
    assert app.button(key="ask-run")


# Numbers


def test_the_table_tells_what_differs_in_words(view, pair):
    app = view("numbers")
    table = app.dataframe[0].value
    assert list(table["unfreeze point"]) == ["block 13 · 116 layers frozen", "block 11 · 98 layers frozen"]
    assert list(table["right"]) == ["446 of 500", "446 of 500"]
    assert list(table["BatchNorm"]) == ["statistics kept", "statistics kept"]
    assert "rate fine-tuning" not in table.columns
    assert "They differ in: unfreeze point" in said(app)


def test_overlapping_intervals_and_a_clear_verdict_are_explained(open_page, finish):
    finish(digits_quick(), tuned_wrong=wrong_answers(20, 60))
    assert tells(said(open_page("compare")), "intervals", "overlap", "clear")


def test_every_view_draws(view, pair):
    for name in ("numbers", "mistakes", "certainty", "runs"):
        view(name)


# The test set


def test_the_test_result_is_sealed_until_asked_for_and_the_look_is_counted(open_page, pair, store):
    app = open_page("compare")
    app.segmented_control(key="checked_on").set_value("test").run()
    assert f"{TEST_IMAGES} test images." not in said(app)
    button = app.button(key="open-test")
    assert button.label == "Open the test set · after 2 runs tried"
    button.click().run()
    assert [opening["tried"] for opening in store.test_openings(SPLIT_KEY)] == [2]
    assert "first after 2 runs had been tried" in said(app)
    assert f"{TEST_IMAGES} test images" in said(app)


# Files to take along


@pytest.fixture
def take_along(open_pair):
    """The page with its box of files open, and what a button there gives."""

    def opened():
        app = open_pair()
        app.session_state["take-along"] = True
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return opened


def buttons(app):
    return {element.proto.label: element.proto for element in app.get("download_button")}


def test_the_box_of_files_is_empty_until_it_is_opened(open_page, pair):
    assert not buttons(open_page("compare"))


def test_tables_and_pictures_can_be_taken_along(take_along, pair):
    assert {"Table (CSV)", "Predictions (CSV)", "Accuracies PNG", "Accuracies SVG", "Curves PNG",
            "Curves SVG", "Gains PNG", "Gains SVG"} <= set(buttons(take_along()))  # fmt: skip


def test_what_the_buttons_give_is_what_the_page_shows(take_along, pair, monkeypatch):
    import streamlit as st

    made = {}
    monkeypatch.setattr(st, "download_button", lambda label, make, name, *_, **__: made.update({name: make}))
    take_along()
    table = pd.read_csv(io.BytesIO(made["thaw-digits-validation-table.csv"]()))
    assert table["validation accuracy"].tolist() == [446 / 500] * 2
    predictions = pd.read_csv(io.BytesIO(made["thaw-digits-validation-predictions.csv"]()))
    assert predictions["B · from block 11 · 3e‑5: right"].sum() == 446
    for name, begins in (("curves.svg", b"<svg"), ("gains.png", b"\x89PNG"), ("accuracies.png", b"\x89PNG")):
        found = {key.lower(): make for key, make in made.items()}[f"thaw-digits-validation-{name}"]()
        assert found.startswith(begins)


def test_a_model_that_is_not_stored_is_not_offered(take_along, pair):
    app = take_along()
    assert "model file is not stored" in said(app)
    assert "Keras (.keras)" not in buttons(app)


def test_the_litert_file_is_offered_with_how_well_it_agrees(take_along, pair, store):
    config = digits_quick()
    with zipfile.ZipFile(store.path(pair[0]) / "model.keras", "w") as model:
        model.writestr("config.json", "{}")
    app = take_along()
    assert any("Convert to LiteRT · about " in button.label for button in app.button)
    key = Study("exported", config, {"run": pair[0]}).key(datasets.find("digits", store.home))
    record = {"images": 500, "largest_difference": 2.4e-7, "changed": 0, "bytes": 8}
    store.create(key, config, {"kind": "exported", "options": {"run": pair[0]}})
    store.save_study(key, record, {"model": pd.Series(range(8), dtype="uint8").to_numpy()})
    app = take_along()
    assert {"Keras (.keras)", "LiteRT (.tflite)"} <= set(buttons(app))
    assert "probabilities differ by at most a millionth, not one predicted class differs" in said(app)


# Runs


def pick(app, *keys):
    app.segmented_control(key="compare_view").set_value("runs").run()
    app.multiselect(key="picked").set_value(list(keys)).run()
    return app


def delete(app, *keys):
    pick(app, *keys).button(key="delete").click().run()
    app.button(key="confirm-delete").click().run()
    assert not app.exception


def test_a_run_is_deleted_only_after_a_yes_that_says_what_is_freed(open_page, pair, store):
    app = pick(open_page("compare"), pair[1])
    app.button(key="delete").click().run()
    assert "Delete 1 run for good" in said(app)
    assert "Frees" in said(app)
    assert store.finished(pair[1])
    app.button(key="keep").click().run()
    assert store.finished(pair[1])
    assert "Delete 1 run for good" not in said(app)


def test_several_runs_go_at_once_and_the_rest_keep_their_letters(open_page, pair, finish, store):
    newest = finish(with_setting(digits_quick(), "fine_tuning.unfreeze_from", 90))
    app = open_page("compare")
    delete(app, *pair)
    assert [run.run_key for run in visible(store.list_runs())] == [newest]
    assert list(app.dataframe[0].value["run"]) == ["C · from block 10 · 3e‑5"]


def test_a_pinned_run_stands_first_and_is_not_deleted(open_page, pair, store):
    app = pick(open_page("compare"), pair[0])
    app.button(key="pin").click().run()
    table = app.dataframe[0].value
    assert list(table["run"]) == ["A · from block 13 · 3e‑5", "B · from block 11 · 3e‑5"]
    assert list(table["kept"]) == ["✓ pinned", ""]
    app.multiselect(key="picked").set_value(list(pair)).run()
    assert app.button(key="delete").label == "Delete 1 run…"
    assert "Kept, because pinned" in said(app)
    app.button(key="delete").click().run()
    app.button(key="confirm-delete").click().run()
    assert [run.run_key for run in visible(store.list_runs())] == [pair[0]]
    app.multiselect(key="picked").set_value([pair[0]]).run()
    app.button(key="pin").click().run()
    app.multiselect(key="picked").set_value([pair[0]]).run()
    assert app.button(key="delete").label == "Delete 1 run…"


def test_failed_and_interrupted_runs_go_in_one_go(open_page, pair, store):
    for digit, status in (("1", "failed"), ("2", "interrupted"), ("3", "stopped")):
        key = f"run-v1-000000000000000{digit}"
        store.create(key, with_setting(digits_quick(), "seed", int(digit)))
        store.set_status(key, status)
    app = open_page("compare")
    app.segmented_control(key="compare_view").set_value("runs").run()
    button = app.button(key="clear-away")
    assert button.label == "Clear away 2 failed or interrupted runs…"
    button.click().run()
    app.button(key="confirm-delete").click().run()
    assert {run.status for run in store.list_runs()} == {"finished", "stopped"}


def test_disk_is_told_for_each_run_and_in_all(view, pair, store):
    app = view("runs")
    assert all(text.endswith("B") for text in app.dataframe[0].value["disk"])
    assert "for runs and studies of all data sets" in said(app)
    assert "of at most 10.0 GB" in said(app)


def test_where_every_run_failed_the_list_is_there_to_clear_away(open_page, store):
    store.create("run-v1-0000000000000001", digits_quick())
    store.set_status("run-v1-0000000000000001", "failed", message="It broke.")
    app = open_page("compare")
    assert app.button(key="clear-away")


def test_the_last_run_deleted_leaves_the_empty_page(open_page, finish, store):
    finish(digits_quick().first_phase_only())
    key = finish(digits_quick())
    app = open_page("compare")
    delete(app, key)
    assert store.list_runs() == []
    assert "Nothing to compare yet" in said(app)
