"""How far a network's probabilities can be believed, and what each threshold would do, as figures."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette, phase_colours
from core.compare.calibration import STRATEGIES, Calibration
from core.compare.threshold import Alarms, PrecisionRecall, percent_of
from core.results import PHASES

HEIGHT = 300  # px


def _phase_colour(phase: str, theme: str) -> str:
    return phase_colours(theme)[PHASES.index(phase)]


def reliability_diagram(found: Calibration, phase: str, theme: str) -> alt.LayerChart:
    """Accuracy by confidence, a dot with its 95% interval a bin; on the dotted line it is calibrated.

    Bins of equal width carry their number of images along the top; those of equal count need none.

    Args:
        phase: A name of `results.PHASES`, for the colour.
    """
    colours = palette(theme)
    frame = pd.DataFrame(
        [
            {
                "confidence": one.confidence,
                "accuracy": one.accuracy,
                "low": one.interval[0],
                "high": one.interval[1],
                "centre": (max(one.low, found.bins[0].low) + one.high) / 2,
                "images": f"{one.n:,}",
                "said": f"{one.right:,} of {one.n:,}",
            }
            for one in found.bins
        ]
    )
    left = min(0.9, max(0.0, found.bins[0].low - 0.02))
    ends = pd.DataFrame({"confidence": [left, 1.0], "accuracy": [left, 1.0]})
    title = "confidence: the probability of the class it names"
    scale, axis = alt.Scale(domain=[left, 1.01], nice=False), alt.Axis(format=".0%", tickCount=6, grid=False)
    x = alt.X("confidence:Q", title=title, scale=scale, axis=axis)
    y = alt.Y("accuracy:Q", title="accuracy in the bin", scale=alt.Scale(domain=[0, 1], nice=False),
              axis=alt.Axis(format=".0%", tickCount=6))  # fmt: skip
    tip = [
        alt.Tooltip("confidence:Q", title="says", format=".1%"),
        alt.Tooltip("accuracy:Q", title="is right", format=".1%"),
        alt.Tooltip("said:N", title="right"),
        alt.Tooltip("low:Q", format=".1%"),
        alt.Tooltip("high:Q", format=".1%"),
    ]
    base = alt.Chart(frame).encode(x=x, tooltip=tip)
    colour = _phase_colour(phase, theme)
    layers = [
        alt.Chart(ends).mark_line(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6).encode(x=x, y=y),
        base.mark_line(strokeWidth=1.2, opacity=0.6, color=colour).encode(y=y),
        base.mark_rule(strokeWidth=3, opacity=0.5, color=colour).encode(
            y=alt.Y("low:Q", title="accuracy in the bin"), y2=alt.Y2("high:Q")
        ),
        base.mark_point(filled=True, size=90, opacity=1, color=colour).encode(y=y),
    ]
    if found.strategy == STRATEGIES[0]:
        counts = alt.Chart(frame).mark_text(color=colours.muted, fontSize=12, baseline="bottom")
        layers.append(
            counts.encode(
                x=alt.X("centre:Q", title=title, scale=scale), y=alt.YValue(-3), text=alt.Text("images:N")
            )
        )
    return layered(*layers).properties(height=HEIGHT)


def precision_recall_chart(
    curve: PrecisionRecall, chosen: Alarms, usual: Alarms, phase: str, theme: str
) -> alt.LayerChart:
    """Precision by recall over all thresholds, the chosen one as a diamond and the usual 50% as a ring.

    In steps, since a straight line between two thresholds would promise what neither gives (Davis and
    Goadrich, "The Relationship Between Precision-Recall and ROC Curves", ICML 2006).

    Args:
        curve, chosen, usual: Of the same images.
        phase: A name of `results.PHASES`, for the colour.
    """
    colours, colour = palette(theme), _phase_colour(phase, theme)
    steps = pd.DataFrame(
        {
            "recall": curve.recall,
            "precision": curve.precision,
            "threshold": [percent_of(value) for value in curve.thresholds],
        }
    )[max(0, int((curve.recall == 1).sum()) - 1) :]  # once all are found, a lower threshold only costs
    share = {
        "scale": alt.Scale(domain=[0, 1.02], nice=False),
        "axis": alt.Axis(format=".0%", tickCount=6),
    }
    x = alt.X("recall:Q", title="recall: share of the class that is found", **share)
    y = alt.Y("precision:Q", title="precision: share of alarms that are right", **share)
    tip = [alt.Tooltip("threshold:N"), alt.Tooltip("recall:Q", format=".1%"),
           alt.Tooltip("precision:Q", format=".1%")]  # fmt: skip
    marks = pd.DataFrame(
        [
            {"recall": one.recall, "precision": one.precision, "threshold": percent_of(one.threshold),
             "shape": shape, "text": text, "below": below}
            for one, shape, text, below in (
                (usual, "circle", "usual 50%", False),
                (chosen, "diamond", f"threshold {percent_of(chosen.threshold)}", True),
            )
            if one.alarms
        ],
        columns=["recall", "precision", "threshold", "shape", "text", "below"],
    )  # fmt: skip
    shape = alt.Shape("shape:N", legend=None, scale=alt.Scale(
        domain=["circle", "diamond"], range=["circle", "diamond"]))  # fmt: skip
    fill = alt.condition("datum.shape == 'diamond'", alt.value(colours.text), alt.value(colours.paper))
    spot = alt.Chart(marks).encode(x=x, y=y, tooltip=tip)
    named = [
        spot.transform_filter(f"datum.below === {flag}").mark_text(
            align="right", dx=-10, dy=shift, fontSize=12, color=colours.text
        ).encode(text=alt.Text("text:N"))
        for flag, shift in (("true", 15), ("false", -13))
    ]  # fmt: skip
    return layered(
        alt.Chart(steps).mark_line(color=colour, strokeWidth=2.2, interpolate="step-before").encode(
            x=x, y=y, order=alt.Order("recall:Q"), tooltip=tip),
        spot.mark_point(size=130, opacity=1, stroke=colours.text, strokeWidth=2).encode(
            shape=shape, fill=fill),
        *named,
    ).properties(height=HEIGHT)  # fmt: skip
