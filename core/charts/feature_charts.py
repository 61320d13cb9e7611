"""Figures of features: the way of a batch in shapes, maps of many images, the channels of one.

Altair by default; Plotly for the map in three dimensions, which a person turns. `core.charts.palette`
says what each colour means.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.class_marks import SHAPES, class_colour, class_hues, class_shape
from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts import tables
from core.concepts.feature_map import Layout

MOST_DIRECT_LABELS = 20  # class names written on a map; more would hide the points
PICK = "picked"  # name of the selection that a click on a map makes
MAP_HEIGHT = 460  # px
CHANNEL_COLUMNS = 64  # of the grid of 1,280 channels
SHAPES_3D = ("circle", "square", "diamond", "cross", "x")

Ranges = Sequence[tuple[float, float]]


def shape_flow(image_size: int, units: int, theme: str) -> alt.LayerChart:
    """The picture's way through the network: side of the map as height, number of channels below it."""
    colours = palette(theme)
    frame = tables.flow(image_size, units)
    frame["low"], frame["high"] = -frame["side"] / 2, frame["side"] / 2
    frame["beside"] = frame["new_channels"] & frame["new_channels"].shift(fill_value=False)
    edge = image_size * 0.62
    axis = alt.Axis(labelAngle=-90, labelFontSize=12, labelLimit=90, ticks=False, domain=False)
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
    boxes = base.mark_bar(width={"band": 0.62}, cornerRadius=2).encode(y=y, y2=alt.Y2("high:Q"), color=part)
    sides = base.transform_filter("datum.new_side").mark_text(
        # towards the lower bars: on a phone a side is wider than its bar
        align="left",
        baseline="bottom",
        dx=-6,
        dy=-4,
        fontSize=12,
        fontWeight=600,
        color=colours.text,
    )
    channels = [
        base.transform_filter(f"datum.new_channels && datum.beside === {beside}").mark_text(
            baseline="top", dy=below, fontSize=12, color=colours.muted)
        for beside, below in (("false", 5), ("true", 18))  # a neighbour's number stands a line lower
    ]  # fmt: skip
    return layered(
        boxes,
        sides.encode(y=alt.Y("high:Q"), text=alt.Text("side_text:N")),
        *(one.encode(y=alt.Y("low:Q"), text=alt.Text("channels:N")) for one in channels),
    ).properties(height=300)


# Many images


def scatter(
    frame: pd.DataFrame,
    layout: Layout,
    ranges: Ranges,
    classes: Sequence[str],
    theme: str,
    picked: int | None = None,
) -> alt.LayerChart:
    """Images on a plane: a hue and a shape a class, names on the clouds, a ring around misclassified ones.

    A click picks an image: the chart's selection `PICK` holds its `number`.

    Args:
        frame: As `feature_map.map_frame` makes it; where it has a column `thumbnail` (data URIs), hovering
            shows the picture.
        ranges: Of both axes, so that two maps share them.
        picked: Number of the image to mark; the mark is there without one, too, so that only data change.
    """
    colours = palette(theme)
    ticks = alt.Axis(tickCount=5)
    x = alt.X("x:Q", title=layout.axes[0], axis=ticks, scale=_scale(ranges[0]))
    y = alt.Y("y:Q", title=layout.axes[1], axis=ticks, scale=_scale(ranges[1]))
    legend = alt.Legend(title=None, orient="bottom", columns=5, symbolOpacity=1)
    legend = legend if len(classes) <= len(SHAPES) else None
    shapes = [class_shape(at, len(classes)) for at in range(len(classes))]
    marks = alt.Scale(domain=list(classes), range=shapes)
    pick = alt.selection_point(name=PICK, fields=["number"], toggle=False, empty=False)
    points = (
        alt.Chart(frame)
        .mark_point(size=40, filled=True, opacity=0.75, cursor="pointer")
        .encode(
            x=x, y=y, color=class_colour(classes, theme, legend), tooltip=_tip(frame),
            shape=alt.Shape("class:N", sort=list(classes), legend=legend, scale=marks),
        )
        .add_params(pick)
    )  # fmt: skip
    ring = {"filled": False, "shape": "circle", "color": colours.text, "opacity": 1}
    wrong, chosen = alt.Chart(frame[frame["wrong"]]), alt.Chart(frame[frame["number"] == picked])
    drawn = [
        points,
        wrong.mark_point(size=100, strokeWidth=1.2, **ring).encode(x=x, y=y),
        chosen.mark_point(size=420, strokeWidth=3, **ring).encode(x=x, y=y),
    ]
    if len(classes) <= MOST_DIRECT_LABELS:
        name = alt.Chart(_middles(frame)).encode(x=x, y=y, text=alt.Text("class:N"))
        halo = name.mark_text(
            stroke=colours.paper, strokeWidth=5, strokeJoin="round", fontSize=15, fontWeight=700
        )
        drawn += [halo, name.mark_text(color=colours.text, fontSize=15, fontWeight=700)]
    return layered(*drawn).properties(height=MAP_HEIGHT)


def _scale(span: tuple[float, float]) -> alt.Scale:
    return alt.Scale(domain=list(span), nice=False, zero=False)


def _tip(frame: pd.DataFrame) -> list[alt.Tooltip]:
    tip = [alt.Tooltip("class:N")]
    if (frame["called"] != "").any():
        tip.append(alt.Tooltip("called:N", title="called"))
    tip.append(alt.Tooltip("file:N"))
    if "thumbnail" in frame:  # Vega's tooltip draws what is titled "image"
        tip.append(alt.Tooltip("thumbnail:N", title="image"))
    return tip


def _middles(frame: pd.DataFrame) -> pd.DataFrame:
    """Where each class's name stands: the median of its points."""
    axes = [axis for axis in "xyz" if axis in frame]
    return frame.groupby("class", sort=False)[axes].median().reset_index()


def scatter_3d(
    frame: pd.DataFrame,
    layout: Layout,
    ranges: Ranges,
    classes: Sequence[str],
    theme: str,
    picked: int | None = None,
) -> go.Figure:
    """The same in space, to be turned. Arguments as for `scatter`; `frame` has a column z."""
    colours = palette(theme)
    hues, traces = class_hues(classes, theme), []
    for at, name in enumerate(classes):
        rows = frame[frame["class"] == name]
        marker = {"size": 4, "color": hues[at], "symbol": SHAPES_3D[at % len(SHAPES_3D)], "opacity": 0.85}
        traces.append(_cloud(rows, name, marker))
    ring = {"color": colours.text, "symbol": "circle-open"}
    wrong, chosen = frame[frame["wrong"]], frame[frame["number"] == picked]
    if len(wrong):
        traces.append(_cloud(wrong, "misclassified", {**ring, "size": 7}))
    if len(chosen):
        traces.append(_cloud(chosen, "picked", {**ring, "size": 16}))
    if len(classes) <= MOST_DIRECT_LABELS:
        middles = _middles(frame)
        traces.append(
            go.Scatter3d(
                x=middles["x"], y=middles["y"], z=middles["z"], mode="text", text=middles["class"],
                textfont={"size": 15, "color": colours.text}, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    scene = {}
    for axis, title, span in zip("xyz", layout.axes, ranges, strict=True):
        said = {"text": title, "font": {"size": 12}}
        scene[f"{axis}axis"] = {"title": said, "range": span, "showticklabels": False}
    figure = go.Figure(traces)
    figure.update_layout(
        height=MAP_HEIGHT, margin={"l": 0, "r": 0, "t": 0, "b": 0}, uirevision="map",
        scene={**scene, "aspectmode": "cube", "camera": {"eye": {"x": 1.45, "y": 1.45, "z": 0.9}}},
        legend={"orientation": "h", "y": 0, "itemsizing": "constant"},
        showlegend=len(classes) <= MOST_DIRECT_LABELS,
    )  # fmt: skip
    return figure


def _cloud(rows: pd.DataFrame, name: str, marker: dict) -> go.Scatter3d:
    called = rows["called"].map(lambda said: f"<br>called {said}" if said else "")
    hover = "<b>" + rows["class"] + "</b>" + called + "<br>" + rows["file"]
    return go.Scatter3d(
        x=rows["x"], y=rows["y"], z=rows["z"], mode="markers", name=name, marker=marker, text=hover,
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


# One image


def channel_grid(pooled: np.ndarray, top: float, colour: str, theme: str) -> alt.Chart:
    """All channels of one image as a grid of shades: nothing to `top`, row by row from channel 0.

    Args:
        pooled: float (1280,), at least 0: they come after a ReLU.
        top: The darkest shade's value; share it between two grids to compare them.
        colour: `frozen` or `trainable`: a name of the palette, by the network they come from.
    """
    colours = palette(theme)
    channel = np.arange(len(pooled))
    frame = pd.DataFrame(
        {"channel": channel, "column": channel % CHANNEL_COLUMNS, "row": channel // CHANNEL_COLUMNS}
    ).assign(value=np.asarray(pooled, np.float64).round(4))
    ends = [colours.paper, getattr(colours, colour)]
    shade = alt.Scale(domain=[0, max(top, 1e-6)], range=ends, interpolate="rgb", clamp=True)
    legend = alt.Legend(title="activation", orient="right", gradientLength=110, tickCount=3)
    return (
        alt.Chart(frame)
        .mark_rect(stroke=colours.muted, strokeWidth=0.15)
        .encode(
            x=alt.X("column:O", axis=None, scale=alt.Scale(padding=0)),
            y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)),
            color=alt.Color("value:Q", scale=shade, legend=legend),
            tooltip=[alt.Tooltip("channel:Q"), alt.Tooltip("value:Q", title="activation", format=".3f")],
        )
        .properties(height=150)
    )
