"""How deep should one thaw? Every unfreeze point in one question: the curve, its doubt and its cost; whether
the answer changes with the number of images; and the best recipe that some minutes can find."""

import streamlit as st

from pages.ui import show, state, views
from pages.ui.depth import best, by_images, cells, curve, question

VIEWS = {"curve": "Curve", "map": "By number of images", "best": "Find the best"}

st.title("How deep?")
st.markdown(
    "How far should the network thaw on these images? One run answers for one point. Here every block is "
    "asked at once, and the answer is what cannot be told apart, not a winner."
)

state.require_dataset()
with show.problems():
    match views.choose("depth_view", VIEWS):
        case "map":
            if (asked := cells.choose(state.base_config())) is not None:
                by_images.view(asked)
        case "best":
            best.view(state.base_config())
        case _:
            curve.view(question.choose(state.base_config()))
