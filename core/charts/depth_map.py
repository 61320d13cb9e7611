"""The map "how deep, with how many images?": a cell an unfreeze point and a number of training images."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from core import layers
from core.charts.layering import layered
from core.charts.palette import palette
from core.compare.depth_map import DepthMap, Judged, Place
from core.compare.map_notes import each
from core.config import BACKBONE_LAYERS
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.verdicts import VERDICTS

PICK = "picked"  # name of the selection that a click on a cell makes
ROW, BELOW = 48, 84  # px of a row, which holds two lines of text; of the axis and its title
HEAD, WAITING = "head alone", "not all there"  # what a cell is called that has no verdict
MARKS = {Verdict.BETTER: "▲", Verdict.WORSE: "▼", Verdict.CANNOT_TELL: "?"}


def map_table(found: DepthMap, judged: Mapping[Place, Judged]) -> pd.DataFrame:
    """The numbers of the map, a row a cell that has a run, input first; below each other the numbers of
    images, and the head alone last.

    Returns:
        Columns: thawed from (words), layer, images, of each class, seeds, accuracy (in 0..1), against the
        head (points; NaN while that is not there), verdict (words), p (adjusted for all cells; NaN without
        a verdict).
    """
    rows = []
    for stop in found.stops:
        for images in found.images:
            cell, one = found.cells[stop, images], judged.get((stop, images))
            if cell.accuracy is not None:
                gain = None if cell.gain is None else 100 * cell.gain
                verdict = WAITING if one is None else VERDICTS[one.verdict]
                rows.append([stop, images, len(cell.runs), cell.accuracy, gain, verdict,
                             None if one is None else one.p_value])  # fmt: skip
    for images in found.images:
        accuracy = found.head_accuracy(images)
        if accuracy is not None:
            rows.append([BACKBONE_LAYERS, images, len(found.heads(images)), accuracy, None, HEAD, None])
    columns = ["layer", "images", "seeds", "accuracy", "against the head", "verdict", "p"]
    table = pd.DataFrame(rows, columns=columns).astype({"against the head": float, "p": float})
    table.insert(0, "thawed from", [layers.stop_label(stop) for stop in table["layer"]])
    table.insert(3, "of each class", [each(images, found.classes) for images in table["images"]])
    return table


def depth_map(
    found: DepthMap, judged: Mapping[Place, Judged], looked_at: Place | None, theme: str
) -> alt.LayerChart:
    """In each cell its accuracy and what thawing adds to the head alone, trained as long; its colour and mark
    tell the verdict. A click picks a cell: the chart's selection `PICK` holds its `layer` and `images`.

    Args:
        looked_at: The cell to mark.
    """
    colours, table = palette(theme), _drawn(found, judged)
    names = [layers.stop_label(stop) for stop in (*found.stops, BACKBONE_LAYERS)]
    numbers = [_number(images, found.classes) for images in found.images]
    x = alt.X("number:N", sort=numbers, title="training images, and of each class",
              scale=alt.Scale(domain=numbers, paddingInner=0.06, paddingOuter=0.03),
              axis=alt.Axis(labelAngle=0, grid=False, ticks=False, domain=False, labelOverlap=False,
                            labelExpr="split(datum.label, '|')"))  # fmt: skip
    y = alt.Y("thawed from:N", sort=names, title=None,
              scale=alt.Scale(domain=names, paddingInner=0.06, paddingOuter=0.03),
              axis=alt.Axis(grid=False, ticks=False, domain=False, labelOverlap=False))  # fmt: skip
    tip = [
        alt.Tooltip("thawed from:N"), alt.Tooltip("images:Q", format=",", title="training images"),
        alt.Tooltip("accuracy:Q", format=".1%"), alt.Tooltip("against:N", title="against the head alone"),
        alt.Tooltip("verdict:N"), alt.Tooltip("seeds:Q"),
    ]  # fmt: skip
    states = [VERDICTS[Verdict.BETTER], VERDICTS[Verdict.WORSE], VERDICTS[Verdict.CANNOT_TELL], WAITING, HEAD]
    fills = [colours.trainable, colours.frozen, colours.paper, colours.paper, colours.paper]
    letters = [colours.paper, colours.paper, colours.text, colours.muted, colours.text]
    pick = alt.selection_point(name=PICK, fields=["layer", "images"], toggle=False, empty=False)
    base = alt.Chart(table).encode(x=x, y=y)
    cells = base.mark_rect(stroke=colours.ghost, strokeWidth=1, cursor="pointer").encode(
        color=alt.Color("verdict:N", legend=None, scale=alt.Scale(domain=states, range=fills)), tooltip=tip
    ).add_params(pick)  # fmt: skip
    at = looked_at or (-1, -1)
    marked = table[(table["layer"] == at[0]) & (table["images"] == at[1])]  # only data change with it
    frame = alt.Chart(marked).mark_rect(fill=None, stroke=colours.text, strokeWidth=3).encode(x=x, y=y)
    letter = alt.Color("verdict:N", legend=None, scale=alt.Scale(domain=states, range=letters))
    first = base.mark_text(dy=-8, fontSize=13, fontWeight=600).encode(text="percent:N", color=letter)
    second = base.mark_text(dy=10, fontSize=12).encode(text="told:N", color=letter)
    return layered(cells, frame, first, second).resolve_scale(color="independent").properties(
        height=ROW * len(names) + BELOW
    )  # fmt: skip


def _drawn(found: DepthMap, judged: Mapping[Place, Judged]) -> pd.DataFrame:
    """`map_table` with what is written in each cell."""
    table, marks = map_table(found, judged), {VERDICTS[verdict]: mark for verdict, mark in MARKS.items()}
    gains = [
        "" if pd.isna(gain) else words.points(gain / 100) for gain in table["against the head"]
    ]  # fmt: skip
    return table.assign(
        against=gains,
        number=[_number(images, found.classes) for images in table["images"]],
        percent=[words.percent(accuracy) for accuracy in table["accuracy"]],
        told=[
            f"{marks.get(verdict, '')} {gain.removesuffix(' points')}".strip()
            if verdict != WAITING else f"{seeds} of {words.plural(found.seeds, 'seed')}"
            for verdict, gain, seeds in zip(table["verdict"], gains, table["seeds"], strict=True)
        ],
    )  # fmt: skip


def _number(images: int, classes: int) -> str:
    """On two lines of the axis."""
    return f"{images:,}|{each(images, classes).replace('about ', '≈')} each"
