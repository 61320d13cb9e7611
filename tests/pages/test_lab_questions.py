"""The Lab questions page: one answer at a time, marked by whose numbers it has, and files to keep."""

from dataclasses import replace

import pytest

from core.codegen.keras import lab_pieces
from core.concepts.tables import batch_shapes
from core.data import datasets
from core.presets import first_visit
from core.statistics.verdict import Verdict
from core.transforms import AugmentationConfig
from core.wording import words
from pages.ui import services
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


def train_button(app):
    return next((button.label for button in app.button if button.key == "ask-run"), None)


@pytest.fixture
def lab(open_page):
    """Open the page at a question."""
    return lambda number: ask(open_page("lab_questions"), number)


def test_at_a_glance_it_says_how_many_have_the_persons_own_numbers_and_which(open_page, finish):
    assert "**0 of 8** with your own numbers" in said(open_page("lab_questions"))
    finish(first_visit())
    app = open_page("lab_questions")
    assert "**5 of 8** with your own numbers" in said(app)
    marks = [option.content_icon for option in app.button_group(key="question").proto.options]
    assert [mark == ":material/check_circle:" for mark in marks] == [
        n in (2, 3, 5, 6, 8) for n in range(1, 9)
    ]


@pytest.mark.parametrize("number", range(1, 9))
def test_without_a_run_each_question_holds_the_button_that_fills_it_with_its_price(lab, number):
    app = lab(number)
    label = "Train with augmentation" if number == 7 else f"Train on {TRAINING_DIGITS:,} digits"
    assert train_button(app).startswith(f"{label} · about ")
    assert len(app.get("page_link")) >= 1


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
    assert tells(shown(said(app)), 38, 12, 500, Verdict.BETTER)
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


@pytest.mark.parametrize("number", [5, 6, 7, 8])
def test_the_code_is_that_of_the_current_settings(lab, number):
    settings = replace(first_visit(), augmentation=DIGITS)
    code = lab_pieces(settings, 10)
    app = lab(number)
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


def test_both_files_can_be_made(open_page, finish, store):
    key = finish(first_visit())
    open_page("lab_questions")
    from core.lab import answers_html, answers_markdown
    from core.lab import document as lab_document
    from pages.ui import services
    from pages.ui.lab import case

    dataset = services.get_dataset("digits")
    document = lab_document.document(case.apart(case.case(dataset), dataset))
    accuracy = words.percent(store.load(key).last.validation.accuracy)
    for render in (answers_html.render, answers_markdown.render):
        assert accuracy in render(document)


def test_class_names_that_hold_markup_are_shown_as_they_are(open_page, tmp_path):
    import numpy as np
    from PIL import Image

    folder = tmp_path / "photos"
    for name in ("*a*", ":red[b]"):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    services.opened().add(str(folder))
    app = ask(open_page("lab_questions", data=str(folder)), 4)
    assert r"\*a\*\: as it is" in [caption.value for caption in app.caption]
    assert "“:red[b]”" in shown(said(ask(app, 8)))
