"""Compare, second view: which classes are taken for which, and where two networks disagree."""

import pandas as pd
import streamlit as st

from core import charts
from core.codegen.compare import mistakes_code
from core.compare import per_class
from core.data.datasets import Dataset
from pages.ui import look, show, state
from pages.ui.compare import disagreements
from pages.ui.compare.compared import Compared

MOST_CLASSES, SHOWN = 40, 16  # of more classes a matrix has these many, or nobody could read it
_SHARES = ("precision", "recall", "F1")
_HELP = {
    "predicted": "Images called so, rightly or wrongly",
    "precision": "Of the images called so, the share that are: right / predicted",
    "recall": "Of the class's images, the share that were found: right / images",
    "F1": "Harmonic mean of precision and recall",
}


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """Confusion matrices and numbers by class, two networks in a row; under them the disagreements."""
    classes = list(dataset.classes)
    for start in range(0, len(chosen), 2):
        for column, one in zip(st.columns(2), chosen[start : start + 2], strict=False):
            with column:
                _classes(one, split, classes)
    show.notice("which classes are mixed up", _notes(chosen, split, [look.plain(name) for name in classes]))
    disagreements.draw(chosen, split, dataset)
    last = chosen[-1]
    show.code(mistakes_code(last.run.config.data.image_size, len(classes)))


def _classes(one: Compared, split: str, classes: list[str]) -> None:
    """One network's confusion matrix, and precision, recall and F1 of each class."""
    checked = one.checked(split)
    st.markdown(f"**{one.label}** · {checked.n:,} {split} images")
    key = f"{one.run.run_key}-{one.phase.name}"
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
    show.figure(chart, table, alt_text=f"Confusion matrix of {one.label}", key=f"confusion-{key}")
    numbers = per_class.per_class(checked, classes)
    numbers[list(_SHARES)] *= 100
    st.dataframe(
        numbers,
        hide_index=True,
        placeholder="–",
        row_height=30,
        column_config={
            name: st.column_config.NumberColumn(help=said, format="%.1f%%" if name in _SHARES else None)
            for name, said in _HELP.items()
        },
        key=f"per-class-{key}",
        alt=f"Precision, recall and F1 by class of {one.label}",
    )


def _notes(chosen: list[Compared], split: str, classes: list[str]) -> list[str]:
    """What the tables say about the last network, and against the first."""
    first, last = chosen[0], chosen[-1]
    notes = [per_class.hardest_note(last.checked(split), classes, f"**{last.label}**")]
    if len(chosen) == 2:
        notes.append(per_class.change_note(first.checked(split), last.checked(split), classes))
    notes.append(
        "– in a table: nothing to take a share of, a class never predicted or without an image."
        if any(_undefined(one, split, classes) for one in chosen)
        else ""
    )
    return [note for note in notes if note]


def _undefined(one: Compared, split: str, classes: list[str]) -> bool:
    return bool(per_class.per_class(one.checked(split), classes)[list(_SHARES)].isna().any(axis=None))
