"""A question to the person: how are folders meant that can be read in several ways?"""

from collections.abc import Callable

import streamlit as st

from core.data import choices
from core.data.layouts import LAYOUTS, AmbiguousLayout
from core.errors import ThawError
from core.wording.markdown import plain
from pages.ui import services, show


def ask_layout(problem: AmbiguousLayout, name: str, choose: Callable[[str], None]) -> None:
    """The ways in which the folders can be read, each with what it would give and a button.

    Args:
        name: Sets the buttons apart from others of the page.
        choose: What a press does. A callback.
    """
    if (trouble := st.session_state.get("layout_problem")) is not None:
        show.error(trouble)
    st.warning(show.told(f"{problem.happened} How are they meant?"), icon=":material/help:")
    for reading in problem.readings:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{LAYOUTS[reading.kind].capitalize()}**")
            st.markdown(plain(reading.said()))
            st.button(
                "Read them so", key=f"layout-{name}-{reading.kind}", icon=":material/account_tree:",
                on_click=choose, args=(reading.kind,),
            )  # fmt: skip


def chosen(name: str) -> None:
    """How a data set is read, where a person chose that, and a way to choose again."""
    layout = choices.layout_of(services.get_store().home, name)
    if layout is not None and services.access().teacher:  # it is read so for everyone
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Read as you chose: {LAYOUTS[layout]}.", width="stretch")
            st.button("Choose again", key="layout-again", on_click=choose, args=(name, None))


def choose(name: str, layout: str | None) -> None:
    """Read a data set so from now on; None asks again. A callback."""
    st.session_state["layout_problem"] = None
    try:
        services.access().require_teacher()
        choices.choose_layout(services.get_store().home, name, layout)
    except ThawError as problem:
        st.session_state["layout_problem"] = problem
    services.forget_catalogue()
