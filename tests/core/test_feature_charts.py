"""Figures of features hold the core's numbers, and tell nothing by colour alone."""

import numpy as np
import pytest

from core.charts import feature_charts, probe_charts
from core.charts.palette import palette
from core.concepts import tables
from core.concepts.feature_map import map_frame, pca_layouts, ranges
from core.explain.probe_depths import depths, probe_frame

THEMES = ("light", "dark")


def datasets_of(chart) -> list[list[dict]]:
    """The rows of every data set in a chart."""
    return list(chart.to_dict()["datasets"].values())


def a_map(num_classes=3, dimensions=2, wrong=()):
    """Frame, layout, ranges and classes of a random map; the images in `wrong` are misclassified."""
    labels = np.arange(3 * num_classes) % num_classes
    predicted = labels.copy()
    predicted[list(wrong)] = (labels[list(wrong)] + 1) % num_classes
    classes = [f"class {i}" for i in range(num_classes)]
    layouts = pca_layouts([np.random.default_rng(0).normal(size=(len(labels), 8))], dimensions)
    names = [f"{i}.jpg" for i in range(len(labels))]
    return map_frame(layouts[0], labels, names, classes, predicted), layouts[0], ranges(layouts), classes


@pytest.mark.parametrize(("size", "sides"), [(160, [160, 80, 40, 20, 10, 5]), (32, [32, 16, 8, 4, 2, 1])])
def test_the_flow_shows_each_new_side_once(size, sides):
    frame = tables.flow(size, 1)
    assert list(frame["side"][frame["new_side"]].drop_duplicates())[: len(sides)] == sides
    assert list(frame["step"])[:3] == ["picture", "stem", "block 0"]
    assert len(frame) == 22
    assert list(frame["values"])[-2:] == [1280, 1]
    assert frame["shape"][19] == f"{sides[-1]} × {sides[-1]} × 1,280"
    drawn = feature_charts.shape_flow(size, 1, "dark").to_dict()["layer"]
    assert {layer["mark"]["type"] for layer in drawn} == {"bar", "text"}


def test_the_four_shapes_are_the_labs():
    shapes = list(tables.batch_shapes(160, 1)["shape"])
    assert shapes == ["(32, 160, 160, 3)", "(32, 5, 5, 1280)", "(32, 1280)", "(32, 1)"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("num_classes", [2, 10, 37])
def test_no_two_classes_look_alike_on_the_map(theme, num_classes):
    chart = feature_charts.scatter(*a_map(num_classes), theme).to_dict()
    encoding = chart["layer"][0]["encoding"]
    looks = zip(encoding["color"]["scale"]["range"], encoding["shape"]["scale"]["range"], strict=True)
    assert len(set(looks)) == num_classes
    if num_classes <= 10:
        assert len(set(encoding["shape"]["scale"]["range"])) == num_classes
    named = any(layer["mark"]["type"] == "text" for layer in chart["layer"])
    assert named == (num_classes <= feature_charts.MOST_DIRECT_LABELS)


def test_the_axes_tell_their_share_of_the_spread_and_keep_the_given_range():
    frame, layout, _, classes = a_map()
    encoding = feature_charts.scatter(frame, layout, [(-9, 9), (-5, 5)], classes, "light").to_dict()["layer"][
        0
    ]["encoding"]
    assert encoding["x"]["title"] == f"component 1 ({layout.explained[0]:.0%} of the spread)"
    assert encoding["y"]["scale"]["domain"] == [-5, 5]


def test_misclassified_and_picked_images_are_ringed():
    chart = feature_charts.scatter(*a_map(wrong=(2, 5)), "light", picked=7)
    numbers = sorted(
        [row["number"] for row in rows] for rows in datasets_of(chart) if rows and "number" in rows[0]
    )
    assert [2, 5] in numbers
    assert [7] in numbers


def test_a_click_picks_an_image_by_its_number():
    (param,) = feature_charts.scatter(*a_map(), "light").to_dict()["params"]
    assert param["name"] == feature_charts.PICK
    assert param["select"]["fields"] == ["number"]


def test_hovering_shows_the_picture_where_there_is_one():
    frame, *rest = a_map()

    def titles(shown):
        tip = feature_charts.scatter(shown, *rest, "light").to_dict()["layer"][0]["encoding"]["tooltip"]
        return [field.get("title") for field in tip]

    assert "image" in titles(frame.assign(thumbnail="data:image/jpeg;base64,"))
    assert "image" not in titles(frame)


@pytest.mark.parametrize("theme", THEMES)
def test_in_space_every_image_is_drawn_once_and_wrong_ones_ringed(theme):
    figure = feature_charts.scatter_3d(*a_map(3, 3, wrong=(1,)), theme, picked=4)
    traces = {trace.name: trace for trace in figure.data}
    assert sum(len(traces[f"class {i}"].x) for i in range(3)) == 9
    assert len({traces[f"class {i}"].marker.symbol for i in range(3)}) == 3
    assert list(traces["misclassified"].text) == ["<b>class 1</b><br>called class 2<br>1.jpg"]
    assert len(traces["picked"].x) == 1


@pytest.mark.parametrize("theme", THEMES)
def test_the_grid_holds_every_channel_and_its_darkest_shade_is_given(theme):
    pooled = np.linspace(0, 3, 1280)
    chart = feature_charts.channel_grid(pooled, 6.0, "trainable", theme)
    (rows,) = datasets_of(chart)
    np.testing.assert_allclose([row["value"] for row in rows], pooled, atol=1e-4)
    assert len({(row["row"], row["column"]) for row in rows}) == 1280
    scale = chart.to_dict()["encoding"]["color"]["scale"]
    assert scale["domain"] == [0, 6]
    assert scale["range"] == [palette(theme).paper, palette(theme).trainable]


def a_probe(seed=0):
    random = np.random.default_rng(seed)
    return probe_frame(random.random((20, 50)) < 0.7, random.integers(0, 10, (20, 10)), 64)


@pytest.mark.parametrize("theme", THEMES)
def test_accuracy_by_depth_draws_every_depth_its_interval_its_control_and_chance(theme):
    frame = a_probe()
    chart = probe_charts.accuracy_by_depth(frame, None, 0.1, theme)
    rows = next(rows for rows in datasets_of(chart) if len(rows) == len(depths()))
    for row, told in zip(rows, frame.to_dict("records"), strict=True):
        assert row["low"] < row["accuracy"] < row["high"]
        assert row["accuracy"] == told["right"] / 50
        assert row["control_low"] <= row["control"] <= row["control_high"]
    assert any(row.get("text") == probe_charts.CHANCE for rows in datasets_of(chart) for row in rows)
    x = chart.to_dict()["layer"][-1]["encoding"]["x"]
    assert x["sort"] == [depth.name for depth in depths()]


def test_after_fine_tuning_is_told_by_dashes_and_words_too():
    alone = probe_charts.accuracy_by_depth(a_probe(), None, 0.1, "light").to_dict()
    both = probe_charts.accuracy_by_depth(a_probe(), a_probe(1), 0.1, "light").to_dict()
    dashes = [layer["mark"].get("strokeDash") for layer in both["layer"] if layer["mark"]["type"] == "line"]
    assert len({str(dash) for dash in dashes}) == 2
    said = {row.get("text") for rows in both["datasets"].values() for row in rows}
    assert {probe_charts.PRETRAINED, probe_charts.TUNED, probe_charts.CONTROL} <= said
    assert len(both["layer"]) > len(alone["layer"])
