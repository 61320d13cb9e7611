"""More images: the lab's cats and dogs, downloaded on request, and photos of one's own."""

from pathlib import Path

import streamlit as st

from core import words
from core.background import Background
from core.data.datasets import Entry
from core.errors import DatasetError, ThawError
from pages.ui import services, show, state

POLL_SECONDS = 0.5
CATS = "cats_and_dogs"


def other_images() -> None:
    """Two ways to other images, side by side."""
    left, right = st.columns(2, border=True)
    with left:
        cats_and_dogs()
    with right:
        own_photos()


def cats_and_dogs() -> None:
    """Switch to the lab's set if it is here; else fetch it, after saying how much and under which licence."""
    entry = next((entry for entry in services.catalogue() if entry.name == CATS), None)
    if entry is None:
        return
    st.markdown(f"**{entry.title}**")
    if entry.available:
        current = state.dataset_name() == CATS
        st.button(
            "In use" if current else "Use the lab's cats and dogs", key="use-cats", disabled=current,
            icon=":material/pets:", on_click=state.choose_dataset, args=(CATS,),
        )  # fmt: skip
        st.caption(f"{entry.description} On this machine.")
        return
    work = services.fetching(CATS)
    running = work is not None and work.progress.status == "running"
    if running:
        st.fragment(_download_progress, run_every=POLL_SECONDS)(work)
        return
    st.button(
        f"Fetch the lab's cats and dogs · {words.size(entry.size_bytes or 0)}", key="fetch-cats",
        icon=":material/download:", disabled=not entry.downloadable, on_click=services.fetch, args=(CATS,),
    )  # fmt: skip
    _outcome(work, entry)


def _outcome(work: Background | None, entry: Entry) -> None:
    if work is not None and work.progress.problem is not None:
        show.error(work.progress.problem)
    elif work is not None and work.progress.status == "stopped":
        st.caption("Stopped. Nothing was kept.")
    st.caption(f"{entry.description} Licence: {entry.licence}")


def _download_progress(work: Background) -> None:
    progress = work.progress
    if progress.status != "running":
        services.forget_catalogue()
        st.rerun()
    share = min(1.0, progress.done / progress.total) if progress.total else 0.0
    amount = (
        f"{words.size(progress.done)} of {words.size(progress.total)}" if progress.total else "connecting"
    )
    st.progress(share, text=f"Download: {amount}")
    st.button("Cancel", key="cancel-fetch", icon=":material/close:", on_click=work.stop)


def own_photos() -> None:
    """A folder or zip of one's own becomes the current data set."""
    st.markdown("**Your own photos**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Folder or zip",
            key="own_path",
            placeholder="a folder with one subfolder a class",
            width="stretch",
        )
        st.button("Use", key="use-own", icon=":material/folder_open:", on_click=_use_own)
    problem = st.session_state.get("own_problem")
    if problem is not None:
        show.error(problem)
    st.caption("One subfolder a class, with or without train, validation and test above them.")


def _use_own() -> None:
    asked = st.session_state.get("own_path", "").strip().strip('"')
    st.session_state["own_problem"] = None
    try:
        if not asked:
            raise DatasetError("No folder was named.", "Expected the path of a folder or zip of images.")
        path = str(Path(asked).expanduser().resolve())
        services.get_dataset(path)
    except ThawError as problem:
        st.session_state["own_problem"] = problem
        return
    state.choose_dataset(path)
