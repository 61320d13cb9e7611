"""The figure of how far a run moved every layer. Altair."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.weight_change import PARTS, change_frame
from core.config import BACKBONE_LAYERS
from core.results import PhaseResult


def change_chart(phase: PhaseResult, part: str, theme: str) -> alt.LayerChart:
    """Relative change of every layer in one of `PARTS`; the frozen stretch is shaded and says so."""
    colours = palette(theme)
    frame = change_frame(phase)
    frame = frame[frame["part"] == part].assign(percent=lambda rows: 100 * rows["change"])
    last = part == PARTS[-1]
    axis = alt.Axis(grid=False, values=[0, 25, 50, 75, 100, 125, 154], labels=last, ticks=last)
    x = alt.X("layer:Q", title="layer" if last else None, axis=axis,
              scale=alt.Scale(domain=[0, BACKBONE_LAYERS], nice=False))  # fmt: skip
    y = alt.Y("percent:Q", title=None, axis=alt.Axis(tickCount=3, format="~g", minExtent=34),
              scale=alt.Scale(domain=[0, 1.15 * (frame["percent"].max() or 1.0)], nice=False))  # fmt: skip
    tip = [alt.Tooltip("layer:Q"), alt.Tooltip("name:N"), alt.Tooltip("part:N"), alt.Tooltip("says:N")]
    base = alt.Chart(frame).encode(x=x)
    stretch = alt.Chart(pd.DataFrame({"start": [0], "end": [phase.unfreeze_from]}))
    band = stretch.mark_rect(color=colours.frozen, opacity=0.13).encode(
        x=alt.X("start:Q"), x2=alt.X2("end:Q")
    )
    ice = base.transform_filter("datum.frozen").mark_tick(
        color=colours.frozen, thickness=2, height=7, orient="vertical", yOffset=-4
    )
    moved = base.transform_filter("!datum.frozen")
    bars = moved.mark_rule(color=colours.trainable, strokeWidth=2.4)
    dots = moved.mark_point(color=colours.trainable, filled=True, size=22, opacity=1)
    reach = base.mark_rule(opacity=0, strokeWidth=5).encode(tooltip=tip)
    drawn = [band, ice.encode(y=alt.YDatum(0)), bars.encode(y=y, y2=alt.Y2Datum(0)), dots.encode(y=y), reach]
    title = alt.TitleParams(f"{part[0].upper()}{part[1:]}: change in %", anchor="start", fontSize=13)
    height = 144 + 42 * last  # the last one also holds the axis they share
    return layered(*drawn, *_words_on(frame, phase.unfreeze_from, theme)).properties(
        height=height, title=title
    )


def _words_on(frame: pd.DataFrame, unfreeze_from: int, theme: str) -> list[alt.Chart]:
    """`exactly 0` over the frozen stretch, and over the rest where nothing moved there either."""
    colours, stretches = palette(theme), []
    if unfreeze_from >= 30:  # else there is no room for the words
        stretches.append((unfreeze_from / 2, frame["frozen"], "frozen: exactly 0", colours.frozen))
    if unfreeze_from <= BACKBONE_LAYERS - 30:
        middle = (unfreeze_from + BACKBONE_LAYERS) / 2
        stretches.append((middle, ~frame["frozen"], "kept: exactly 0", colours.trainable))
    return [
        alt.Chart(pd.DataFrame({"layer": [middle], "text": [text]}))
        .mark_text(color=colour, fontSize=12, fontWeight=600)
        .encode(x=alt.X("layer:Q"), y=alt.YValue(22), text=alt.Text("text:N"))
        for middle, rows, text, colour in stretches
        if not frame.loc[rows, "change"].any()
    ]
