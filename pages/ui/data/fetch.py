"""More images: data sets downloaded on request, beside photos of one's own."""

import streamlit as st

from core.running.background import Progress
from core.wording import words
from core.wording.markdown import plain
from pages.ui import asking, services, state
from pages.ui.data import own_photos

# name of a data set -> short form for widget keys, and what the buttons call it
OFFERED = {"cats_and_dogs": ("cats", "the lab's cats and dogs"), "mnist": ("mnist", "the whole of MNIST")}


def other_images() -> None:
    """Two ways to other images, side by side."""
    left, right = st.columns(2, border=True)
    with left:
        offer("cats_and_dogs")
    with right:
        own_photos.doors()


def offer(name: str) -> None:
    """Switch to a downloadable set if it is here; else fetch it, after saying how much and under which
    licence."""
    entry = next((entry for entry in services.catalogue() if entry.name == name), None)
    if entry is None:
        return
    short, called = OFFERED[name]
    st.markdown(f"**{plain(entry.title)}**")
    if entry.available:
        current = state.dataset_name() == name
        st.button(
            "In use" if current else f"Use {called}", key=f"use-{short}", disabled=current,
            icon=":material/photo_library:", on_click=state.choose_dataset, args=(name,),
        )  # fmt: skip
        st.caption(f"{entry.description} On this machine.")
        return
    work = services.fetching(name)
    if asking.goes_on(work, f"fetch-{short}", _so_far, services.forget_catalogue):
        return
    may = services.access().teacher  # it takes disk and the school's network
    st.button(
        f"Fetch {called} · {words.size(entry.size_bytes or 0)}", key=f"fetch-{short}",
        icon=":material/download:", disabled=not (entry.downloadable and may),
        help=None if may else "A teacher can fetch it for everyone.", on_click=services.fetch, args=(name,),
    )  # fmt: skip
    asking.work_ended(work)
    st.caption(f"{entry.description} Licence: {plain(entry.licence)}")


def _so_far(progress: Progress) -> str:
    return "Download: " + (
        f"{words.size(progress.done)} of {words.size(progress.total)}" if progress.total else "connecting"
    )
