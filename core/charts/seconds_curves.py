"""Networks that learn, by the seconds it takes them: their validation curves on one axis of time."""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts.arms import SHAPES, Arm
from core.charts.curves import label_places, value_domain
from core.charts.layering import layered
from core.charts.palette import palette, phase_colours
from core.wording.words import PHASE_NAMES

HEIGHT = 290  # px
_STEPS = (5, 10, 15, 20, 30, 45, 60, 90, 120)  # s that an axis may end at; minutes after that
_GOES_ON = PHASE_NAMES["fine_tuning"]  # where feature extraction ended
_ROOM = 0.06  # of the axis, beyond its end
_LATE = 0.5  # of the axis: the name of a line that ends beyond stands above its end, not right of it
_NAME = 0.4  # of the axis, what a name takes on a phone


def axis_end(seconds: float) -> float:
    """Where an axis of time ends that has to hold so many seconds: a round number, so that a price that
    changes a little does not move it."""
    return next((step for step in _STEPS if step >= seconds), 60.0 * math.ceil(seconds / 60))


def seconds_table(arms: Sequence[Arm]) -> pd.DataFrame:
    """One row an epoch, with the seconds since the network began to learn.

    An epoch's seconds hold learning and checking, and with augmentation the features of its variants. What is
    made once for all epochs, such as the features of the images as they are, is not in them. Fine-tuning goes
    on where feature extraction ended, if that stands before it.

    Returns:
        Columns: network, phase (in words), epoch, seconds, accuracy (validation, 0..1).
    """
    rows, last = [], 0.0
    for arm in arms:
        now = last if arm.phase == _GOES_ON else 0.0
        for epoch in arm.epochs:
            now += epoch.seconds
            rows.append([arm.label, arm.phase, epoch.epoch, now, epoch.val_accuracy])
        last = now
    return pd.DataFrame(rows, columns=["network", "phase", "epoch", "seconds", "accuracy"])


def curves_over_seconds(
    arms: Sequence[Arm], end: float, theme: str, baseline: float | None = None
) -> alt.LayerChart:
    """Validation accuracy by seconds: a line with marks of its own for each network, its name at its end.

    Args:
        end: Of the axis, in seconds; it has its full length at once.
        baseline: Accuracy of always naming the commonest class.
    """
    frame = seconds_table(arms)
    low, high = value_domain("accuracy", [frame.rename(columns={"accuracy": "value"})], 2, baseline)
    x = alt.X("seconds:Q", title="seconds of learning and checking",
              axis=alt.Axis(grid=False, format="d", values=_ticks(end)),
              scale=alt.Scale(domain=[0, (1 + _ROOM) * end], nice=False))  # fmt: skip
    y = alt.Y("accuracy:Q", title="validation accuracy", axis=alt.Axis(format=".0%", tickCount=5),
              scale=alt.Scale(domain=[low, high], nice=False, clamp=True))  # fmt: skip
    phases = list(PHASE_NAMES.values())
    scale = alt.Scale(domain=phases, range=phase_colours(theme))
    colour = alt.Color("phase:N", legend=None, scale=scale)
    shapes = alt.Scale(domain=phases, range=list(SHAPES[: len(phases)]))
    tip = [alt.Tooltip("network:N"), alt.Tooltip("epoch:Q"), alt.Tooltip("seconds:Q", format=".1f"),
           alt.Tooltip("accuracy:Q", title="validation accuracy", format=".1%")]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=y, color=colour, tooltip=tip)
    lines = alt.Chart(_joined(frame)).mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour)
    points = base.mark_point(filled=True, size=36, opacity=1)
    points = points.encode(shape=alt.Shape("phase:N", legend=None, scale=shapes))
    names = alt.Chart(_names(frame, low, high, end)).encode(x=x, y=y, text=alt.Text("network:N"))
    drawn = [lines, points]
    for late, place in ((False, {"align": "left", "dx": 9}), (True, {"align": "right", "dx": 4, "dy": -13})):
        words = names.transform_filter(f"datum.late === {str(late).lower()}")
        style = {"fontSize": 12, "fontWeight": 600, **place}
        halo = words.mark_text(stroke=palette(theme).paper, strokeWidth=4, **style)
        drawn += [halo, words.mark_text(**style).encode(color=colour)]
    if baseline is not None:
        drawn = [*_baseline(baseline, end, x, y, theme), *drawn]
    return layered(*drawn).properties(height=HEIGHT)


def _ticks(end: float) -> list[float]:
    step = next(size for size in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, end) if end / size <= 8)
    return [step * number for number in range(int(end / step) + 1)]


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, and for fine-tuning one more, where feature extraction ended."""
    before = frame[frame["phase"] == PHASE_NAMES["feature_extraction"]].tail(1)
    after = frame[frame["phase"] == _GOES_ON]
    if before.empty or after.empty:
        return frame
    first = before.assign(phase=_GOES_ON, network=after["network"].iloc[0])
    return pd.concat([first, frame], ignore_index=True)


def _names(frame: pd.DataFrame, low: float, high: float, end: float) -> pd.DataFrame:
    """Where each network's name goes: right of its line's end, or above the end of a line that ends late;
    clear of the other names, and below where fine-tuning's line goes on from feature extraction's end."""
    goes_on = (frame["phase"] == _GOES_ON).any()
    rows, places = [], []
    for network, line in frame.groupby("network", sort=False):
        phase, last = str(line["phase"].iloc[-1]), float(line["seconds"].iloc[-1])
        late = last > _LATE * end
        under_it = line[line["seconds"] > last - _NAME * end] if late else line.tail(1)
        below = goes_on and phase == PHASE_NAMES["feature_extraction"]
        places.append(max(low, float(under_it["accuracy"].max()) - 0.22 * (high - low) * below))
        rows.append([network, phase, last, late])
    names = pd.DataFrame(rows, columns=["network", "phase", "seconds", "late"])
    return names.assign(accuracy=label_places(places, low, high))


def _baseline(baseline: float, end: float, x, y, theme: str) -> list[alt.Chart]:
    muted = palette(theme).muted
    frame = pd.DataFrame({"accuracy": [baseline], "seconds": [(1 + _ROOM) * end],
                          "text": ["always the commonest class"]})  # fmt: skip
    rule = alt.Chart(frame).mark_rule(color=muted, strokeDash=[1, 4], strokeWidth=1.6).encode(y=y)
    words = alt.Chart(frame).mark_text(align="right", dx=-3, dy=-7, color=muted, fontSize=12)
    return [rule, words.encode(x=x, y=y, text=alt.Text("text:N"))]
