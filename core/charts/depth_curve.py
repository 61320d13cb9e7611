"""The curve "how deep?": accuracy by unfreeze point, and below it on the same axis what each costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core import layers
from core.charts.layering import layered
from core.charts.palette import palette
from core.compare.curve import CurvePoint, height

HEIGHT, COST_HEIGHT = 300, 190  # px; the second with the names below its axis
_LEFT = 48  # px for the numbers of an axis: both figures begin at the same place
CONTROL, SCRATCH = "head alone, trained as long", "from scratch"


@dataclass(frozen=True)
class Reference:
    """A level line: what is reached without thawing, or without transfer.

    Attributes:
        name: `CONTROL` or `SCRATCH`.
        accuracy: In 0..1.
    """

    name: str
    accuracy: float


def curve_table(points: Sequence[CurvePoint], split: str = "validation") -> pd.DataFrame:
    """The numbers of the curve, a row an unfreeze point that has a run, input first.

    Returns:
        Columns: thawed from (words), layer, seeds, accuracy, low, high (in 0..1), seconds, numbers.
    """
    rows = []
    for point in points:
        if point.runs:
            level = height(point.checked(split).values())
            rows.append([
                layers.stop_label(point.stop), point.stop, len(point.runs), level.accuracy, level.low,
                level.high, point.seconds, point.parameters,
            ])  # fmt: skip
    columns = ["thawed from", "layer", "seeds", "accuracy", "low", "high", "seconds", "numbers"]
    return pd.DataFrame(rows, columns=columns)


def depth_curve(
    points: Sequence[CurvePoint],
    references: Sequence[Reference],
    alike: Sequence[int],
    theme: str,
    split: str = "validation",
) -> alt.LayerChart:
    """Accuracy by unfreeze point with seeds as dots, the mean and its 95% band. `depth_costs` goes below it.

    Args:
        points: All of the curve, ascending; those without a run keep their place on the axis.
        alike: Unfreeze points that cannot be told apart from the best: they are filled.
    """
    table, names = curve_table(points, split), [layers.stop_label(point.stop) for point in points]
    table["alike"] = table["layer"].isin(list(alike))
    seeds = _seed_table(points, split)
    x = alt.X("thawed from:N", sort=names, scale=alt.Scale(domain=names), title=None,
              axis=alt.Axis(labels=False, ticks=False, grid=False))  # fmt: skip
    low, high = _domain(seeds, table, references)
    y = alt.Y("accuracy:Q", title=f"{split} accuracy", scale=alt.Scale(domain=[low, high], nice=False),
              axis=alt.Axis(format=".0%", tickCount=5, minExtent=_LEFT, maxExtent=_LEFT))  # fmt: skip
    return layered(
        *_reference_layers(references, y, theme), *_band(table, x, y, theme), *_dots(seeds, x, y, theme),
        *_means(table, x, y, theme),
    ).properties(height=HEIGHT)  # fmt: skip


def _seed_table(points: Sequence[CurvePoint], split: str) -> pd.DataFrame:
    rows = [
        [layers.stop_label(point.stop), seed, checked.accuracy, f"{checked.correct:,} of {checked.n:,}"]
        for point in points
        for seed, checked in point.checked(split).items()
    ]
    return pd.DataFrame(rows, columns=["thawed from", "seed", "accuracy", "right"])


def _domain(seeds: pd.DataFrame, table: pd.DataFrame, references: Sequence[Reference]) -> tuple[float, float]:
    shown = [*seeds["accuracy"], *table["low"], *table["high"], *(one.accuracy for one in references)]
    if not shown:
        return 0.0, 1.0
    return max(0.0, math.floor(20 * min(shown) - 0.3) / 20), min(1.0, math.ceil(20 * max(shown) + 0.3) / 20)


def _reference_layers(references: Sequence[Reference], y: alt.Y, theme: str) -> list[alt.Chart]:
    colours, drawn = palette(theme), []
    hues: Mapping[str, str] = {CONTROL: colours.frozen, SCRATCH: colours.scratch}
    for one in references:
        frame = pd.DataFrame({"accuracy": [one.accuracy], "text": [one.name]})
        base, hue = alt.Chart(frame), hues[one.name]
        drawn.append(base.mark_rule(color=hue, strokeDash=[5, 4], strokeWidth=1.6).encode(y=y))
        text = base.mark_text(color=hue, align="left", dx=4, dy=-7, fontSize=12)
        drawn.append(text.encode(x=alt.XValue(0), y=y, text=alt.Text("text:N")))
    return drawn


def _band(table: pd.DataFrame, x: alt.X, y: alt.Y, theme: str) -> list[alt.Chart]:
    base = alt.Chart(table).encode(x=x)
    low = y.copy()
    low.shorthand = "low:Q"
    return [
        base.mark_rule(color=palette(theme).trainable, strokeWidth=8, opacity=0.22).encode(
            y=low, y2=alt.Y2("high:Q")
        )
    ]


def _dots(seeds: pd.DataFrame, x: alt.X, y: alt.Y, theme: str) -> list[alt.Chart]:
    tip = [alt.Tooltip("thawed from:N"), alt.Tooltip("seed:O"), alt.Tooltip("accuracy:Q", format=".1%"),
           alt.Tooltip("right:N")]  # fmt: skip
    marks = alt.Chart(seeds).mark_point(
        color=palette(theme).trainable, size=26, opacity=0.75, strokeWidth=1.4
    )
    return [marks.encode(x=x, y=y, tooltip=tip)]


def _means(table: pd.DataFrame, x: alt.X, y: alt.Y, theme: str) -> list[alt.Chart]:
    colours = palette(theme)
    tip = [
        alt.Tooltip("thawed from:N"), alt.Tooltip("accuracy:Q", format=".1%"), alt.Tooltip("seeds:Q"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"), alt.Tooltip("high:Q", title="to", format=".1%"),
    ]  # fmt: skip
    base = alt.Chart(table).encode(x=x, y=y)
    line = base.mark_line(color=colours.trainable, strokeWidth=2)
    fill = alt.condition("datum.alike", alt.value(colours.trainable), alt.value(colours.paper))
    marks = base.mark_point(
        filled=True, size=85, opacity=1, stroke=colours.trainable, strokeWidth=2, shape="diamond"
    )
    return [line, marks.encode(color=fill, tooltip=tip)]


def depth_costs(points: Sequence[CurvePoint], theme: str) -> alt.Chart:
    """Seconds of each thawed phase, had nothing been reused, on the axis of `depth_curve`."""
    table, names = curve_table(points), [layers.stop_label(point.stop) for point in points]
    x = alt.X("thawed from:N", sort=names, scale=alt.Scale(domain=names), title="thawed from",
              axis=alt.Axis(labelAngle=-90, labelOverlap=False, grid=False))  # fmt: skip
    y = alt.Y("seconds:Q", title="seconds",
              axis=alt.Axis(tickCount=3, minExtent=_LEFT, maxExtent=_LEFT))  # fmt: skip
    tip = [alt.Tooltip("thawed from:N"), alt.Tooltip("seconds:Q", format=".1f"),
           alt.Tooltip("numbers:Q", title="numbers that learn", format=",")]  # fmt: skip
    bars = alt.Chart(table).mark_bar(color=palette(theme).ghost)
    return bars.encode(x=x, y=y, tooltip=tip).properties(height=COST_HEIGHT)
