"""Gains of networks over one of them, each with its interval, around the line of no difference."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.statistics.gain import Gain
from core.statistics.paired import PairedVerdict
from core.wording.verdicts import VERDICTS

LEAST_REACH = 2.0  # points the axis shows on either side: a tiny gain should look tiny


@dataclass(frozen=True)
class GainRow:
    """One network against the first: `label` says which, such as `B against A`."""

    label: str
    gain: Gain
    verdict: PairedVerdict


def gain_table(rows: Sequence[GainRow]) -> pd.DataFrame:
    """The numbers behind the chart; gains in points, that is, hundredths."""
    return pd.DataFrame(
        [
            {
                "networks": row.label,
                "gain": 100 * row.gain.gain,
                "95% from": 100 * row.gain.low,
                "95% to": 100 * row.gain.high,
                "fixed": row.verdict.fixed,
                "broke": row.verdict.broke,
                "images": row.verdict.n,
                "McNemar's p": row.verdict.p_value,
                "verdict": VERDICTS[row.verdict.verdict],
            }
            for row in rows
        ]
    )


def gain_dots(rows: Sequence[GainRow], theme: str) -> alt.LayerChart:
    """A dot and its 95% interval for each row, the verdict written above it."""
    colours, frame = palette(theme), gain_table(rows).rename(columns={"95% from": "low", "95% to": "high"})
    frame["said"] = [f"{row.label}: {VERDICTS[row.verdict.verdict]}" for row in rows]
    reach = max(LEAST_REACH, 1.08 * float(frame[["low", "high"]].abs().to_numpy().max()))
    x = alt.X("low:Q", title="gain in points, with 95% interval",
              scale=alt.Scale(domain=[-reach, reach], nice=False),
              axis=alt.Axis(format="+d", tickCount=7))  # fmt: skip
    y = alt.Y("networks:N", sort=None, axis=None)
    tip = ["networks:N", "verdict:N", alt.Tooltip("gain:Q", format="+.2f"), "fixed:Q", "broke:Q", "images:Q"]
    base = alt.Chart(frame).encode(y=y, tooltip=tip)
    zero = alt.Chart(pd.DataFrame({"low": [0.0], "text": ["no difference"]}))
    spans = base.mark_rule(strokeWidth=3, opacity=0.55, color=colours.text)
    dots = base.mark_point(filled=True, size=110, opacity=1, color=colours.text)
    names = base.mark_text(align="left", dy=-14, fontSize=12, color=colours.text)
    nothing = zero.mark_text(color=colours.muted, fontSize=12, baseline="bottom", dy=-2)
    return layered(
        zero.mark_rule(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6).encode(x=x),
        nothing.encode(x=x, y=alt.YValue(0), text=alt.Text("text:N")),
        spans.encode(x=x, x2=alt.X2("high:Q")),
        dots.encode(x=alt.X("gain:Q")),
        names.encode(
            x=alt.XValue(4), text=alt.Text("said:N")
        ),  # at the edge: long names fit on a telephone, too
    ).properties(height=84 + 44 * len(rows))
