"""Augmentation: what random flips, turns and zooms show the network of one and the same picture."""

import streamlit as st

from core.code_layers import augmentation_code
from core.concept_charts import enlarged
from core.concept_notes import augmentation_notes
from core.errors import ThawError
from pages.ui import augment, look, show, state

st.title("Augmentation")
st.markdown(
    "What does the network see? In every epoch another variant of every training picture, under the same "
    "label."
)

dataset = state.require_dataset()
base = state.base_config()
controls, picture = st.columns([1, 2], gap="medium")

with controls:
    try:
        chosen = augment.choose_picture(dataset, base)
        config = augment.controls(dataset)
    except ThawError as problem:
        show.error(problem)
        st.stop()
    st.button(
        "What suits this data set", key="augment-defaults", icon=":material/restart_alt:",
        on_click=augment.reset, args=(dataset,),
    )  # fmt: skip

variants, pixels = augment.variants(chosen, config, base.seed)

with picture:
    left, right = st.columns([1, 3], gap="small")
    with left:
        st.image(look.png(enlarged(chosen.pixels)), width="stretch", alt=f"Original: {chosen.title}")
        st.caption(
            f"**Original** · {look.plain(chosen.title)}, {len(chosen.pixels)} px. The numbers are epochs."
        )
        st.button(
            "New draw", key="new-draw", icon=":material/casino:", width="stretch",
            on_click=augment.draw_again, help="The variants of nine further epochs.",
        )  # fmt: skip
    with right, st.grid(3, min_column_width=90, gap="xsmall"):
        for variant in variants:
            with st.container(gap=None):
                st.image(variant.png, width="stretch", alt=f"Epoch {variant.epoch}: {variant.said}")
                st.caption(f"**{variant.epoch}** · {variant.said}")

show.notice(augmentation_notes(chosen.pixels, pixels, config))
st.caption(
    f"Here: {augment.said(config)}. Fine-tuning trains with this data set's recipe: "
    f"{augment.said(base.augmentation)}."
)
show.code(augmentation_code(config))
