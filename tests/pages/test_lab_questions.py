"""The Lab questions page: own words first, evidence of own runs, and files to keep."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core.codegen.keras import lab_pieces
from core.concepts.tables import batch_shapes
from core.config import with_setting
from core.data import datasets
from core.lab import answers_markdown, own_words
from core.lab import document as lab_document
from core.lab.document import answer
from core.presets import first_visit
from core.statistics.verdict import Verdict
from core.transforms import AugmentationConfig
from core.wording import words
from pages.ui import services
from pages.ui.lab import case as lab_case
from tests.gates import ANNA, BEN
from tests.pages.conftest import TRAINING_DIGITS, key_of, said
from tests.telling import tells

DIGITS = datasets.defaults("digits")


def ask(app, number):
    app.button_group(key="question").set_value(number).run()
    assert not app.exception, app.exception[0].message
    return app


def shown(text):
    """Markdown as a person sees it: without the backslashes that keep text plain."""
    return text.replace("\\", "")


def show(app, number):
    """Ask what the app would say."""
    app.toggle(key=f"lab-show-{number}").set_value(True).run()
    assert not app.exception, app.exception[0].message
    return app


def write(app, number, text):
    app.text_area(key=f"lab-words-{number}").set_value(text).run()
    assert not app.exception, app.exception[0].message
    return app


def written():
    home = services.get_store().home
    folders = [path.parent.name for path in home.glob(f"people/*/{own_words.FILE}")]
    assert len(folders) <= 1
    return own_words.read(home, folders[0]) if folders else own_words.OwnWords()


def markdown_file():
    """The document as it would be downloaded now, by the one person who wrote something."""
    lab = lab_case.of(services.get_dataset("digits"), written())
    made = lab_document.document(lab_case.apart(lab), lab.written, date(2026, 11, 29))
    return answers_markdown.render(made)


def train_button(app):
    return next((button.label for button in app.button if button.key == "ask-run"), None)


@pytest.fixture
def lab(open_page):
    """Open the page at a question."""
    return lambda number: ask(open_page("lab_questions"), number)


@pytest.fixture
def photos(tmp_path):
    """A folder of one's own, opened here, whose classes have odd names."""
    folder = tmp_path / "photos"
    for name in ("*a*", ":red[b]"):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    services.opened().add(str(folder))
    return str(folder)


def test_a_tick_stands_for_own_words_with_evidence_and_for_neither_alone(open_page, finish):
    assert "**0 of 8** answered in your own words" in said(open_page("lab_questions"))
    finish(first_visit())
    app = open_page("lab_questions")
    assert "**0 of 8**" in said(app), "runs alone are no answer"
    write(ask(app, 1), 1, "It starts from a network that knows something.")
    assert "**0 of 8**" in said(app), "no run from scratch is there to compare with"
    write(ask(app, 2), 2, "The end of the network learns, too.")
    assert "**1 of 8**" in said(app)
    marks = [option.content_icon for option in app.button_group(key="question").proto.options]
    assert [mark == ":material/check_circle:" for mark in marks] == [n == 2 for n in range(1, 9)]


def test_what_is_written_survives_a_reload_a_restart_and_a_change_of_data_set(open_page, finish, photos):
    finish(first_visit())
    app = write(ask(open_page("lab_questions"), 2), 2, "Mine.")
    app.text_input(key="lab-name").set_value("Ada").run()
    st.cache_data.clear()
    services.opened().add(photos)
    again = ask(open_page("lab_questions", data=photos), 2)
    assert again.text_area(key="lab-words-2").value == "Mine."
    assert again.text_input(key="lab-name").value == "Ada"
    assert "Ada · 29 November 2026" in markdown_file()


def test_nobody_sees_the_words_of_another(open_page, log_in):
    write(ask(open_page("lab_questions"), 3), 3, "A browser's.")
    log_in(ANNA)
    assert ask(open_page("lab_questions"), 3).text_area(key="lab-words-3").value == ""
    write(ask(open_page("lab_questions"), 3), 3, "Anna's.")
    log_in(BEN)
    assert ask(open_page("lab_questions"), 3).text_area(key="lab-words-3").value == ""
    log_in(ANNA)
    assert ask(open_page("lab_questions"), 3).text_area(key="lab-words-3").value == "Anna's."


def test_what_the_app_would_say_is_closed_and_enters_the_document_only_where_quoted(lab, finish):
    finish(first_visit())
    app = write(lab(2), 2, "Mine.")
    explanation = answer(2, lab_case.of(services.get_dataset("digits"), written()).cases[2]).explanation
    assert explanation not in shown(said(app))
    assert explanation in shown(said(show(app, 2)))
    assert explanation not in shown(markdown_file())
    app.checkbox(key="lab-quote-2").set_value(True).run()
    assert explanation in shown(markdown_file())


def test_the_evidence_is_the_newest_of_the_recipe_until_a_run_is_chosen(lab, finish):
    older = finish(first_visit())
    newest = finish(with_setting(first_visit(), "fine_tuning.unfreeze_from", 98))
    trial = finish(with_setting(first_visit(), "batch_norm", "batch"))
    app = write(lab(2), 2, "Mine.")
    chosen = app.selectbox(key="lab-run-2")
    assert chosen.value == newest
    assert "another BatchNorm mode" in said(app)
    assert newest in markdown_file()
    chosen.set_value(older).run()
    assert not app.exception
    assert older in markdown_file()
    assert newest not in markdown_file()
    assert trial not in markdown_file()
    assert ask(app, 3).selectbox(key="lab-run-3").value == newest, "each question has its own"


def test_a_person_can_delete_all_they_wrote(lab):
    app = write(lab(2), 2, "Mine.")
    assert app.button(key="lab-delete").disabled
    app.checkbox(key="lab-delete-sure").set_value(True).run()
    app.button(key="lab-delete").click().run()
    assert app.text_area(key="lab-words-2").value == ""
    assert "Mine." not in markdown_file()


def test_without_a_run_each_question_holds_the_button_that_fills_it_with_its_price(open_page):
    app = open_page("lab_questions")
    for number in range(1, 9):
        ask(app, number)
        label = "Train with augmentation" if number == 7 else f"Train on {TRAINING_DIGITS:,} digits"
        assert train_button(app).startswith(f"{label} · about "), number
        assert len(app.get("page_link")) >= 1, number


@pytest.mark.parametrize(("said_there", "opened"), [("6", 6), ("9", 1), ("x", 1)])
def test_a_link_opens_its_question_and_nonsense_the_first(open_page, said_there, opened):
    app = open_page("lab_questions", question=said_there)
    assert app.button_group(key="question").value == opened
    assert app.query_params.get("question", "1") == str(opened)


def test_the_numbers_are_those_of_the_run(lab, finish, store):
    key = finish(first_visit())
    app, result = lab(2), store.load(key)
    table = app.table[0].value
    for phase in result.phases:
        column = table[words.PHASE_NAMES[phase.name]]
        assert column["accuracy"] == words.percent(phase.validation.accuracy)
        assert column["95% interval"] == words.interval(*phase.validation.interval)
    assert tells(shown(said(show(app, 2))), 38, 12, 500, Verdict.BETTER)
    assert train_button(app) is None


def test_the_missing_run_is_queued_and_its_button_becomes_stop(lab, finish, store):
    finish(first_visit())
    app = lab(1)
    app.button(key="ask-run").click().run()
    key = key_of(first_visit().without_transfer(), store)
    assert store.status(key) == "queued"
    assert train_button(app) is None
    app.button(key="stop-run").click().run()
    assert store.status(key) == "stopped"


def test_the_code_is_that_of_the_current_settings(open_page):
    settings = replace(first_visit(), augmentation=DIGITS)
    code, app = lab_pieces(settings, 10), open_page("lab_questions")
    for number in (5, 6, 7, 8):
        show(ask(app, number), number)
        assert app.code[0].value == code[number].strip()
        assert app.code[-1].value == "\n".join(code.values()).strip()


def test_settings_chosen_on_other_pages_are_in_the_code(open_page):
    app = open_page("fine_tuning")
    app.selectbox(key="hidden").set_value(128).run()
    app.slider(key="dropout").set_value(0.5).run()
    app.session_state["chosen_augmentation"] = {"digits": AugmentationConfig(flip="vertical")}
    app.switch_page("pages/lab_questions.py").run()
    text = ask(app, 8).code[-1].value
    assert 'layers.Dense(128, activation="relu")' in text
    assert "layers.Dropout(0.5)" in text
    assert 'layers.RandomFlip("vertical")' in text


def test_the_shapes_of_a_batch_stand_beside_the_classifier(lab):
    shapes = list(lab(8).table[0].value.iloc[:, 0])
    assert shapes == list(batch_shapes(64, 10)["shape"])
    assert shapes[1:] == ["(32, 2, 2, 1280)", "(32, 1280)", "(32, 10)"]


def test_the_pictures_carry_their_class_and_what_was_drawn(lab):
    app = lab(4)
    assert len(app.get("image")) == 8
    captions = [shown(caption.value) for caption in app.caption]
    assert "0: as it is" in captions
    assert any(caption.startswith("1: epoch 3, ") for caption in captions)


def test_the_document_holds_the_numbers_of_the_page(lab, finish, store):
    key = finish(first_visit())
    write(lab(2), 2, "Mine.")
    assert words.percent(store.load(key).last.validation.accuracy) in markdown_file()


def test_class_names_that_hold_markup_are_shown_as_they_are(open_page, photos):
    app = ask(open_page("lab_questions", data=photos), 4)
    assert r"\*a\*\: as it is" in [caption.value for caption in app.caption]
    assert "“:red[b]”" in shown(said(show(ask(app, 8), 8)))
