"""A watched image tells right from wrong by mark and outline, in valid SVG, whatever its class is called."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from core.charts import watched_tile
from core.charts.watched_tile import Said, tile, tile_alt, untrained_alt, untrained_tile
from core.results import PHASES

SMALL = np.zeros((64, 64, 3), np.uint8)
PHOTO = np.random.default_rng(0).integers(0, 255, (400, 400, 3)).astype(np.uint8)
NAMES = ["7", "", "a" * 200, "<b>&\"'", "\x00\x1b\u202e", "سلام", "]]>", "\ud800"]
NS = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_any_name_makes_valid_svg_and_plain_words(name, theme):
    answers = [Said(phase, name, 0.5, True) for phase in PHASES]
    for svg in (tile(SMALL, name, answers, theme), untrained_tile(PHOTO, name, 0.5, theme)):
        root = parsed(svg)
        assert not [element for element in root.iter() if element.tag.endswith(("script", "b"))]
        assert all(len("".join(text.itertext())) < 30 for text in root.iter(f"{NS}text"))
    assert tile_alt(name, answers).isprintable()
    assert untrained_alt(name, name, 0.5).isprintable()


def test_right_and_wrong_differ_in_mark_and_outline_in_both_themes():
    for theme in ("light", "dark"):
        right, wrong = (tile(SMALL, "7", [Said(PHASES[0], "7", 0.9, good)], theme) for good in (True, False))
        assert "stroke-dasharray" in wrong
        assert "stroke-dasharray" not in right
        marks = [re.search(r'<path d="([^"]+)" transform', svg)[1] for svg in (right, wrong)]
        assert marks == [watched_tile._MARKS[True], watched_tile._MARKS[False]]


def test_networks_differ_in_shape_and_one_that_said_nothing_has_no_mark():
    svg = tile(SMALL, "7", [Said(phase) for phase in PHASES], "light")
    assert svg.count("<circle") == 1
    assert svg.count("<rect") == 1
    assert len(list(parsed(svg).iter(f"{NS}g"))) == 3
    assert "stroke-width" not in svg


def test_small_pictures_keep_their_pixels_and_photos_are_made_smaller():
    small, photo = (untrained_tile(pixels, "", None, "light") for pixels in (SMALL, PHOTO))
    assert "pixelated" in small
    assert "image/png" in small
    assert "pixelated" not in photo
    assert "image/jpeg" in photo
    assert len(photo) < 80_000


def test_the_words_for_those_who_cannot_see_it_tell_all_of_it():
    said = tile_alt(
        "7", [Said(PHASES[0], "3", 0.6, False), Said(PHASES[1], "7", 0.97, True), Said(PHASES[2])]
    )
    assert said == (
        "An image of class 7: feature extraction says 3, 60% sure, wrong; fine-tuning says 7, 97% sure, "
        "right; from scratch has said nothing yet."
    )
    assert "calls it web site, 12%" in untrained_alt("7", "web site", 0.12)
    assert "not been asked yet" in untrained_alt("7", "", None)
