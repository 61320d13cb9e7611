"""What a network loses with blocks put back, and below it, on the same axis, how far each block had moved."""

from typing import Any

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.rewind_notes import rewind_frame

HEIGHT, CHANGE_HEIGHT = 230, 190  # px; the second with the names below its axis
_LEFT = 44  # px for the numbers of an axis: both figures begin at the same place


def lost_chart(record: dict[str, Any], theme: str) -> alt.LayerChart:
    """Accuracy lost by each block, in points with its 95% interval, in the order of depth: no ranking."""
    colours, frame = palette(theme), _blocks(record)
    x = _blocks_axis(frame, labels=False)
    reach = max(1.0, float(frame[["low", "high"]].abs().to_numpy().max()))
    y = alt.Y("low:Q", title="accuracy lost, points", scale=alt.Scale(
        domain=[min(-0.3 * reach, 1.1 * float(frame["low"].min())), 1.1 * reach], nice=False),
        axis=alt.Axis(tickCount=5, minExtent=_LEFT, maxExtent=_LEFT))  # fmt: skip
    tip = [
        alt.Tooltip("block:N"), alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("lost:Q", format="+.1f", title="lost, points"),
        alt.Tooltip("low:Q", format="+.1f", title="95% from"),
        alt.Tooltip("high:Q", format="+.1f", title="to"),
        alt.Tooltip("kept:Q", title="right only when fine-tuned"),
        alt.Tooltip("won:Q", title="right only when put back"),
        alt.Tooltip("p:Q", format=".3g", title="p, all blocks looked at"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    zero = alt.Chart(pd.DataFrame({"low": [0.0]})).mark_rule(color=colours.muted, strokeDash=[1, 4])
    spans = base.mark_rule(color=colours.trainable, strokeWidth=3, opacity=0.55).encode(
        y=y, y2=alt.Y2("high:Q")
    )
    dots = base.mark_point(
        filled=True, size=80, opacity=1, stroke=colours.trainable, strokeWidth=2, shape="diamond"
    ).encode(
        y=alt.Y("lost:Q"),
        color=alt.condition("datum.told", alt.value(colours.trainable), alt.value(colours.paper)),
    )
    return layered(zero.encode(y=y), spans, dots).properties(height=HEIGHT)


def moved_chart(record: dict[str, Any], theme: str) -> alt.LayerChart:
    """Relative change of each block's weights in %, and of its statistics, on the axis of `lost_chart`."""
    colours, frame = palette(theme), _blocks(record)
    x = _blocks_axis(frame, labels=True)
    most = max(float(frame[["weights", "statistics"]].to_numpy().max()), 1e-9)
    y = alt.Y("weights:Q", title="change, %", scale=alt.Scale(domain=[0, 1.15 * most], nice=False),
              axis=alt.Axis(tickCount=4, format="~g", minExtent=_LEFT, maxExtent=_LEFT))  # fmt: skip
    tip = [
        alt.Tooltip("block:N"), alt.Tooltip("weights:Q", format=".2g", title="weights moved, %"),
        alt.Tooltip("statistics:Q", format=".2g", title="BatchNorm's mean and variance, %"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    bars = base.mark_bar(color=colours.trainable, opacity=0.8).encode(y=y)
    ticks = base.mark_tick(color=colours.text, thickness=2).encode(y=alt.Y("statistics:Q"))
    return layered(bars, ticks).properties(height=CHANGE_HEIGHT)


def _blocks(record: dict[str, Any]) -> pd.DataFrame:
    frame = rewind_frame(record).iloc[: len(record["blocks"])].copy()
    frame["told"] = frame["p"] < 0.05
    return frame


def _blocks_axis(frame: pd.DataFrame, labels: bool) -> alt.X:
    names = list(frame["block"])
    axis = alt.Axis(grid=False, labels=labels, ticks=labels, labelAngle=-90, labelOverlap=False)
    return alt.X("block:N", sort=names, scale=alt.Scale(domain=names), title=None, axis=axis)
