"""Every picture of a set looked at once, beside the page: for the list of trouble, and for near copies."""

import streamlit as st

from core.data import looks
from core.data.datasets import Dataset
from core.data.looks import Looks
from core.running.background import Background, Progress
from core.wording import words
from pages.ui import asking, redraws, services

AT_ONCE_SECONDS = 1.5


@st.cache_resource(show_spinner=False)
def _works(home: str) -> dict[str, Background]:
    return {}  # one for all sessions


@st.cache_resource(show_spinner=False, max_entries=16)
def _remembered(home: str, key: str, stamp: bool, _whole: Dataset) -> Looks | None:
    return looks.stored(_whole, services.get_store().home)


def seen(whole: Dataset, why: str, label: str, name: str, *, at_once: bool = True) -> Looks | None:
    """What the pictures look like, or None while that is being found out; the button or progress is drawn.

    Args:
        whole: The data set with what was left out.
        why: What it is good for, above the button.
        label: What the button says before the price.
        name: Sets the controls apart: `<name>-pictures`.
        at_once: Look at a small set without being asked.
    """
    home = services.get_store().home
    works = _works(str(home))
    work = works.get(whole.key)
    if work is not None and work.progress.status == "running":
        work.join(0.1)
    if work is None or work.progress.status != "running":
        found = _remembered(str(home), whole.key, work is not None, whole)
        if found is not None:
            _tell(whole)
            return found
        if at_once and work is None and looks.predicted_seconds(whole) < AT_ONCE_SECONDS:
            _begin(whole)
            with redraws.away():
                works[whole.key].join(2 * AT_ONCE_SECONDS)
            st.rerun()
    if asking.goes_on(work, name, _so_far):
        return None
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(why, text_alignment="center")
        st.button(
            f"{label} · {words.price(looks.predicted_seconds(whole), False)}", key=f"{name}-pictures",
            type="primary" if at_once else "secondary", icon=":material/fact_check:", on_click=_begin,
            args=(whole,),
        )  # fmt: skip
        asking.work_ended(work)
    return None


def _tell(whole: Dataset) -> None:
    """Have the data set found anew, now that its near copies are known."""
    if services.get_dataset(whole.name).near is None:
        services.forget_catalogue()
        if services.get_dataset(whole.name).near is not None:
            st.rerun()


def _begin(whole: Dataset) -> None:
    home = services.get_store().home
    work = Background(lambda report, should_stop: looks.look(whole, home, report, should_stop))
    _works(str(home))[whole.key] = work
    _remembered.clear()


def _so_far(progress: Progress) -> str:
    return f"Looking at pictures: {progress.done:,} of {progress.total:,}"
