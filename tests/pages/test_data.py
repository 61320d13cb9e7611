"""The Data page: pictures, balance and splits of the data set at hand."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from core.data import datasets
from core.data.data_facts import class_counts
from core.presets import first_visit
from pages.ui import services
from pages.ui.data import folder_upload, own_photos
from tests.pages.conftest import ALL_DIGITS, said
from tests.pages.own_folder import use, view
from tests.photos import build


def test_it_opens_with_pictures_of_every_class(open_page):
    app = open_page("data")
    assert len(app.get("image")) == 10
    assert [metric.value for metric in app.metric] == [f"{ALL_DIGITS:,} of 5,000", "10", "0"]


def test_other_pictures_are_other_pictures(open_page):
    app = open_page("data")
    before = app.get("image")[0].proto.imgs[0].url
    app.button(key="other_pictures").click().run()
    assert app.get("image")[0].proto.imgs[0].url != before


def test_the_balance_is_that_of_the_core(open_page, store):
    app = view(open_page("data"), "splits")
    dataset = datasets.find("digits", store.home)
    expected = class_counts(dataset, datasets.split(dataset, first_visit().data))
    assert len(app.get("vega_lite_chart")) == 4
    for part in ("train", "validation", "test"):
        assert f"**{part}** · {expected[part].sum():,} images" in said(app)


def test_no_image_is_in_two_splits(open_page):
    app = view(open_page("data"), "splits")
    assert list(app.table[0].value["images in both"]) == [0, 0, 0]
    assert "No image lies in two splits" in said(app)


def test_the_list_of_data_sets_names_what_is_there_and_what_could_be_fetched(open_page):
    app = view(open_page("data"), "sources")
    assert "**Handwritten digits** · on this machine" in said(app)
    assert app.button(key="fetch-mnist").label.endswith("11.5 MB")
    assert app.button(key="fetch-cats").label.endswith("68.6 MB")


def test_the_card_says_what_can_be_expected_and_trains(open_page, store):
    app = open_page("data")
    assert f"{ALL_DIGITS:,} of 5,000 digits, 10 classes of {ALL_DIGITS // 10}." in said(app)
    assert "from about 4.1 points on" in said(app)
    app.button(key="ask-run").click().run()
    assert [run.status for run in store.list_runs()] == ["queued"]


def test_a_finished_run_is_linked_from_the_card_instead_of_a_button(open_page, finish):
    finish(first_visit())
    app = open_page("data")
    assert "ask-run" not in {button.key for button in app.button}
    assert app.get("page_link")[0].proto.label == "The result is on Start"


def test_ones_own_folder_is_shown_with_its_names_as_they_are(open_page, folder):
    app = use(open_page("data"), folder)
    assert not app.exception
    assert app.metric[0].value == "43"
    assert "\\*left\\*\\_\\<b\\>" in said(app)
    assert "The classes are uneven: **\\*left\\*\\_\\<b\\>** has 30" in said(app)


def test_a_folder_that_will_not_do_is_refused_and_the_last_good_one_stays(open_page, tmp_path):
    (tmp_path / "one" / "only").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "one" / "only" / "a.png")
    app = use(open_page("data"), tmp_path / "one")
    assert "only one class" in app.error[0].value
    assert len(app.get("image")) == 10
    app = use(app, tmp_path / "nowhere")
    assert "does not exist" in app.error[0].value
    assert app.metric[0].value == f"{ALL_DIGITS:,} of 5,000"


def test_a_path_pasted_with_what_goes_with_it_is_the_folder(open_page, folder):
    """`tests/core/test_places.py` has what else may go with it."""
    app = use(open_page("data"), f"'{folder}/'\n")
    assert not app.error
    assert app.metric[0].value == "43"
    assert app.selectbox(key="data").value == str(folder)


@pytest.mark.parametrize("button", ["use-own", "check-own"])
def test_a_place_that_will_not_do_is_told_as_it_was_typed(open_page, button):
    app = view(open_page("data"), "sources")
    app.segmented_control(key="intake-way").set_value(own_photos.PLACE).run()
    for typed, told in (
        ("photos/of mine", "photos/of mine does not exist"),
        ("~nobody-here/pets", "\\~nobody-here/pets does not exist"),
        ("/dev/zero", "/dev/zero is a device"),
        ("  ", "The name is empty"),
        ("https://example.org/pets.zip", "is an address in a network"),
    ):
        app.text_input(key="own_path").set_value(typed)
        app.button(key=button).click().run()
        assert not app.exception
        assert told in app.error[0].value
        assert str(Path.cwd()) not in app.error[0].value


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
    assert "None of the 13 pictures of right can be read: no known picture format." in app.error[0].value
    app = view(app, "splits")
    assert len(app.get("vega_lite_chart")) == 4


def test_looking_at_another_size_makes_other_pictures(open_page):
    app = open_page("data")
    before = app.get("image")[0].proto.imgs[0].url
    app.selectbox(key="look-size-digits").set_value(32).run()
    assert app.get("image")[0].proto.imgs[0].url != before
    assert "SIZE, SEED = 32, " in app.code[0].value


def bars(app):
    """The classes that have a bar in the first chart of the balance, from the top."""
    spec = json.loads(app.get("vega_lite_chart")[1].proto.spec)
    return spec["layer"][0]["encoding"]["y"]["sort"]


def test_the_balance_of_many_classes_has_the_largest_the_smallest_and_those_searched_for(open_page, tmp_path):
    build(tmp_path / "many", {f"class {n:02d}": 4 + n % 7 for n in range(60)})
    app = view(use(open_page("data"), tmp_path / "many"), "splits")
    assert "The 12 largest of 60 classes, then the 12 smallest." in said(app)
    shown = bars(app)
    assert len(shown) == 24
    assert (shown[0], shown[-1]) == ("class 06", "class 56")
    app.text_input(key="find-class").set_value("S 3").run()
    assert bars(app) == [f"class 3{n}" for n in range(10)]
    app.text_input(key="find-class").set_value("zebra").run()
    assert not app.exception
    assert "No class has zebra in its name." in said(app)


def test_a_folder_with_too_many_files_for_a_browser_goes_as_a_zip_or_by_its_path(open_page):
    app = view(open_page("data"), "sources")
    app.segmented_control(key="intake-way").set_value(own_photos.FOLDER).run()
    assert not app.exception
    assert f"up to {folder_upload.MOST_FILES} photos" in app.file_uploader[0].label
    app.session_state[folder_upload.REFUSED] = 2000
    app.run()
    assert "2,000 pictures are too many to send one by one" in app.warning[0].value
    app.button(key="to-path").click().run()
    assert not app.exception
    assert not app.warning
    assert app.segmented_control(key="intake-way").value == own_photos.PLACE


def test_classes_of_one_photo_each_are_refused_with_their_number(open_page, tmp_path):
    app = use(open_page("data"), build(tmp_path / "ones", {f"class {n:02d}": 1 for n in range(60)}))
    assert not app.exception
    assert "60 classes, such as 'class 00', have too few images" in said(app) + app.error[0].value
