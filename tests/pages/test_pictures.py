"""The picture picker, on the pages that have it: sources, address, and pictures that cannot be read."""

import pytest

from core.data.indexes import Dataset
from core.errors import DatasetError
from tests.pages.conftest import said
from tests.photos import build


def source(app, page):
    return app.segmented_control(key=f"{page}_source")


@pytest.mark.parametrize(("page", "place"), [("augment", "augmentation"), ("predict", "predict")])
def test_a_link_brings_the_source_and_the_photo(open_page, page, place):
    app = open_page(place, **{f"{page}_source": "sample", f"{page}_photo": "rocket"})
    assert source(app, page).value == "sample"
    assert app.segmented_control(key=f"{page}_photo").value == "rocket"


def test_nonsense_in_a_link_is_refused_and_the_default_stands(open_page):
    app = open_page("predict", predict_source="Your neighbour")
    assert source(app, "predict").value == "file"
    assert "predict\\_source" in said(app)


def test_any_image_is_reached_by_class_and_number_or_by_chance(open_page):
    app = open_page("augmentation", augment_source="data")
    pictured = [app.get("image")[0].proto.imgs[0].url]
    next(box for box in app.selectbox if box.label == "Class").set_value(7).run()
    pictured.append(app.get("image")[0].proto.imgs[0].url)
    next(field for field in app.number_input if field.label.startswith("Number, of ")).set_value(9).run()
    pictured.append(app.get("image")[0].proto.imgs[0].url)
    for _ in range(3):  # one of them by chance is another than the first
        app.button(key="augment-another").click().run()
        pictured.append(app.get("image")[0].proto.imgs[0].url)
    assert not app.exception
    assert len(set(pictured[:3])) == 3
    assert len(set(pictured[2:])) > 1


def test_an_image_that_cannot_be_read_is_refused_and_the_last_good_one_stays(open_page, monkeypatch):
    app = open_page("augmentation", augment_source="data")
    before, read = app.get("image")[0].proto.imgs[0].url, Dataset.image

    def broken(self, position):
        raise DatasetError("The image is gone.", fix="Put it back.")

    with monkeypatch.context() as gone:
        gone.setattr(Dataset, "image", broken)
        next(box for box in app.selectbox if box.label == "Class").set_value(7).run()
        assert not app.exception
        assert "The image is gone. Put it back." in app.error[0].value
        assert "Still showing Class 0, " in said(app)
        assert app.get("image")[0].proto.imgs[0].url == before
    assert Dataset.image is read
    app.run()
    assert not app.error
    assert app.get("image")[0].proto.imgs[0].url != before


def test_ones_own_images_are_shown_at_first_and_a_choice_stays(open_page, tmp_path):
    build(tmp_path / "pets", {"cats": 12, "dogs": 12})
    app = open_page("augmentation")
    assert source(app, "augment").value == "data"
    app.switch_page("pages/start.py").run()
    app.text_input(key="own_path").set_value(str(tmp_path / "pets"))
    app.button(key="use-own").click().run()
    app.switch_page("pages/augmentation.py").run()
    assert source(app, "augment").value == "data"
    source(app, "augment").set_value("sample").run()
    app.run()
    assert source(app, "augment").value == "sample", "a choice stays"
