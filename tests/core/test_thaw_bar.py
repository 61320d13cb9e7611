"""The thaw bar: its geometry follows the slider's stops."""

import xml.etree.ElementTree as ElementTree

import pytest

from core import layers
from core.charts import thaw_bar_svg
from core.charts.palette import PALETTES
from core.charts.thaw_bar import describe, head_svg, network_svg, position
from core.config import HeadConfig

SVG = "{http://www.w3.org/2000/svg}"


def network(point: int, theme: str = "light", by_layer: bool = False):
    return ElementTree.fromstring(network_svg(point, 10, theme, by_layer, HeadConfig()))


def bars(point: int, state: str, **how) -> list:
    return [rect for rect in network(point, **how).iter(f"{SVG}rect") if rect.get("class") == state]


def boundary(point: int, **how) -> float:
    line = next(line for line in network(point, **how).iter(f"{SVG}line") if line.get("class") == "boundary")
    return float(line.get("x1").rstrip("%"))


def test_stops_lie_evenly_along_the_bar_as_on_the_slider():
    stops = layers.stops()
    assert [position(stop) for stop in stops] == pytest.approx([i / 20 for i in range(21)])


@pytest.mark.parametrize("by_layer", [False, True])
def test_positions_never_go_back(by_layer):
    places = [position(layer, by_layer) for layer in range(155)]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == 1


@pytest.mark.parametrize("point", layers.stops())
def test_the_tick_stands_where_the_handle_stands_and_parts_the_colours(point):
    tick = boundary(point)
    assert tick == pytest.approx(100 * position(point), abs=1e-3)
    assert all(float(bar.get("x").rstrip("%")) < tick for bar in bars(point, "frozen"))
    assert all(float(bar.get("x").rstrip("%")) >= tick - 1e-3 for bar in bars(point, "learns"))


def test_nineteen_segments_and_a_cut_one_counts_twice():
    assert len(bars(154, "frozen")) == 19
    assert len(bars(0, "learns")) == 19
    assert len(bars(100, "frozen")) + len(bars(100, "learns")) == 20


def test_every_layer_is_a_place_of_its_own_on_the_fine_scale():
    assert boundary(77, by_layer=True) == pytest.approx(50, abs=1e-3)


def test_frozen_is_hatched_and_never_told_by_colour_alone():
    picture = network_svg(98, 10, "light", False, HeadConfig())
    assert "url(#hatch-light)" in picture
    assert ">frozen<" in picture
    assert ">learns<" in picture
    assert PALETTES["light"].trainable in picture


def test_with_all_frozen_the_head_carries_the_word():
    assert ">learns<" not in network_svg(154, 10, "light", False, HeadConfig())
    assert ">learns<" in head_svg(154, 10, "light", HeadConfig())
    assert ">learns<" not in head_svg(98, 10, "light", HeadConfig())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("point", [0, 57, 100, 154])
def test_every_bar_is_well_formed_in_both_themes(point, theme, small):
    picture = ElementTree.fromstring(thaw_bar_svg(point, 2, theme, small))
    assert picture.tag == f"{SVG}svg"


def test_the_bar_can_be_read_aloud():
    assert describe(100, 2) == (
        "The first 100 of 154 layers are frozen; 1,862,721 numbers learn (layer 100 (in block 11))."
    )
    assert describe(0, 2).startswith("No layer is frozen; 2,225,153")


def test_the_icon_from_scratch_is_hollow_and_grey_and_says_so():
    svg = thaw_bar_svg(0, 10, "light", small=True, from_scratch=True)
    assert svg.count('fill="none" stroke="#6B6B78"') == 19
    assert PALETTES["light"].trainable not in svg
    assert "Nothing is pretrained; all 2,236,682 numbers learn" in describe(0, 10, from_scratch=True)
