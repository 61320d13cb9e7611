"""Bottleneck features: what the frozen network makes of a picture, in shapes and as a map."""

import streamlit as st

from core import concept_charts, layers, tables
from core.code_layers import features_code
from core.concept_notes import shape_notes
from core.config import with_setting
from core.errors import ThawError
from pages.ui import features, look, show, state

SHAPES, MAP = "Shapes", "Map of the images"

st.title("Bottleneck features")
st.markdown(
    "What does the frozen network make of a picture? 1,280 numbers: all that the head ever sees of it."
)

dataset = state.require_dataset()
base = state.base_config()
classes = dataset.classes
units = layers.output_units(len(classes))
controls, picture = st.columns([1, 2], gap="medium")

with controls:
    view = st.segmented_control(
        "View", (SHAPES, MAP), default=SHAPES, required=True, key="features_view", persist_state="session",
        width="stretch",
    )  # fmt: skip
    image_size = look.image_size(base)
    numbers = st.container()
config = with_setting(base, "data.image_size", image_size)


def shapes_view() -> None:
    """The way of a batch through the network."""
    flow = tables.flow(image_size, units)
    picture.altair_chart(
        concept_charts.shape_flow(image_size, units, state.theme()), key="shape-flow",
        alt=f"The map shrinks from {image_size} to {flow['side'][19]} px a side while channels grow to 1,280",
    )  # fmt: skip
    with numbers:
        st.markdown("A batch of 32 pictures, on its way:")
        st.table(tables.batch_shapes(image_size, units), alt="Shapes of a batch of 32 through the network")
    with picture:
        show.numbers(
            flow[["step", "shape", "values"]],
            alt_text="shapes block by block",
            key="flow-numbers",
            label="Every block",
        )
    show.notice(shape_notes(image_size, units))


def map_view() -> None:
    """The images by their features; computed by the worker, on request."""
    with picture:
        try:
            found = features.feature_map(config)
        except ThawError as problem:
            show.error(problem)
            return
    if found is None:
        return
    with picture:
        st.altair_chart(
            concept_charts.feature_scatter(found.plane, found.labels, found.names, classes, state.theme()),
            key="feature-map",
            alt=f"{len(found.labels):,} validation images by their first two principal components",
        )
        show.numbers(
            tables.map_frame(found.plane, found.labels, found.names, classes),
            alt_text="images by principal components",
            key="map-numbers",
        )
    with numbers.container(horizontal=True):
        st.metric("Validation images", f"{len(found.labels):,}")
        st.metric("Spread in the plane", f"{sum(found.plane.explained):.0%}")
    show.notice(list(found.notes))


if view == SHAPES:
    shapes_view()
else:
    map_view()
show.code(features_code(image_size))
