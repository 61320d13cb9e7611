"""Streamlit's own login, where whoever runs the server has set it up: `docs/serving.md` says how."""

import streamlit as st


def require() -> None:
    """End the page with a button to log in unless this person has, or no login is set up."""
    if st.user.get("is_logged_in") is not False:  # missing where no login is set up
        return
    st.title("Thaw")
    st.markdown("This Thaw is shared: log in, so that your trainings are yours to stop.")
    st.button("Log in", icon=":material/login:", type="primary", on_click=st.login)
    st.stop()


def out() -> None:
    """A way to log out, for those who are in."""
    if st.user.get("is_logged_in"):
        st.button("Log out", icon=":material/logout:", type="tertiary", on_click=st.logout)
