"""Published runs on the Fine-tuning page: what was printed beside what came out here."""

import io
import itertools
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.config import with_setting
from core.presets import digits_quick, from_scratch, tf_tutorial, two_layer_head
from core.running import jobs
from core.wording.published import PUBLISHED
from tests.fakes import SPLIT_KEY, wrong_answers
from tests.pages.conftest import key_of, said


def choose(app, preset):
    """Open the box of published runs and pick one."""
    app.session_state["published-runs"] = True
    app.run()
    app.selectbox(key="published").set_value(preset).run()
    assert not app.exception
    return app


def numbers(app):
    """The lowest table of printed numbers."""
    return [frame.value for frame in app.dataframe if "published" in frame.value][-1]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A tiny `cats_and_dogs` in a data folder: enough to be chosen, too little to learn from."""
    draw, folder = np.random.default_rng(0), tmp_path / "data"
    folder.mkdir()
    with zipfile.ZipFile(folder / "cats_and_dogs_filtered.zip", "w") as archive:
        for split, name, index in itertools.product(("train", "validation"), ("cats", "dogs"), range(8)):
            photo = io.BytesIO()
            Image.fromarray(draw.integers(0, 255, (8, 8, 3), np.uint8)).save(photo, "png")
            archive.writestr(f"cats_and_dogs_filtered/{split}/{name}/{index}.png", photo.getvalue())
    monkeypatch.setenv("THAW_DATA", str(folder))


def test_a_finished_repeat_shows_printed_and_measured_numbers_in_one_table(open_page, finish):
    finish(digits_quick())
    key = finish(from_scratch(), tuned_wrong=wrong_answers(0, 44))
    app = open_page("fine_tuning")
    app.session_state["shown_run"] = key  # as the button that asks for it does
    app.run()
    assert "Published beside yours" in said(app)
    table = numbers(app)
    assert list(table["published"]) == ["near chance"]
    assert list(table["here"]) == ["91.2%"]
    assert list(table["agrees"]) == ["no, above"]
    assert "is above: 91.2% here, near chance there" in said(app)


def test_a_recipe_of_ones_own_is_compared_with_no_publication(open_page, finish):
    finish(digits_quick())
    assert "Published beside yours" not in said(open_page("fine_tuning"))


def test_a_repeat_with_another_seed_is_compared_too(open_page, finish):
    finish(with_setting(from_scratch(), "seed", 43))
    assert "Published beside yours" in said(open_page("fine_tuning"))


def test_every_published_run_can_be_looked_at_and_says_where_it_comes_from(open_page):
    app = open_page("fine_tuning")
    for preset, entry in PUBLISHED.items():
        choose(app, preset)
        assert entry.source in said(app)
        assert entry.guess in said(app)
        assert len(numbers(app)) == len(entry.expected)


def test_a_missing_data_set_is_told_with_how_to_get_it_and_no_button(open_page):
    app = choose(open_page("fine_tuning"), "mnist-32")
    assert "mnist.npz in a folder named by THAW_DATA" in " ".join(error.value for error in app.error)
    assert "ask-published" not in {button.key for button in app.button}


def test_the_button_has_its_price_and_queues_exactly_the_published_recipe(open_page, store):
    app = choose(open_page("fine_tuning"), "from-scratch")
    assert app.button(key="ask-published").label.startswith("Train from scratch · about ")
    app.button(key="ask-published").click().run()
    assert jobs.waiting(store) == [key_of(from_scratch(), store)]
    assert "stop-published" in {button.key for button in app.button}


def test_a_repeat_on_another_data_set_is_compared_and_put_on_stage_with_its_images(open_page, finish, photos):
    few = {"classes": ("cats", "dogs"), "frozen_wrong": wrong_answers(0, 15)}
    finish(two_layer_head(), tuned_wrong=wrong_answers(0, 60), **few)
    app = choose(open_page("fine_tuning"), "two-layer-head")
    table = numbers(app)
    assert list(table["here"]) == ["97.0%", "88.0%"]
    assert list(table["agrees"]) == ["yes", "no, below"]
    app.button(key="show-published").click().run()
    assert not app.exception
    assert app.session_state["data"] == "cats_and_dogs"
    assert "Published beside yours" in said(app)
    assert "show-published" not in {button.key for button in app.button}


def test_test_numbers_stay_sealed_until_the_test_set_is_opened(open_page, finish, store, photos):
    finish(PUBLISHED["tf-tutorial"].config, classes=("cats", "dogs"))
    app = choose(open_page("fine_tuning"), "tf-tutorial")
    assert list(numbers(app)["here"])[2] == "sealed"
    store.open_test(SPLIT_KEY, 1)
    assert list(numbers(app.run())["here"])[2] == "86.2%"


# A run that learned nothing


@pytest.mark.parametrize("page", ["fine_tuning", "start"])
def test_a_run_that_stayed_at_chance_is_told_so_where_it_is_shown(open_page, finish, photos, page):
    half = np.arange(500) < 250
    finish(tf_tutorial(), frozen_wrong=half, tuned_wrong=half, classes=("cats", "dogs"))
    app = open_page(page, data="Cats and dogs")
    assert "This run has learned nothing" in app.warning[0].value


def test_a_run_that_learned_is_not_warned_of(open_page, finish):
    finish(digits_quick())
    assert not open_page("fine_tuning").warning
