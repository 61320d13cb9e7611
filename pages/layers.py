"""Layers: what is inside the network, and what freezing a part of it leaves to learn."""

import streamlit as st

from core import concept_charts, layers, tables
from core.code_layers import freeze_code
from core.concept_notes import batch_norm_sentences, layer_notes
from core.config import BACKBONE_LAYERS
from pages.ui import look, show, state, thaw_bar

VIEWS = ("Where the numbers sit", "What still learns", "BatchNorm", "All layers")

st.title("Layers")
st.markdown(
    "Which layers learn? Everything left of the handle stays as it is; the rest, and the head, learn."
)

dataset = state.require_dataset()
classes = len(dataset.classes)
config = thaw_bar.show(state.base_config(), classes)
point = config.fine_tuning.unfreeze_from
learning = layers.count_trainable(point, config.head, classes)

controls, picture = st.columns([1, 2], gap="medium")

with controls:
    st.metric(
        "Parameters that learn", f"{learning.parameters:,}", help="Single numbers, the head's included."
    )
    st.table(tables.learning_counts(point, config.head, classes), alt="How many layers and variables learn")
    image_size = look.image_size(config)


def numbers_view() -> None:
    st.plotly_chart(
        concept_charts.layer_map(point, image_size, state.theme()),
        key="layer-map", config={"displayModeBar": False},
        alt=f"Parameters of each of the {BACKBONE_LAYERS} layers; the first {point} are frozen",
    )  # fmt: skip


def share_view() -> None:
    share = tables.by_position()["share"][point]
    st.altair_chart(
        concept_charts.what_still_learns(point, state.theme()), key="what-still-learns",
        alt=f"With {point} layers frozen {share:.0%} of the backbone's parameters still learn",
    )  # fmt: skip


def batch_norm_view() -> None:
    st.markdown("A BatchNorm layer has two switches, and they are easy to confuse.")
    st.markdown("\n".join(f"- {sentence}" for sentence in batch_norm_sentences(point)))
    st.table(tables.batch_norm_switches(point), alt="What changes in BatchNorm layers under each switch")


def table_view() -> None:
    frame = tables.layer_frame(point, image_size)
    order = ["layer", "name", "kind", "parameters", "learns", "numbers that learn", "in", "out", "block"]
    st.dataframe(
        frame[order], hide_index=True, height=330, key="all-layers",
        column_config={
            "parameters": st.column_config.NumberColumn(format="localized"),
            "numbers that learn": st.column_config.NumberColumn(format="localized"),
        },
        alt=f"All {BACKBONE_LAYERS} layers with kind, shapes and parameters",
    )  # fmt: skip


with picture:
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="layers_view", persist_state="session",
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    {
        VIEWS[0]: numbers_view,
        VIEWS[1]: share_view,
        VIEWS[2]: batch_norm_view,
        VIEWS[3]: table_view,
    }[view]()

show.notice(layer_notes(point, config.head, classes))
show.code(freeze_code(point, image_size))
