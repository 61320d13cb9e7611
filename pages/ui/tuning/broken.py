"""Two bugs that give a lab's .5000, made on purpose: part of the view "When it hurts"."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.concepts import harm
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.explain.studies import Study
from core.wording.run_notes import learned_nothing
from pages.ui import services, show, study
from pages.ui.trial import Trial, pair

RANDOM_BUG = """import keras

base = keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None)  # the bug
base.trainable = False  # freezes the random numbers: what comes out hardly differs from image to image

# mended: weights="imagenet"
"""
SOFTMAX_BUG = """from keras import layers

head = layers.Dense(1, activation="softmax")  # the bug: exp(z) / exp(z) is 1, whatever z is

head = layers.Dense(1, activation="sigmoid")  # mended, with binary_crossentropy
"""


def view(config: ExperimentConfig, dataset: Dataset) -> None:
    """Both, where there are two classes.

    Raises:
        DatasetError: the images cannot be read or divided.
    """
    if len(dataset.classes) != 2:
        st.info(
            "These two bugs give exactly .5000 where there are two classes of equal size, as in the lab. "
            "These images are of another number of classes: choose a set of two, such as cats and dogs, "
            "in the sidebar or on the Data page.",
            icon=":material/bug_report:",
        )
        return
    st.markdown(
        "A lab's printed run stood at .5000 for nine of ten epochs, and nothing told the student that it was "
        "broken. Of all the mistakes that were tried, these two give exactly that curve."
    )
    st.markdown("##### Bug 1: random weights in the frozen base")
    _random_base(config)
    st.markdown("##### Bug 2: softmax over one unit")
    _softmax(config)


def _random_base(config: ExperimentConfig) -> None:
    train = services.counts(config)["train"]
    bug = harm.random_base(config, train)
    mended = harm.quick(config, train).first_phase_only()
    st.code(RANDOM_BUG, language="python")
    pair(
        Trial("Pretrained base, frozen", "pretrained-base", mended),
        Trial("Random base, frozen", "random-base", bug),
    )
    result = services.result_of(bug)
    if result is None:
        return
    curve = _printed([epoch.val_accuracy for epoch in result.last.epochs]).values()
    st.markdown(f"Validation accuracy by epoch: {' '.join(curve)}")
    if warning := learned_nothing(result):
        st.warning(warning, icon=":material/bug_report:")


def _softmax(config: ExperimentConfig) -> None:
    st.code(SOFTMAX_BUG, language="python")
    found = study.ask(
        Study("one_unit", config),
        "Train both heads",
        note="Two heads on the frozen base, alike from the first weight to the last batch but for that word.",
    )
    if found is None:
        return
    record = found.record
    rows = {output: _printed(record[output]["val_accuracy"]) for output in ("sigmoid", "softmax")}
    st.markdown(f"**Accuracy on {record['validation']:,} validation images, by epoch**")
    table = pd.DataFrame(rows).T.reset_index(names="output")
    st.dataframe(table, hide_index=True, key="one-unit", alt="Validation accuracy by epoch of both heads")
    with show.problems():
        _why(found)


def _printed(accuracies: Sequence[float]) -> dict[str, str]:
    """Epoch -> accuracy as a training log prints it: `.5000`."""
    return {str(epoch): f"{value:.4f}".removeprefix("0") for epoch, value in enumerate(accuracies, 1)}


def _why(found: study.Found) -> None:
    bug = found.record["softmax"]
    says, other = (", ".join(f"{p:.2f}" for p in found.arrays[name]) for name in ("softmax", "sigmoid"))
    st.markdown(
        f"To {len(found.arrays['softmax'])} photos the softmax head says {says}: always the second class, so "
        f"it is right on exactly that class's share. The sigmoid head says {other}."
    )
    st.markdown(
        f"What hides the bug: the loss went from {bug['loss'][0]:.2f} to {bug['loss'][-1]:.2f}, since "
        "Keras's cross-entropy looks past the activation at the number before it. The weights moved by "
        f"{100 * bug['moved']:.2g}% of their size, those of the mended head by "
        f"{100 * found.record['sigmoid']['moved']:.2g}%: they learn, and not one answer changes. A loss that "
        "falls beside an accuracy that stands still is the sign to look for."
    )
