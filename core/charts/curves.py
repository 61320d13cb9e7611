"""Learning curves from epoch records: the table behind them and the figure.

A curve's specification does not depend on how many epochs are in yet, so a live chart swaps its data
and does not jump.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette, phase_colours
from core.results import EpochMetrics
from core.wording.words import PHASE_NAMES

HEIGHT = 240  # px


@dataclass(frozen=True)
class Curve:
    """The epochs of one run.

    Attributes:
        name: As the run is called on the page.
        fine_tuning_starts: Number of epochs before fine-tuning; None if it has not begun or never will.
        from_scratch: Whether it learned from random weights, in one phase.
    """

    name: str
    epochs: tuple[EpochMetrics, ...]
    fine_tuning_starts: int | None = None
    from_scratch: bool = False

    @property
    def thawed(self) -> bool:
        """Whether its last epoch was one of fine-tuning or from scratch."""
        return self.phase(len(self.epochs) - 1) != PHASE_NAMES["feature_extraction"]

    def phase(self, index: int) -> str:
        """The phase of the epoch at `index` (from 0), in words."""
        if self.from_scratch:
            return "from scratch"
        starts = self.fine_tuning_starts
        return "fine-tuning" if starts is not None and index >= starts else "feature extraction"


def curve_table(curves: Sequence[Curve]) -> pd.DataFrame:
    """The numbers behind the curves, one row an epoch."""
    return pd.DataFrame(
        [
            {
                "run": curve.name,
                "epoch": epoch.epoch,
                "phase": curve.phase(index),
                "training accuracy": epoch.accuracy,
                "validation accuracy": epoch.val_accuracy,
                "training loss": epoch.loss,
                "validation loss": epoch.val_loss,
                "seconds": epoch.seconds,
            }
            for curve in curves
            for index, epoch in enumerate(curve.epochs)
        ]
    )


_COLUMNS = ["run", "epoch", "phase", "split", "value", "last"]
_WORD = 0.26  # of the planned epochs, what a word takes on a phone
_LETTER = 15  # px that the letters of earlier runs take at their lines' ends


def _long(curves: Sequence[Curve], metric: str) -> pd.DataFrame:
    """One row an epoch and split."""
    rows = []
    for curve in curves:
        for index, epoch in enumerate(curve.epochs):
            pair = {"training": getattr(epoch, metric), "validation": getattr(epoch, f"val_{metric}")}
            last = index == len(curve.epochs) - 1
            for split, value in pair.items():
                rows.append([curve.name, epoch.epoch, curve.phase(index), split, value, last])
    return pd.DataFrame(rows, columns=_COLUMNS)


def _top_of_loss(frames: Sequence[pd.DataFrame], num_classes: int) -> float:
    """Where a loss axis ends: a guess at random costs ln(classes); anything seen above that stretches it."""
    seen = [float(frame["value"].max()) for frame in frames if len(frame)]
    return max([1.1 * math.log(max(num_classes, 2)), *[1.05 * value for value in seen]])


def learning_curve(
    curve: Curve,
    metric: str,
    planned: tuple[int, int],
    theme: str,
    *,
    num_classes: int = 2,
    baseline: float | None = None,
    ghosts: Sequence[Curve] = (),
) -> alt.LayerChart:
    """Accuracy or loss by epoch: training dashed, validation solid, a colour a phase.

    Args:
        curve: The run in front; its epochs may still be coming in.
        metric: `accuracy` or `loss`.
        planned: Epochs of feature extraction and of fine-tuning; the axis has its full length at once.
        baseline: Accuracy of always naming the commonest class.
        ghosts: Earlier runs, in grey behind.
    """
    frame = _long([curve], metric)
    ghost_frame = _long(ghosts, metric)
    ghost_frame = ghost_frame[ghost_frame["split"] == "validation"]
    longest = max([sum(planned), *[len(ghost.epochs) for ghost in ghosts]])
    low, high = value_domain(metric, [frame, ghost_frame], num_classes, baseline)
    right = longest + max(1.2, (0.44 if ghosts else 0.32) * longest)  # room for what is at the lines' ends
    x = alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(domain=[0.6, right], nice=False),
        axis=alt.Axis(values=epoch_ticks(longest), format="d", grid=False),
    )
    y = alt.Y(
        "value:Q",
        title="accuracy" if metric == "accuracy" else "loss in nats (0: sure and right)",
        scale=alt.Scale(domain=[low, high], nice=False, clamp=True),
        axis=alt.Axis(format=".0%" if metric == "accuracy" else ".1f", tickCount=5),
    )
    letters, words = _line_ends(frame, ghost_frame, longest, low, high)
    layers = [
        *_ghost_layers(ghost_frame, letters, x, y, theme),
        *_run_layers(frame, words, x, y, theme, metric, dx=7 + _LETTER * bool(ghosts)),
        *_phase_marks(planned, curve.from_scratch, right, x, theme),
    ]
    if metric == "accuracy" and baseline is not None:
        layers += baseline_layers(baseline, y, theme)
    return layered(*layers).properties(height=HEIGHT)


def value_domain(
    metric: str, frames: Sequence[pd.DataFrame], num_classes: int, baseline: float | None
) -> tuple[float, float]:
    """Where the axis of `accuracy` or `loss` begins and ends, from the columns `value` of the frames."""
    if metric == "loss":
        return 0.0, _top_of_loss(frames, num_classes)
    seen = [float(frame["value"].min()) for frame in frames if len(frame)]
    lowest = min([baseline if baseline is not None else 0.0, *seen])
    return max(0.0, math.floor(10 * lowest - 0.5) / 10), 1.0


def epoch_ticks(longest: int) -> list[int]:
    """Whole epochs, ten or so."""
    step = max(1, math.ceil(longest / 10))
    return sorted({1, *range(step, longest + 1, step)})


def _ghost_layers(frame: pd.DataFrame, names: pd.DataFrame, x, y, theme: str) -> list[alt.Chart]:
    tip = [
        alt.Tooltip("run:N", title="earlier run"),
        alt.Tooltip("epoch:Q"),
        alt.Tooltip("value:Q", format=".3f"),
    ]
    lines = alt.Chart(frame).mark_line(color=palette(theme).ghost, strokeWidth=1.5)
    letters = alt.Chart(names).mark_text(color=palette(theme).muted, align="left", dx=4, fontSize=12)
    return [
        lines.encode(x=x, y=y, detail=alt.Detail("run:N"), tooltip=tip),
        letters.encode(x=x, y=y, text=alt.Text("letter:N")),
    ]


def _line_ends(
    frame: pd.DataFrame, ghosts: pd.DataFrame, longest: int, low: float, high: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ghosts' letters, each beside its line's end, and the words beside the ends of the run's two lines:
    right of the letters where they would stand on them."""
    letters = ghosts.loc[ghosts["last"].astype(bool), ["epoch", "value", "run"]]
    letters = letters.assign(
        letter=[name.partition(" ")[0] for name in letters["run"]],
        value=label_places(list(letters["value"]), low, high),
    )
    words = frame[frame["last"].astype(bool)].drop(columns="last")
    words["value"] = label_places(list(words["value"]), low, high)
    first, last = (letters["epoch"].min(), letters["epoch"].max()) if len(letters) else (math.inf, 0)
    words["epoch"] = [max(end, last) if end + _WORD * longest >= first else end for end in words["epoch"]]
    return letters, words


def label_places(values: Sequence[float], low: float, high: float) -> list[float]:
    """Where labels beside these values go: as near as they can without covering each other or leaving."""
    gap, places = 0.075 * (high - low), list(values)
    order = sorted(range(len(values)), key=values.__getitem__)
    floor = low
    for index in order:
        places[index] = max(places[index], floor)
        floor = places[index] + gap
    ceiling = high
    for index in reversed(order):  # pushed over the top: stack downwards
        places[index] = min(places[index], ceiling)
        ceiling = places[index] - gap
    return places


def _run_layers(
    frame: pd.DataFrame, words: pd.DataFrame, x, y, theme: str, metric: str, dx: int
) -> list[alt.Chart]:
    colour = alt.Color(
        "phase:N",
        legend=None,
        scale=alt.Scale(domain=list(PHASE_NAMES.values()), range=phase_colours(theme)),
    )
    dash = alt.StrokeDash(
        "split:N", legend=None, scale=alt.Scale(domain=["training", "validation"], range=[[5, 4], [1, 0]])
    )
    value_format = ".1%" if metric == "accuracy" else ".3f"
    tip = [alt.Tooltip("split:N"), alt.Tooltip("phase:N"), alt.Tooltip("epoch:Q"),
           alt.Tooltip("value:Q", title=metric, format=value_format)]  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=y, color=colour)
    lines = base.mark_line(strokeWidth=2.2).encode(strokeDash=dash, detail=alt.Detail("split:N"), tooltip=tip)
    points = base.mark_point(filled=True, size=22, opacity=1).encode(tooltip=tip)
    named = alt.Chart(words).mark_text(align="left", dx=dx, fontSize=12)
    return [lines, points, named.encode(x=x, y=y, color=colour, text=alt.Text("split:N"))]


def _phase_marks(
    planned: tuple[int, int], from_scratch: bool, right: float, x, theme: str
) -> list[alt.Chart]:
    """The rule where fine-tuning starts and the phases' names along the top.

    Args:
        right: Where the axis ends.
    """
    first, second = planned
    colours = palette(theme)
    if from_scratch:
        return [_name_above(0.7, "from scratch", colours.scratch, x)]
    marks = []
    if first and second:
        rule = alt.Chart(pd.DataFrame({"epoch": [first + 0.5]})).mark_rule(
            color=colours.trainable, strokeDash=[2, 3], strokeWidth=1.5
        )
        marks.append(rule.encode(x=x))
    if first:
        crowded = second and first < 0.5 * right  # too short for its name beside the other
        marks.append(_name_above(0.7, "feature extraction", colours.frozen, x, row=int(crowded)))
    if second:
        name = "fine-tuning starts" if first else "fine-tuning"
        marks.append(_name_above(first + 0.6, name, colours.trainable, x))
    return marks


def _name_above(epoch: float, text: str, colour: str, x, row: int = 0) -> alt.Chart:
    """A phase's name above the figure, from an epoch on; `row` counts upwards."""
    name = alt.Chart(pd.DataFrame({"epoch": [epoch], "text": [text]})).encode(x=x, text=alt.Text("text:N"))
    style = {"align": "left", "dx": 3, "baseline": "bottom", "fontSize": 12, "fontWeight": 600}
    return name.mark_text(color=colour, **style).encode(y=alt.YValue(-12 - 14 * row))


def baseline_layers(baseline: float, y, theme: str) -> list[alt.Chart]:
    """The dotted line "always the commonest class", for an encoding of the field `value`. Its words
    stand at the right end, where curves have left it or have ended."""
    muted = palette(theme).muted
    frame = pd.DataFrame({"value": [baseline], "text": ["always the commonest class"]})
    rule = alt.Chart(frame).mark_rule(color=muted, strokeDash=[1, 4], strokeWidth=1.6).encode(y=y)
    words = alt.Chart(frame).mark_text(align="right", dx=-3, dy=-7, color=muted, fontSize=12)
    return [rule, words.encode(x=alt.XValue("width"), y=y, text=alt.Text("text:N"))]
