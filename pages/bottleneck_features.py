"""Bottleneck features: what the network makes of pictures, in shapes, maps, channels and depth."""

import streamlit as st

from core.errors import ThawError
from pages.ui import links, show, state
from pages.ui.features import map, one_image, probes, shapes, subject

VIEWS = {
    "Shapes": shapes.view,
    "Map of the images": map.view,
    "One image": one_image.view,
    "By depth": probes.view,
}

st.title("Bottleneck features")
st.markdown(
    "What does the frozen network make of a picture? 1,280 numbers: all that the head ever sees of it."
)
dataset = state.require_dataset()
links.check(**{subject.VIEW_KEY: VIEWS})
chosen = st.segmented_control(
    "View", list(VIEWS), default="Shapes", required=True, key=subject.VIEW_KEY, persist_state="session",
    bind="query-params", label_visibility="collapsed", wrap=True,
)  # fmt: skip
try:
    VIEWS[chosen](dataset, state.base_config())
except ThawError as problem:
    show.error(problem)
