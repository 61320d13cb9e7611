"""Predict: trained networks and pictures they never saw."""

import streamlit as st

from core.errors import ThawError
from pages.ui import links, show, state
from pages.ui.predict import many, one

VIEWS = {"One picture": one.view, "Many pictures": many.view}

st.title("Predict")
st.markdown("What does a network say of a picture it never saw, where does it look, and can you believe it?")

dataset = state.require_dataset()
links.check(predict_view=VIEWS)
first = next(iter(VIEWS))
view = st.segmented_control(
    "View", list(VIEWS), default=first, key="predict_view", bind="query-params", required=True,
    label_visibility="collapsed",
)  # fmt: skip
try:
    VIEWS[view or first](dataset)
except ThawError as problem:
    show.error(problem)
