"""The figure of a learning-rate range test, its table, and what it says in words."""

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import Palette, palette
from core.explain.learning_rates import Reading
from core.wording import words

HEIGHT = 300  # px
MOST_RISE = 2.0  # times the untrained loss: what lies above is cut off, or the fall would be too small to see


def rate_table(reading: Reading) -> pd.DataFrame:
    """The numbers behind the figure, one row a step."""
    return pd.DataFrame(
        {
            "rate": [f"{rate:.2e}" for rate in reading.rates],
            "loss of the batch": reading.losses.round(4),
            "smoothed": reading.smooth.round(4),
        }
    )


def rate_chart(reading: Reading, chosen: float, theme: str) -> alt.LayerChart:
    """Loss by learning rate, smoothed, with the chosen rate and the steepest fall marked.

    Args:
        chosen: The rate that the control stands at.
    """
    colours = palette(theme)
    bottom = 0.8 * min(reading.smooth.min(), reading.untrained)
    top = max(MOST_RISE * reading.untrained, reading.untrained + 1.5 * (reading.untrained - bottom))
    ends = [reading.rates[0], max(reading.rates[-1], 2 * chosen)]
    x = alt.X(
        "rate:Q",
        title="learning rate",
        scale=alt.Scale(type="log", domain=ends, nice=False),
        axis=alt.Axis(values=[10.0**k for k in range(-9, 2)], format="~e", grid=False),
    )
    how = {
        "title": "training loss in nats (0: sure and right)",
        "scale": alt.Scale(domain=[bottom, top], nice=False),
        "axis": alt.Axis(format=".2f", tickCount=5),
    }
    y, smooth = alt.Y("loss:Q", **how), alt.Y("smoothed:Q", **how)
    steps = pd.DataFrame({"rate": reading.rates, "loss": reading.losses, "smoothed": reading.smooth})
    tip = [alt.Tooltip("rate:Q", format=".1e"), alt.Tooltip("smoothed:Q", format=".3f"),
           alt.Tooltip("loss:Q", format=".3f", title="loss of the batch")]  # fmt: skip
    base = alt.Chart(steps).encode(x=x, tooltip=tip)
    drawn = [
        base.mark_point(filled=True, size=14, opacity=0.45, color=colours.trainable, clip=True).encode(y=y),
        base.mark_line(strokeWidth=2.4, color=colours.trainable, clip=True).encode(y=smooth),
        *_untrained(reading, x, y, colours),
        *_mark(chosen, f"chosen {words.rate(chosen)}", -16, ends, x, colours.text, [1, 0]),
    ]
    if reading.steepest is not None:
        text = f"falls fastest {_short(reading.steepest)}"
        drawn += _mark(reading.steepest, text, -3, ends, x, colours.trainable, [4, 3])
    return layered(*drawn).properties(height=HEIGHT)


def _untrained(reading: Reading, x, y, colours: Palette) -> list[alt.Chart]:
    """The dotted level of the same batches without training."""
    frame = pd.DataFrame(
        {"rate": [reading.rates[0]], "loss": [reading.untrained], "text": ["the same, nothing learned"]}
    )
    chart = alt.Chart(frame).encode(y=y)
    words_of_it = chart.mark_text(align="left", dx=4, dy=-8, color=colours.muted, fontSize=12)
    return [
        chart.mark_rule(color=colours.muted, strokeDash=[1, 4], strokeWidth=1.6),
        words_of_it.encode(x=x, text=alt.Text("text:N")),
    ]


def _mark(rate: float, text: str, height: int, ends, x, colour: str, dash: list[int]) -> list[alt.Chart]:
    """A rule at a rate, with its words above the figure on the side that has room."""
    side = "right" if rate**2 > ends[0] * ends[1] else "left"
    chart = alt.Chart(pd.DataFrame({"rate": [rate], "text": [text]})).encode(x=x)
    said = chart.mark_text(
        align=side, dx=-3 if side == "right" else 3, baseline="bottom", color=colour, fontSize=12
    )
    return [
        chart.mark_rule(color=colour, strokeDash=dash, strokeWidth=1.6),
        said.encode(y=alt.YValue(height), text=alt.Text("text:N")),
    ]


def _short(rate: float) -> str:
    """One digit of a rate: `6e-6`."""
    return words.rate(float(f"{rate:.0e}"))


def rate_notes(reading: Reading, use: float | None) -> list[str]:
    """What a range test says.

    Args:
        use: The nearest rate that can be chosen; None where the test singles out none.
    """
    if reading.steepest is None or use is None:
        return [
            "The loss hardly falls at any rate: what learns here is about as good as it gets, and no rate "
            "stands out."
        ]
    notes = [
        f"The loss falls fastest at {_short(reading.steepest)}, which is the suggestion; the nearest rate to "
        f"choose is {words.rate(use)}."
    ]
    if reading.harms_from is not None:
        notes.append(
            f"From {_short(reading.harms_from)} on it stands above where it began: such steps destroy what "
            "was pretrained faster than they teach."
        )
    notes.append(
        "It watches training loss for a hundred batches and knows nothing of validation images: a fair "
        "place to start, not a proof."
    )
    return notes
