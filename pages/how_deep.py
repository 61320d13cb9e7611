"""How deep should one thaw? Every unfreeze point in one question: the curve, its doubt and its cost."""

import streamlit as st

from pages.ui import show, state
from pages.ui.depth import curve, question

st.title("How deep?")
st.markdown(
    "How far should the network thaw on these images? One run answers for one point. Here every block is "
    "asked at once, and the answer is the points that cannot be told apart, not a winner."
)

state.require_dataset()
with show.problems():
    asked = question.choose(state.base_config())
    curve.view(asked)
