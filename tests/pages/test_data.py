"""The Data page: pictures, balance and splits of the data set at hand."""

import shutil

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from core.data.data_facts import class_counts
from core.presets import digits_quick
from pages.ui import services
from tests.pages.conftest import said


@pytest.fixture
def folder(tmp_path):
    """A folder of two uneven classes; one image stands in it twice, and a name is full of Markdown."""
    random = np.random.default_rng(0)
    for class_name, count in (("*left*_<b>", 30), ("right", 12)):
        place = tmp_path / "own" / class_name
        place.mkdir(parents=True)
        for index in range(count):
            pixels = random.integers(0, 255, (40, 30, 3), np.uint8)
            Image.fromarray(pixels).save(place / f"{index:02d}.png")
    (place / "99.png").write_bytes((place / "00.png").read_bytes())
    return tmp_path / "own"


def use(app, path):
    """Type a path into "Your own photos" and press Use."""
    app.text_input(key="own_path").set_value(str(path))
    return app.button(key="use-own").click().run()


def view(app, name):
    return app.segmented_control(key="data_view").set_value(name).run()


def test_it_opens_with_pictures_of_every_class(open_page):
    app = open_page("data")
    assert len(app.get("image")) == 10
    assert [metric.value for metric in app.metric] == ["2,000", "10", "0"]


def test_other_pictures_are_other_pictures(open_page):
    app = open_page("data")
    before = app.get("image")[0].proto.imgs[0].url
    app.button(key="other_pictures").click().run()
    assert app.get("image")[0].proto.imgs[0].url != before


def test_the_balance_is_that_of_the_core(open_page, store):
    app = view(open_page("data"), "Class balance")
    dataset = datasets.find("digits", store.home)
    expected = class_counts(dataset, datasets.split(dataset, digits_quick().data))
    assert len(app.get("vega_lite_chart")) == 3
    for part in ("train", "validation", "test"):
        assert f"**{part}** · {expected[part].sum():,} images" in said(app)


def test_no_image_is_in_two_splits(open_page):
    app = view(open_page("data"), "Splits")
    assert list(app.table[0].value["images in both"]) == [0, 0, 0]
    assert "No image lies in two splits" in said(app)


def test_the_catalogue_names_what_is_there_and_what_is_not(open_page):
    words = said(view(open_page("data"), "Data sets"))
    assert "**Handwritten digits** · on this machine" in words
    assert "**MNIST** · not here" in words


def test_ones_own_folder_is_shown_with_its_names_as_they_are(open_page, folder):
    app = use(open_page("data"), folder)
    assert not app.exception
    assert app.metric[0].value == "43"
    assert "\\*left\\*\\_\\<b\\>" in said(app)
    assert "The classes are uneven" in said(app)


def test_copies_of_an_image_are_found_by_their_content(open_page, folder):
    app = view(use(open_page("data"), folder), "Splits")
    assert "Exact copies among the 43 images: 1." in said(app)
    assert app.dataframe[0].value["same content"][0] == "right/00.png = right/99.png"


def test_a_folder_that_will_not_do_is_refused_and_the_last_good_one_stays(open_page, tmp_path):
    (tmp_path / "one" / "only").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "one" / "only" / "a.png")
    app = use(open_page("data"), tmp_path / "one")
    assert "only one class" in app.error[0].value
    assert len(app.get("image")) == 10
    app = use(app, tmp_path / "nowhere")
    assert "does not exist" in app.error[0].value
    assert app.metric[0].value == "2,000"


def test_a_folder_that_goes_bad_while_in_use_is_told_and_the_default_shown(open_page, folder):
    app = use(open_page("data"), folder)
    shutil.rmtree(folder / "right")
    services.forget_catalogue()
    app.run()
    assert not app.exception
    assert "only one class" in app.error[0].value
    assert "Still showing Handwritten digits" in said(app)


def test_a_broken_picture_is_named_and_breaks_nothing_else(open_page, folder):
    for path in (folder / "right").iterdir():
        path.write_bytes(b"no picture " + path.name.encode())
    app = use(open_page("data"), folder)
    assert not app.exception
    assert "cannot be read" in app.error[0].value
    app = view(app, "Class balance")
    assert len(app.get("vega_lite_chart")) == 3


def test_looking_at_another_size_makes_other_pictures(open_page):
    app = open_page("data")
    before = app.get("image")[0].proto.imgs[0].url
    app.selectbox(key="look-size-digits").set_value(32).run()
    assert app.get("image")[0].proto.imgs[0].url != before
    assert "image.resize((32, 32)" in app.code[0].value
