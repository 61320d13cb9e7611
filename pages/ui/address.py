"""Choices in the address bar of every page, also of pages that do not draw their controls.

Streamlit binds a control to the address bar only while the control is drawn. What is chosen on one page
is kept here for the others, so that a reload on any page loses nothing, and what a link says is checked here
before any control sees it.
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import layers
from core.config import BACKBONE_LAYERS, BATCH_NORM_MODES
from core.errors import ThawError
from core.optimizers import OPTIMIZERS
from core.settings import SEED_HIGH
from core.wording import words
from pages.ui import links, state
from pages.ui.augmentation import training
from pages.ui.tuning import recipe


@dataclass(frozen=True)
class Parameter:
    """How the value of a control stands in the address bar.

    Attributes:
        read: Text -> value, or None where the text makes no sense.
        reason: What to say of such a text.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    reason: str


def _one_of(values: Iterable, write: Callable[[Any], str], reason: str) -> Parameter:
    known = {write(value): value for value in values}
    return Parameter(write, known.get, reason)


def _number(low: float, high: float, kind: type) -> Parameter:
    def read(text: str):
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?" if kind is float else r"[0-9]{1,10}", text):
            return None
        value = kind(text)
        return value if low <= value <= high else None

    noun = "number" if kind is float else "whole number"
    return Parameter(lambda value: f"{value:g}" if kind is float else str(value), read,
                     f"which is not a {noun} from {low:g} to {high:,}")  # fmt: skip


def _truth(value: bool) -> str:
    return str(value).lower()


_EPOCHS = _number(0, recipe.MOST_EPOCHS, int)
_RATE = _one_of(recipe.RATES, words.rate, "which is not one of the learning rates")
_OPTIMIZER = _one_of(OPTIMIZERS, OPTIMIZERS.get, "which is not one of the optimizers")
_SWITCH = _one_of((False, True), _truth, "which is neither true nor false")

# Key of a control, and name of its parameter -> how it is written
PARAMETERS: dict[str, Parameter] = {
    "unfreeze": _one_of(layers.stops(), words.freeze_up_to, "which is not the start of a block"),
    "layer": _one_of(range(BACKBONE_LAYERS + 1), words.freeze_up_to, "which is not a layer"),
    "every_layer": _SWITCH,
    "epochs_frozen": _EPOCHS,
    "epochs_tuned": _EPOCHS,
    "rate_frozen": _RATE,
    "rate_tuned": _RATE,
    "optimizer_frozen": _OPTIMIZER,
    "optimizer_tuned": _OPTIMIZER,
    "batch_norm": _one_of(BATCH_NORM_MODES, recipe.BATCH_NORM_NAMES.get, "which is not a BatchNorm mode"),
    "batch_size": _one_of(recipe.BATCH_SIZES, str, "which is not one of the batch sizes"),
    "hidden": _one_of(recipe.HIDDEN_UNITS, recipe.units, "which is not one of the sizes"),
    "dropout": _number(0.0, recipe.MOST_DROPOUT, float),
    "seed": _number(0, SEED_HIGH, int),
    "augment": _SWITCH,
}


def read() -> None:
    """Take over what the address bar says for controls that no page of this session has drawn yet.

    What makes no sense is refused and dropped, and the page begins anew without it: a control would read it
    from the link again.
    """
    dropped = False
    for key, parameter in PARAMETERS.items():
        said = links.asked(key)
        if said is None:
            continue
        value = parameter.read(said)
        if value is None:
            dropped |= links.refuse(key, parameter.reason)
        elif key not in st.session_state:
            st.session_state[key] = value
    training.read()
    if dropped:
        st.rerun()


def write() -> None:
    """Write the choices that this page does not draw and that are not the data set's defaults."""
    training.write()
    try:
        defaults = state.control_values(state.base_config())
    except ThawError:
        return
    for key, parameter in PARAMETERS.items():
        value = st.session_state.get(key)
        if value is not None and value != defaults[key] and key not in st.query_params:
            with contextlib.suppress(Exception):  # drawn on this page: Streamlit keeps it there itself
                st.query_params[key] = parameter.write(value)
