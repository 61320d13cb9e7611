"""The Data page: pictures, balance and splits of the data set at hand."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from benchmarks.drawn_sets import screenshot
from core.config import DataConfig
from core.data import datasets, looks
from core.data.data_facts import class_counts
from core.explain import suspects as suspects_study
from core.presets import digits_quick, first_visit
from core.running.own_recipe import own_recipe
from core.wording.markdown import plain
from pages.ui import services
from pages.ui.data import folder_upload, own_photos
from tests.hostile import picture, zip_of
from tests.pages.conftest import ALL_DIGITS, said
from tests.photos import build
from tests.telling import tells


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


def chosen(app) -> DataConfig:
    """What training uses, as this session chose it."""
    found = app.session_state["chosen_data"]
    return next(iter(found.values()))


def view(app, name):
    return app.segmented_control(key="data_view").set_value(name).run()


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


# Adding photos


def add(app, content: bytes, name="my pets.zip"):
    """Upload a zip in the view that adds photos."""
    app = view(app, "sources")
    return app.file_uploader[0].set_value((name, content, "application/zip")).run()


def test_a_zip_is_checked_shown_kept_and_used(open_page, store):
    app = add(open_page("data"), zip_of({"cats/broken.png": b"x", "../slip.png": picture()}))
    told = "6 photos · 2 classes: cats 3, dogs 3 · 2 passed over: "
    assert plain(told) in said(app)
    assert not app.code, "of the digits nothing is said while other photos are looked at"
    assert "What to notice" not in [box.label[:14] for box in app.expander]
    assert list(app.dataframe[0].value["file"]) == ["../slip.png", "cats/broken.png"]
    assert app.text_input(key="intake-name").value == "my pets"
    app.text_input(key="intake-name").set_value("Мои *pets*").run()
    app.button(key="keep-photos").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == "Мои *pets*"
    assert app.metric[0].value == "6"
    assert "Set for these images: epochs frozen 15 (was 8)" in app.toast[0].value
    assert "augmentation on" in app.toast[0].value
    assert not app.run().toast, "once"
    assert "6 photos, 2 classes of 3." in said(app)
    assert datasets.find("Мои *pets*", store.home).classes == ("cats", "dogs")


def test_a_name_in_use_is_refused_and_the_photos_wait(open_page):
    app = add(open_page("data"), zip_of({}))
    app.text_input(key="intake-name").set_value("Digits").run()
    app.button(key="keep-photos").click().run()
    assert "There is a data set named 'Digits' already." in app.error[0].value
    app.text_input(key="intake-name").set_value("Pets").run()
    app.button(key="keep-photos").click().run()
    assert app.selectbox(key="data").value == "Pets"


def test_discarded_photos_leave_nothing(open_page, store):
    app = add(open_page("data"), zip_of({}))
    app.button(key="discard-photos").click().run()
    assert list((store.home / "photos").iterdir()) == []
    assert app.file_uploader


def test_a_zip_without_classes_is_refused_in_words(open_page):
    app = add(open_page("data"), b"no zip")
    assert "no zip that can be opened" in app.error[0].value
    app.button(key="intake-again").click().run()
    assert app.file_uploader


def test_a_folder_on_this_machine_is_checked_and_copied(open_page, folder, store):
    app = view(open_page("data"), "sources")
    app.segmented_control(key="intake-way").set_value("On this machine").run()
    app.text_input(key="own_path").set_value(str(folder))
    app.button(key="check-own").click().run()
    app.button(key="keep-photos").click().run()
    shutil.rmtree(folder)
    assert len(datasets.find("own", store.home).items) == 43


def test_a_kept_set_can_be_deleted(open_page, store):
    app = add(open_page("data"), zip_of({}))
    app.button(key="keep-photos").click().run()
    app = view(app, "sources")
    app.button(key="delete-my pets").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == "digits"
    assert not [path for path in (store.home / "photos").iterdir() if path.name.startswith("set-")]


def test_the_button_beside_the_pictures_leads_to_adding_photos(open_page):
    app = open_page("data")
    app.button(key="add-photos").click().run()
    assert app.segmented_control(key="data_view").value == "sources"


def test_the_camera_waits_for_the_name_of_a_class(open_page):
    app = view(open_page("data"), "sources")
    app.segmented_control(key="intake-way").set_value("Camera").run()
    assert not app.exception
    assert "No pictures yet" in said(app)
    assert app.button(key="camera-done").disabled
    app.text_input(key="camera-class").set_value("*mug*").run()
    assert app.get("camera_input")[0].proto.label == "Take a picture of \\*mug\\*"


# The report


def test_a_finished_run_is_linked_from_the_card_instead_of_a_button(open_page, finish):
    finish(first_visit())
    app = open_page("data")
    assert "ask-run" not in {button.key for button in app.button}
    assert app.get("page_link")[0].proto.label == "The result is on Start"


def test_copies_are_shown_and_can_be_left_out_and_taken_back(open_page, folder):
    app = view(use(open_page("data"), folder), "check")
    assert "**1 picture (the same to the byte) " in said(app)
    assert len(app.get("image")) == 1
    kind = "copies" if "more than once" in said(app) else "two-splits"  # as the hash of the content divides
    app.button(key=f"leave-out-{kind}").click().run()
    assert not app.exception
    assert app.metric[0].value == "42"
    assert "to the byte" not in said(app)
    app.button(key="take-back").click().run()
    assert app.metric[0].value == "43"


def near_copies(folder, count):
    """Drawings on one ground, and of the first `count` a darker copy under the other label."""
    for number in range(40):
        for label in "ab":
            (folder / label).mkdir(parents=True, exist_ok=True)
        drawing = screenshot(number)
        drawing.save(folder / "ab"[number % 2] / f"{number:02d}.png")
        if number < count:
            darker = ImageEnhance.Brightness(drawing).enhance(0.75)
            darker.save(folder / "ba"[number % 2] / f"{number:02d} darker.jpg")
    return folder


def test_of_near_copies_none_is_chosen_and_a_person_can_choose(open_page, tmp_path):
    app = view(use(open_page("data"), near_copies(tmp_path / "own", 1)), "check")
    assert "**1 pair of pictures that are nearly the same, under two labels**" in said(app)
    assert tells(said(app), "a/00.png (", "b/00 darker.jpg (")
    choice = next(one for one in app.multiselect if one.key.startswith("leave-near-labels"))
    assert choice.value == []
    assert app.button(key="leave-out-near-labels").disabled
    choice.select(choice.options[1]).run()
    assert app.button(key="leave-out-near-labels").label == "Leave out 1 picture"
    app.button(key="leave-out-near-labels").click().run()
    assert not app.exception
    assert app.metric[0].value == "40"
    assert "nearly the same" not in said(app)


def test_many_pairs_are_shown_a_few_at_a_time(open_page, tmp_path):
    app = view(use(open_page("data"), near_copies(tmp_path / "own", 14)), "check")
    first = next(one for one in app.number_input if one.key.startswith("first-near-labels"))
    assert first.label == "Shown, of 14: 6 from number"
    assert len(app.get("image")) == 6
    assert "13 darker" not in said(app)
    first.set_value(13).run()
    assert len(app.get("image")) == 2
    assert "13 darker" in said(app)


def test_an_unreadable_picture_is_passed_over_and_named(open_page, folder):
    (folder / "right" / "00.png").write_bytes(b"no picture")
    app = use(open_page("data"), folder)
    assert plain("1 passed over: 1 cannot be decoded") in said(app)
    assert list(app.dataframe[0].value["file"]) == ["right/00.png"]
    assert app.metric[0].value == "42"
    assert not view(app, "pictures").error


def test_a_class_cannot_be_emptied_by_leaving_out(open_page, folder):
    for path in sorted((folder / "right").iterdir())[:11]:
        Image.new("RGB", (40, 30), (int(path.stem), 9, 9)).save(path)
    app = view(use(open_page("data"), folder), "check")
    app.button(key="leave-out-blank").click().run()
    assert "2 left" in app.error[0].value
    assert app.metric[0].value == "43"


def test_a_large_set_is_looked_at_on_a_click_with_its_price(open_page, folder, monkeypatch):
    monkeypatch.setattr(looks, "SECONDS_A_PHOTO", 1.0)
    app = view(use(open_page("data"), folder), "check")
    assert app.button(key="check-pictures").label == "Check 43 pictures · about 43 s"
    app.button(key="check-pictures").click().run()
    for _ in range(50):
        if "Looked at 43 pictures" in said(app):
            break
        app.run()
    assert "Looked at 43 pictures" in said(app)


def test_digits_are_looked_at_at_once_and_said_to_be_small(open_page):
    app = view(open_page("data"), "check")
    assert "check-pictures" not in {button.key for button in app.button}
    for _ in range(50):  # where the machine is busy it takes more than one look
        if "Looked at" in said(app):
            break
        app.run()
    assert "**5,000 pictures smaller than 32 px**" in said(app)


# Suspect labels


def judged(store, dataset, suspects=3):
    """A finished study in which the first pictures of `right` look wrong."""
    asked = suspects_study.study_of(own_recipe(dataset, store), dataset)
    names = [item for item in dataset.items if item.name.startswith("right/")]
    lines = [
        {"image": [item.name, item.sha256], "given": "right", "said": dataset.classes[0], "own": 0.01,
         "sure": 0.99, "nearest": [[dataset.items[0].name, dataset.items[0].sha256]]}
        for item in names[:suspects]
    ]  # fmt: skip
    share = {"share": 0.8, "low": 0.7, "high": 0.9}
    record = {
        "images": len(dataset.items), "pointed": suspects, "suspects": lines, "usual": 0.5,
        "far": [{"image": [names[-1].name, names[-1].sha256], "distance": 1.2}],
        "trial": {"flipped": 2, "rounds": 10, "found": share, "right": share},
    }  # fmt: skip
    key = asked.key(dataset)
    store.create(key, asked.config)
    store.save_study(key, record, {})
    return key


@pytest.fixture
def suspected(open_page, folder, store, monkeypatch):
    """The page with three suspects of twelve, and its data set."""
    monkeypatch.setattr(suspects_study, "LEAST_IMAGES", 20)
    dataset = datasets.find(str(folder), store.home)
    judged(store, dataset)
    return view(use(open_page("data"), folder), "check"), dataset


def test_before_anyone_is_accused_it_says_how_far_to_believe_it(suspected):
    app, _ = suspected
    assert not app.exception
    assert "**3 labels that may be wrong**" in said(app)
    assert tells(said(app), "of such flips it finds 80% (70 to 90%)", "about 8 in 10 would be wrong")
    assert "**1 picture far from every class**" in said(app)


def test_a_suspect_is_relabelled_kept_or_left_out_and_every_line_can_be_taken_back(suspected, store):
    app, dataset = suspected
    items = [item for item in dataset.items if item.name.startswith("right/")][:3]
    first, second, third = (f"{item.name}-{item.sha256[:8]}" for item in items)
    app.button(key=f"relabel-{first}").click().run()
    assert "**2 labels that may be wrong**" in said(app)
    app.button(key=f"keep-{second}").click().run()
    app.button(key=f"drop-{third}").click().run()
    assert not app.exception
    assert "labels that may be wrong" not in said(app)
    table = next(frame.value for frame in app.dataframe if "decision" in frame.value)
    assert dict(zip(table["picture"], table["decision"], strict=True)) == {
        items[0].name: "relabel", items[1].name: "keep", items[2].name: "leave out",
    }  # fmt: skip
    now = datasets.find(dataset.name, store.home)
    assert len(now.items) == len(dataset.items) - 1
    lines = next(one for one in app.multiselect if one.key.startswith("take-back-lines"))
    lines.select(lines.options[0]).run()
    app.button(key="take-back-some").click().run()
    assert "**1 label that may be wrong**" in said(app)
    app.button(key="take-back").click().run()
    assert "**3 labels that may be wrong**" in said(app)
    assert datasets.find(dataset.name, store.home).key == dataset.key


def test_two_copies_that_look_wrong_are_two_cards(open_page, folder, store, monkeypatch):
    monkeypatch.setattr(suspects_study, "LEAST_IMAGES", 20)
    shutil.copy(folder / "right" / "00.png", folder / "right" / "01.png")
    judged(store, datasets.find(str(folder), store.home))
    app = view(use(open_page("data"), folder), "check")
    assert not app.exception
    assert len([button for button in app.button if button.key.startswith("keep-")]) == 3


def test_labels_are_judged_on_a_click_with_its_price(open_page, folder, store, monkeypatch):
    monkeypatch.setattr(suspects_study, "LEAST_IMAGES", 20)
    app = view(use(open_page("data"), folder), "check")
    assert app.button(key="ask-suspects").label.startswith("Judge 43 labels · ")
    app.button(key="ask-suspects").click().run()
    assert not app.exception
    assert "waiting" in said(app).lower() or app.button(key="stop-suspects")


def test_of_too_few_pictures_labels_are_not_judged_and_it_says_so(open_page, folder):
    app = view(use(open_page("data"), folder), "check")
    assert "that needs 50 pictures, and there are 43" in said(app)
    assert "ask-suspects" not in {button.key for button in app.button}
    assert "Nothing was decided yet" in said(app)
