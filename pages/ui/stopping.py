"""Stop, wherever something trains or works: who may press it, and whom to ask first."""

import streamlit as st

from core.people.stopping import Right
from core.running.background import Background
from pages.ui import services, show

_ICON = ":material/stop_circle:"


def button(
    run_keys: list[str], key: str, label: str = "Stop", hint: str = "Finished epochs are kept."
) -> None:
    """Stop these runs or studies. Pressed, it says so until they have stopped. Who may is decided by
    `core.people.stopping`; where others wait for one of them, the button asks first."""
    with show.problems():
        _button(run_keys, key, label, hint)


def _button(run_keys: list[str], key: str, label: str, hint: str) -> None:
    if all(services.stop_requested(run_key) for run_key in run_keys):
        _stopping(key)
        return
    rights = {services.may_stop(run_key) for run_key in run_keys}
    if Right.NOT in rights:
        st.button(
            label, key=key, icon=_ICON, disabled=True,
            help="Someone else asked for it: only they, or a teacher, can stop it.",
        )  # fmt: skip
    elif Right.ASK_FIRST in rights:
        _ask_first(run_keys, key, label, hint)
    else:
        _stop(run_keys, key, label, hint, asked=False)


def _ask_first(run_keys: list[str], key: str, label: str, hint: str) -> None:
    """What stopping means for others, and the button."""
    people = max(len(services.askers(run_key)) for run_key in run_keys)
    with st.popover(f"{label}…", icon=_ICON):
        if services.logged_in():
            st.markdown(f"{people} people asked for this. Without you it goes on for the others.")
            said, hint = "Take me off it", "It goes on for the others."
        elif people > 1:
            st.markdown(f"{people} people asked for this and wait for it.")
            said = "Stop it for everyone"
        else:
            st.markdown("Someone else asked for this and waits for it, or you did in another browser.")
            said = "Stop it all the same"
        _stop(run_keys, key, said, hint, asked=True)


def _stop(run_keys: list[str], key: str, label: str, hint: str, *, asked: bool) -> None:
    st.button(
        label, key=key, icon=_ICON, help=hint, on_click=show.attempt, args=(key, _stop_all, run_keys, asked)
    )
    show.problem(key, run_keys, asked)


def _stop_all(run_keys: list[str], asked: bool) -> None:
    for run_key in reversed(run_keys):  # those that wait first, so that none of them starts meanwhile
        services.stop(run_key, asked)


def work_button(work: Background, key: str) -> None:
    """Stop work beside the page, which is whoever's page it is."""
    if work.stop_requested:
        _stopping(key)
    else:
        st.button("Stop", key=key, icon=_ICON, on_click=work.stop)


def _stopping(key: str) -> None:
    st.button("Stopping…", key=key, icon=_ICON, disabled=True)
