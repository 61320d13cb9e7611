"""Class: who is here, what they keep and what trains, for a teacher. Only where many log in."""

import streamlit as st

from core.errors import NotAllowed
from pages.ui import address, services, show, state
from pages.ui.people import members, queue

state.come_in_by_app()
st.title("Class")
st.markdown("Who uses this Thaw, what do they keep here, and what is training?")

try:
    services.access().require_teacher()
except NotAllowed as problem:
    show.error(problem)
    address.stop()

left, right = st.columns([2, 1], gap="medium")
with right:
    queue.draw()
with left:
    members.draw()
