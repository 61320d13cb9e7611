"""What mattered? What fine-tuning wrote into which block, what became of the rest, and the world outside."""

import streamlit as st

from pages.ui import show, state, views
from pages.ui.mattered import dial, rewind, shift, similarity, subject

VIEWS = {"rewind": "Rewind", "dial": "Dial", "similarity": "Similarity", "shift": "Shift"}
DRAW = {"rewind": rewind.view, "dial": dial.view, "similarity": similarity.view, "shift": shift.view}

st.title("What mattered?")
st.markdown(
    "How far a layer *moved* does not say whether that *mattered*. Take a fine-tuned network apart again, by "
    "hand, and see what it can do without."
)

state.require_dataset()
with show.problems():
    chosen = views.choose("mattered_view", VIEWS)
    found = subject.choose()
    if found is not None:
        DRAW[chosen](found)
