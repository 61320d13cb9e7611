"""How classes are told apart in every chart: a hue each, and up to ten a shape each."""

from collections.abc import Sequence

import altair as alt

from core.charts.palette import palette

SHAPES = (
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down",
    "M-1,-.35L-.35,-.35L-.35,-1L.35,-1L.35,-.35L1,-.35L1,.35L.35,.35L.35,1L-.35,1L-.35,.35L-1,.35Z",
    "triangle-right", "triangle-left",
    "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
)  # fmt: skip


def class_shape(index: int, num_classes: int) -> str:
    """A class's shape. Beyond ten classes colour and shape together tell them apart."""
    place = index if num_classes <= len(SHAPES) else index // len(SHAPES)
    return SHAPES[place % len(SHAPES)]


def class_hues(classes: Sequence[str], theme: str) -> list[str]:
    """A colour for each class, `#rrggbb`; they begin again after ten."""
    hues = palette(theme).classes
    return [hues[at % len(hues)] for at in range(len(classes))]


def class_colour(classes: Sequence[str], theme: str, legend: alt.Legend | None = None) -> alt.Color:
    """The encoding of a column `class` by hue, in the order of `classes`."""
    scale = alt.Scale(domain=list(classes), range=class_hues(classes, theme))
    return alt.Color("class:N", sort=list(classes), scale=scale, legend=legend)
