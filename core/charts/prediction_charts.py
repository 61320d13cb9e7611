"""Figures of predictions: probabilities as bars, and how usual a picture's distance is. Altair."""

import altair as alt
import numpy as np
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette

_BINS = 30  # of the histogram of distances


def probability_bars(likeliest: pd.DataFrame, colour: str, theme: str) -> alt.LayerChart:
    """A bar a class with its percentage, the likeliest on top.

    Args:
        likeliest: Columns class, probability (0..1), in the order to be shown.
        colour: Of the bars, `#rrggbb`.
    """
    colours = palette(theme)
    base = alt.Chart(likeliest).encode(
        y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelLimit=95, grid=False, ticks=False)),
        x=alt.X("probability:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1.6], nice=False)),
        tooltip=["class:N", alt.Tooltip("probability:Q", format=".2%")],
    )
    return layered(
        base.mark_bar(color=colour, height={"band": 0.62}),
        base.mark_text(color=colours.text, align="left", dx=4, fontSize=12).encode(
            text=alt.Text("probability:Q", format=".1%")
        ),
    ).properties(height=24 * len(likeliest) + 14)


def distance_histogram(usual: np.ndarray, limit: float, here: float, theme: str) -> alt.LayerChart:
    """Distances of the validation images to the training images, with this picture among them.

    Args:
        usual: float (m,), distances of the validation images.
        limit: The distance beyond which a picture is warned about.
        here: This picture's.
    """
    colours = palette(theme)
    start, end = min(usual[0], here), max(usual[-1], here)
    room = max(0.02, 0.06 * (end - start))
    counts, edges = np.histogram(usual, _BINS)
    frame = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "images": counts})
    frame["unusual"] = frame["low"] >= limit
    scale = alt.Scale(domain=[float(start - room), float(end + 3 * room)], nice=False, zero=False)
    x = alt.X("low:Q", title="distance to the training images", scale=scale, axis=alt.Axis(format=".2f"))
    bars = alt.Chart(frame).mark_bar(color=colours.muted).encode(
        x=x, x2=alt.X2("high:Q"), y2=alt.Y2Datum(0),
        y=alt.Y("images:Q", title="validation images", axis=alt.Axis(tickCount=4)),
        opacity=alt.condition("datum.unusual", alt.value(0.35), alt.value(0.8)),
        tooltip=[alt.Tooltip("low:Q", format=".3f", title="from"),
                 alt.Tooltip("high:Q", format=".3f", title="to"), "images:Q"],
    )  # fmt: skip
    line = alt.Chart(pd.DataFrame({"low": [limit], "text": ["5% lie farther"]})).encode(x=x)
    mark = alt.Chart(pd.DataFrame({"low": [here], "text": ["this picture"]})).encode(x=x)
    left = here > start + 0.7 * (end - start)
    return layered(
        bars,
        line.mark_rule(color=colours.muted, strokeDash=[4, 4], strokeWidth=1.5),
        line.mark_text(color=colours.muted, align="left", dx=4, fontSize=12).encode(
            text=alt.Text("text:N"), y=alt.YValue(20)
        ),
        mark.mark_rule(color=colours.text, strokeWidth=2.5),
        mark.mark_text(
            color=colours.text, align="right" if left else "left", dx=-5 if left else 5, fontSize=12,
            fontWeight=600,
        ).encode(text=alt.Text("text:N"), y=alt.YValue(4)),
    ).properties(height=210)  # fmt: skip
