"""What was found damaged on the disk lately, named in the sidebar of every page."""

import time

import streamlit as st

from core import damage
from core.wording import words
from core.wording.markdown import plain
from pages.ui import services

RECENT_SECONDS = 24 * 3600
SHOWN = 5


def notice() -> None:
    """Which stored files were damaged and set aside since yesterday, and what that means. Else nothing."""
    if not services.access().teacher:  # it names what is others'
        return
    since = time.time() - RECENT_SECONDS
    recent = [one for one in damage.found(services.get_store().home) if one.when > since]
    if not recent:
        return
    with st.expander(f"{words.plural(len(recent), 'damaged file')}", icon=":material/healing:"):
        for one in recent[:SHOWN]:
            st.caption(f"**{plain(one.file)}**: {one.meaning}.")
        if len(recent) > SHOWN:
            st.caption(f"And {len(recent) - SHOWN:,} more.")
        st.caption("They are kept in the store's folder `damaged`. `python -m core check` lists them all.")
