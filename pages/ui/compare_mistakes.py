"""Compare, second view: which classes are taken for which, and where two networks disagree."""

import pandas as pd
import streamlit as st

from core import charts
from core.data.datasets import Dataset
from pages.ui import show, state
from pages.ui.compared import Compared


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """One confusion matrix a network, two in a row."""
    classes = list(dataset.classes)
    for start in range(0, len(chosen), 2):
        for column, one in zip(st.columns(2), chosen[start : start + 2], strict=False):
            checked = one.checked(split)
            with column:
                st.markdown(f"**{one.label}** · {checked.n:,} {split} images")
                chart = charts.confusion_heatmap(checked, classes, state.theme())
                table = pd.DataFrame(checked.confusion, columns=classes)
                table.insert(0, "true class", classes)
                said = f"Confusion matrix of {one.label}"
                key = f"confusion-{one.run.run_key}-{one.phase.name}"
                show.figure(chart, table, alt_text=said, key=key)
