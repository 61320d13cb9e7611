"""Stop, wherever something trains or works: who may press it, and whom to ask first."""

import streamlit as st

from core.running.background import Background
from pages.ui import services, show

_ICON = ":material/stop_circle:"


def button(
    run_keys: list[str], key: str, label: str = "Stop", hint: str = "Finished epochs are kept."
) -> None:
    """Stop these runs or studies. Pressed, it says so until they have stopped.

    With login only the person who started a run can stop it. Without, anyone at this machine can; where
    several people asked for it, the button asks first.
    """
    with show.problems():
        _button(run_keys, key, label, hint)


def _button(run_keys: list[str], key: str, label: str, hint: str) -> None:
    if all(services.stop_requested(run_key) for run_key in run_keys):
        _stopping(key)
        return
    if not all(services.may_stop(run_key) for run_key in run_keys):
        st.button(
            label, key=key, icon=_ICON, disabled=True,
            help="Someone else started it, and only they can stop it. Its result will be yours too.",
        )  # fmt: skip
        return
    people = max((services.askers(run_key) for run_key in run_keys), default=0)
    if people < 2:
        _stop(run_keys, key, label, hint)
        return
    with st.popover(f"{label}…", icon=_ICON):
        st.markdown(f"{people} people asked for this and wait for it.")
        _stop(run_keys, key, "Stop it for everyone", hint)


def _stop(run_keys: list[str], key: str, label: str, hint: str) -> None:
    st.button(label, key=key, icon=_ICON, help=hint, on_click=show.attempt, args=(key, _stop_all, run_keys))
    show.problem(key, run_keys)


def _stop_all(run_keys: list[str]) -> None:
    for run_key in reversed(run_keys):  # those that wait first, so that none of them starts meanwhile
        services.stop(run_key)


def work_button(work: Background, key: str) -> None:
    """Stop work beside the page, which is whoever's page it is."""
    if work.stop_requested:
        _stopping(key)
    else:
        st.button("Stop", key=key, icon=_ICON, on_click=work.stop)


def _stopping(key: str) -> None:
    st.button("Stopping…", key=key, icon=_ICON, disabled=True)
