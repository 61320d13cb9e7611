"""The figure of what a rate does to the weights, layer by layer. Altair."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette

LEAST = 0.01  # percent: what moved by less stands at the foot of the axis


def change_by_rate_chart(frame: pd.DataFrame, theme: str) -> alt.LayerChart:
    """A line for each rate: relative change of each convolution's kernel in percent, on a log scale.

    Args:
        frame: As `core.concepts.harm.change_by_rate` gives it, rates in ascending order.
    """
    colours, rates = palette(theme), list(dict.fromkeys(frame["rate"]))
    frame = frame.assign(percent=frame["percent"].clip(lower=LEAST), order=frame["rate"].map(rates.index))
    frame = frame.sort_values(["order", "layer"])
    last = frame.groupby("rate", sort=False).tail(1)
    first, end = int(frame["layer"].min()), int(frame["layer"].max())
    x = alt.X("layer:Q", title="convolution that learned, from input to output", axis=alt.Axis(grid=False),
              scale=alt.Scale(domain=[first, end + max(4, (end - first) // 5)], nice=False))  # fmt: skip
    y = alt.Y("percent:Q", title="change in %", axis=alt.Axis(tickCount=5, format="~g"),
              scale=alt.Scale(type="log"))  # fmt: skip
    tip = [
        alt.Tooltip("rate:N"), alt.Tooltip("name:N"), alt.Tooltip("layer:Q"),
        alt.Tooltip("percent:Q", format=".2g", title="change in %"),
    ]  # fmt: skip
    shade = alt.Opacity("order:O", legend=None, scale=alt.Scale(range=[0.45, 1.0]))
    base = alt.Chart(frame).encode(x=x, y=y, detail="rate:N", tooltip=tip)
    lines = base.mark_line(color=colours.trainable, strokeWidth=2).encode(opacity=shade)
    dots = base.mark_point(color=colours.trainable, filled=True, size=24).encode(opacity=shade)
    names = (
        alt.Chart(last)
        .mark_text(align="left", dx=7, fontSize=12, fontWeight=600, color=colours.text)
        .encode(x=x, y=y, text="rate:N")
    )
    return layered(lines, dots, names).properties(height=240)
