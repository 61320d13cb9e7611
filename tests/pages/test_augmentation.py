"""The Augmentation page: what its tiles show is what training would draw."""

import numpy as np

from core import augmentation, datasets
from core.config import AugmentationConfig
from core.presets import digits_quick
from tests.pages.conftest import said


def tile_captions(app):
    """The labels of the nine variants."""
    return [caption.value for caption in app.caption if caption.value[2:3].isdigit()]


def test_nine_variants_are_labelled_with_what_training_draws(open_page, store):
    app = open_page("augmentation")
    dataset = datasets.find("digits", store.home)
    first = next(p for p in datasets.split(dataset, digits_quick().data)["train"] if dataset.labels[p] == 0)
    ids = np.array([dataset.image_ids[first]], np.uint64)
    config = datasets.defaults(dataset)
    expected = [
        f"**{epoch + 1}** · "
        + augmentation.describe(augmentation.draw(config, digits_quick().seed, epoch, ids)[0])
        for epoch in range(9)
    ]
    assert tile_captions(app) == expected
    assert len(app.get("image")) == 10


def test_a_new_draw_goes_on_to_other_epochs(open_page):
    app = open_page("augmentation")
    before = tile_captions(app)
    app.button(key="new-draw").click().run()
    assert tile_captions(app)[0].startswith("**10** · ")
    assert set(tile_captions(app)).isdisjoint(before)


def test_flips_on_digits_are_warned_of(open_page):
    app = open_page("augmentation")
    assert not app.warning
    app.selectbox(key="augment_flip-digits").set_value("horizontal").run()
    assert "mirrored" in app.warning[0].value
    assert 'layers.RandomFlip("horizontal")' in app.code[0].value


def test_everything_off_leaves_the_picture_as_it_is(open_page):
    app = open_page("augmentation")
    for field in ("rotation", "zoom", "translation"):
        app.select_slider(key=f"augment_{field}-digits").set_value(0.0)
    app.run()
    assert all(caption.endswith("unchanged") for caption in tile_captions(app))
    assert "equals the original, pixel for pixel" in said(app)
    assert len({image.proto.imgs[0].url for image in app.get("image")}) == 1


def test_the_rotation_is_told_as_a_turn_and_in_degrees(open_page):
    app = open_page("augmentation")
    app.select_slider(key="augment_rotation-digits").set_value(0.2).run()
    assert "rotation 0.2 turn · ±72°" in said(app)
    assert "layers.RandomRotation(0.2)" in app.code[0].value


def test_controls_survive_a_page_switch_and_go_back_to_what_suits(open_page, store):
    app = open_page("augmentation")
    app.select_slider(key="augment_zoom-digits").set_value(0.4).run()
    app.switch_page("pages/layers.py").run()
    app.switch_page("pages/augmentation.py").run()
    assert app.select_slider(key="augment_zoom-digits").value == 0.4
    app.button(key="augment-defaults").click().run()
    suits = datasets.defaults(datasets.find("digits", store.home))
    assert app.select_slider(key="augment_zoom-digits").value == suits.zoom


def test_any_image_can_be_chosen_and_so_can_a_photo(open_page):
    app = open_page("augmentation")
    first = app.get("image")[0].proto.imgs[0].url
    app.selectbox(key="augment_class-digits").set_value(7).run()
    app.number_input(key="augment_number-digits-7").set_value(100).run()
    second = app.get("image")[0].proto.imgs[0].url
    app.segmented_control(key="augment_picture").set_value("A photo").run()
    assert not app.exception
    assert len({first, second, app.get("image")[0].proto.imgs[0].url}) == 3


def test_it_says_what_training_uses(open_page):
    assert digits_quick().augmentation == AugmentationConfig()
    assert "recipe: no augmentation" in said(open_page("augmentation"))
