"""Compare, first view: accuracies and gains on their axes, curves on top of each other, all in a table."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core import charts
from core.charts.gain_chart import gain_dots, gain_table
from core.codegen.compare import paired_code
from core.compare.notes import compare_notes
from core.compare.table import comparison_table, readable
from core.data.datasets import Dataset
from core.errors import StoreError
from pages.ui import show, state
from pages.ui.compare import compared, exports, figures
from pages.ui.compare.compared import Compared


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """`chosen` is not empty; the first one is what the others are told against."""
    theme = state.theme()
    kept = partial(figures.kept, chosen=chosen, split=split, theme=theme)
    gains, curves = figures.gain_rows(chosen, split), figures.curves(chosen)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Accuracy on {split} images**")
        dots = kept("accuracies", make=lambda: figures.accuracy_chart(chosen, split, theme))
        show.altair(dots, key="dots", alt_text=f"Accuracies on {split} images with 95% intervals")
        if gains:
            st.markdown("**Gains**, on the same images")
            said = "Gains in points with 95% intervals, and the verdict on each"
            drawn = kept("gains", make=lambda: gain_dots(gains, theme))
            show.figure(drawn, partial(gain_table, gains), alt_text=said, key="gains")
    with right:
        st.markdown(f"**Validation accuracy by epoch**, run {chosen[0].letter} in front")
        drawn = kept("curves", make=lambda: figures.curves_chart(chosen, curves, theme))
        said = "Accuracy by epoch of the chosen runs"
        show.figure(drawn, partial(charts.curve_table, curves), alt_text=said, key="overlaid")
    table = comparison_table(chosen, split)
    st.dataframe(
        readable(table, split), hide_index=True, alt="The chosen networks in numbers", key="compared-table"
    )
    if len(chosen) > 1:
        st.caption(_what_differs(list(table.columns)))
    _notice(chosen, split)
    exports.draw(chosen, split, dataset)
    pair = compared.foremost([one for one in chosen if one.split_key == chosen[0].split_key])
    if pair is not None:
        second, first = pair
        name = exports.predictions_name(split, dataset)
        show.code(paired_code(first, second, name), "The code of this verdict, on the exported predictions")


def _what_differs(columns: list[str]) -> str:
    settings = columns[columns.index("device") + 1 :]
    if not settings:
        return "The networks have the same settings."
    return f"They differ in: {', '.join(settings)}; the last columns show how."


def _notice(chosen: Sequence[Compared], split: str) -> None:
    pair = compared.foremost(chosen)
    if pair is None:
        return
    second, first = pair
    try:
        verdict, _ = compared.verdict_on(second, first, split)
    except StoreError:
        return
    show.notice("what the two runs differ in", compare_notes(first, second, verdict, split))
