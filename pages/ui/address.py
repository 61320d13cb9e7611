"""Choices in the address bar of every page, also of pages that do not draw their controls.

Streamlit binds a control to the address bar only while the control is drawn. What is chosen on one page
is kept here for the others, so that a reload on any page loses nothing.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from core import words
from core.config import BACKBONE_LAYERS, BATCH_NORM_MODES, OPTIMIZERS
from core.errors import ThawError
from pages.ui import augment_training, recipe, state


def _truth(value: bool) -> str:
    return str(value).lower()


_LAYERS = range(BACKBONE_LAYERS + 1)
_EPOCHS = range(recipe.MOST_EPOCHS + 1)

# Key of a control -> how its values are written, and which there are
_WRITTEN: dict[str, tuple[Callable[[Any], str], Iterable]] = {
    "unfreeze": (words.freeze_up_to, _LAYERS),
    "layer": (words.freeze_up_to, _LAYERS),
    "every_layer": (_truth, (False, True)),
    "epochs_frozen": (str, _EPOCHS),
    "epochs_tuned": (str, _EPOCHS),
    "rate_frozen": (words.rate, recipe.RATES),
    "rate_tuned": (words.rate, recipe.RATES),
    "optimizer_frozen": (words.OPTIMIZER_NAMES.get, OPTIMIZERS),
    "optimizer_tuned": (words.OPTIMIZER_NAMES.get, OPTIMIZERS),
    "batch_norm": (recipe.BATCH_NORM_NAMES.get, BATCH_NORM_MODES),
    "batch_size": (str, recipe.BATCH_SIZES),
    "hidden": (recipe.units, recipe.HIDDEN_UNITS),
    "augment": (_truth, (False, True)),
}


def read() -> None:
    """Take over what the address bar says for controls that no page of this session has drawn yet."""
    augment_training.read()
    for key, (write, values) in _WRITTEN.items():
        said = st.query_params.get(key)
        if said is not None and key not in st.session_state:
            known = {write(value): value for value in values}
            if said in known:
                st.session_state[key] = known[said]


def write() -> None:
    """Write the choices that this page does not draw and that are not the data set's defaults."""
    augment_training.write()
    try:
        defaults = state.control_values(state.base_config())
    except ThawError:
        return
    for key, (write_value, _) in _WRITTEN.items():
        value = st.session_state.get(key)
        if value is not None and value != defaults[key] and key not in st.query_params:
            with contextlib.suppress(Exception):  # drawn on this page: Streamlit keeps it there itself
                st.query_params[key] = write_value(value)
