"""The settings in the address bar of every page, also of those that do not draw their controls."""

import re

from core import layers
from core.config import BACKBONE_LAYERS, BATCH_NORM_MODES, KEEP
from core.errors import ThawError
from core.optimizers import OPTIMIZERS
from core.settings import SEED_HIGH
from pages.ui import address, state
from pages.ui.address import Parameter, number, one_of
from pages.ui.augmentation import training
from pages.ui.data import division
from pages.ui.tuning import recipe


def _truth(value: bool) -> str:
    return str(value).lower()


def _rate(text: str) -> float | None:
    """One of the learning rates, however it is written: `1e-5`, `0.00001`."""
    written = re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,8})?(e-[0-9]{1,2})?", text)
    return float(text) if written and float(text) in recipe.RATES else None


_EPOCHS = number(0, recipe.MOST_EPOCHS, int)
_RATE = Parameter(lambda value: f"{value:g}", _rate, "which is not one of the learning rates")
_OPTIMIZER = one_of(OPTIMIZERS, "which is not one of the optimizers")
_SWITCH = one_of((False, True), "which is neither true nor false", _truth)

# Key of a control, and name of its parameter -> how it is written
PARAMETERS: dict[str, Parameter] = {
    "unfreeze": one_of(layers.stops(), "which is not the start of a block"),
    "layer": one_of(range(BACKBONE_LAYERS + 1), "which is not a layer"),
    "every_layer": _SWITCH,
    "epochs_frozen": _EPOCHS,
    "epochs_tuned": _EPOCHS,
    "rate_frozen": _RATE,
    "rate_tuned": _RATE,
    "optimizer_frozen": _OPTIMIZER,
    "optimizer_tuned": _OPTIMIZER,
    "batch_norm": one_of(BATCH_NORM_MODES, "which is not a BatchNorm mode"),
    "batch_size": one_of(recipe.BATCH_SIZES, "which is not one of the batch sizes"),
    "hidden": one_of(recipe.HIDDEN_UNITS, "which is not one of the sizes"),
    "dropout": number(0.0, recipe.MOST_DROPOUT, float),
    "seed": number(0, SEED_HIGH, int),
    "augment": _SWITCH,
    "keep": one_of(KEEP, "which is neither last nor best"),
    "patience": number(0, recipe.MOST_EPOCHS - 1, int),
    "class_weight": _SWITCH,
}


def bind() -> None:
    """Bind them all, before the page draws any."""
    division.bind()
    training.bind()
    try:
        defaults = state.control_values(state.base_config())
    except ThawError:  # the images cannot be read: nothing is known of their recipe
        defaults = {}
    for name, parameter in PARAMETERS.items():
        address.bind(name, parameter, defaults.get(name))
