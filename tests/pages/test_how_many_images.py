"""The page How many images?: three questions with their prices, how they fill in, and the way to a run."""

import numpy as np
import pytest

from core.data import datasets
from core.explain import head_curve
from core.presets import first_visit
from core.running import jobs
from core.sweeps.image_counts import image_counts, sweep_over
from core.sweeps.plan import of_options
from tests import fakes
from tests.pages.conftest import said

BASE = first_visit()
COUNTS = (20, 32, 50, 80, 126, 200)


@pytest.fixture
def frozen(store, digits):
    """Sixty heads whose accuracies follow a power law: 0.75 - 1.1 / sqrt(images), with some scatter."""
    study = head_curve.study_of(BASE, digits)
    key, random = study.key(digits), np.random.default_rng(0)
    truth = 500 * (0.75 - 1.1 / np.sqrt(np.array(COUNTS)))[:, None]
    scatter = random.normal(0, 6, (6, 10))
    right = (truth + scatter - scatter.mean(axis=1, keepdims=True)).round().astype(int)
    record = {"images": list(COUNTS), "resamples": 10, "validation": 500, "test": 500, "epochs": 8}
    store.create(key, study.config)
    store.save_study(key, record, {"validation": right, "test": right, "loss": np.ones((6, 10))})
    return right / 500


def finish_all(finish, config, wrong):
    """Eighteen runs of a recipe with so many wrong answers of 500 at each number of images."""
    for place, point in enumerate(sweep_over(config, COUNTS, 3).points()):
        step, count = place % 3, wrong[place // 3]
        finish(point.config, control=False, tuned_wrong=fakes.wrong_answers(0, count + 4 * step))


def test_before_the_press_it_says_how_many_networks_and_what_they_take(open_page):
    app = open_page("how_many_images")
    for name, count in (("frozen", "60 heads"), ("tuned", "18 runs"), ("scratch", "18 runs")):
        label = app.button(key=f"ask-images-{name}").label
        assert count in label
        assert "about" in label


def test_the_numbers_are_those_of_the_data_set(digits):
    assert image_counts(digits, BASE.data) == COUNTS


def test_a_press_queues_the_heads_as_one_question_that_can_be_stopped(open_page, store):
    app = open_page("how_many_images")
    app.button(key="ask-images-frozen").click().run()
    assert not app.exception
    (line,) = jobs.turns.lines(store)
    assert store.study(line.run_key)["options"] == {"images": list(COUNTS), "resamples": 10}
    assert "stop-images-frozen" in {button.key for button in app.button}


def test_from_scratch_is_asked_for_apart_and_lets_all_else_go_first(open_page, store):
    app = open_page("how_many_images", images_seeds="5")
    app.button(key="ask-images-scratch").click().run()
    (line,) = jobs.turns.lines(store)
    assert line.patient
    sweep = of_options(store.config(line.run_key), store.study(line.run_key)["options"])
    assert len(sweep.points()) == 30
    assert all(point.config.from_scratch for point in sweep.points())


def test_frozen_heads_alone_foretell_what_more_images_bring_and_say_whether_that_was_checked(
    open_page, frozen
):
    app = open_page("how_many_images")
    assert "ask-images-frozen" not in {button.key for button in app.button}
    assert "Frozen, 200 more images: about +" in said(app)
    assert "what the smaller numbers foretold" in said(app)
    assert "Transfer is worth" not in said(app)
    app.number_input(key="images_more").set_value(400).run()
    assert "Frozen, 400 more images: about +" in said(app)


def test_with_both_other_curves_the_headline_is_what_transfer_is_worth(open_page, frozen, finish):
    """As many wrong answers as 50 + 1,000 (images x times)^-0.4, times being 4 and 1."""
    finish_all(finish, BASE, (223, 194, 170, 150, 133, 119))
    finish_all(finish, BASE.without_transfer(), (352, 300, 259, 223, 194, 170))
    app = open_page("how_many_images")
    assert not [button.key for button in app.button if button.key.startswith("ask-")]
    assert "Transfer is worth about 4.0 times the images here" in said(app)
    assert "Fine-tuned, 200 more images" in said(app)


def test_what_is_there_is_drawn_before_the_rest_is_and_a_run_opens(open_page, finish):
    key = finish(BASE)
    app = open_page("how_many_images")
    assert "1 of the 18 runs is there already" in said(app)
    assert "foretold" not in said(app)
    app.button(key=f"open-{key}").click().run()
    assert not app.exception
    assert app.session_state["shown_run"] == key


def test_a_link_opens_the_same_question(open_page):
    app = open_page("how_many_images", images_seeds="5", images_more="350")
    assert app.segmented_control(key="images_seeds").value == 5
    assert app.number_input(key="images_more").value == 350
    assert "18 runs" not in app.button(key="ask-images-tuned").label
    refused = open_page("how_many_images", images_more="0")
    assert "which is not a whole number from 1" in said(refused)


def test_too_few_images_are_refused_beside_the_title_in_words(open_page, monkeypatch, digits):
    monkeypatch.setattr(datasets, "split", datasets.split)
    few = BASE.data.__class__(**{**vars(BASE.data), "limit": 120, "shares": (0.5, 0.25, 0.25)})
    monkeypatch.setattr(
        "pages.ui.state.recipe_config", lambda name=None: BASE.__class__(**{**vars(BASE), "data": few})
    )
    app = open_page("how_many_images")
    assert "60 training images of 10 classes, too few for a curve" in app.error[0].value
    assert not app.button
