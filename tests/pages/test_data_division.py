"""The Data page: how many images are used, how they are divided, and which are kept together."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data import datasets
from core.presets import digits_quick
from pages.ui import services
from tests.pages.conftest import ALL_DIGITS, said
from tests.pages.own_folder import chosen, use, view


def test_all_photos_are_used_and_a_limit_is_told_wherever_their_number_stands(open_page, folder, finish):
    app = use(open_page("data"), folder)
    assert app.metric[0].value == "43"
    app = view(app, "splits")
    app.number_input(key="use-limit-data").set_value(30).run()
    assert not app.exception
    assert app.metric[0].value == "30 of 43"
    assert "30 of 43 photos, 2 classes" in said(app)
    assert app.query_params["images"] == "30"
    finish(replace(digits_quick(), data=DataConfig(name=str(folder), image_size=32, limit=30)))
    app.switch_page("pages/fine_tuning.py").run()
    assert not app.exception
    assert "· 30 of 43 photos" in said(app)


def test_size_number_and_shares_are_those_that_are_trained(open_page, folder):
    app = view(use(open_page("data"), folder), "splits")
    app.selectbox(key="use-image_size-data").select(64).run()
    app.selectbox(key="use-shares-data").select((0.5, 0.25, 0.25)).run()
    assert not app.exception
    data = chosen(app)
    assert (data.image_size, data.shares, data.limit) == (64, (0.5, 0.25, 0.25), 2000)
    assert "**train** · 21 images" in said(app)
    app.switch_page("pages/fine_tuning.py").run()
    assert "Images: 64 px, 43" in [box.label for box in app.expander]
    app.switch_page("pages/data.py").run()
    app.button(key="use-usual-data").click().run()
    assert not app.session_state["chosen_data"]
    assert "**train** · 31 images" in said(app)


def test_a_division_that_leaves_a_class_empty_is_refused_beside_the_controls_and_the_old_one_stays(
    open_page, tmp_path
):
    for name, count in (("few", 3), ("many", 40)):
        (tmp_path / "own" / name).mkdir(parents=True)
        for index in range(count):
            Image.new("RGB", (8, 8), (index, count, 0)).save(tmp_path / "own" / name / f"{index}.png")
    app = view(use(open_page("data"), tmp_path / "own"), "splits")
    app.number_input(key="use-limit-data").set_value(10).run()
    assert not app.exception
    assert app.metric[0].value == "10 of 43"
    app.selectbox(key="data").select("digits").run()
    app = view(app, "splits")
    app.number_input(key="use-limit-data").set_value(12).run()
    assert "data.limit is 12, too few for 10 classes" in app.error[0].value
    assert app.metric[0].value == f"{ALL_DIGITS:,} of 5,000", "the old one stays"
    assert app.number_input(key="use-limit-data").value == ALL_DIGITS


@pytest.fixture
def tiles(tmp_path):
    """A folder of two classes, ten photos of each cut into four tiles: `cats/c3_1.png`."""
    random = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "own" / name).mkdir(parents=True)
        for photo in range(10):
            for tile in range(4):
                pixels = random.integers(0, 255, (16, 16, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / "own" / name / f"{name[0]}{photo}_{tile}.png")
    return tmp_path / "own"


def test_tiles_of_one_photo_are_kept_together_by_a_rule_that_is_shown_on_examples(open_page, tiles):
    app = view(use(open_page("data"), tiles), "splits")
    app.selectbox(key="use-groups-data").select("before:_").run()
    assert not app.exception
    data = chosen(app)
    assert data.groups == "before:_"
    assert app.query_params["groups"] == "before:_"
    assert "20 groups in 80 images, 4 images each" in said(app)
    assert "`cats/c0_0.png` → `c0`" in said(app)
    assert "**train** · 56 images" in said(app)
    found = datasets.split(datasets.find(str(tiles), services.get_store().home), data)
    assert [len(part) % 4 for part in found.values()] == [0, 0, 0]
    assert "Compare torn and kept together" in " ".join(button.label for button in app.button)
    app.button(key="use-usual-data").click().run()
    assert not app.session_state["chosen_data"]


def test_a_rule_that_leaves_a_class_without_a_split_is_refused_beside_the_control(open_page, tiles):
    for path in (tiles / "dogs").glob("d[2-9]_*.png"):
        path.unlink()
    app = view(use(open_page("data"), tiles), "splits")
    before = [text for text in said(app).splitlines() if "**train** ·" in text]
    app.selectbox(key="use-groups-data").select("before:_").run()
    assert not app.exception
    assert "'dogs' has too few groups by `before:_`" in app.error[0].value
    assert [text for text in said(app).splitlines() if "**train** ·" in text] == before, "the old one stays"
    assert app.selectbox(key="use-groups-data").value == "none"


def test_a_rule_that_is_typed_holds_and_one_that_is_none_is_refused_beside_it(open_page, tiles):
    app = view(use(open_page("data"), tiles), "splits")
    app.text_input(key="use-groups-data-typed").set_value(" number:1 ").run()
    assert not app.exception
    assert chosen(app).groups == "number:1"
    app.text_input(key="use-groups-data-typed").set_value("(a+)+$").run()
    assert not app.exception
    assert "data.groups is" in app.error[0].value
    assert chosen(app).groups == "number:1", "the old one stays"


@pytest.mark.parametrize("rule", ["(a+)+$", "before:-", "number:10"])
def test_a_link_with_a_rule_that_will_not_do_is_refused(open_page, tiles, rule):
    use(open_page("data"), tiles)
    app = open_page("data", data=str(tiles), groups=rule)
    assert not app.exception
    assert "**groups** = " in said(app)
    assert not app.session_state["chosen_data"] if "chosen_data" in app.session_state else True


def test_a_link_brings_the_division_and_one_that_makes_no_sense_is_refused(open_page):
    app = open_page("data", size="160", images="all", split_seed="7")
    assert not app.exception
    data = chosen(app)
    assert (data.image_size, data.limit, data.split_seed) == (160, None, 7)
    assert app.metric[0].value == "5,000"
    app = open_page("data", size="161", shares="2-3", images="12")
    assert not app.exception
    assert not app.session_state["chosen_data"] if "chosen_data" in app.session_state else True
    for name in ("size", "shares", "images"):
        assert f"**{name}** = " in said(app)
