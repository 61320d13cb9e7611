"""Accuracy along the dial from the pretrained to the fine-tuned network, on images plain and changed."""

from typing import Any

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.dial_notes import CURVES, dial_frame


def dial_chart(record: dict[str, Any], place: float, theme: str) -> alt.LayerChart:
    """Two curves with their 95% bands, and where the dial stands."""
    colours, frame = palette(theme), dial_frame(record)
    frame["percent"] = 100 * frame["mix"]
    names = list(CURVES.values())
    x = alt.X("percent:Q", title="% of the way from pretrained to fine-tuned",
              scale=alt.Scale(domain=[0, 120], nice=False),
              axis=alt.Axis(tickCount=7, grid=False))  # fmt: skip
    ends = [max(0.0, float(frame["low"].min()) - 0.03), min(1.0, float(frame["high"].max()) + 0.03)]
    y = alt.Y("accuracy:Q", title="validation accuracy", axis=alt.Axis(format=".0%", tickCount=5),
              scale=alt.Scale(domain=ends, nice=False))  # fmt: skip
    hue = alt.Scale(domain=names, range=[colours.trainable, colours.classes[4]])
    legend = alt.Legend(orient="top", symbolOpacity=1, symbolType="stroke")  # one for colour and dash
    colour = alt.Color("images:N", title="images", scale=hue, legend=legend)
    tip = [
        alt.Tooltip("percent:Q", title="mix, %"), alt.Tooltip("images:N"),
        alt.Tooltip("accuracy:Q", format=".1%"), alt.Tooltip("low:Q", format=".1%", title="95% from"),
        alt.Tooltip("high:Q", format=".1%", title="to"),
        alt.Tooltip("p:Q", format=".3g", title="p against both ends"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, color=colour)
    low = y.copy()
    low.shorthand = "low:Q"
    band = base.mark_area(opacity=0.16).encode(y=low, y2=alt.Y2("high:Q"))
    dashes = alt.Scale(domain=names, range=[[1, 0], [6, 4]])
    dash = alt.StrokeDash("images:N", title="images", legend=legend, scale=dashes)
    line = base.mark_line(strokeWidth=2).encode(y=y, strokeDash=dash)
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(y=y, tooltip=tip)
    here = alt.Chart(pd.DataFrame({"percent": [100 * place]}))
    stands = here.mark_rule(color=colours.text, strokeWidth=2).encode(x=x)
    stars = base.transform_filter("datum.beats_both").mark_point(
        shape="triangle-up", filled=True, size=130, opacity=1, yOffset=-14
    )
    return layered(band, line, stands, dots, stars.encode(y=y)).properties(height=300)
