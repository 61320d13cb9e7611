"""Collecting a small set of pictures with the camera, a class at a time."""

import streamlit as st

from core.errors import ThawError
from core.intake.collecting import LEAST_A_CLASS, Collecting
from core.intake.taking_in import Intake
from core.wording import words
from core.wording.markdown import plain
from pages.ui import services, show


def collect() -> Intake | None:
    """Draw the camera, the counter and the buttons. Gives the pictures once a person is done."""
    so_far = _so_far()
    turn = st.session_state.get("camera-turn", 0)  # a new key makes the camera ready for the next picture
    st.text_input("Class of the next pictures", key="camera-class", max_chars=60, placeholder="mug")
    typed = st.session_state.get("camera-class", "").strip()
    picture = f"camera-{turn}"
    st.camera_input(
        f"Take a picture of {plain(typed)}" if typed else "Name the class first", key=picture,
        disabled=not typed, on_change=_add, args=(picture,), resolution="480p",
    )  # fmt: skip
    problem = st.session_state.get("camera_problem")
    if problem is not None:
        show.error(problem)
    counts = so_far.counts
    said = " · ".join(f"{plain(name)} **{count}**" for name, count in counts.items())
    st.markdown(
        said or f"No pictures yet. Take {LEAST_A_CLASS} or more of each class, of two classes or more."
    )
    with st.container(horizontal=True):
        st.button(
            "Delete last", key="camera-delete", icon=":material/undo:", disabled=not counts,
            on_click=_delete_last,
        )  # fmt: skip
        done = st.button(
            f"Done: {words.plural(len(so_far.photos), 'picture')}", key="camera-done", type="primary",
            icon=":material/check:", disabled=not counts,
        )  # fmt: skip
    if not done:
        return None
    try:
        return so_far.finish()
    except ThawError as unfinished:
        show.error(unfinished)
        return None


def forget() -> None:
    """Begin anew: what was collected has been kept or discarded."""
    st.session_state.pop("camera-pictures", None)
    st.session_state.pop("camera_problem", None)


def _so_far() -> Collecting:
    found = st.session_state.get("camera-pictures")
    if found is None:
        found = st.session_state["camera-pictures"] = Collecting(services.get_store().home, services.most())
    return found


def _add(key: str) -> None:
    picture = st.session_state.get(key)
    st.session_state["camera_problem"] = None
    if picture is None:  # a person cleared it
        return
    try:
        _so_far().add(st.session_state.get("camera-class", ""), picture.getvalue())
    except ThawError as problem:
        st.session_state["camera_problem"] = problem
    st.session_state["camera-turn"] = st.session_state.get("camera-turn", 0) + 1


def _delete_last() -> None:
    _so_far().delete_last()
    st.session_state["camera_problem"] = None
