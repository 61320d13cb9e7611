"""The view "Similarity": how alike every block sees the images before training and after it."""

from functools import partial

import streamlit as st

from core.charts.cka_chart import similarity_curve, similarity_map
from core.codegen.mattered import similarity_code
from core.concepts import cka_notes
from core.explain.maps import MAP_IMAGES
from pages.ui import show, state, study
from pages.ui.mattered.subject import Subject


def view(subject: Subject) -> None:
    """Draw it. Raises ThawError."""
    images = min(subject.run.result.dataset.counts["validation"], MAP_IMAGES)
    found = study.ask(
        subject.study("cka"),
        f"Compare 19 segments on {images:,} images",
        note="Every validation image goes through the network as it was before training, and as it is after. "
        "Nothing is taken for granted: what was frozen is computed twice, too.",
        height=240,
    )
    if found is not None:
        _draw(found.record)
    st.caption(
        "**Linear CKA** is 1 where two sets of features are the same but for rotation and scale, and 0 where "
        "they have nothing in common (Kornblith and others, ICML 2019). Debiased, so that few images do not "
        "make it look larger. They compare whole feature maps, here each channel's mean is compared."
    )
    config = subject.run.config
    show.code(similarity_code(config.data.image_size, config.base.scaling))


def _draw(record: dict) -> None:
    theme = state.theme()
    st.markdown(cka_notes.headline(record))
    said = "Similarity of every block before and after training, by depth"
    show.chart(similarity_curve, record, theme, key="cka-curve", alt_text=said)
    st.caption(
        f"{record['images']:,} validation images; bars are 95% intervals (jackknife over images). Circles "
        "were frozen, diamonds learned."
    )
    show.notice("from where on they see differently", cka_notes.notes(record))
    show.numbers(partial(cka_notes.similarity_frame, record), alt_text=said, key="cka-numbers")
    with st.expander("Every block before against every block after", key="cka-map-box"):
        said = "Similarity of every block before with every block after"
        show.chart(similarity_map, record, theme, key="cka-map", alt_text=said)
        show.numbers(partial(cka_notes.map_frame, record), alt_text=said, key="cka-map-numbers")
