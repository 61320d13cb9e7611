"""Similarity before and after: a curve by depth, and the full map block by block."""

from typing import Any

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.cka_notes import map_frame, similarity_frame


def similarity_curve(record: dict[str, Any], theme: str) -> alt.LayerChart:
    """CKA of every segment with itself before training, with its 95% interval; frozen ones are round."""
    colours, frame = palette(theme), similarity_frame(record).dropna(subset=["cka"])
    names = [row["block"] for row in record["blocks"]]
    frame["state"] = frame["frozen"].map({True: "frozen", False: "thawed"})
    lowest = min(0.9, float(frame[["cka", "low"]].min().min()) - 0.02) if len(frame) else 0.0
    x = alt.X("block:N", sort=names, scale=alt.Scale(domain=names), title=None,
              axis=alt.Axis(grid=False, labelAngle=-90, labelOverlap=False))  # fmt: skip
    y = alt.Y("cka:Q", title="similarity (CKA)",
              scale=alt.Scale(domain=[lowest, 1.01], nice=False), axis=alt.Axis(tickCount=5))  # fmt: skip
    tip = [
        alt.Tooltip("block:N"), alt.Tooltip("state:N"), alt.Tooltip("cka:Q", format=".4f"),
        alt.Tooltip("low:Q", format=".4f", title="95% from"),
        alt.Tooltip("high:Q", format=".4f", title="to"),
    ]  # fmt: skip
    order = ["frozen", "thawed"]
    hue = alt.Scale(domain=order, range=[colours.frozen, colours.trainable])
    colour = alt.Color("state:N", legend=None, scale=hue)
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    one = alt.Chart(pd.DataFrame({"cka": [1.0]})).mark_rule(color=colours.muted, strokeDash=[1, 4])
    line = base.mark_line(color=colours.ghost, strokeWidth=2).encode(y=y)
    low = alt.Y("low:Q", title="similarity (CKA)", scale=alt.Scale(domain=[lowest, 1.01], nice=False))
    spans = base.mark_rule(strokeWidth=3, opacity=0.55).encode(y=low, y2=alt.Y2("high:Q"), color=colour)
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=y,
        color=colour,
        shape=alt.Shape("state:N", legend=None, scale=alt.Scale(domain=order, range=["circle", "diamond"])),
    )
    return layered(one.encode(y=y), line, spans, dots).properties(height=290)


def similarity_map(record: dict[str, Any], theme: str) -> alt.Chart:
    """CKA of every segment before (down) with every one after (across), darker where more alike."""
    colours, names = palette(theme), [row["block"] for row in record["blocks"]]
    axis = alt.Axis(grid=False, labelAngle=-90, labelOverlap=False)
    shade = alt.Scale(domain=[0, 1], range=[colours.paper, colours.classes[0]], interpolate="rgb", clamp=True)
    return (
        alt.Chart(map_frame(record).dropna())
        .mark_rect()
        .encode(
            x=alt.X("after:N", sort=names, title="after", axis=axis),
            y=alt.Y("before:N", sort=names, title="before", axis=alt.Axis(grid=False, labelOverlap=False)),
            color=alt.Color("cka:Q", title="CKA", scale=shade, legend=alt.Legend(format=".1f")),
            tooltip=["before:N", "after:N", alt.Tooltip("cka:Q", format=".3f")],
        )
        .properties(height=420)
    )
