"""How many images does it take? Accuracy by the number of training images, three ways of training."""

import streamlit as st

from pages.ui import show, state
from pages.ui.images import curves, question

st.title("How many images?")
st.markdown(
    "Would more photos help, and how many does transfer save? Here the same network learns from six numbers "
    "of these images, from a few to all of them, several times each: what more images bring, and how sure "
    "that is."
)

state.require_dataset()
with show.problems():
    curves.view(question.choose(state.base_config()))
