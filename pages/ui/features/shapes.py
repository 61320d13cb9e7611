"""The view "Shapes" of the Bottleneck features page: the way of a batch through the network."""

import streamlit as st

from core import layers
from core.charts import feature_charts
from core.codegen.keras import features_code
from core.concepts import tables
from core.concepts.feature_notes import shape_notes
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from pages.ui import look, show, state


def view(dataset: Dataset, base: ExperimentConfig) -> None:
    """Draw it."""
    units = layers.output_units(len(dataset.classes))
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        size = look.image_size(base)
        st.markdown("A batch of 32 pictures, on its way:")
        st.table(tables.batch_shapes(size, units), alt="Shapes of a batch of 32 through the network")
    flow = tables.flow(size, units)
    with picture:
        show.chart(
            feature_charts.shape_flow, size, units, state.theme(), key="shape-flow",
            alt_text=f"The map shrinks from {size} to {flow['side'][19]} px a side, channels grow to 1,280",
        )  # fmt: skip
        show.numbers(
            flow[["step", "shape", "values"]],
            alt_text="shapes block by block",
            key="flow-numbers",
            label="Every block",
        )
    show.notice("how the shapes shrink", shape_notes(size, units))
    show.code(features_code(size, base.base.scaling))
