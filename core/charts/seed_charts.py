"""What repetition shows: bands of learning curves over seeds, and accuracies with their spread."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.charts.curves import baseline_layers, epoch_ticks, label_places
from core.charts.layering import layered
from core.charts.palette import palette, phase_colours
from core.compare.seeds import BandEpoch
from core.results import PHASES

HEIGHT = 280  # px
DASHES = ([1, 0], [6, 4], [2, 3], [9, 3, 2, 3])  # one a recipe: colours say the phase


def _colour(theme: str) -> alt.Color:
    return alt.Color("phase:N", legend=None, scale=alt.Scale(domain=list(PHASES), range=phase_colours(theme)))


def seed_bands(
    bands: Mapping[str, Sequence[BandEpoch]], theme: str, baseline: float | None = None
) -> alt.LayerChart:
    """Validation accuracy by epoch: the band from the lowest to the highest seed, and the mean as a line.

    Args:
        bands: Recipe as it is called -> its epochs. Several are told apart by their dashes and names.
        baseline: Accuracy of always naming the commonest class; its line is drawn where the axis has it.
    """
    frame = pd.DataFrame(
        [
            [label, one.phase, one.epoch, one.mean, one.low, one.high, one.seeds]
            for label, epochs in bands.items()
            for one in epochs
        ],
        columns=["recipe", "phase", "epoch", "value", "low", "high", "seeds"],
    )
    low = max(0.0, math.floor(20 * frame["low"].min() - 0.2) / 20)  # near: a band is a few points high
    high = min(1.0, math.ceil(20 * frame["high"].max() + 0.2) / 20)
    longest = int(frame["epoch"].max())
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(values=epoch_ticks(longest), format="d", grid=False),
              scale=alt.Scale(domain=[0.6, longest + max(1.6, 0.2 * longest)], nice=False))  # fmt: skip
    how = {"title": "validation accuracy", "axis": alt.Axis(format=".0%", tickCount=5),
           "scale": alt.Scale(domain=[low, high], nice=False, clamp=True)}  # fmt: skip
    y, bottom = alt.Y("value:Q", **how), alt.Y("low:Q", **how)
    dash = alt.StrokeDash(
        "recipe:N", legend=None, scale=alt.Scale(domain=list(bands), range=list(DASHES[: len(bands)]))
    )
    tip = [
        alt.Tooltip("recipe:N"),
        alt.Tooltip("epoch:Q"),
        alt.Tooltip("seeds:Q"),
        alt.Tooltip("value:Q", title="mean", format=".1%"),
        alt.Tooltip("low:Q", title="lowest", format=".1%"),
        alt.Tooltip("high:Q", title="highest", format=".1%"),
    ]
    base = alt.Chart(frame).encode(x=x, color=_colour(theme), detail=alt.Detail("recipe:N"), tooltip=tip)
    layers = [
        base.mark_area(opacity=0.22).encode(y=bottom, y2=alt.Y2("high:Q")),
        base.mark_line(strokeWidth=2.2).encode(y=y, strokeDash=dash),
        base.mark_point(filled=True, size=22, opacity=1).encode(y=y),
        _names(bands, low, high).mark_text(align="left", dx=8, fontSize=12).encode(
            x=x, y=y, text=alt.Text("recipe:N"), color=_colour(theme)),
    ]  # fmt: skip
    if baseline is not None and baseline >= low:
        layers += baseline_layers(baseline, y, theme)
    return layered(*layers).properties(height=HEIGHT)


def _names(bands: Mapping[str, Sequence[BandEpoch]], low: float, high: float) -> alt.Chart:
    """The recipes' letters at the ends of their lines."""
    ends = {label: epochs[-1] for label, epochs in bands.items()}
    places = label_places([one.mean for one in ends.values()], low, high)
    rows = [
        [label.split(" ·")[0], one.phase, one.epoch, place]
        for (label, one), place in zip(ends.items(), places, strict=True)
    ]
    return alt.Chart(pd.DataFrame(rows, columns=["recipe", "phase", "epoch", "value"]))


@dataclass(frozen=True)
class Spread:
    """A network's accuracy measured several times.

    Attributes:
        phase: A name of `results.PHASES`.
        values: What each measurement gave, by its name, such as `seed 43` or `fold 2`.
        centre, low, high: The accuracy that is reported, with its 95% interval; NaN where there is none.
    """

    label: str
    phase: str
    values: dict[str, float]
    centre: float
    low: float
    high: float


def spread_dots(rows: Sequence[Spread], theme: str, title: str) -> alt.LayerChart:
    """Each measurement as a ring, and below them what is reported, a dot with its interval."""
    colours = palette(theme)
    single = pd.DataFrame(
        [[row.label, row.phase, name, value] for row in rows for name, value in row.values.items()],
        columns=["label", "phase", "name", "value"],
    )
    whole = pd.DataFrame(
        [[row.label, row.phase, row.centre, row.low, row.high] for row in rows],
        columns=["label", "phase", "value", "low", "high"],
    )
    seen = [*single["value"], *whole["low"].dropna(), *whole["high"].dropna()]
    ends = [max(0.0, min(seen) - 0.02), min(1.0, max(seen) + 0.02)]
    x_of = {
        "title": title,
        "axis": alt.Axis(format=".0%", tickCount=6),
        "scale": alt.Scale(domain=ends, nice=False),
    }
    y = alt.Y("label:N", title=None, sort=[row.label for row in rows], axis=None)
    names = (
        alt.Chart(whole)
        .mark_text(align="left", fontSize=12, color=colours.text)
        .encode(x=alt.XValue(0), y=y, yOffset=alt.YOffsetValue(6), text=alt.Text("label:N"))
    )  # above: beside them a phone has no room
    rings = alt.Chart(single).encode(
        y=y, yOffset=alt.YOffsetValue(20), color=_colour(theme),
        tooltip=["label:N", "name:N", alt.Tooltip("value:Q", title="accuracy", format=".1%")],
    )  # fmt: skip
    base = alt.Chart(whole).encode(
        y=y, yOffset=alt.YOffsetValue(33), color=_colour(theme),
        tooltip=["label:N", alt.Tooltip("value:Q", title="accuracy", format=".1%"),
                 alt.Tooltip("low:Q", format=".1%"), alt.Tooltip("high:Q", format=".1%")],
    )  # fmt: skip
    spans = base.transform_filter("isValid(datum.low)")
    return layered(
        names,
        rings.mark_point(size=60, opacity=0.9, strokeWidth=1.6).encode(x=alt.X("value:Q", **x_of)),
        spans.mark_rule(strokeWidth=3, opacity=0.55, clip=True).encode(
            x=alt.X("low:Q", **x_of), x2=alt.X2("high:Q")),
        base.mark_point(filled=True, size=110, opacity=1, stroke=colours.paper).encode(
            x=alt.X("value:Q", **x_of)),
    ).properties(height=84 + 46 * len(rows))  # fmt: skip
