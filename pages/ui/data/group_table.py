"""A table that a person gives for images: what its columns say can keep them together."""

from dataclasses import replace

import streamlit as st

from core.data import datasets, tables
from core.data.datasets import Dataset
from core.errors import DatasetError
from core.wording.markdown import code, plain
from pages.ui import services, show, state
from pages.ui.data import decided

_PROBLEM = "group-table"  # for `show.attempt`


def control(dataset: Dataset) -> None:
    """The uploader, or what the table given says and the button that forgets it."""
    given = tables.given(services.get_store().personal, dataset.name)
    if given is None:
        with st.expander("A csv says what belongs together", icon=":material/table:"):
            key = f"table-{st.session_state.get('table-turn', 0)}"  # a new key empties the uploader
            st.file_uploader(
                "A column of file names, and others such as patient, camera or day",
                type=[ending[1:] for ending in tables.TABLES], key=key, on_change=_give, args=(dataset, key),
                max_upload_size=tables.MAX_GIVEN_BYTES // 2**20,
            )  # fmt: skip
            show.problem(_PROBLEM)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        columns = ", ".join(map(code, given.columns))
        st.caption(f"{plain(tables.told(given, len(dataset.items)))} Its columns: {columns}.")
        st.button(
            "Forget it", key="forget-table", icon=":material/close:", type="tertiary",
            on_click=show.attempt, args=(_PROBLEM, _forget, dataset.name),
        )  # fmt: skip


def _give(dataset: Dataset, key: str) -> None:
    if (upload := st.session_state.get(key)) is not None:
        show.attempt(_PROBLEM, lambda: _keep(dataset, upload.name, upload.getvalue()))


def _keep(dataset: Dataset, file: str, content: bytes) -> None:
    tables.give(decided.source_of(dataset), file, content, services.get_store().personal)
    st.session_state["table-turn"] = st.session_state.get("table-turn", 0) + 1
    services.forget_catalogue()


def _forget(name: str) -> None:
    """Forget the table, and the rule that goes by it. A callback."""
    tables.forget(services.get_store().personal, name)
    services.forget_catalogue()
    now = state.recipe_config(name).data
    try:
        datasets.split(services.get_dataset(name), now)
    except DatasetError:
        state.choose_data(replace(now, groups=None))
