"""The figures of the whole network hold the core's numbers, and tell nothing by colour alone."""

import pytest

from core import layers
from core.charts import layer_charts
from core.charts.palette import palette
from core.concepts.layer_costs import cost_frame, stored_bytes
from core.config import HeadConfig
from core.running.price import Price

THEMES = ("light", "dark")


def datasets_of(chart) -> list[list[dict]]:
    """The rows of every data set in a chart."""
    return list(chart.to_dict()["datasets"].values())


def bars_of(figure):
    """The two panels' bars: what flows, what is held."""
    return figure.data[1], figure.data[3]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("point", [0, 100, 154])
def test_the_layer_map_colours_and_hatches_what_is_frozen_in_both_panels(theme, point):
    figure, colours = layer_charts.layer_map(point, 160, theme), palette(theme)
    for bars in bars_of(figure):
        assert list(bars.marker.color) == [colours.frozen] * point + [colours.trainable] * (154 - point)
    for hatching in figure.data[::2]:
        assert hatching.width[0] == point
        assert hatching.x[0] + hatching.width[0] / 2 == point - 0.5
        assert hatching.marker.pattern.shape == "/"


def test_the_layer_map_shows_every_parameter_and_what_flows_between_the_layers():
    flows, held = bars_of(layer_charts.layer_map(100, 160, "light"))
    assert sum(held.y) == layers.PARAMETERS
    assert flows.y[0] == 160 * 160 * 3
    assert flows.y[153] == 5 * 5 * 1280
    assert held.customdata[98].startswith(
        "<b>98 · block_11_expand</b><br>Conv2D, block 11<br>10 × 10 × 96 → 10 × 10 × 576 = 57,600 numbers"
    )
    assert held.customdata[98].endswith("frozen")
    assert held.customdata[100].endswith("nothing to learn in it")
    assert held.customdata[101].endswith("learns")


@pytest.mark.parametrize(("size", "sides"), [(160, [80, 40, 20, 10, 5]), (96, [48, 24, 12, 6, 3])])
def test_each_side_of_the_map_is_written_once_over_its_stretch(size, sides):
    annotations = layer_charts.layer_map(100, size, "light").layout.annotations
    written = [(note.x, note.text) for note in annotations if " × " in note.text]
    assert [text for _, text in written] == [f"{side} × {side}" for side in sides]
    shapes = layers.output_shapes(size)
    assert [shapes[start][0] for start, _ in written] == sides
    assert all(shapes[start - 1][0] > side for (start, _), side in zip(written, sides, strict=True))


@pytest.mark.parametrize("theme", THEMES)
def test_what_still_learns_marks_the_point_with_its_share(theme):
    chart = layer_charts.what_still_learns(100, theme)
    here = [rows for rows in datasets_of(chart) if len(rows) == 1 and rows[0].get("frozen") == 100]
    assert here[0][0]["text"] == "82% still learns"
    assert [rows for rows in datasets_of(chart) if len(rows) == 155]


def test_what_is_stored_for_an_image_is_the_boundarys_output_in_float32():
    assert stored_bytes(134, 160) == stored_bytes(142, 160) == 4 * 5 * 5 * 160  # cut at block 15's start
    assert stored_bytes(98, 160) == stored_bytes(100, 160) == 38_400
    assert stored_bytes(154, 160) == stored_bytes(154, 64) == 4 * 1280
    assert stored_bytes(0, 160) == 0  # nothing is frozen, so nothing is constant


def test_the_costs_are_those_of_the_core_at_every_point():
    prices = {154: Price(0.0, {}, True), 98: Price(12.34, {}, False)}
    frame = cost_frame(prices, HeadConfig(), 2, 160, prices)
    assert list(frame["layers frozen"]) == [98, 154]
    assert list(frame["parameters that learn"]) == [1_919_169, 1281]
    assert list(frame["bytes an image"]) == [38_400, 5120]
    assert list(frame["seconds"]) == [12.3, 0.0]
    assert list(frame["trains"]) == ["block 11", "head only"]


def test_a_stored_result_is_a_point_beside_the_line_of_prices():
    prices = {point: Price(float(point), {}, point == 98) for point in (54, 98, 154)}
    frame = cost_frame(prices, HeadConfig(), 2, 160, prices)
    curve = {"text": "at once", "theme": "light", "title": "", "subtitle": ""}
    chart = layer_charts.cost_curve(frame, "seconds", unfreeze_from=98, **curve).to_dict()
    assert chart["layer"][0]["transform"] == [{"filter": "!datum.stored"}]
    assert [rows[0]["text"] for rows in chart["datasets"].values() if len(rows) == 1] == ["at once"]


@pytest.mark.parametrize("top", [1.2, 7.0, 24, 160_000, 3_000_000])
def test_root_ticks_are_round_rise_and_stand_apart(top):
    ticks = layer_charts._root_ticks(top)
    assert ticks[0] == 0
    assert len(ticks) >= 3
    assert ticks[-1] <= top
    roots = [tick**0.5 for tick in ticks]
    assert all(b - a > 0.15 * top**0.5 for a, b in zip(roots, roots[1:], strict=False))
    assert all(f"{tick:e}"[0] in "0125" for tick in ticks)
