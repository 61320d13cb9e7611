"""Figures of the concept pages, from plain arrays and records. Nothing is displayed or looked up here.

Altair by default; Plotly for the layer map, which a person probes layer by layer. `core.palette` says what
each colour means.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core import tables
from core.config import BACKBONE_LAYERS
from core.palette import palette
from core.projection import Projection

_GUESS = "if all were equal"
MOST_DIRECT_LABELS = 20  # class names written on a scatter; more would hide the points
SHAPES = (
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down",
    "M-1,-.35L-.35,-.35L-.35,-1L.35,-1L.35,-.35L1,-.35L1,.35L.35,.35L.35,1L-.35,1L-.35,.35L-1,.35Z",
    "triangle-right", "triangle-left",
    "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
)  # fmt: skip


# Layers


def layer_map(unfreeze_from: int, image_size: int, theme: str) -> go.Figure:
    """Every layer of the backbone as a bar of its parameters: frozen hatched, trainable plain.

    Heights are linear, so that the picture shows where the numbers really sit. Hovering anywhere above
    a layer tells its name, kind, shapes and parameters.
    """
    colours, table = palette(theme), tables.layer_rows(image_size)
    top = 1.05 * max(row["parameters"] for row in table)
    frozen = [row["layer"] < unfreeze_from for row in table]
    hover = [
        f"<b>{row['layer']} · {row['name']}</b><br>{row['kind']}, {row['block']}<br>"
        f"{row['in']} → {row['out']}<br>{row['parameters']:,} parameters<br>"
        + ("frozen" if is_frozen else "learns" if row["trainable parameters"] else "nothing to learn in it")
        for row, is_frozen in zip(table, frozen, strict=True)
    ]
    bars = go.Bar(
        x=[row["layer"] for row in table],
        y=[row["parameters"] for row in table],
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        width=0.9,
        marker={
            "color": [colours.frozen if is_frozen else colours.trainable for is_frozen in frozen],
            "line": {"width": 0},
        },
    )
    figure = go.Figure([_frozen_part(unfreeze_from, top, theme), bars])
    figure.add_vline(x=unfreeze_from - 0.5, line={"color": colours.text, "width": 2})
    sides = [(-8, "right", "frozen", colours.frozen, unfreeze_from > 0)]
    sides.append((8, "left", "learns", colours.trainable, unfreeze_from < BACKBONE_LAYERS))
    for shift, anchor, text, colour, shown in sides:
        if shown:
            at_edge = anchor == "right" and unfreeze_from < 14
            figure.add_annotation(
                x=unfreeze_from - 0.5, y=1.0, yref="paper", yanchor="bottom", xanchor=anchor,
                xshift=shift, showarrow=False, font={"color": colour, "size": 14},
                text="" if at_edge else f"<b>{text}</b>",
            )  # fmt: skip
    figure.update_layout(
        height=330, margin={"l": 8, "r": 8, "t": 28, "b": 8}, showlegend=False, barmode="overlay",
        hovermode="x", hoverlabel={"align": "left"},
        xaxis={"title": "layer, from input to output", "range": [-1, BACKBONE_LAYERS], "showgrid": False,
               "tickvals": [*range(0, 150, 25), 153]},
        yaxis={"title": "parameters", "tickformat": ",", "range": [0, top]},
    )  # fmt: skip
    return figure


def _frozen_part(unfreeze_from: int, height: float, theme: str) -> go.Bar:
    """Hatching behind the frozen layers: bars a few pixels wide could not show it themselves."""
    hatching = {"shape": "/", "fgcolor": palette(theme).frozen, "fgopacity": 0.3, "size": 9, "solidity": 0.12}
    return go.Bar(
        x=[(unfreeze_from - 1) / 2], y=[height], width=[unfreeze_from], hoverinfo="skip",
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}, "pattern": hatching},
    )  # fmt: skip


def what_still_learns(unfreeze_from: int, theme: str) -> alt.LayerChart:
    """Share of the backbone's parameters that still learn, by layers frozen: a step at every layer.

    The dotted diagonal is what one would guess if every layer held as much as every other. Ticks along
    the bottom are the positions that change nothing.
    """
    colours = palette(theme)
    frame = tables.by_position()
    x = alt.X("frozen:Q", title="layers frozen (ticks: no effect)",
              scale=alt.Scale(domain=[0, BACKBONE_LAYERS], nice=False),
              axis=alt.Axis(values=[0, 25, 50, 75, 100, 125, 154], grid=False))  # fmt: skip
    y = alt.Y("share:Q", title="parameters that learn", scale=alt.Scale(domain=[0, 1], nice=False),
              axis=alt.Axis(format=".0%", tickCount=5))  # fmt: skip
    tip = [
        alt.Tooltip("frozen:Q", title="layers frozen"),
        alt.Tooltip("learning:Q", title="parameters that learn", format=","),
        alt.Tooltip("share:Q", title="share", format=".1%"),
        alt.Tooltip("says:N", title="this position"),
    ]
    guess = pd.DataFrame({"frozen": [0, BACKBONE_LAYERS], "share": [1.0, 0.0]})
    diagonal = alt.Chart(guess).mark_line(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6)
    words_on_it = pd.DataFrame({"frozen": [60], "share": [1 - 60 / BACKBONE_LAYERS], "text": [_GUESS]})
    said = alt.Chart(words_on_it).mark_text(
        color=colours.muted, align="right", baseline="top", fontSize=11, dy=4
    )
    line = alt.Chart(frame).mark_line(color=colours.trainable, strokeWidth=2.4, interpolate="step-after")
    rug = (
        alt.Chart(frame)
        .transform_filter("!datum.changes")
        .mark_tick(color=colours.muted, thickness=1.2, height=9, orient="vertical", yOffset=-5)
    )
    reach = alt.Chart(frame).mark_rule(opacity=0, strokeWidth=6)
    here = frame[frame["frozen"] == unfreeze_from].assign(
        text=lambda row: row["share"].map(lambda share: f"{share:.0%} still learns")
    )
    right = unfreeze_from < 95
    dot = alt.Chart(here)
    layers_ = [
        diagonal.encode(x=x, y=y),
        said.encode(x=x, y=y, text="text:N"),
        dot.mark_rule(color=colours.text, strokeWidth=1.5).encode(x=x),
        line.encode(x=x, y=y),
        rug.encode(x=x, y=alt.YDatum(0)),
        reach.encode(x=x, tooltip=tip),
        dot.mark_point(filled=True, size=120, opacity=1, color=colours.trainable).encode(x=x, y=y),
        dot.mark_text(
            color=colours.text, fontSize=13, fontWeight=600, align="left" if right else "right",
            dx=10 if right else -10, dy=16, baseline="middle",
        ).encode(x=x, y=y, text="text:N"),
    ]  # fmt: skip
    return alt.layer(*layers_).properties(height=330)


def shape_flow(image_size: int, units: int, theme: str) -> alt.LayerChart:
    """The picture's way through the network: side of the map as height, number of channels above it."""
    colours = palette(theme)
    frame = tables.flow(image_size, units)
    frame["low"], frame["high"] = -frame["side"] / 2, frame["side"] / 2
    edge = image_size * 0.62
    axis = alt.Axis(labelAngle=-90, labelFontSize=11, labelLimit=90, ticks=False, domain=False)
    x = alt.X("step:N", sort=list(frame["step"]), title=None, axis=axis)
    y = alt.Y(
        "low:Q", title="side of the map, px", scale=alt.Scale(domain=[-edge, edge], nice=False), axis=None
    )
    tip = [
        alt.Tooltip("step:N", title="after"),
        alt.Tooltip("shape:N"),
        alt.Tooltip("values:Q", title="numbers an image", format=","),
    ]
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    hues = alt.Scale(
        domain=["picture", "backbone", "head"], range=[colours.muted, colours.frozen, colours.trainable]
    )
    part = alt.Color("part:N", legend=None, scale=hues)
    boxes = base.mark_bar(width={"band": 0.62}, cornerRadius=2).encode(y=y, y2="high:Q", color=part)
    sides = base.transform_filter("datum.new_side").mark_text(
        baseline="bottom", dy=-4, fontSize=11, fontWeight=600, color=colours.text
    )
    channels = base.transform_filter("datum.new_channels").mark_text(
        baseline="top", dy=5, fontSize=10, color=colours.muted
    )
    return alt.layer(
        boxes,
        sides.encode(y="high:Q", text="side_text:N"),
        channels.encode(y="low:Q", text="channels:N"),
    ).properties(height=300)


# Data


def class_balance(counts: Sequence[int], classes: Sequence[str], theme: str) -> alt.LayerChart:
    """Images a class in one split, each with its number."""
    colours = palette(theme)
    frame = pd.DataFrame({"class": list(classes), "images": list(counts)})
    colour = _class_colour(classes, theme)
    top = max([1, *counts])
    base = alt.Chart(frame).encode(
        y=alt.Y("class:N", sort=list(classes), title=None, axis=alt.Axis(labelLimit=110, grid=False)),
        tooltip=["class:N", alt.Tooltip("images:Q", format=",")],
    )
    x = alt.X("images:Q", title="images", scale=alt.Scale(domain=[0, 1.22 * top], nice=False),
              axis=alt.Axis(tickCount=3, format=",d", tickMinStep=1))  # fmt: skip
    bars = base.mark_bar(height={"band": 0.7}).encode(x=x, color=colour)
    numbers = base.mark_text(align="left", dx=4, fontSize=11, color=colours.text)
    return alt.layer(bars, numbers.encode(x=x, text=alt.Text("images:Q", format=","))).properties(
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
        tooltip=["split:N", alt.Tooltip("images:Q", format=",")], y=alt.value(34), y2=alt.value(64)
    )
    shade = alt.Opacity("split:O", sort=list(counts), legend=None, scale=alt.Scale(
        domain=list(counts), range=[0.85, 0.5, 0.25]))  # fmt: skip
    parts = base.mark_bar(color=colours.muted, stroke=colours.paper, strokeWidth=3)
    names = alt.Chart(frame).mark_text(fontSize=12, fontWeight=600, color=colours.text, baseline="top")
    numbers = alt.Chart(frame).mark_text(fontSize=11, color=colours.text, baseline="top")
    return alt.layer(
        parts.encode(x=x, x2="end:Q", opacity=shade),
        names.encode(x=alt.X("middle:Q", axis=None), y=alt.value(0), text="split:N"),
        numbers.encode(x=alt.X("middle:Q", axis=None), y=alt.value(15), text="text:N"),
    ).properties(height=66)


# Features


def feature_scatter(
    projection: Projection, labels: np.ndarray, names: Sequence[str], classes: Sequence[str], theme: str
) -> alt.LayerChart:
    """Images by their first two principal components: a hue and a shape a class, names on the clouds.

    Args:
        labels: int (n,), index into `classes`.
        names: Each image's file name, for its tooltip.
    """
    colours = palette(theme)
    frame = pd.DataFrame(
        {
            "x": projection.points[:, 0],
            "y": projection.points[:, 1],
            "class": [classes[label] for label in labels],
            "image": list(names),
        }
    )
    axes = [f"component {i} ({share:.0%} of the spread)" for i, share in enumerate(projection.explained, 1)]
    x = alt.X("x:Q", title=axes[0], axis=alt.Axis(tickCount=5), scale=alt.Scale(nice=True, zero=False))
    y = alt.Y("y:Q", title=axes[1], axis=alt.Axis(tickCount=5), scale=alt.Scale(nice=True, zero=False))
    legend = None if len(classes) > len(SHAPES) else _legend(classes)
    marks = [SHAPES[_shape_of(i, len(classes))] for i in range(len(classes))]
    scale = alt.Scale(domain=list(classes), range=marks)
    shape = alt.Shape("class:N", sort=list(classes), legend=legend, scale=scale)
    colour = _class_colour(classes, theme, legend)
    tip = ["class:N", "image:N"]
    points = alt.Chart(frame).mark_point(size=34, filled=True, opacity=0.75)
    layers_ = [points.encode(x=x, y=y, color=colour, shape=shape, tooltip=tip)]
    if len(classes) <= MOST_DIRECT_LABELS:
        middles = frame.groupby("class", sort=False)[["x", "y"]].median().reset_index()
        name = alt.Chart(middles).encode(x=x, y=y, text="class:N")
        layers_ += [
            name.mark_text(
                fontSize=15, fontWeight=700, stroke=colours.paper, strokeWidth=5, strokeJoin="round"
            ),
            name.mark_text(fontSize=15, fontWeight=700, color=colours.text),
        ]
    return alt.layer(*layers_).properties(height=430)


def _legend(classes: Sequence[str]) -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=0 if len(classes) <= 5 else 5, symbolOpacity=1)


def _shape_of(index: int, num_classes: int) -> int:
    """Up to ten classes get a shape each; beyond that colour and shape together tell classes apart."""
    return index if num_classes <= len(SHAPES) else (index // len(SHAPES)) % len(SHAPES)


def _class_colour(classes: Sequence[str], theme: str, legend: alt.Legend | None = None) -> alt.Color:
    hues = palette(theme).classes
    scale = alt.Scale(domain=list(classes), range=[hues[i % len(hues)] for i in range(len(classes))])
    return alt.Color("class:N", sort=list(classes), scale=scale, legend=legend)


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
