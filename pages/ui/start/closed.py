"""What stands below the Start page's picture, closed: numbers, layers, code, files and other images."""

import streamlit as st

from core.charts.seconds_curves import seconds_table
from core.codegen.keras import keras_code
from core.data.datasets import Dataset
from pages.ui import results, run_files, show, state, thaw_bar
from pages.ui.data import fetch
from pages.ui.start import learning
from pages.ui.start.comparison import Comparison


def draw(dataset: Dataset, found: Comparison | None) -> None:
    """All of it.

    Args:
        found: None where the images have none, since they cannot be divided.
    """
    if found is not None:
        with show.problems():
            _numbers(found)
    with st.expander("Where it is frozen, layer by layer", icon=":material/layers:"):
        config = thaw_bar.show(state.base_config(), len(dataset.classes))
        st.page_link("pages/fine_tuning.py", label="Retrain from here", icon=":material/tune:")
    show.code(keras_code(config, len(dataset.classes)))
    with st.expander("Other images: your own, or a larger set", icon=":material/photo_library:"):
        fetch.other_images()


def _numbers(found: Comparison) -> None:
    """A card for each network, every epoch, and the files of the run. Raises StoreError."""
    finished = [result for result in (found.result(0), found.result(1)) if result is not None]
    if not finished:
        return
    phases = [(result, phase) for result in finished for phase in result.phases]
    with st.expander("Numbers: intervals, seconds and what learned", icon=":material/table:"):
        with st.grid(len(phases), min_column_width=220, border=False):
            for result, phase in phases:
                with st.container(border=True):
                    results.card(phase, len(result.dataset.classes), result=result, alone=True)
        table = seconds_table(learning.arms(found)).drop(columns="network").round({"seconds": 2})
        columns = {"accuracy": st.column_config.NumberColumn("validation accuracy", format="percent")}
        st.dataframe(
            table, hide_index=True, column_config=columns, height=240, key="first-epochs",
            alt="Table: every epoch of every network",
        )  # fmt: skip
        for result in finished[:1]:
            run_files.draw(result.run_key)
