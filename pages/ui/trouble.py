"""Why nothing can be trained at the moment, in the sidebar of every page."""

import streamlit as st

from core.wording.markdown import sentence
from pages.ui import services

POLL_SECONDS = 2.0


def notice() -> None:
    """What keeps ending the worker, as long as it does. Else nothing."""
    jobs = services.get_jobs()
    watched = jobs.trouble or services.current_job() is not None
    st.fragment(_notice, run_every=POLL_SECONDS if watched else None)()


def _notice() -> None:
    if said := services.get_jobs().trouble:
        st.warning(sentence(said), icon=":material/error:")
