"""Layers: what is inside the network, what freezing a part of it leaves to learn, and how much to freeze."""

import streamlit as st

from pages.ui import state, thaw_bar, views
from pages.ui.layers import evidence, freeze_guide, inside, map

VIEWS = {"map": "Map", "evidence": "Evidence", "inside": "Inside a layer", "freeze": "What to freeze"}
DRAW = {"map": map.view, "evidence": evidence.view, "inside": inside.view, "freeze": freeze_guide.view}

st.title("Layers")
st.markdown(
    "Which layers learn? Everything left of the handle stays as it is; the rest, and the head, learn."
)
dataset = state.require_dataset()
config = thaw_bar.show(state.base_config(), len(dataset.classes))
DRAW[views.choose("layers_view", VIEWS)](config, dataset)
