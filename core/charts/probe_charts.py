"""The figure of linear probes by depth. Altair."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette

CHANCE = "always the commonest class"
PRETRAINED, TUNED, CONTROL = "as pretrained", "after fine-tuning", "labels shuffled"
_ACCURACY = "validation accuracy of a linear probe"
_ABOVE, _BELOW = -14, 18  # px from a point to its name


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
        *_probes(before, PRETRAINED, x, colours.frozen, [1, 0], _name_side(before, after)),
    ]
    if after is not None:
        apart = (before["accuracy"] != after["accuracy"]).to_numpy()
        start = max(0, int(apart.argmax()) - 1) if apart.any() else len(after) - 1
        side = _ABOVE + _BELOW - _name_side(before, after)
        drawn += _probes(after.iloc[start:], TUNED, x, colours.trainable, [6, 3], side)
    return layered(*drawn).properties(height=400)


def _y(field: str = "accuracy") -> alt.Y:
    axis = alt.Axis(format=".0%", tickCount=6)
    return alt.Y(f"{field}:Q", title=_ACCURACY, scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)


def _name_side(before: pd.DataFrame, after: pd.DataFrame | None) -> int:
    """Where the name of `before` stands at the top of the network: away from the other line."""
    lower = after is not None and before["accuracy"].iloc[-1] < after["accuracy"].iloc[-1]
    return _BELOW if lower or after is None else _ABOVE


def _chance(commonest: float, colour: str) -> list[alt.Chart]:
    line = alt.Chart(pd.DataFrame({"accuracy": [commonest], "text": [CHANCE]}))
    return [
        line.mark_rule(color=colour, strokeDash=[2, 4]).encode(y=_y()),
        line.mark_text(color=colour, align="left", dx=4, dy=26, fontSize=12).encode(
            x=alt.XValue(0), y=_y(), text=alt.Text("text:N")
        ),
    ]


def _probes(
    frame: pd.DataFrame, name: str, x: alt.X, colour: str, dash: list[int], name_side: int
) -> list[alt.Chart]:
    tip = [
        alt.Tooltip("depth:N"), alt.Tooltip("layer:N"), alt.Tooltip("numbers:Q", title="numbers an image"),
        alt.Tooltip("accuracy:Q", title=name, format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"), alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("control:Q", title=CONTROL, format=".1%"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    said = alt.Chart(frame.tail(1).assign(text=name)).encode(x=x, y=_y(), text=alt.Text("text:N"))
    return [
        base.mark_line(color=colour, strokeWidth=2, strokeDash=dash).encode(y=_y()),
        base.mark_rule(color=colour, strokeWidth=2.5, opacity=0.45).encode(y=_y("low"), y2=alt.Y2("high:Q")),
        base.mark_point(color=colour, filled=True, size=60, opacity=1).encode(y=_y()),
        said.mark_text(color=colour, fontSize=12, fontWeight=600, align="right", dx=6, dy=name_side),
    ]


def _control(frame: pd.DataFrame, x: alt.X, colour: str) -> list[alt.Chart]:
    base = alt.Chart(frame).encode(x=x)
    said = alt.Chart(frame.tail(1).assign(text=CONTROL)).encode(x=x, y=_y("control"), text=alt.Text("text:N"))
    return [
        base.mark_rule(color=colour, opacity=0.5).encode(y=_y("control_low"), y2=alt.Y2("control_high:Q")),
        base.mark_point(color=colour, shape="square", filled=False, size=40).encode(y=_y("control")),
        said.mark_text(color=colour, align="right", dx=6, dy=26, fontSize=12),
    ]
