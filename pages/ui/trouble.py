"""Why nothing can be stored or trained at the moment: in place of a page, or in the sidebar of every page."""

import streamlit as st

from core.errors import StoreError
from core.homes import usable_home
from pages.server import pace
from pages.ui import services, show

POLL_SECONDS = 2.0


def require_home() -> None:
    """End the page with what is in the way of a store and how to mend it. Call it before any use of one."""
    try:
        usable_home()
    except StoreError as problem:
        st.title("Thaw")
        st.markdown("Runs and photos are kept in a folder, and this one cannot be used.")
        show.error(problem)
        st.button("Look again", icon=":material/refresh:", help="After you have mended it.")
        st.stop()


def notice() -> None:
    """What keeps ending the worker, as long as it does. Else nothing."""
    jobs = services.get_jobs()
    watched = jobs.trouble or services.current_job() is not None
    st.fragment(_notice, run_every=pace.seconds(POLL_SECONDS) if watched else None)()


def _notice() -> None:
    if said := services.get_jobs().trouble:
        if not services.access().teacher:  # its last words may name what is others'
            said = "Nothing can be trained at the moment. Tell your teacher."
        st.warning(show.told(said), icon=":material/error:")
