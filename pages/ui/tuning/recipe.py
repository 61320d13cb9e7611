"""The recipe's controls: what is trained, for how long and how fast."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.concepts import rate_facts
from core.config import (
    BATCH_NORM_MODES,
    KEEP,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    HeadConfig,
)
from core.errors import ConfigError
from core.optimizers import OPTIMIZERS
from core.settings import SEED_HIGH
from core.wording import words
from pages.ui import number_field, services, show
from pages.ui.augmentation import training
from pages.ui.data import division

RATES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
BATCH_SIZES = (8, 16, 32, 64, 128)
HIDDEN_UNITS = (0, 64, 128, 256, 512)
MOST_EPOCHS = 100
MOST_DROPOUT = 0.9
KEEP_NAMES = {"last": "the last epoch", "best": "the best epoch"}
BATCH_NORM_NAMES = {"inference": "keep statistics", "batch": "use each batch"}


def controls(base: ExperimentConfig) -> tuple[ExperimentConfig, DeltaGenerator]:
    """Draw the controls, starting from `base`, and give what they say. The unfreeze point is not here.

    Also gives a place beside the rates, for `rate_advice` once the unfreeze point is known.
    """
    phases = st.container(horizontal=True, gap="small")
    with phases.container(width="stretch"):
        st.markdown(":blue[**Feature extraction**]")
        first = _phase(base.feature_extraction, "frozen")
    with phases.container(width="stretch"):
        st.markdown(":orange[**Fine-tuning**]")
        second = _phase(base.fine_tuning, "tuned")
    beside_rates = st.container()
    batch_norm = st.segmented_control(
        "BatchNorm while fine-tuning",
        tuple(BATCH_NORM_MODES),
        default=base.batch_norm,
        format_func=BATCH_NORM_NAMES.__getitem__,
        key="batch_norm",
        persist_state="session",
        required=True,
        width="stretch",
        help="Layers that learn can keep the pretrained means and variances (inference mode), or normalise "
        "by each batch and re-estimate them, as Keras 3's `fit` does. Frozen layers always keep theirs.",
    )
    training.note()
    division.folded(services.get_dataset(base.data.name))
    with st.expander("More: head, batches, augmentation, seed, when to stop"):
        head, batch_size, augment, seed = _more(base)
        chosen = _training(base)
    try:
        config = replace(
            base,
            feature_extraction=replace(base.feature_extraction, **first),
            fine_tuning=replace(base.fine_tuning, **second),
            head=head,
            batch_norm=batch_norm or base.batch_norm,
            batch_size=batch_size,
            augmentation=base.augmentation if augment else type(base.augmentation)(),
            seed=seed,
            **chosen,
        )
    except ConfigError as problem:
        show.error(problem)
        config = base
    try:
        config.require_patience()
    except ConfigError as problem:
        show.error(problem)
        config = replace(config, patience=None)
    return config, beside_rates


def rate_advice(config: ExperimentConfig, base: ExperimentConfig) -> None:
    """The phases' default rates where others are chosen, and what is known of a rate that wrecks."""
    usual = [
        f"{words.rate(theirs.learning_rate)} for {name}"
        for name, ours, theirs in (
            ("the head", config.feature_extraction, base.feature_extraction),
            ("fine-tuning", config.fine_tuning, base.fine_tuning),
        )
        if ours.learning_rate != theirs.learning_rate
    ]
    if usual:
        st.caption(f"The recipe for these images: {' and '.join(usual)}.")
    warning = rate_facts.warning(config)
    if warning:
        st.warning(warning, icon=":material/warning:")


def units(number: int) -> str:
    """`128`, or `none`."""
    return str(number) if number else "none"


def _phase(base: FeatureExtractionConfig | FineTuningConfig, key: str) -> dict:
    epochs = number_field.whole(
        "Epochs", 0, MOST_EPOCHS, base.epochs, key=f"epochs_{key}", help="0 skips this phase."
    )
    rates = sorted({*RATES, base.learning_rate}, reverse=True)
    learning_rate = st.selectbox(
        "Learning rate", rates, rates.index(base.learning_rate), format_func=words.rate, key=f"rate_{key}",
        persist_state="session",
    )  # fmt: skip
    optimizer = st.selectbox(
        "Optimizer", tuple(OPTIMIZERS), [*OPTIMIZERS].index(base.optimizer),
        format_func=OPTIMIZERS.__getitem__, key=f"optimizer_{key}", persist_state="session",
    )  # fmt: skip
    return {"epochs": epochs, "learning_rate": learning_rate, "optimizer": optimizer}


def _more(base: ExperimentConfig) -> tuple[HeadConfig, int, bool, int]:
    hidden = base.head.hidden[0] if base.head.hidden else 0
    options = sorted({*HIDDEN_UNITS, hidden})
    width = st.selectbox(
        "Hidden units in the head", options, options.index(hidden), key="hidden", persist_state="session",
        format_func=units,
    )  # fmt: skip
    dropout = st.slider(
        "Dropout", 0.0, MOST_DROPOUT, base.head.dropout, 0.05, key="dropout", persist_state="session"
    )
    sizes = sorted({*BATCH_SIZES, base.batch_size})
    batch_size = st.selectbox(
        "Batch size", sizes, sizes.index(base.batch_size), key="batch_size", persist_state="session"
    )
    augment = st.toggle(
        "Augmentation", base.augmentation.active, key="augment", persist_state="session",
        disabled=not base.augmentation.active,
        help="Random variants of the training images; the Augmentation page shows them."
        if base.augmentation.active
        else "This data set is trained without by default; the Augmentation page can choose one.",
    )  # fmt: skip
    seed = number_field.whole("Seed", 0, SEED_HIGH, base.seed, key="seed")
    return HeadConfig(hidden=(width,) if width else (), dropout=dropout), batch_size, augment, seed


def _training(base: ExperimentConfig) -> dict:
    """Which epoch is kept, when a phase stops early, and what an image of a rare class counts."""
    keep = st.segmented_control(
        "Keep the weights of", tuple(KEEP), default=base.keep, format_func=KEEP_NAMES.__getitem__, key="keep",
        persist_state="session", required=True, width="stretch",
        help="Of a phase's epochs: the last, or the one with the lowest loss on the validation images. Then "
        "validation has chosen, and only the test images have had no say.",
    )  # fmt: skip
    patience = number_field.whole(
        "Patience", 0, MOST_EPOCHS - 1, base.patience or 0, key="patience",
        help="A phase stops early after so many epochs in a row without a lower validation loss. 0: never.",
    )  # fmt: skip
    weigh = st.toggle(
        "Classes count alike", base.class_weight != "none", key="class_weight", persist_state="session",
        help="Images of rare classes count more in the loss, so that each class counts as much as any other "
        "(class weights). For data sets with uneven classes.",
    )  # fmt: skip
    return {
        "keep": keep or base.keep,
        "patience": patience or None,
        "class_weight": "balanced" if weigh else "none",
    }
