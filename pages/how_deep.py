"""How deep should one thaw? Every unfreeze point in one question: the curve, its doubt and its cost; and
whether the answer changes with the number of images."""

import streamlit as st

from pages.ui import show, state, views
from pages.ui.depth import by_images, cells, curve, question

VIEWS = {"curve": "Curve", "map": "By number of images"}

st.title("How deep?")
st.markdown(
    "How far should the network thaw on these images? One run answers for one point. Here every block is "
    "asked at once, and the answer is the points that cannot be told apart, not a winner."
)

state.require_dataset()
with show.problems():
    if views.choose("depth_view", VIEWS) == "curve":
        curve.view(question.choose(state.base_config()))
    elif (asked := cells.choose(state.base_config())) is not None:
        by_images.view(asked)
