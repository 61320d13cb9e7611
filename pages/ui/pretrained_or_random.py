"""Pretrained or random, in seconds: two linear probes, asked for where a page speaks of transfer."""

import numpy as np
import streamlit as st

from core.concepts import pretrained_or_random
from core.config import ExperimentConfig
from core.errors import ThawError
from core.explain.studies import Study
from pages.ui import show, study


def _question(config: ExperimentConfig) -> Study:
    return Study("pretrained_or_random", config)


def known(config: ExperimentConfig) -> tuple[str, ...]:
    """What the probes say, in sentences; empty while nobody has asked, or where the answer is broken."""
    try:
        found = study.answer(_question(config))
    except ThawError:
        return ()
    if found is None:
        return ()
    return tuple(pretrained_or_random.sentences(found.record, pretrained_or_random.verdict(found.arrays)))


def ask(config: ExperimentConfig) -> None:
    """The answer, or the button that asks for it; and the way to the probes by depth."""
    with show.problems():
        found = study.ask(
            _question(config), "Pretrained or random?",
            note="**Pretrained or random, in seconds.** Nothing is trained but one linear layer, a probe: "
            "once on what the frozen pretrained network makes of these images, and once on what the same "
            "network with random weights makes of them.",
        )  # fmt: skip
        if found is None:
            return
        with st.container(border=True, gap="small"):
            st.markdown("**Pretrained or random, in seconds.** " + " ".join(known(config)))
            _by_depth(config)


def _by_depth(config: ExperimentConfig) -> None:
    """What the probes by depth said where they were asked, and the link to them."""
    depths = study.answer(Study("probes", config))
    if depths is not None:
        st.markdown(pretrained_or_random.depth_sentence(np.asarray(depths.arrays["right"])))
    if st.button(
        "See the probes by depth" if depths else "Is the top the best place? Probe by depth",
        key="probes-by-depth", icon=":material/stacked_line_chart:", type="tertiary",
        on_click=_open_view,
    ):  # fmt: skip
        st.switch_page("pages/bottleneck_features.py")


def _open_view() -> None:
    st.session_state["features_view"] = "depth"
