"""Figures of the guide "which layers to freeze" and of what the pretrained network says. Altair."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core import layers
from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.freeze_guide import ADVICE, IMAGENET_PER_CLASS, SIMILAR, Place, advice
from core.config import BACKBONE_LAYERS

_FEWEST, _MOST = 1, 50_000  # images a class on the map's axis
_BAR = 0.27  # length of a case's frozen-trainable bar, on the axis of confidence


def guide_map(
    here: Place | None, others: Sequence[Place], theme: str, images_per_class: float
) -> alt.LayerChart:
    """The guide's four cases, each with its rule as a bar of frozen and trainable layers, and the data sets.

    Args:
        here: The current data set; None while its similarity is not measured: then a line at
            `images_per_class` shows all that is known.
        others: Data sets measured before.
    """
    colours = palette(theme)
    drawn = [*_cases(theme), *_borders(theme)]
    places = [other for other in others if here is None or other.dataset != here.dataset]
    if here is not None:
        places.append(here)  # last, so that it lies on top
    else:
        known = {"images": [_on_axis(images_per_class)], "text": ["this data set, somewhere on this line"]}
        line = alt.Chart(pd.DataFrame(known)).encode(y=_y())
        words = line.mark_text(color=colours.text, align="right", dx=-6, dy=-8, fontSize=12)
        drawn.append(line.mark_rule(color=colours.text, strokeDash=[5, 4]))
        drawn.append(words.encode(x=alt.XValue("width"), text=alt.Text("text:N")))
    if places:
        drawn += _points(places, here, theme)
    return layered(*drawn).properties(height=400)


def _on_axis(images_per_class: float) -> float:
    return min(max(images_per_class, _FEWEST), _MOST)


def _x(field: str = "confidence") -> alt.X:
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], grid=False)
    return alt.X(f"{field}:Q", title="confidence of the ImageNet head", axis=axis,
                 scale=alt.Scale(domain=[0, 1], nice=False))  # fmt: skip


def _y(field: str = "images") -> alt.Y:
    axis = alt.Axis(values=[1, 10, 100, 1000, 10_000], format=",d", grid=False)
    return alt.Y(f"{field}:Q", title="training images a class", axis=axis,
                 scale=alt.Scale(type="log", domain=[_FEWEST, _MOST], nice=False))  # fmt: skip


def _cases(theme: str) -> list[alt.Chart]:
    """Name, rule and bar of each case at the outer edge of its quarter, where data sets are rare."""
    colours, rows, bars = palette(theme), [], []
    for case in ADVICE:
        left = SIMILAR + 0.03 if case.similar else 0.03
        label = layers.stop_label(case.unfreeze_from)
        edge, name, rule, bar = (_MOST, 14, 47, 62) if case.large else (_FEWEST, -60, -27, -12)  # px from it
        rows.append(
            {"x": left, "edge": edge, "name": name, "rule": rule, "case": case.case.replace("and ", "and\n"),
             "says": label if label == "everything" else f"from {label}"}
        )  # fmt: skip
        cut = left + _BAR * case.unfreeze_from / BACKBONE_LAYERS
        ends = {"frozen": (left, cut), "trainable": (cut, left + _BAR)}
        bars += [
            {"x": start, "end": end, "edge": edge, "bar": bar, "part": part}
            for part, (start, end) in ends.items()
            if start < end
        ]
    hues = alt.Scale(domain=["frozen", "trainable"], range=[colours.frozen, colours.trainable])
    words = alt.Chart(pd.DataFrame(rows)).encode(x=_x("x"), y=_y("edge"))
    named = words.mark_text(
        align="left", dy=alt.expr("datum.name"), lineBreak="\n", fontSize=13, fontWeight=600,
        color=colours.text,
    )  # fmt: skip
    ruled = words.mark_text(align="left", dy=alt.expr("datum.rule"), fontSize=12, color=colours.muted)
    bar = alt.Chart(pd.DataFrame(bars)).mark_rule(strokeWidth=9, yOffset=alt.expr("datum.bar"))
    part = alt.Color("part:N", scale=hues, legend=None)
    return [
        named.encode(text=alt.Text("case:N")),
        ruled.encode(text=alt.Text("says:N")),
        bar.encode(x=_x("x"), x2=alt.X2("end:Q"), y=_y("edge"), color=part, tooltip=alt.Tooltip("part:N")),
    ]


def _borders(theme: str) -> list[alt.Chart]:
    colour = palette(theme).ghost
    upright = alt.Chart(pd.DataFrame({"confidence": [SIMILAR]})).mark_rule(color=colour, strokeWidth=1.5)
    level = alt.Chart(pd.DataFrame({"images": [IMAGENET_PER_CLASS]})).mark_rule(color=colour, strokeWidth=1.5)
    return [upright.encode(x=_x()), level.encode(y=_y())]


def _points(places: Sequence[Place], here: Place | None, theme: str) -> list[alt.Chart]:
    """A dot a data set with the interval of its confidence and its name; the current one larger."""
    colours = palette(theme)
    rows = [
        {"dataset": place.dataset, "images": _on_axis(place.images_per_class),
         "confidence": place.confidence, "low": place.interval[0], "high": place.interval[1],
         "right": place.confidence > 0.7, "case": advice(place).case,
         "hue": colours.text if place is here else colours.muted, "size": 160 if place is here else 60}
        for place in places
    ]  # fmt: skip
    hue, size = alt.Color("hue:N", scale=None), alt.Size("size:Q", scale=None)
    tip = [
        "dataset:N", alt.Tooltip("images:Q", title="images a class", format=",.0f"), "case:N",
        alt.Tooltip("confidence:Q", format=".1%"),
    ]  # fmt: skip
    base = alt.Chart(pd.DataFrame(rows)).encode(y=_y())
    name = base.encode(x=_x(), text=alt.Text("dataset:N"))
    font = {
        "align": alt.expr("datum.right ? 'right' : 'left'"), "dx": alt.expr("datum.right ? -11 : 11"),
        "dy": 13, "fontSize": 12, "fontWeight": 600,
    }  # fmt: skip
    return [
        base.mark_rule(strokeWidth=2).encode(x=_x("low"), x2=alt.X2("high:Q"), color=hue),
        base.mark_point(filled=True, opacity=1).encode(x=_x(), color=hue, size=size, tooltip=tip),
        name.mark_text(stroke=colours.paper, strokeWidth=4, strokeJoin="round", **font),
        name.mark_text(**font).encode(color=hue),
    ]


def probe_chart(record: dict, theme: str) -> alt.LayerChart:
    """Accuracy of the two linear probes: dots with 95% intervals; dotted, the commonest class's share."""
    colours = palette(theme)
    names = {"pretrained": "pretrained", "random": "random weights"}
    rows = [
        {"features": names[which], "accuracy": probe["correct"] / probe["n"], "low": probe["interval"][0],
         "high": probe["interval"][1], "text": f"{probe['correct'] / probe['n']:.1%}"}
        for which, probe in record["probes"].items()
    ]  # fmt: skip
    x = alt.X("accuracy:Q", title="a probe's validation accuracy",
              scale=alt.Scale(domain=[0, 1.1], nice=False),  # beyond the end: room for a number there
              axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]))  # fmt: skip
    hues = alt.Scale(domain=list(names.values()), range=[colours.frozen, colours.scratch])
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y(
            "features:N", title=None, sort=list(names.values()), axis=alt.Axis(labelLimit=110, grid=False)
        ),
        color=alt.Color("features:N", scale=hues, legend=None),
        tooltip=["features:N", *(alt.Tooltip(f"{at}:Q", format=".1%") for at in ("accuracy", "low", "high"))],
    )
    chance = alt.Chart(pd.DataFrame({"accuracy": [record["commonest"]]}))
    return layered(
        chance.mark_rule(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6).encode(x=x),
        base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")),
        base.mark_point(filled=True, size=110, opacity=1).encode(x=x),
        base.mark_text(dy=-13, fontSize=12, fontWeight=600).encode(x=x, text=alt.Text("text:N")),
    ).properties(height=190)


def guess_frame(probabilities: np.ndarray, names: Sequence[str], count: int = 5) -> pd.DataFrame:
    """The most probable ImageNet classes, best first.

    Args:
        probabilities: float (1000,).
        names: The 1000 class names.
    """
    best = np.argsort(-probabilities, kind="stable")[:count]
    return pd.DataFrame({"ImageNet class": [names[k] for k in best], "probability": probabilities[best]})


def guess_chart(guesses: pd.DataFrame, theme: str) -> alt.LayerChart:
    """What the pretrained network says about a picture: a bar a class, with its probability written on."""
    colours = palette(theme)
    base = alt.Chart(guesses).encode(
        y=alt.Y("ImageNet class:N", sort=None, title=None, axis=alt.Axis(labelLimit=120, grid=False)),
        x=alt.X("probability:Q", title=None, scale=alt.Scale(domain=[0, 1.18]), axis=None),
    )
    return layered(
        base.mark_bar(color=colours.frozen, height={"band": 0.62}),
        base.mark_text(color=colours.text, align="left", dx=4, fontSize=12).encode(
            text=alt.Text("probability:Q", format=".1%")
        ),
    ).properties(height=150)
