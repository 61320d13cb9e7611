"""The curves "how many images?": accuracy over the number of training images, a colour and a mark each."""

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import phase_colours
from core.compare.images_curve import ARMS, ImagesCurve
from core.statistics.power_law import PowerLaw

HEIGHT = 380  # px
SHAPES = ("circle", "diamond", "square")  # of the means, in the order of `ARMS`
STEPS = 40  # points of a law's line


def images_table(curves: Sequence[ImagesCurve]) -> pd.DataFrame:
    """The numbers of the curves, a row a number of images that has a network.

    Returns:
        Columns: trained (an arm), images, networks, accuracy, low, high (mean over resamples and its 95%
        interval, NaN for one), lowest, highest (of single networks), all in 0..1.
    """
    rows = []
    for curve in curves:
        for images in curve.images:
            mean, found = curve.mean(images), curve.accuracies(images).values()
            if mean is not None:
                low, high = np.clip([mean.low, mean.high], 0, 1).tolist()
                rows.append([curve.arm, images, mean.n, mean.mean, low, high, min(found), max(found)])
    columns = ["trained", "images", "networks", "accuracy", "low", "high", "lowest", "highest"]
    return pd.DataFrame(rows, columns=columns)


def images_curve(curves: Sequence[ImagesCurve], more: int, theme: str) -> alt.LayerChart:
    """Dots for single networks, their mean with its 95% interval, and the power law with its band, dashed, as
    far as `more` images beyond the largest number."""
    table, dots, laws = images_table(curves), _dots(curves), _laws(curves, more)
    most = max(curve.images[-1] for curve in curves)
    values = sorted({images for curve in curves for images in curve.images} | {most + more})
    ends = [0.92 * values[0], 1.08 * values[-1]]
    x = alt.X("images:Q", title="training images", scale=alt.Scale(type="log", domain=ends, nice=False),
              axis=alt.Axis(values=values, format=",d", grid=False, labelOverlap=True))  # fmt: skip
    y = alt.Y("accuracy:Q", title="validation accuracy",
              scale=alt.Scale(domain=_domain(table, dots), nice=False),
              axis=alt.Axis(format=".0%", tickCount=6))  # fmt: skip
    legend = alt.Legend(orient="top", symbolOpacity=1, values=[curve.arm for curve in curves])
    colour = alt.Color("trained:N", title=None, legend=legend,
                       scale=alt.Scale(domain=list(ARMS), range=phase_colours(theme)))  # fmt: skip
    shape = alt.Shape("trained:N", title=None, legend=legend,
                      scale=alt.Scale(domain=list(ARMS), range=list(SHAPES)))  # fmt: skip
    means = _mean_layers(table, x, y, colour, shape)
    return layered(*_law_layers(laws, x, y, colour), *_dot_layers(dots, x, y, colour), *means).properties(
        height=HEIGHT
    )


def _dots(curves: Sequence[ImagesCurve]) -> pd.DataFrame:
    rows = [
        [curve.arm, images, seed, right / curve.checked, f"{right:,} of {curve.checked:,}"]
        for curve in curves
        for (images, seed), right in sorted(curve.right.items())
    ]
    return pd.DataFrame(rows, columns=["trained", "images", "seed", "accuracy", "right"])


def _laws(curves: Sequence[ImagesCurve], more: int) -> pd.DataFrame:
    rows = []
    for curve in curves:
        if isinstance(curve.law, PowerLaw):
            for images in np.geomspace(curve.images[0], curve.images[-1] + more, STEPS):
                expected = curve.law.accuracy(images)
                rows.append([curve.arm, images, expected.value, expected.low, expected.high])
    return pd.DataFrame(rows, columns=["trained", "images", "accuracy", "low", "high"])


def _domain(table: pd.DataFrame, dots: pd.DataFrame) -> list[float]:
    shown = [*dots["accuracy"], *table["low"].dropna(), *table["high"].dropna()]
    if not shown:
        return [0.0, 1.0]
    return [max(0.0, math.floor(20 * min(shown) - 0.3) / 20), min(1.0, math.ceil(20 * max(shown) + 1) / 20)]


def _law_layers(laws: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    base, low = alt.Chart(laws).encode(x=x, color=colour), y.copy()
    low.shorthand = "low:Q"
    band = base.mark_area(opacity=0.13, clip=True).encode(y=low, y2=alt.Y2("high:Q"))
    return [band, base.mark_line(strokeDash=[6, 4], strokeWidth=1.4, clip=True).encode(y=y)]


def _dot_layers(dots: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    tip = [alt.Tooltip("trained:N"), alt.Tooltip("images:Q", format=","), alt.Tooltip("seed:O"),
           alt.Tooltip("accuracy:Q", format=".1%"), alt.Tooltip("right:N")]  # fmt: skip
    marks = alt.Chart(dots).mark_point(size=22, opacity=0.6, strokeWidth=1.2)
    return [marks.encode(x=x, y=y, color=colour, tooltip=tip)]


def _mean_layers(
    table: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color, shape: alt.Shape
) -> list[alt.Chart]:
    tip = [
        alt.Tooltip("trained:N"), alt.Tooltip("images:Q", format=","), alt.Tooltip("networks:Q"),
        alt.Tooltip("accuracy:Q", title="mean", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"), alt.Tooltip("high:Q", title="to", format=".1%"),
    ]  # fmt: skip
    several, low = alt.Chart(table.dropna(subset=["low"])).encode(x=x, color=colour), y.copy()
    low.shorthand = "low:Q"
    band = several.mark_rule(strokeWidth=6, opacity=0.3, clip=True).encode(y=low, y2=alt.Y2("high:Q"))
    marks = alt.Chart(table).mark_point(filled=True, size=85, opacity=1)
    return [band, marks.encode(x=x, y=y, color=colour, shape=shape, tooltip=tip)]
