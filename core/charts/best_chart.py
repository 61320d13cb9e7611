"""The figure of a search for the best recipe: accuracy by what each candidate takes, and its tables."""

import math

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import Palette, palette
from core.compare.best import Search, Standing, Tried
from core.compare.best_notes import STAGES, fell, name, where, why

HEIGHT = 340  # px
FROZEN, TUNED, GONE = "head only", "fine-tuned", "dropped"
STANDINGS = {
    Standing.LEFT: "left", Standing.DROPPED: "dropped", Standing.WINNER: "cannot be told apart",
    Standing.UNSURE: "left, not judged over all seeds",
}  # fmt: skip


def best_table(found: Search) -> pd.DataFrame:
    """A row a candidate that was trained, in the order in which they were begun.

    Returns:
        Columns: recipe, px, thawed from, rate, seeds, accuracy, low, high (in 0..1), seconds, standing,
        dropped in.
    """
    rows = [
        [_called(one), one.candidate.size, where(one.candidate), one.candidate.rate, len(one.runs),
         one.height.accuracy, one.height.low, one.height.high, one.seconds, STANDINGS[one.standing],
         fell(one.stage, one.p_value) if one.p_value is not None else ""]
        for one in found.tried
    ]  # fmt: skip
    columns = ["recipe", "px", "thawed from", "rate", "seeds", "accuracy", "low", "high", "seconds",
               "standing", "dropped in"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def not_tried_table(found: Search) -> pd.DataFrame:
    """A row a candidate that was not trained: recipe, stage, why."""
    rows = [[name(one.candidate), STAGES[one.stage], why(one)] for one in found.not_tried]
    return pd.DataFrame(rows, columns=["recipe", "stage", "why"])


def _called(one: Tried) -> str:
    return name(one.candidate) + (" (default)" if one.place == 0 else "")


def best_chart(found: Search, theme: str) -> alt.LayerChart:
    """Candidates as dots with 95% intervals, by the seconds that each takes; dropped ones grey and hollow,
    those that cannot be told apart filled, the default recipe a diamond."""
    colours, frame = palette(theme), best_table(found)
    frame["kind"] = [
        GONE if one.standing == Standing.DROPPED else FROZEN if one.candidate.frozen else TUNED
        for one in found.tried
    ]
    frame["filled"] = [one.standing == Standing.WINNER for one in found.tried]
    frame["default"] = [one.place == 0 for one in found.tried]
    x = alt.X("seconds:Q", title="seconds of training, had nothing been reused",
              scale=alt.Scale(type="log", domain=_span(frame["seconds"]), nice=False),
              axis=alt.Axis(tickCount=6, format="~s", grid=False))  # fmt: skip
    low, high = _ends(frame)
    y = alt.Y("accuracy:Q", title="validation accuracy", scale=alt.Scale(domain=[low, high], nice=False),
              axis=alt.Axis(format=".0%", tickCount=5))  # fmt: skip
    hue = alt.Scale(domain=[FROZEN, TUNED, GONE], range=[colours.frozen, colours.trainable, colours.ghost])
    colour = alt.Color("kind:N", title=None, scale=hue, legend=alt.Legend(orient="top", symbolOpacity=1))
    base = alt.Chart(frame).encode(x=x, color=colour)
    bottom = y.copy()
    bottom.shorthand = "low:Q"
    bars = base.mark_rule(strokeWidth=1.6, opacity=0.45).encode(y=bottom, y2=alt.Y2("high:Q"))
    return layered(bars, *_dots(base, y, colours), *_names(found, x, y, colours)).properties(height=HEIGHT)


def _dots(base: alt.Chart, y: alt.Y, colours: Palette) -> list[alt.Chart]:
    """Hollow marks first, filled ones over them."""
    tip = [
        alt.Tooltip("recipe:N"), alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"), alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("seconds:Q", format=".1f"), alt.Tooltip("seeds:Q"), alt.Tooltip("standing:N"),
        alt.Tooltip("dropped in:N"),
    ]  # fmt: skip
    shape = alt.Shape("default:N", legend=None,
                      scale=alt.Scale(domain=[False, True], range=["circle", "diamond"]))  # fmt: skip
    marked = base.encode(y=y, shape=shape, tooltip=tip)
    hollow = marked.transform_filter("!datum.filled").mark_point(
        size=70, strokeWidth=2, fill=colours.paper, opacity=1
    )
    filled = marked.transform_filter("datum.filled").mark_point(size=110, filled=True, opacity=1)
    return [hollow, filled]


def _names(found: Search, x: alt.X, y: alt.Y, colours: Palette) -> list[alt.Chart]:
    """What the default and the one named are called: the lower one's name stands below it, the other's
    above, so that they never meet."""
    said = {0: "default"}
    if found.named is not None:
        said[found.named.place] = "chosen" if found.named.place else "default, chosen"
    rows = [[one.seconds, one.height.accuracy, said[one.place]] for one in found.tried if one.place in said]
    frame = pd.DataFrame(rows, columns=["seconds", "accuracy", "text"])
    place = frame["accuracy"].rank(method="first")  # of equals the first is the lower one
    frame["below"] = (place == 1) & (len(frame) > 1)
    chart = alt.Chart(frame)
    return [
        chart.transform_filter(f"{'' if below else '!'}datum.below")
        .mark_text(align="center", dy=18 if below else -13, fontSize=12, color=colours.text)
        .encode(x=x, y=y, text=alt.Text("text:N"))
        for below in (False, True)
    ]


def _span(seconds: pd.Series) -> list[float]:
    """Ends of the axis, with room for the names beside it."""
    return [max(0.1, float(seconds.min()) / 1.8), max(1.0, float(seconds.max()) * 1.8)]


def _ends(frame: pd.DataFrame) -> tuple[float, float]:
    return (
        max(0.0, math.floor(20 * float(frame["low"].min()) - 0.3) / 20),
        min(1.0, math.ceil(20 * float(frame["high"].max()) + 0.5) / 20),
    )
