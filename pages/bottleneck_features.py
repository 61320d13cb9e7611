"""Bottleneck features: what the network makes of pictures, in shapes, maps, channels and depth."""

import streamlit as st

from core.errors import ThawError
from pages.ui import show, state, views
from pages.ui.features import map, one_image, probes, shapes

VIEWS = {"shapes": "Shapes", "map": "Map of the images", "one": "One image", "depth": "By depth"}
DRAW = {"shapes": shapes.view, "map": map.view, "one": one_image.view, "depth": probes.view}

st.title("Bottleneck features")
st.markdown(
    "What does the frozen network make of a picture? 1,280 numbers: all that the head ever sees of it."
)
dataset = state.require_dataset()
chosen = views.choose("features_view", VIEWS)
try:
    DRAW[chosen](dataset, state.base_config())
except ThawError as problem:
    show.error(problem)
