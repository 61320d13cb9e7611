"""Streamlit's own login, where whoever runs the server has set it up: `docs/serving.md` says how."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import ThawError
from core.people.serving import Mode
from core.person import Person
from pages.server.visitor import SESSIONS, from_claims
from pages.ui import serving, show


def require() -> None:
    """End the page unless this Thaw may be served and, where it is shared with login, this person has logged
    in. The door in front (`pages.server.gate`) lets nobody come so far: this is the second lock."""
    try:
        asks = serving.mode() is Mode.LOGIN
    except ThawError as problem:
        st.title("Thaw")
        show.error(problem)
        st.stop()
    if not asks:
        return
    someone, context = person(), get_script_run_ctx()
    if someone is None or context is None:
        st.title("Thaw")
        st.markdown("This Thaw is shared: log in, so that what you do here is yours.")
        for name in serving.providers():
            label = "Log in" if name == "default" else f"Log in with {name}"
            st.button(label, icon=":material/login:", type="primary", on_click=st.login, args=(name,))
        st.stop()
    SESSIONS.claim(context.session_id, someone.id)


def person() -> Person | None:
    """Who has logged in; None for a stranger, and where nobody logs in."""
    return from_claims(st.user.to_dict()) if st.user.get("is_logged_in") else None


def out() -> None:
    """A way to log out, for those who are in."""
    if person():
        st.button("Log out", icon=":material/logout:", type="tertiary", on_click=st.logout)
