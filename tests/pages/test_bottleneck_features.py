"""The Bottleneck features page: shapes of the core, and a map that the worker computes."""

import numpy as np
import pytest

from core import datasets
from core.presets import digits_quick
from core.projection import pca
from core.studies import Study
from tests.pages.conftest import said


def key(store):
    return Study("maps", digits_quick()).key(datasets.find("digits", store.home))


def to_map(app):
    return app.segmented_control(key="features_view").set_value("Map of the images").run()


@pytest.fixture
def stored_map(store):
    """A finished map of 500 validation images in ten clouds."""
    splits = datasets.load(digits_quick().data, store.home)
    labels = splits.labels[splits.validation]
    random = np.random.default_rng(3)
    pooled = random.normal(size=(len(labels), 1280)) + 0.5 * random.normal(size=(10, 1280))[labels]
    store.create(key(store), digits_quick())
    arrays = {"pooled": pooled.astype(np.float32), "labels": labels, "positions": splits.validation}
    store.save_study(key(store), {}, arrays)
    return splits, arrays


@pytest.mark.parametrize(
    ("size", "shapes"),
    [
        (160, ["(32, 160, 160, 3)", "(32, 5, 5, 1280)", "(32, 1280)", "(32, 10)"]),
        (64, ["(32, 64, 64, 3)", "(32, 2, 2, 1280)", "(32, 1280)", "(32, 10)"]),
    ],
)
def test_the_shapes_are_those_of_the_chosen_size(open_page, size, shapes):
    app = open_page("bottleneck_features")
    app.selectbox(key="look-size-digits").set_value(size).run()
    assert list(app.table[0].value["shape"]) == shapes


def test_it_says_which_bottleneck_is_meant(open_page):
    words = said(open_page("bottleneck_features"))
    assert "**Which bottleneck?** Here, as in the tutorial, it is the last map, 2 × 2 × 1,280" in words
    assert "In the MobileNetV2 paper" in words


def test_the_empty_map_holds_the_button_that_fills_it_with_its_price(open_page):
    app = to_map(open_page("bottleneck_features"))
    label = app.button(key="compute-maps").label
    assert label.startswith("Map 500 images · about ")
    assert not app.get("vega_lite_chart")


def test_the_button_queues_the_map_and_becomes_stop(open_page, store):
    app = to_map(open_page("bottleneck_features"))
    app.button(key="compute-maps").click().run()
    assert store.status(key(store)) == "queued"
    app.button(key="stop-maps").click().run()
    assert store.status(key(store)) == "stopped"
    app.run()
    assert app.button(key="compute-maps").label.startswith("Map 500 images")


def test_a_finished_map_is_drawn_with_its_numbers(open_page, stored_map):
    _, arrays = stored_map
    app = to_map(open_page("bottleneck_features"))
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1
    share = sum(pca(arrays["pooled"]).explained)
    assert [metric.value for metric in app.metric] == ["500", f"{share:.0%}"]
    assert "the most similar other image is of the same class" in said(app)


def test_each_point_carries_the_name_of_its_image(open_page, stored_map):
    splits, _ = stored_map
    from pages.ui import features

    found = features.feature_map(digits_quick())
    assert found.names == tuple(splits.names[position] for position in splits.validation)


def test_another_size_is_another_map(open_page, stored_map):
    app = to_map(open_page("bottleneck_features"))
    app.selectbox(key="look-size-digits").set_value(96).run()
    assert app.button(key="compute-maps").label.startswith("Map 500 images")


def test_a_broken_map_is_told_and_not_thrown(open_page, stored_map, store):
    (store.path(key(store)) / "arrays.npz").write_bytes(b"broken")
    app = to_map(open_page("bottleneck_features"))
    assert not app.exception
    assert "broken" in app.error[0].value
