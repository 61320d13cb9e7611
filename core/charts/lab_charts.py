"""The figure that only the lab page has: what each phase did to the weights of every layer."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts.layering import layered
from core.charts.palette import palette
from core.concepts.weight_change import STATISTICS, change_frame
from core.config import BACKBONE_LAYERS
from core.results import PhaseResult


def weight_change_by_phase(phases: Sequence[PhaseResult], theme: str) -> alt.LayerChart:
    """How far each layer's weights moved in each phase: bars where they learned, circles at exactly 0."""
    colours, point = palette(theme), phases[-1].unfreeze_from
    frame = pd.concat([change_frame(phase).assign(phase=phase.name.replace("_", " ")) for phase in phases])
    frame = frame[frame["part"] != STATISTICS]
    top = 1.2 * (float(frame["change"].max()) or 0.01)
    x = alt.X("layer:Q", title="layer of the base, from input to output", axis=alt.Axis(grid=False),
              scale=alt.Scale(domain=[-1, BACKBONE_LAYERS], nice=False))  # fmt: skip
    y = alt.Y("change:Q", title="relative change", axis=alt.Axis(format=".1%", tickCount=4),
              scale=alt.Scale(domain=[-0.07 * top, top], nice=False))  # fmt: skip
    tip = [alt.Tooltip("layer:Q"), alt.Tooltip("name:N"), alt.Tooltip("phase:N"), alt.Tooltip("says:N")]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tip)
    moved = base.transform_filter("datum.change > 0").mark_bar(color=colours.trainable, width=3)
    still = base.transform_filter("datum.change === 0").mark_point(color=colours.frozen, size=26)
    kept = "frozen" if frame.loc[frame["frozen"], "change"].any() else "frozen: exactly 0 ○"
    sides = [_word(point - 3, kept, colours.frozen, "right")] if point else []
    if point < BACKBONE_LAYERS:
        sides.append(_word(point + 2, "▮ learned", colours.trainable, "left"))
    said = alt.Chart(pd.DataFrame(sides))
    words_on_it = [
        said.transform_filter(f"datum.side === '{side}'")
        .mark_text(align=side, fontSize=13, fontWeight=600)
        .encode(
            x=alt.X("layer:Q"),
            y=alt.YValue(10),
            text=alt.Text("text:N"),
            color=alt.Color("colour:N", scale=None),
        )
        for side in ("left", "right")
    ]
    return layered(moved, still, *words_on_it).properties(height=220)


def _word(layer: int, text: str, colour: str, side: str) -> dict[str, object]:
    """A word at a layer; one that would begin left of the chart begins at its edge."""
    if side == "right" and layer < 45:
        layer, side = 0, "left"
    return {"layer": layer, "text": text, "colour": colour, "side": side}
