"""Compare, second view: which classes are taken for which, and where two networks disagree."""

import streamlit as st

from core.codegen.compare import mistakes_code
from core.compare import per_class
from core.data.datasets import Dataset
from pages.ui import by_class, look, show
from pages.ui.compare import disagreements
from pages.ui.compare.compared import Compared


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """Confusion matrices and numbers by class, two networks in a row; under them the disagreements."""
    classes = list(dataset.classes)
    for start in range(0, len(chosen), 2):
        for column, one in zip(st.columns(2), chosen[start : start + 2], strict=False):
            with column:
                checked = one.checked(split)
                st.markdown(f"**{one.label}** · {checked.n:,} {split} images")
                by_class.draw(checked, classes, one.label, f"{one.run.run_key}-{one.phase.name}")
    show.notice("which classes are mixed up", _notes(chosen, split, [look.plain(name) for name in classes]))
    disagreements.draw(chosen, split, dataset)
    last = chosen[-1]
    show.code(mistakes_code(last.run.config.data.image_size, len(classes)))


def _notes(chosen: list[Compared], split: str, classes: list[str]) -> list[str]:
    """What the tables say about the last network, and against the first."""
    first, last = chosen[0], chosen[-1]
    notes = [per_class.hardest_note(last.checked(split), classes, f"**{last.label}**")]
    if len(chosen) == 2 and first.split_key == last.split_key:
        notes.append(per_class.change_note(first.checked(split), last.checked(split), classes))
    notes.append(
        "– in a table: nothing to take a share of, a class never predicted or without an image."
        if any(_undefined(one, split, classes) for one in chosen)
        else ""
    )
    return [note for note in notes if note]


def _undefined(one: Compared, split: str, classes: list[str]) -> bool:
    return bool(per_class.per_class(one.checked(split), classes)[list(by_class.SHARES)].isna().any(axis=None))
