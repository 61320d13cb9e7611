"""Accuracy by kind and strength of change, the networks side by side."""

from typing import Any

import altair as alt

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.robustness_notes import KINDS, NETWORKS, shift_frame
from core.explain.robustness import CAMERA


def shift_chart(record: dict[str, Any], kind: str, theme: str) -> alt.LayerChart:
    """Accuracy of every network on the images as they are and at each strength of one kind, with 95%
    intervals."""
    colours, frame = palette(theme), shift_frame(record)
    names = [NETWORKS[name] for name in record["networks"]]
    hues = dict(zip(NETWORKS.values(), (colours.frozen, colours.trainable, colours.scratch), strict=True))
    frame = frame[(frame["images"] == KINDS[kind]) | (frame["strength"] == 0)]
    ends = [max(0.0, float(frame["low"].min()) - 0.03), min(1.0, float(frame["high"].max()) + 0.03)]
    labels = "datum.value == 0 ? 'as they are' : " + (
        "'second folder'" if kind == CAMERA else "'strength ' + datum.value"
    )
    x = alt.X("strength:O", title=None, axis=alt.Axis(labelAngle=0, labelExpr=labels, grid=False))
    y = alt.Y("accuracy:Q", title="accuracy", axis=alt.Axis(format=".0%", tickCount=5),
              scale=alt.Scale(domain=ends, nice=False))  # fmt: skip
    scale = alt.Scale(domain=names, range=[hues[name] for name in names])
    legend = alt.Legend(orient="top", direction="vertical", labelLimit=260)
    colour = alt.Color("network:N", title=None, scale=scale, legend=legend)
    beside = alt.XOffset("network:N", sort=names)
    tip = [
        alt.Tooltip("network:N"), alt.Tooltip("images:N"), alt.Tooltip("amount:N"),
        alt.Tooltip("accuracy:Q", format=".1%"), alt.Tooltip("low:Q", format=".1%", title="95% from"),
        alt.Tooltip("high:Q", format=".1%", title="to"),
        alt.Tooltip("lost:Q", format="+.1f", title="lost, points"),
        alt.Tooltip("too_sure:Q", format="+.1f", title="surer than right, points"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, xOffset=beside, color=colour)
    low = y.copy()
    low.shorthand = "low:Q"
    spans = base.mark_rule(strokeWidth=3, opacity=0.55).encode(y=low, y2=alt.Y2("high:Q"))
    marks = alt.Scale(domain=names, range=["circle", "diamond", "square"][: len(names)])
    shape = alt.Shape("network:N", title=None, legend=legend, scale=marks)
    dots = base.mark_point(filled=True, size=85, opacity=1).encode(y=y, shape=shape, tooltip=tip)
    return layered(spans, dots).properties(height=300)
