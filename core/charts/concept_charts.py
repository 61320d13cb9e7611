"""Figures of the concept pages, from plain arrays and records. Nothing is displayed or looked up here.

`core.charts.palette` says what each colour means.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.charts.class_marks import class_colour
from core.charts.layering import layered
from core.charts.palette import palette

# Data


def class_balance(
    counts: Sequence[int], classes: Sequence[str], theme: str, most: int | None = None
) -> alt.LayerChart:
    """Images a class in one split, each with its number.

    Args:
        most: Where the axis ends, so that charts beside each other share it; the largest count without.
    """
    colours = palette(theme)
    frame = pd.DataFrame({"class": list(classes), "images": list(counts)})
    colour = class_colour(classes, theme)
    top = max([1, *counts]) if most is None else max(1, most)
    base = alt.Chart(frame).encode(
        y=alt.Y("class:N", sort=list(classes), title=None, axis=alt.Axis(labelLimit=110, grid=False)),
        tooltip=["class:N", alt.Tooltip("images:Q", format=",")],
    )
    x = alt.X("images:Q", title="images", scale=alt.Scale(domain=[0, 1.22 * top], nice=False),
              axis=alt.Axis(tickCount=3, format=",d", tickMinStep=1))  # fmt: skip
    bars = base.mark_bar(height={"band": 0.7}).encode(x=x, color=colour)
    numbers = base.mark_text(align="left", dx=4, fontSize=12, color=colours.text)
    return layered(bars, numbers.encode(x=x, text=alt.Text("images:Q", format=","))).properties(
        height=70 + (24 if len(classes) <= 24 else 16) * len(classes)
    )


def splits_bar(counts: dict[str, int], theme: str) -> alt.LayerChart:
    """The three splits as one bar cut in three: every image lies in exactly one."""
    colours = palette(theme)
    total = max(1, sum(counts.values()))
    frame = pd.DataFrame({"split": list(counts), "images": list(counts.values())})
    frame["end"] = frame["images"].cumsum()
    frame["start"] = frame["end"] - frame["images"]
    frame["middle"] = (frame["start"] + frame["end"]) / 2
    frame["text"] = [f"{n:,} ({n / total:.0%})" for n in frame["images"]]
    x = alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, total], nice=False))
    base = alt.Chart(frame).encode(
        tooltip=["split:N", alt.Tooltip("images:Q", format=",")], y=alt.YValue(34), y2=alt.Y2Value(64)
    )
    shade = alt.Opacity("split:O", sort=list(counts), legend=None, scale=alt.Scale(
        domain=list(counts), range=[0.85, 0.5, 0.25]))  # fmt: skip
    parts = base.mark_bar(color=colours.muted, stroke=colours.paper, strokeWidth=3)
    names = alt.Chart(frame).mark_text(fontSize=12, fontWeight=600, color=colours.text, baseline="top")
    numbers = alt.Chart(frame).mark_text(fontSize=12, color=colours.text, baseline="top")
    return layered(
        parts.encode(x=x, x2=alt.X2("end:Q"), opacity=shade),
        names.encode(x=alt.X("middle:Q", axis=None), y=alt.YValue(0), text=alt.Text("split:N")),
        numbers.encode(x=alt.X("middle:Q", axis=None), y=alt.YValue(15), text=alt.Text("text:N")),
    ).properties(height=66)


# Pictures


def enlarged(pixels: np.ndarray, side: int = 224) -> np.ndarray:
    """Small pictures made larger pixel by pixel, so that one sees what the network sees.

    Args:
        pixels: uint8 (..., h, w, 3).

    Returns:
        uint8 of the same rank, each pixel repeated as often as keeps the picture within `side`.
    """
    times = max(1, side // pixels.shape[-2])
    return pixels.repeat(times, axis=-3).repeat(times, axis=-2)


def contact_sheet(pixels: np.ndarray, columns: int, rows: int, gap: int = 6) -> np.ndarray:
    """Pictures in rows, with room for `columns` times `rows` of them; transparent between them.

    Args:
        pixels: uint8 (n, h, w, 3), n at most columns * rows.

    Returns:
        uint8 (rows * h + (rows - 1) * gap, columns * w + (columns - 1) * gap, 4).
    """
    _, height, width, _ = pixels.shape
    sheet = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), np.uint8)
    for index, picture in enumerate(pixels):
        row, column = divmod(index, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width, :3] = picture
        sheet[top : top + height, left : left + width, 3] = 255
    return sheet
