"""Figures of the whole network, layer by layer: what flows, where the numbers sit, what each stop costs.

Plotly for the map, which a person probes layer by layer; Altair for the rest.
"""

from itertools import groupby

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core import layers
from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts import tables
from core.config import BACKBONE_LAYERS

_GUESS = "if all were equal"
_HEIGHT = 270
_FROZEN_AXIS = alt.Axis(values=[0, 50, 100, 154], grid=False)


def layer_map(unfreeze_from: int, image_size: int, theme: str) -> go.Figure:
    """Every layer of the backbone twice: how many numbers leave it for one image, and how many it holds.

    Heights are linear in both, so that the picture shows where the numbers really are: what flows shrinks
    while what is held grows. Frozen is hatched, trainable plain. Hovering anywhere above a layer tells its
    name, kind, shapes and parameters.
    """
    colours, rows = palette(theme), tables.layer_rows(image_size)
    flows = [_values(shape) for shape in layers.output_shapes(image_size)]
    held = [row["parameters"] for row in rows]
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.13)
    hues = [colours.frozen if at < unfreeze_from else colours.trainable for at in range(BACKBONE_LAYERS)]
    hover = [_hover(row, values, unfreeze_from) for row, values in zip(rows, flows, strict=True)]
    for panel, heights in enumerate((flows, held), 1):
        figure.add_trace(_frozen_part(unfreeze_from, 1.1 * max(heights), theme), row=panel, col=1)
        bars = go.Bar(
            x=list(range(BACKBONE_LAYERS)), y=heights, width=0.9, customdata=hover,
            hovertemplate="%{customdata}<extra></extra>", marker={"color": hues, "line": {"width": 0}},
        )  # fmt: skip
        figure.add_trace(bars, row=panel, col=1)
        figure.update_yaxes(
            range=[0, 1.1 * max(heights)], tickformat="~s", nticks=4, fixedrange=True, row=panel, col=1
        )
    figure.add_vline(x=unfreeze_from - 0.5, line={"color": colours.text, "width": 2})
    _say_the_sides(figure, flows, image_size, colours.muted)
    _say_what_learns(figure, unfreeze_from, theme)
    _lay_out(figure, colours.muted)
    return figure


def _lay_out(figure: go.Figure, colour: str) -> None:
    quiet = {"size": 12, "color": colour}
    for y, title in ((1.0, "numbers that leave each layer, for one image"), (0.435, "parameters it holds")):
        figure.add_annotation(
            x=0.5, y=y, xref="paper", yref="paper", xanchor="center", yanchor="bottom", showarrow=False,
            text=title, font=quiet,
        )  # fmt: skip
    numbered = [block for block in layers.blocks() if block.label.startswith("block")]
    figure.update_xaxes(
        range=[-1, BACKBONE_LAYERS], showgrid=False, fixedrange=True,
        tickvals=[(block.start + block.end - 1) / 2 for block in numbered],
        ticktext=[block.label.removeprefix("block ") for block in numbered], tickangle=0, ticks="",
        tickfont=quiet,
    )  # fmt: skip
    figure.update_yaxes(tickfont=quiet)
    title = {"text": "block, from input (left) to output", "font": quiet}
    figure.update_xaxes(title=title, row=2, col=1)
    figure.update_layout(
        height=400, margin={"l": 8, "r": 8, "t": 44, "b": 8}, showlegend=False, barmode="overlay",
        hovermode="x", hoverlabel={"align": "left"},
    )  # fmt: skip


def _values(shape: tuple[int, int, int]) -> int:
    return shape[0] * shape[1] * shape[2]


def _hover(row: dict, values: int, unfreeze_from: int) -> str:
    frozen = row["layer"] < unfreeze_from
    does = "frozen" if frozen else "learns" if row["trainable parameters"] else "nothing to learn in it"
    return (
        f"<b>{row['layer']} · {row['name']}</b><br>{row['kind']}, {row['block']}<br>"
        f"{row['in']} → {row['out']} = {values:,} numbers<br>{row['parameters']:,} parameters<br>{does}"
    )


def _frozen_part(unfreeze_from: int, height: float, theme: str) -> go.Bar:
    """Hatching behind the frozen layers: bars a few pixels wide could not show it themselves."""
    hatching = {"shape": "/", "fgcolor": palette(theme).frozen, "fgopacity": 0.3, "size": 9, "solidity": 0.12}
    return go.Bar(
        x=[(unfreeze_from - 1) / 2], y=[height], width=[unfreeze_from], hoverinfo="skip",
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}, "pattern": hatching},
    )  # fmt: skip


def _say_the_sides(figure: go.Figure, flows: list[int], image_size: int, colour: str) -> None:
    """The side of the map over each stretch of layers that keeps it, above the stretch's highest bar."""
    shapes = layers.output_shapes(image_size)
    unpadded = [layer.index for layer in layers.layer_table() if layer.kind != "ZeroPadding2D"]
    for side, stretch in groupby(unpadded[1:], key=lambda index: shapes[index][0]):
        mine = list(stretch)
        figure.add_annotation(
            x=mine[0], y=max(flows[index] for index in mine), xanchor="left", yanchor="bottom",
            showarrow=False, text=f"{side} × {side}", font={"color": colour, "size": 12}, row=1, col=1,
        )  # fmt: skip


def _say_what_learns(figure: go.Figure, unfreeze_from: int, theme: str) -> None:
    colours = palette(theme)
    sides = [(-8, "right", "frozen", colours.frozen, unfreeze_from >= 14)]  # nearer the edge it would be cut
    sides.append((8, "left", "learns", colours.trainable, unfreeze_from <= BACKBONE_LAYERS - 14))
    for shift, anchor, text, colour, shown in sides:
        if shown:
            figure.add_annotation(
                x=unfreeze_from - 0.5, xref="x", y=1.075, yref="paper", yanchor="bottom", xanchor=anchor,
                xshift=shift, showarrow=False, font={"color": colour, "size": 14}, text=f"<b>{text}</b>",
            )  # fmt: skip


def what_still_learns(unfreeze_from: int, theme: str) -> alt.LayerChart:
    """Share of the backbone's parameters that still learn, by layers frozen: a step at every layer.

    The dotted diagonal is what one would guess if every layer held as much as every other. Ticks along
    the bottom are the positions that change nothing.
    """
    colours = palette(theme)
    frame = tables.by_position()
    x = alt.X("frozen:Q", title="layers frozen (ticks: no effect)", axis=_FROZEN_AXIS,
              scale=alt.Scale(domain=[0, BACKBONE_LAYERS], nice=False))  # fmt: skip
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1], nice=False),
              axis=alt.Axis(format=".0%", tickCount=5))  # fmt: skip
    tip = [
        alt.Tooltip("frozen:Q", title="layers frozen"),
        alt.Tooltip("learning:Q", title="parameters that learn", format=","),
        alt.Tooltip("share:Q", title="share", format=".1%"),
        alt.Tooltip("says:N", title="this position"),
    ]
    guess = pd.DataFrame({"frozen": [0, BACKBONE_LAYERS], "share": [1.0, 0.0]})
    diagonal = alt.Chart(guess).mark_line(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6)
    words_on_it = pd.DataFrame({"frozen": [70], "share": [1 - 70 / BACKBONE_LAYERS], "text": [_GUESS]})
    said = alt.Chart(words_on_it).mark_text(
        color=colours.muted, align="right", baseline="top", fontSize=12, dy=4
    )
    line = alt.Chart(frame).mark_line(color=colours.trainable, strokeWidth=2.4, interpolate="step-after")
    rug = (
        alt.Chart(frame)
        .transform_filter("!datum.changes")
        .mark_tick(color=colours.muted, thickness=1, height=8, orient="vertical", yOffset=-5)
    )
    reach = alt.Chart(frame).mark_rule(opacity=0, strokeWidth=6)
    here = frame[frame["frozen"] == unfreeze_from].assign(
        text=lambda row: row["share"].map(lambda share: f"{share:.0%} still learns")
    )
    return layered(
        diagonal.encode(x=x, y=y),
        said.encode(x=x, y=y, text=alt.Text("text:N")),
        line.encode(x=x, y=y),
        rug.encode(x=x, y=alt.YDatum(0)),
        reach.encode(x=x, tooltip=tip),
        *_mark(here, x, y, unfreeze_from, colours.trainable, theme, above=unfreeze_from > 140),
    ).properties(height=_HEIGHT, title=_title("Parameters that learn", "of the backbone's 2.26 M", theme))


def cost_curve(
    frame: pd.DataFrame, column: str, text: str, unfreeze_from: int, theme: str, *, title: str, subtitle: str
) -> alt.LayerChart:
    """One cost at every unfreeze point that `frame` has, with the current one marked.

    Args:
        frame: As `core.concepts.layer_costs.cost_frame` gives it, with a row for `unfreeze_from`.
        column: Which cost. The axis grows with its square root: the whole network costs a hundred times
            what the head does, and both must show.
        text: The current cost in words.
    """
    colours = palette(theme)
    x = alt.X("layers frozen:Q", title="layers frozen", axis=_FROZEN_AXIS,
              scale=alt.Scale(domain=[0, BACKBONE_LAYERS], nice=False))  # fmt: skip
    top = 1.2 * max(1.0, frame[column].max())
    y = alt.Y(f"{column}:Q", title=None, axis=alt.Axis(values=_root_ticks(top), format="~s"),
              scale=alt.Scale(type="sqrt", domain=[0, top], nice=False))  # fmt: skip
    tip = [alt.Tooltip("trains:N", title="unfreeze point"), alt.Tooltip("layers frozen:Q")]
    tip += [alt.Tooltip(f"{column}:Q", format=","), alt.Tooltip("stored:N", title="result stored")]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    here = frame[frame["layers frozen"] == unfreeze_from].assign(text=text)
    # what is stored costs no time: a line through it would look like a price in between
    line = base.transform_filter("!datum.stored") if column == "seconds" else base
    return layered(
        line.mark_line(color=colours.muted, strokeWidth=1.2),
        base.mark_point(color=colours.muted, filled=True, size=36, opacity=1),
        *_mark(here, x, y, unfreeze_from, colours.text, theme, above=here[column].iloc[0] < 0.04 * top),
    ).properties(height=_HEIGHT, title=_title(title, subtitle, theme))


def _root_ticks(top: float) -> list[float]:
    """Round values from 0 to `top` that stand well apart on an axis of square roots."""
    power = 10.0 ** np.floor(np.log10(top))
    rounds = [r * power / 10**k for k in range(3) for r in (5, 2, 1)]
    ticks = [next(value for value in rounds if value <= top)]
    for value in rounds:
        if min(ticks[-1] ** 0.5 - value**0.5, value**0.5) >= 0.18 * top**0.5:
            ticks.append(value)
    return [0.0, *reversed(ticks)]


def _mark(
    here: pd.DataFrame, x: alt.X, y: alt.Y, unfreeze_from: int, colour: str, theme: str, above: bool
) -> list[alt.Chart]:
    """The current unfreeze point: a line down, a dot and its number where a falling curve leaves room.

    Args:
        here: One row, with the words in `text`.
        above: Put the words over the dot, which lies near the bottom.
    """
    colours = palette(theme)
    right = unfreeze_from < 95
    dot = alt.Chart(here)
    label = dot.mark_text(
        color=colours.text, fontSize=13, fontWeight=600, align="left" if right else "right",
        dx=10 if right else -10, dy=-12 if right or above else 16, baseline="middle",
    )  # fmt: skip
    return [
        dot.mark_rule(color=colours.text, strokeWidth=1.2).encode(x=x),
        dot.mark_point(filled=True, size=110, opacity=1, color=colour).encode(x=x, y=y),
        label.encode(x=x, y=y, text=alt.Text("text:N")),
    ]


def _title(text: str, subtitle: str, theme: str) -> alt.TitleParams:
    colour = palette(theme).muted
    return alt.TitleParams(
        text, subtitle=subtitle, anchor="start", fontSize=13, subtitleFontSize=12, subtitleColor=colour
    )
