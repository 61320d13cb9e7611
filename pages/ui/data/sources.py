"""The list of data sets: which there are, where from, and what can be done with each."""

import streamlit as st

from core.data import kept
from core.data.datasets import Entry
from core.wording import words
from core.wording.markdown import plain
from pages.ui import services, serving, sharing, show, state
from pages.ui.data import fetch


def listed(in_use: str) -> None:
    """Every data set Thaw knows, with a button to use, fetch or delete it."""
    lost()
    changeable = services.access().changeable_sets()
    for entry in services.catalogue():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if not entry.available and entry.name in fetch.OFFERED:
                with st.container():
                    fetch.offer(entry.name)
                continue
            with st.container(gap="xxsmall", width="stretch"):
                size = f" · {words.size(entry.size_bytes)}" if entry.size_bytes else ""
                st.markdown(f"**{plain(entry.title)}** · on this machine{size}")
                st.caption(f"{plain(entry.description)} Licence: {plain(entry.licence)}.")
                if entry.location:
                    st.caption(f"Where: {plain(entry.location)}")
            current = entry.name == in_use
            st.button(
                "In use" if current else "Use", key=f"use-{entry.name}", on_click=state.choose_dataset,
                args=(entry.name,), disabled=current,
            )  # fmt: skip
            if entry.kept and entry.name in changeable:
                if services.logged_in():
                    sharing.button("sets", [entry.name], f"share-{entry.name}")
                _delete_button(entry, current)


def lost() -> None:
    """Sets of kept photos whose record was damaged or lost, each with where its photos lie."""
    if serving.mode().shared:  # `python -m core check` tells whoever serves it
        return
    for folder in kept.lost_sets(services.get_store().home):
        st.warning(
            f"The record of the photos in {folder.name} is damaged or lost, and with it their names and "
            "classes. Take them in again under the same name. Those that were taken in are in "
            f"{plain(str(folder / 'files'))}.",
            icon=":material/healing:",
        )


def _delete_button(entry: Entry, current: bool) -> None:
    with st.popover("Delete", icon=":material/delete:", help="Remove these photos from this machine."):
        st.markdown(f"Delete the photos of **{plain(entry.title)}**? Results trained on them stay.")
        key = f"delete-{entry.name}"
        st.button(
            "Delete for good", key=key, type="primary", on_click=show.attempt,
            args=(key, _delete, entry.name, current),
        )  # fmt: skip
        show.problem(key, entry.name, current)


def _delete(name: str, current: bool) -> None:
    services.access().delete_set(name)
    services.forget_catalogue()
    if current:
        state.choose_dataset(state.DEFAULT_DATASET)
