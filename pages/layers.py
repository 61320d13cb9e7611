"""Layers: what is inside the network, what freezing a part of it leaves to learn, and how much to freeze."""

import streamlit as st

from pages.ui import freeze_guide, inside, layer_evidence, layer_map, links, state, thaw_bar

VIEWS = {
    "Map": layer_map.view,
    "Evidence": layer_evidence.view,
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
