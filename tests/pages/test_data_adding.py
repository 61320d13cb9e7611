"""The Data page: photos of one's own are checked, shown, kept and deleted."""

import shutil

from core.data import datasets
from core.wording.markdown import plain
from tests.hostile import picture, zip_of
from tests.pages.conftest import said
from tests.pages.own_folder import add, view


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
