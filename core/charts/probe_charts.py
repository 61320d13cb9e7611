"""The figure of linear probes by depth. Altair."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import Palette, palette

CHANCE = "always the commonest class"
PRETRAINED, TUNED, CONTROL = "as pretrained", "after fine-tuning", "labels shuffled"
_ACCURACY = "validation accuracy of a linear probe"
_ABOVE, _BELOW = -10, 14  # px from the points to the name of their line
_UNDER_A_NAME = 5  # depths that a name is as wide as


def accuracy_by_depth(
    before: pd.DataFrame, after: pd.DataFrame | None, commonest: float, theme: str
) -> alt.LayerChart:
    """Accuracy of a probe at every depth with its 95% interval, its control, and the line of chance.

    Args:
        before: As `probe_depths.probe_frame` makes it.
        after: The same of the fine-tuned network; None where there is none. It is drawn dashed, and only
            from where the two part: what stayed frozen gives the same numbers.
        commonest: Accuracy of always naming the commonest class, in 0..1.
    """
    colours = palette(theme)
    axis = alt.Axis(labelAngle=-90, labelOverlap=False, labelFontSize=12, grid=False)
    x = alt.X("depth:N", sort=list(before["depth"]), axis=axis,
              title="depth, from the picture to the top of the network")  # fmt: skip
    drawn = [
        *_chance(commonest, colours.muted),
        *_control(before, x, colours.muted),
        *_probes(before, x, colours.frozen, [1, 0]),
        *_names(before, after, x, colours),
    ]
    if after is not None:
        apart = (before["accuracy"] != after["accuracy"]).to_numpy()
        start = max(0, int(apart.argmax()) - 1) if apart.any() else len(after) - 1
        drawn += _probes(after.iloc[start:], x, colours.trainable, [6, 3], TUNED)
    return layered(*drawn).properties(height=400)


def _y(field: str = "accuracy") -> alt.Y:
    axis = alt.Axis(format=".0%", tickCount=6)
    return alt.Y(f"{field}:Q", title=_ACCURACY, scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)


def _names(before: pd.DataFrame, after: pd.DataFrame | None, x: alt.X, colours: Palette) -> list[alt.Chart]:
    """What the lines are called: at the top of the network, the higher line's name above all that is drawn
    there, the other's below it."""
    ends = pd.concat([before.tail(_UNDER_A_NAME), *([] if after is None else [after.tail(_UNDER_A_NAME)])])
    lower = after is None or before["accuracy"].iloc[-1] < after["accuracy"].iloc[-1]
    named = [(PRETRAINED, colours.frozen, lower)]
    named += [] if after is None else [(TUNED, colours.trainable, not lower)]
    drawn = []
    for name, colour, below in named:
        place = ends["low"].min() if below else ends["high"].max()
        said = alt.Chart(before.tail(1).assign(accuracy=place, text=name))
        drawn.append(said.mark_text(
            color=colour, fontSize=12, fontWeight=600, align="right", dx=6, dy=_BELOW if below else _ABOVE
        ).encode(x=x, y=_y(), text=alt.Text("text:N")))  # fmt: skip
    return drawn


def _chance(commonest: float, colour: str) -> list[alt.Chart]:
    line = alt.Chart(pd.DataFrame({"accuracy": [commonest], "text": [CHANCE]}))
    return [
        line.mark_rule(color=colour, strokeDash=[2, 4]).encode(y=_y()),
        line.mark_text(color=colour, align="left", dx=4, dy=26, fontSize=12).encode(
            x=alt.XValue(0), y=_y(), text=alt.Text("text:N")
        ),
    ]


def _probes(
    frame: pd.DataFrame, x: alt.X, colour: str, dash: list[int], name: str = PRETRAINED
) -> list[alt.Chart]:
    tip = [
        alt.Tooltip("depth:N"), alt.Tooltip("layer:N"), alt.Tooltip("numbers:Q", title="numbers an image"),
        alt.Tooltip("accuracy:Q", title=name, format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"), alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("control:Q", title=CONTROL, format=".1%"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    return [
        base.mark_line(color=colour, strokeWidth=2, strokeDash=dash).encode(y=_y()),
        base.mark_rule(color=colour, strokeWidth=2.5, opacity=0.45).encode(y=_y("low"), y2=alt.Y2("high:Q")),
        base.mark_point(color=colour, filled=True, size=60, opacity=1).encode(y=_y()),
    ]


def _control(frame: pd.DataFrame, x: alt.X, colour: str) -> list[alt.Chart]:
    base = alt.Chart(frame).encode(x=x)
    said = alt.Chart(frame.tail(1).assign(text=CONTROL)).encode(x=x, y=_y("control"), text=alt.Text("text:N"))
    return [
        base.mark_rule(color=colour, opacity=0.5).encode(y=_y("control_low"), y2=alt.Y2("control_high:Q")),
        base.mark_point(color=colour, shape="square", filled=False, size=40).encode(y=_y("control")),
        said.mark_text(color=colour, align="right", dx=6, dy=26, fontSize=12),
    ]
