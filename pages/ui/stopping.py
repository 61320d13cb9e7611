"""Stop, wherever something trains: who may press it, and whom to ask first."""

import streamlit as st

from pages.ui import services


def button(
    run_keys: list[str], key: str, label: str = "Stop", hint: str = "Finished epochs are kept."
) -> None:
    """Stop these runs or studies. Pressed, it says so until they have stopped.

    With login only the person who started a run can stop it. Without, anyone at this machine can; where
    several people asked for it, the button asks first.
    """
    if all(services.stop_requested(run_key) for run_key in run_keys):
        st.button("Stopping…", key=key, icon=":material/stop_circle:", disabled=True)
        return
    if not all(services.may_stop(run_key) for run_key in run_keys):
        st.button(
            label, key=key, icon=":material/stop_circle:", disabled=True,
            help="Someone else started it, and only they can stop it. Its result will be yours too.",
        )  # fmt: skip
        return
    people = max((services.askers(run_key) for run_key in run_keys), default=0)
    if people < 2:
        _stop(run_keys, key, label, hint)
        return
    with st.popover(f"{label}…", icon=":material/stop_circle:"):
        st.markdown(f"{people} people asked for this and wait for it.")
        _stop(run_keys, key, "Stop it for everyone", hint)


def _stop(run_keys: list[str], key: str, label: str, hint: str) -> None:
    st.button(label, key=key, icon=":material/stop_circle:", on_click=_stop_all, args=(run_keys,), help=hint)


def _stop_all(run_keys: list[str]) -> None:
    for run_key in reversed(run_keys):  # those that wait first, so that none of them starts meanwhile
        services.stop(run_key)
