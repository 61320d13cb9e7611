"""Layers: what is inside the network, what freezing a part of it leaves to learn, and how much to freeze."""

import streamlit as st

from pages.ui import links, state, thaw_bar
from pages.ui.layers import evidence, freeze_guide, inside, map

VIEWS = {
    "Map": map.view,
    "Evidence": evidence.view,
    "Inside a layer": inside.view,
    "What to freeze": freeze_guide.view,
}

st.title("Layers")
st.markdown(
    "Which layers learn? Everything left of the handle stays as it is; the rest, and the head, learn."
)
dataset = state.require_dataset()
config = thaw_bar.show(state.base_config(), len(dataset.classes))
links.check(layers_view=VIEWS)
chosen = st.segmented_control(
    "View", list(VIEWS), default="Map", required=True, key="layers_view", persist_state="session",
    bind="query-params", label_visibility="collapsed", wrap=True,
)  # fmt: skip
VIEWS[chosen](config, dataset)
