"""Accuracy with its interval, and the confusion matrix."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette, phase_colours
from core.results import PHASES, Evaluation

MOST_LETTERS = 36  # of all classes, beside each other below a confusion matrix on a phone; more stand upright
MOST_CLASSES_WITH_NUMBERS = 20  # a larger confusion matrix shows shades only


@dataclass(frozen=True)
class AccuracyRow:
    """One dot with its interval. `phase` is a name of `results.PHASES`."""

    label: str
    phase: str
    evaluation: Evaluation


def accuracy_dots(rows: Sequence[AccuracyRow], theme: str, baseline: float | None = None) -> alt.LayerChart:
    """Accuracies as dots with their 95% interval on one axis, which starts just below what is shown."""
    frame = pd.DataFrame(
        [
            {
                "label": row.label,
                "phase": row.phase,
                "accuracy": row.evaluation.accuracy,
                "low": row.evaluation.interval[0],
                "high": row.evaluation.interval[1],
                "said": f"{row.evaluation.correct:,} of {row.evaluation.n:,}",
            }
            for row in rows
        ],
        columns=["label", "phase", "accuracy", "low", "high", "said"],
    )
    shown = [row.evaluation.interval[0] for row in rows] + ([baseline] if baseline is not None else [])
    lowest = min(shown, default=0.0)
    start = max(0.0, math.floor(20 * lowest - 0.4) / 20)
    colours = palette(theme)
    x = alt.X("low:Q", title="accuracy, with 95% interval", scale=alt.Scale(domain=[start, 1], nice=False),
              axis=alt.Axis(format=".0%", tickCount=6))  # fmt: skip
    y = alt.Y("label:N", title=None, sort=list(frame["label"]), axis=None)
    colour = alt.Color("phase:N", legend=None, scale=alt.Scale(
        domain=list(PHASES), range=phase_colours(theme)))  # fmt: skip
    tip = [
        alt.Tooltip("label:N", title="run"),
        alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("said:N", title="right"),
        alt.Tooltip("low:Q", format=".1%"),
        alt.Tooltip("high:Q", format=".1%"),
    ]
    base = alt.Chart(frame).encode(y=y, color=colour, tooltip=tip)
    spans = base.mark_rule(strokeWidth=3, opacity=0.55).encode(x=x, x2=alt.X2("high:Q"))
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(x=alt.X("accuracy:Q"))
    names = alt.Chart(frame).mark_text(align="left", dy=-14, fontSize=12, color=colours.text)
    names = names.encode(
        x=alt.XValue(0), y=y, text=alt.Text("label:N")
    )  # above: beside it a phone has no room
    layers = [spans, dots, names]
    if baseline is not None:
        line = pd.DataFrame({"low": [baseline], "text": ["always the commonest class"]})
        rule = alt.Chart(line).mark_rule(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6).encode(x=x)
        words = alt.Chart(line).mark_text(
            align="left", dx=4, baseline="bottom", color=colours.muted, fontSize=12
        )
        layers += [rule, words.encode(x=x, y=alt.YValue(-5), text=alt.Text("text:N"))]
    return layered(*layers).properties(height=84 + 40 * len(rows))


def confusion_heatmap(
    evaluation: Evaluation, classes: Sequence[str], theme: str, shown: Sequence[int] | None = None
) -> alt.LayerChart:
    """True classes down, predicted ones across, shaded by share of the row; right answers are outlined.

    Args:
        shown: Positions of the classes that have a row and a column; all of them without it.
    """
    colours = palette(theme)
    rows = []
    shown = range(len(classes)) if shown is None else shown
    for true in shown:
        total = sum(evaluation.confusion[true])
        for predicted in shown:
            number = evaluation.confusion[true][predicted]
            share = number / total if total else 0.0
            rows.append({"true": classes[true], "predicted": classes[predicted], "images": number,
                         "share": share, "right": true == predicted})  # fmt: skip
    classes = [classes[at] for at in shown]
    frame = pd.DataFrame(rows, columns=["true", "predicted", "images", "share", "right"])
    few = len(classes) <= MOST_CLASSES_WITH_NUMBERS
    overlap = not few
    letters = len(classes) * max((len(name) for name in classes), default=0)
    axis = alt.Axis(
        labelAngle=0 if letters <= MOST_LETTERS else -90, labelLimit=180, grid=False, labelOverlap=overlap
    )
    base = alt.Chart(frame).encode(
        x=alt.X("predicted:N", sort=list(classes), title="predicted", axis=axis),
        y=alt.Y("true:N", sort=list(classes), title="true class",
                axis=alt.Axis(labelLimit=180, grid=False, labelOverlap=overlap)),
        tooltip=["true:N", "predicted:N", "images:Q",
                 alt.Tooltip("share:Q", format=".1%", title="of the class")],
    )  # fmt: skip
    shade = alt.Scale(domain=[0, 1], range=[colours.paper, colours.classes[0]], interpolate="rgb")
    cells = base.mark_rect().encode(color=alt.Color("share:Q", legend=None, scale=shade))
    outline = base.transform_filter("datum.right").mark_rect(
        fillOpacity=0, stroke=colours.text, strokeWidth=1.5
    )
    layers = [cells, outline]
    if few:
        ink = alt.condition("datum.share > 0.55", alt.value(colours.paper), alt.value(colours.text))
        layers.append(base.transform_filter("datum.images > 0").mark_text(fontSize=12).encode(
            text=alt.Text("images:Q"), color=ink))  # fmt: skip
    side = min(480, max(200, 60 + 27 * len(classes)))
    return layered(*layers).properties(height=side)
