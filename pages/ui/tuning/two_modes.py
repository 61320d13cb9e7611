"""The view "BatchNorm" of the Fine-tuning page: the same run with statistics kept and with each batch's."""

from dataclasses import replace

import streamlit as st

from core.compare.comparison import Model
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.wording.run_notes import batch_norm_notes
from pages.ui import progress, services, show
from pages.ui.trial import Trial, pair
from pages.ui.tuning import statistics

KEPT, BATCH = "Statistics kept", "Each batch's statistics"


def view(config: ExperimentConfig) -> None:
    """Both runs with their buttons, curves and the verdict. The handle and the recipe are the page's."""
    tuning = config.fine_tuning
    if not tuning.epochs or tuning.unfreeze_from == BACKBONE_LAYERS:
        st.info(
            "Nothing but the head learns here, and a frozen BatchNorm layer keeps its statistics whatever "
            "the switch says. Move the handle to the left and give fine-tuning an epoch or more.",
            icon=":material/tune:",
        )
        return
    st.markdown(
        "A BatchNorm layer subtracts a mean and divides by a spread. Thawed, it can keep the pretrained ones "
        "(inference mode), or take those of each batch and overwrite its own (batch mode, which is what "
        "Keras 3's `fit` does). Everything else is the same in these two runs."
    )
    kept, batch = (replace(config, batch_norm=mode) for mode in ("inference", "batch"))
    pair(Trial(KEPT, "kept", kept), Trial(BATCH, "batch", batch))
    modes = verdict = None
    with show.problems():
        keys = [services.run_key(config) for config in (kept, batch)]
        planned = config.feature_extraction.epochs + tuning.epochs
        first = {"feature extraction": "feature extraction", "fine-tuning": "statistics kept"}
        progress.overlay({keys[0]: first, keys[1]: {"fine-tuning": "each batch's"}}, planned, config)
        if all(services.get_store().finished(key) for key in keys) and config.two_phases:
            modes = services.result(keys[0]), services.result(keys[1])
            verdict = services.verdict(Model(keys[0], "fine_tuning"), Model(keys[1], "fine_tuning"))
            show.notice("what the switch did", batch_norm_notes(*modes, verdict))
    statistics.view(config, modes, verdict)
