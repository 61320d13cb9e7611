"""Predict: trained networks and pictures they never saw."""

import streamlit as st

from core.errors import ThawError
from pages.ui import show, state, views
from pages.ui.predict import many, one

VIEWS = {"one": "One picture", "many": "Many pictures"}
DRAW = {"one": one.view, "many": many.view}

st.title("Predict")
st.markdown("What does a network say of a picture it never saw, where does it look, and can you believe it?")

dataset = state.require_dataset()
view = views.choose("predict_view", VIEWS)
try:
    DRAW[view](dataset)
except ThawError as problem:
    show.error(problem)
