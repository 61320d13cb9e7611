"""Compare, last view: every run of the data set, and what may go."""

import streamlit as st

from core import words
from core.data.datasets import Dataset
from pages.ui import results, services, state


def draw(dataset: Dataset) -> None:
    """The list of runs, and the way to delete one."""
    runs = state.runs_here()
    names = words.run_names(services.visible_runs())
    results.runs_table(runs, names, len(dataset.classes))
    doomed = st.selectbox(
        "Delete a run", [run.run_key for run in runs], format_func=names.get, key="doomed", index=None,
        placeholder="Choose a run",
    )  # fmt: skip
    st.button(
        "Delete for good", key="delete", disabled=doomed is None, on_click=services.delete, args=(doomed,)
    )
