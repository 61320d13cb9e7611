"""The figures of what BatchNorm was stored with and what batches of other images have. Altair."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.config import BACKBONE_LAYERS


def channel_chart(
    frame: pd.DataFrame, theme: str, stored: tuple[float, float] | None = None
) -> alt.LayerChart:
    """A dot and a bar of one spread to either side for each batch of one channel.

    Args:
        frame: Columns batch, mean, low, high, of one way of `core.concepts.batch_statistics.one_channel`.
        stored: Mean and spread that the layer was stored with, drawn as a band; 0 and 1 without.
    """
    colours = palette(theme)
    middle, wide = stored or (0.0, 1.0)
    band = pd.DataFrame({"low": [middle - wide], "high": [middle + wide], "mean": [middle]})
    y = alt.Y("low:Q", title=None, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=False))
    x = alt.X("batch:O", title="batch", axis=alt.Axis(labelAngle=0))
    tip = [alt.Tooltip("batch:O"), alt.Tooltip("mean:Q", format=".2f"), alt.Tooltip("low:Q", format=".2f"),
           alt.Tooltip("high:Q", format=".2f")]  # fmt: skip
    shade = alt.Chart(band).mark_rect(color=colours.frozen, opacity=0.18).encode(y=y, y2="high:Q")
    line = (
        alt.Chart(band).mark_rule(color=colours.frozen, strokeWidth=2, strokeDash=[5, 3]).encode(y="mean:Q")
    )
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    bars = base.mark_rule(color=colours.trainable, strokeWidth=2.4).encode(y=y, y2="high:Q")
    dots = base.mark_point(color=colours.trainable, filled=True, size=60, opacity=1).encode(y="mean:Q")
    return layered(shade, line, bars, dots).properties(height=190)


def distance_chart(frame: pd.DataFrame, unfreeze_from: int, theme: str) -> alt.LayerChart:
    """How far these images lie from the stored means, layer by layer: a bar to the middle channel, a thin one
    to nine in ten.

    Args:
        frame: As `core.concepts.batch_statistics.by_layer` gives it.
    """
    colours = palette(theme)
    frame = frame.assign(learns=frame["layer"] >= unfreeze_from)
    x = alt.X("layer:Q", title="BatchNorm layer, from input to output", axis=alt.Axis(grid=False),
              scale=alt.Scale(domain=[0, BACKBONE_LAYERS], nice=False))  # fmt: skip
    y = alt.Y("middle:Q", title="stored spreads off centre", axis=alt.Axis(tickCount=5))
    colour = alt.condition("datum.learns", alt.value(colours.trainable), alt.value(colours.frozen))
    tip = [alt.Tooltip("name:N"), alt.Tooltip("middle:Q", format=".2f", title="half the channels, at most"),
           alt.Tooltip("far:Q", format=".2f", title="nine in ten, at most"),
           alt.Tooltip("spread:Q", format=".2f", title="variance, times the stored one")]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, tooltip=tip, color=colour)
    far = base.mark_rule(strokeWidth=1.4, opacity=0.6).encode(y=alt.Y("far:Q"), y2=alt.datum(0))
    bars = base.mark_rule(strokeWidth=3.6).encode(y=y, y2=alt.datum(0))
    sides = pd.DataFrame(
        [{"layer": max(unfreeze_from - 2, 8), "text": "frozen", "colour": colours.frozen}]
        * (unfreeze_from >= 20)
    )
    layers = [far, bars]
    if len(sides):
        layers.append(
            alt.Chart(sides)
            .mark_text(align="right", fontSize=12, fontWeight=600)
            .encode(
                x=alt.X("layer:Q"), y=alt.value(8), text="text:N", color=alt.Color("colour:N", scale=None)
            )
        )
    return layered(*layers).properties(height=220)
