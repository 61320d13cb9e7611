"""How a network does on each class: its confusion matrix, and precision, recall and F1."""

import pandas as pd
import streamlit as st

from core import charts
from core.compare import per_class
from core.results import Evaluation
from pages.ui import show, state

MOST_CLASSES, SHOWN = 40, 16  # of more classes a matrix has these many, or nobody could read it
SHARES = ("precision", "recall", "F1")
_HELP = {
    "predicted": "Images called so, rightly or wrongly",
    "precision": "Of the images called so, the share that are: right / predicted",
    "recall": "Of the class's images, the share that were found: right / images",
    "F1": "Harmonic mean of precision and recall",
}


def draw(checked: Evaluation, classes: list[str], label: str, key: str) -> None:
    """Matrix and table.

    Args:
        label: What the network is called.
        key: Sets these elements apart from others of the page.
    """
    shown = None
    if len(classes) > MOST_CLASSES:
        shown, table = per_class.most_confused(checked, SHOWN), per_class.confusions(checked, classes)
        st.caption(
            f"The {len(shown)} of {len(classes)} classes most often taken for one another; the numbers have "
            "every confusion, the table every class."
        )
    else:
        table = pd.DataFrame(checked.confusion, columns=classes)
        table.insert(0, "true class", classes)
    chart = charts.confusion_heatmap(checked, classes, state.theme(), shown)
    show.figure(chart, table, alt_text=f"Confusion matrix of {label}", key=f"confusion-{key}")
    numbers = per_class.per_class(checked, classes)
    numbers[list(SHARES)] *= 100
    st.dataframe(
        numbers,
        hide_index=True,
        placeholder="–",
        row_height=30,
        column_config={
            name: st.column_config.NumberColumn(help=said, format="%.1f%%" if name in SHARES else None)
            for name, said in _HELP.items()
        },
        key=f"per-class-{key}",
        alt=f"Precision, recall and F1 by class of {label}",
    )
