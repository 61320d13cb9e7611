"""Trained networks side by side as the arms of one comparison: their validation curves on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.charts.curves import Curve, baseline_layers, epoch_ticks, label_places, value_domain
from core.charts.layering import layered
from core.charts.palette import phase_colours
from core.results import EpochMetrics
from core.wording.words import PHASE_NAMES

HEIGHT = 280  # px
SHAPES = ("circle", "square", "triangle-up", "diamond")


@dataclass(frozen=True)
class Arm:
    """One trained network, or one that still trains.

    Attributes:
        label: As it is called beside its curve.
        phase: Its phase in words, which gives it its colour.
        epochs: As many as are in.
    """

    label: str
    phase: str
    epochs: tuple[EpochMetrics, ...]


def arms_of(curve: Curve, labels: dict[str, str]) -> list[Arm]:
    """The phases of a run as arms, as far as it is trained.

    Args:
        labels: Phase in words -> what to call it; a phase that is not in it is left out.
    """
    found: dict[str, list[EpochMetrics]] = {}
    for index, epoch in enumerate(curve.epochs):
        found.setdefault(curve.phase(index), []).append(epoch)
    return [Arm(labels[phase], phase, tuple(epochs)) for phase, epochs in found.items() if phase in labels]


def arm_table(arms: Sequence[Arm]) -> pd.DataFrame:
    """The numbers behind the curves, one row an epoch."""
    return pd.DataFrame(
        [
            {
                "network": arm.label,
                "epoch": epoch.epoch,
                "training accuracy": epoch.accuracy,
                "validation accuracy": epoch.val_accuracy,
                "training loss": epoch.loss,
                "validation loss": epoch.val_loss,
                "seconds": epoch.seconds,
            }
            for arm in arms
            for epoch in arm.epochs
        ]
    )


_COLUMNS = ["arm", "phase", "epoch", "value"]


def arm_curves(
    arms: Sequence[Arm], planned: int, theme: str, baseline: float | None = None
) -> alt.LayerChart:
    """Validation accuracy by epoch, a line with marks of its own for each arm, its name at its end.

    Args:
        planned: Epochs in all; the axis has its full length at once.
        baseline: Accuracy of always naming the commonest class.
    """
    rows = [[arm.label, arm.phase, e.epoch, e.val_accuracy] for arm in arms for e in arm.epochs]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    low, high = value_domain("accuracy", [frame], 2, baseline)
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(values=epoch_ticks(planned), format="d", grid=False),
              scale=alt.Scale(domain=[0.6, planned + max(1.6, 0.36 * planned)], nice=False))  # fmt: skip
    y = alt.Y("value:Q", title="validation accuracy", axis=alt.Axis(format=".0%", tickCount=5),
              scale=alt.Scale(domain=[low, high], nice=False, clamp=True))  # fmt: skip
    colour = alt.Color(
        "phase:N", legend=None, scale=alt.Scale(domain=list(PHASE_NAMES.values()), range=phase_colours(theme))
    )
    labels = [arm.label for arm in arms]
    shape = alt.Shape("arm:N", legend=None, scale=alt.Scale(domain=labels, range=list(SHAPES[: len(labels)])))
    tip = [alt.Tooltip("arm:N", title="network"), alt.Tooltip("epoch:Q"),
           alt.Tooltip("value:Q", title="validation accuracy", format=".1%")]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=y, color=colour, tooltip=tip)
    names = alt.Chart(_names(arms, planned, low, high)).encode(x=x, y=y, color=colour, text=alt.Text("arm:N"))
    drawn = [
        base.mark_line(strokeWidth=2.2).encode(detail=alt.Detail("arm:N")),
        base.mark_point(filled=True, size=40, opacity=1).encode(shape=shape),
        names.transform_filter("datum.ends").mark_text(align="left", dx=9, fontSize=12),
        names.transform_filter("!datum.ends").mark_text(align="right", dx=4, dy=-12, fontSize=12),
    ]
    if baseline is not None:
        drawn += baseline_layers(baseline, y, theme)
    return layered(*drawn).properties(height=HEIGHT)


def _names(arms: Sequence[Arm], planned: int, low: float, high: float) -> pd.DataFrame:
    """Where each arm's name goes: right of its line's end, or above it where another follows it."""
    rows, last = [], [arm for arm in arms if arm.epochs and arm.epochs[-1].epoch >= planned]
    places = label_places([arm.epochs[-1].val_accuracy for arm in last], low, high)
    for arm, place in zip(last, places, strict=True):
        rows.append([arm.label, arm.phase, planned, place, True])
    for arm in arms:
        if arm.epochs and arm not in last:
            end = arm.epochs[-1]
            rows.append([arm.label, arm.phase, end.epoch, end.val_accuracy, False])
    return pd.DataFrame(rows, columns=[*_COLUMNS, "ends"])
