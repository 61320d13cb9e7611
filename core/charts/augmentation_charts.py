"""Figures of the Augmentation page, from plain arrays and frames. Nothing is displayed or looked up here."""

from collections.abc import Sequence
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.augmentation_gain import SeedGain, mean_gain
from core.data.images import scale
from core.explain.feature_shifts import Shifts
from core.wording import words
from core.wording.verdicts import paired_sentence

BINS = 32
ROW = 24  # px a row of a dot chart
AXIS = 56  # px below it
Align = Literal["left", "center", "right"]
_OVER_THE_LINE = {"align": "right", "dx": -9, "dy": -8}  # where right of the dot the chart may end


def value_table(original: np.ndarray, variants: np.ndarray, scaling: str) -> pd.DataFrame:
    """What numbers the network gets: share of an image's values in each of 32 equal bins.

    Args:
        original: uint8 (s, s, 3).
        variants: uint8 (n, s, s, 3).
        scaling: One of `config.SCALINGS`.

    Returns:
        Columns `low` and `high` (a bin's edges, in scaled values), `original` and `variants` (shares, 0..1).
    """
    ends = (-1.0, 1.0) if scaling == "-1..1" else (0.0, 1.0)
    edges = np.linspace(*ends, BINS + 1)
    counts = [np.histogram(scale(pixels, scaling), edges)[0] for pixels in (original, variants)]
    shares = {name: found / found.sum() for name, found in zip(("original", "variants"), counts, strict=True)}
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **shares})


def values_said(original: np.ndarray, scaling: str) -> str:
    """The numbers the network gets of a picture, in words."""
    values, ends = scale(original, scaling), scaling.replace("..", " to ")
    return (
        f"As the network sees it: the same picture, 0 to 255 scaled to {ends}; here from {values.min():.2f} "
        f"to {values.max():.2f}, mean {values.mean():.2f}. Bars: the original. Line: the variants."
    )


def value_histogram(table: pd.DataFrame, theme: str) -> alt.LayerChart:
    """The original's values as filled bars, the variants' as a line on top."""
    colours = palette(theme)
    ends = [float(table["low"].iloc[0]), float(table["high"].iloc[-1])]
    x = alt.X("low:Q", title=None, scale=alt.Scale(domain=ends, nice=False),
              axis=alt.Axis(values=[ends[0], sum(ends) / 2, ends[1]], grid=False))  # fmt: skip
    tip = [alt.Tooltip("low:Q", title="from", format=".2f"), alt.Tooltip("high:Q", title="to", format=".2f"),
           alt.Tooltip("original:Q", format=".1%"), alt.Tooltip("variants:Q", format=".1%")]  # fmt: skip
    y = alt.Y("original:Q", title=None, axis=alt.Axis(format=".0%", tickCount=3))
    base = alt.Chart(table)
    # a bar with two ends in x would lie flat, a line thick, if it were not told to stand
    bars = base.mark_bar(color=colours.ghost, orient="vertical").encode(
        x=x, x2=alt.X2("high:Q"), y=y, tooltip=tip
    )
    line = base.mark_line(color=colours.text, interpolate="step-after", strokeWidth=1.3)
    return layered(bars, line.encode(x=x, y=alt.Y("variants:Q"))).properties(height=120)


def shift_dots(found: Shifts, theme: str) -> alt.LayerChart:
    """A row a variant, by its distance from the original; below, a row a group of other images.

    A circle keeps the original's answer, a cross is another one. The dotted line is the median of the first
    group.
    """
    colours = palette(theme)
    frame = found.frame.sort_values("distance", kind="stable")
    frame = frame.assign(row=[f"{v} · {d}" for v, d in zip(frame["variant"], frame["drawn"], strict=True)])
    frame["start"] = 0.0
    frame["late"] = frame["distance"] > 0.5 * frame["distance"].max()
    frame["text"] = [f"{a} {p:.0%}" for a, p in zip(frame["answer"], frame["probability"], strict=True)]
    groups = [f"{name} ({len(away):,})" for name, away in found.others.items()]
    rows = [*frame["row"], *groups]
    farthest = max([frame["distance"].max(), *(away.max() for away in found.others.values() if len(away))])
    x = alt.X("distance:Q", title="how far its features move",
              scale=alt.Scale(domain=[0, 1.08 * farthest or 1.0], nice=False))  # fmt: skip
    y = alt.Y("row:N", sort=rows, title=None, axis=_rows_axis())
    layers = [
        *_group_layers(found.others, groups, x, y, theme),
        alt.Chart(frame).mark_rule(color=colours.ghost, strokeWidth=1.5).encode(
            x=alt.X("start:Q"), x2=alt.X2("distance:Q"), y=y),
        *_variant_layers(frame, x, y, theme),
    ]  # fmt: skip
    return layered(*layers).properties(height=ROW * len(rows) + AXIS)


def _rows_axis() -> alt.Axis:
    return alt.Axis(labelLimit=210, labelOverlap=False, labelFlush=False, grid=False, ticks=False)


def _variant_layers(frame: pd.DataFrame, x, y, theme: str) -> list[alt.Chart]:
    colours = palette(theme)
    tip = ["variant:Q", "drawn:N", alt.Tooltip("distance:Q", format=".2f"), "answer:N",
           alt.Tooltip("probability:Q", format=".1%")]  # fmt: skip
    shape = alt.Shape(
        "changed:N", legend=None, scale=alt.Scale(domain=[False, True], range=["circle", "cross"])
    )
    angle = alt.Angle("changed:N", legend=None, scale=alt.Scale(domain=[False, True], range=[0, 45]))
    base = alt.Chart(frame)
    return [
        base.mark_point(filled=True, size=95, opacity=1, color=colours.text).encode(
            x=x, y=y, shape=shape, angle=angle, tooltip=tip),
        *(base.transform_filter(f"datum.late === {late}").mark_text(
              fontSize=12, color=colours.muted, **place).encode(x=x, y=y, text=alt.Text("text:N"))
          for late, place in (("false", {"align": "left", "dx": 9}), ("true", _OVER_THE_LINE))),
    ]  # fmt: skip


def _group_layers(others: dict[str, np.ndarray], rows: Sequence[str], x, y, theme: str) -> list[alt.Chart]:
    colours, layers = palette(theme), []
    for index, (row, away) in enumerate(zip(rows, others.values(), strict=True)):
        if not len(away):
            continue
        frame = pd.DataFrame({"row": row, "distance": away})
        colour = colours.classes[index % len(colours.classes)]
        ticks = alt.Chart(frame).mark_tick(color=colour, opacity=0.45, thickness=1.2, size=14)
        layers.append(ticks.encode(x=x, y=y, tooltip=[alt.Tooltip("distance:Q", format=".2f")]))
        if index == 0:
            middle = alt.Chart(pd.DataFrame({"distance": [float(np.median(away))]}))
            layers.append(middle.mark_rule(color=colour, strokeDash=[2, 4], strokeWidth=1.6).encode(x=x))
    return layers


def ranking_dots(frame: pd.DataFrame, within: float, between: float, theme: str) -> alt.LayerChart:
    """Transforms by their mean shift with its interval; dotted: pictures of its class and of another."""
    colours = palette(theme)
    frame = frame.assign(text=[f"{c:,} of {n:,} changed" for c, n in _counts(frame)])
    lines = pd.DataFrame({"shift": [1.0, between / within],
                          "text": ["another of its class", "of another class"]})  # fmt: skip
    lines = lines[np.isfinite(lines["shift"])].sort_values("shift")
    top = max(1.1 * frame["high"].max(), 1.1 * frame["shift"].max(), 1.3 * lines["shift"].max())
    x = alt.X("shift:Q", title="shift (1: as far as another of its class)",
              scale=alt.Scale(domain=[0, top], nice=False))  # fmt: skip
    y = alt.Y("transform:N", sort=list(frame["transform"]), title=None, axis=_rows_axis())
    tip = ["transform:N", alt.Tooltip("shift:Q", format=".2f"), alt.Tooltip("low:Q", format=".2f"),
           alt.Tooltip("high:Q", format=".2f"), alt.Tooltip("text:N", title="prediction")]  # fmt: skip
    opacity = alt.condition("datum.chosen", alt.value(1.0), alt.value(0.5))
    base, colour = alt.Chart(frame), colours.text
    rule = alt.Chart(lines).mark_rule(color=colours.muted, strokeDash=[2, 4], strokeWidth=1.6)
    layers = [
        rule.encode(x=x),
        *(part.mark_text(dx=dx, align=align, baseline="bottom", fontSize=12, color=colours.muted).encode(
              x=x, y=alt.YValue(-2 - 14 * step), text=alt.Text("text:N"))  # a line each: they never meet
          for step in range(len(lines)) for part, align, dx in _inwards(lines[step : step + 1], top, 3)),
        base.mark_rule(strokeWidth=3, color=colour).encode(
            x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y, opacity=opacity),
        base.mark_point(filled=True, size=100, color=colour).encode(x=x, y=y, tooltip=tip, opacity=opacity),
        *(part.mark_text(align=align, dx=dx, dy=-9, fontSize=12, color=colours.muted).encode(
              x=x, y=y, text=alt.Text("text:N")) for part, align, dx in _inwards(frame, top, 9)),
    ]  # fmt: skip
    return layered(*layers).properties(height=36 * len(frame) + AXIS)


def _inwards(frame: pd.DataFrame, top: float, gap: int) -> list[tuple[alt.Chart, Align, int]]:
    """Rows by where a text beside their point has room, on a phone's narrow chart, too: as Vega's `align`,
    and px from the point."""
    third = np.digitize(frame["shift"], [0.3 * top, 0.7 * top])
    sides: list[tuple[Align, int]] = [("left", gap), ("center", 0), ("right", -gap)]
    parts = [(frame[third == number], *side) for number, side in enumerate(sides)]
    return [(alt.Chart(part), align, dx) for part, align, dx in parts if len(part)]


def _counts(frame: pd.DataFrame) -> zip:
    return zip(frame["changed"], frame["looks"], strict=True)


def gain_dots(gains: Sequence[SeedGain], theme: str) -> alt.LayerChart:
    """The gain in accuracy of each seed as a dot, and their mean with its interval; dotted: no difference."""
    colours, mean = palette(theme), mean_gain(gains)
    rows = [
        {"row": f"seed {gain.seed}", "gain": 100 * gain.gain, "said": paired_sentence(gain.verdict)}
        for gain in gains
    ]
    name = f"mean of {len(gains)}"
    frame = pd.DataFrame(rows)
    ends = {"gain": 100 * mean.mean, "low": 100 * mean.low, "high": 100 * mean.high}
    whole = pd.DataFrame([{"row": name, **ends, "said": words.points(mean.mean)}])
    span = np.nanmax(np.abs([*frame["gain"], mean.low * 100, mean.high * 100, 1.0])) * 1.15
    x = alt.X("gain:Q", title="gain by augmentation, in points of accuracy",
              scale=alt.Scale(domain=[-span, span], nice=False),
              axis=alt.Axis(format="+.1f", tickCount=7))  # fmt: skip
    y = alt.Y("row:N", sort=[*frame["row"], name], title=None, axis=_rows_axis())
    tip = [alt.Tooltip("row:N", title="pair"), alt.Tooltip("gain:Q", format="+.2f", title="points"), "said:N"]
    layers = [
        alt.Chart(pd.DataFrame({"gain": [0.0]})).mark_rule(
            color=colours.muted, strokeDash=[2, 4], strokeWidth=1.6).encode(x=x),
        alt.Chart(frame).mark_point(size=90, strokeWidth=2, color=colours.text).encode(x=x, y=y, tooltip=tip),
        alt.Chart(whole).mark_point(filled=True, size=130, color=colours.text, shape="diamond").encode(
            x=x, y=y, tooltip=tip),
    ]  # fmt: skip
    if np.isfinite(mean.low):
        interval = alt.Chart(whole).mark_rule(strokeWidth=3, color=colours.text)
        layers.insert(1, interval.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y))
    return layered(*layers).properties(height=30 * (len(rows) + 1) + AXIS)
