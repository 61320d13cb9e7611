"""The concept pages' figures hold the core's numbers, and tell nothing by colour alone."""

import numpy as np
import pytest

from core import concept_charts, layers, tables
from core.palette import palette
from core.projection import pca

THEMES = ("light", "dark")


def datasets_of(chart) -> list[list[dict]]:
    """The rows of every data set in a chart."""
    return list(chart.to_dict()["datasets"].values())


def marks_of(chart) -> list[str]:
    return [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("point", [0, 1, 98, 100, 153, 154])
def test_the_layer_map_colours_and_hatches_what_is_frozen(theme, point):
    hatching, bars = concept_charts.layer_map(point, 160, theme).data
    colours = palette(theme)
    assert list(bars.marker.color) == [colours.frozen] * point + [colours.trainable] * (154 - point)
    assert hatching.width[0] == point
    assert hatching.x[0] + hatching.width[0] / 2 == point - 0.5
    assert hatching.marker.pattern.shape == "/"


def test_the_layer_map_shows_every_parameter_and_names_every_layer():
    _, bars = concept_charts.layer_map(100, 160, "light").data
    assert sum(bars.y) == layers.PARAMETERS
    assert bars.customdata[98].startswith(
        "<b>98 · block_11_expand</b><br>Conv2D, block 11<br>10 × 10 × 96 → "
    )
    assert bars.customdata[98].endswith("frozen")
    assert bars.customdata[100].endswith("nothing to learn in it")
    assert bars.customdata[101].endswith("learns")


@pytest.mark.parametrize("theme", THEMES)
def test_what_still_learns_marks_the_point_with_its_share(theme):
    chart = concept_charts.what_still_learns(100, theme)
    here = [rows for rows in datasets_of(chart) if len(rows) == 1 and rows[0].get("frozen") == 100]
    assert here[0][0]["text"] == "82% still learns"
    assert [rows for rows in datasets_of(chart) if len(rows) == 155]


def test_by_position_agrees_with_the_counts_and_fifty_change_nothing():
    frame = tables.by_position()
    for point in range(155):
        learning = layers.count_trainable(point, layers.HeadConfig(), 2).parameters - 1281
        assert frame["learning"][point] == learning
    assert tables.positions_without_effect() == 50
    unchanged = frame["learning"].diff().fillna(1) == 0
    assert list(unchanged) == list(~frame["changes"])


@pytest.mark.parametrize(("size", "sides"), [(160, [160, 80, 40, 20, 10, 5]), (32, [32, 16, 8, 4, 2, 1])])
def test_the_flow_shows_each_new_side_once(size, sides):
    frame = tables.flow(size, 1)
    assert list(frame["side"][frame["new_side"]].drop_duplicates())[: len(sides)] == sides
    assert list(frame["step"])[:3] == ["picture", "stem", "block 0"]
    assert len(frame) == 22
    assert list(frame["values"])[-2:] == [1280, 1]
    assert frame["shape"][19] == f"{sides[-1]} × {sides[-1]} × 1,280"
    assert set(marks_of(concept_charts.shape_flow(size, 1, "dark"))) == {"bar", "text"}


def test_the_four_shapes_are_the_labs():
    shapes = list(tables.batch_shapes(160, 1)["shape"])
    assert shapes == ["(32, 160, 160, 3)", "(32, 5, 5, 1280)", "(32, 1280)", "(32, 1)"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("num_classes", [2, 10, 37])
def test_no_two_classes_look_alike_on_the_feature_map(theme, num_classes):
    classes = [f"class {i}" for i in range(num_classes)]
    labels = np.arange(3 * num_classes) % num_classes
    points = pca(np.random.default_rng(0).normal(size=(len(labels), 8)))
    names = [str(i) for i in range(len(labels))]
    chart = concept_charts.feature_scatter(points, labels, names, classes, theme).to_dict()
    encoding = chart["layer"][0]["encoding"]
    looks = zip(encoding["color"]["scale"]["range"], encoding["shape"]["scale"]["range"], strict=True)
    assert len(set(looks)) == num_classes
    if num_classes <= 10:
        assert len(set(encoding["shape"]["scale"]["range"])) == num_classes
    assert (len(chart["layer"]) == 3) == (num_classes <= concept_charts.MOST_DIRECT_LABELS)


def test_the_axes_of_the_feature_map_tell_their_share_of_the_spread():
    points = pca(np.outer(np.arange(4.0), [1, 2]))
    chart = concept_charts.feature_scatter(points, np.array([0, 0, 1, 1]), "abcd", ["x", "y"], "light")
    encoding = chart.to_dict()["layer"][0]["encoding"]
    assert encoding["x"]["title"] == "component 1 (100% of the spread)"
    assert encoding["y"]["title"] == "component 2 (0% of the spread)"


@pytest.mark.parametrize("counts", [[3, 5], [0, 0], [1000, 1]])
def test_the_class_balance_writes_every_number(counts):
    chart = concept_charts.class_balance(counts, ["a", "b"], "light")
    assert [row["images"] for row in datasets_of(chart)[0]] == counts
    assert "text" in marks_of(chart)


def test_the_splits_bar_is_cut_where_the_splits_end():
    chart = concept_charts.splits_bar({"train": 2000, "validation": 808, "test": 192}, "light")
    rows = datasets_of(chart)[0]
    assert [(row["start"], row["end"]) for row in rows] == [(0, 2000), (2000, 2808), (2808, 3000)]
    assert rows[2]["text"] == "192 (6%)"


def test_enlarging_repeats_pixels_and_invents_none():
    pixels = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), np.uint8)
    large = concept_charts.enlarged(pixels, 100)
    assert large.shape == (2, 96, 96, 3)
    np.testing.assert_array_equal(large[:, ::3, ::3], pixels)
    np.testing.assert_array_equal(large[:, 2::3, 2::3], pixels)
    assert concept_charts.enlarged(np.zeros((160, 160, 3), np.uint8), 100).shape == (160, 160, 3)


def test_a_contact_sheet_is_clear_between_and_after_the_pictures():
    sheet = concept_charts.contact_sheet(np.full((3, 4, 4, 3), 7, np.uint8), columns=2, rows=2, gap=1)
    assert sheet.shape == (9, 9, 4)
    opaque = sheet[..., 3] == 255
    assert opaque.sum() == 3 * 16
    assert (sheet[opaque][:, :3] == 7).all()
    assert not opaque[4].any()
    assert not opaque[5:, 5:].any()
