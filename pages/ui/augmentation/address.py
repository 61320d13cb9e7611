"""The Augmentation page in the address bar: which view and which settings, so that a reload loses nothing."""

import streamlit as st

from core.data import datasets
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.transforms import AugmentationConfig
from core.wording import augmentation
from pages.ui import links
from pages.ui.augmentation import runs, variants

TRANSFORMS = "variants"
VIEWS = "Variants", "One picture's features", "Ranking", "Does it help here?"
_CHOICES = {  # key of a control -> what can be chosen; the first one is the default
    "augment_view": VIEWS,
    "augment_phases": runs.PHASES,
    "augment_seeds": runs.SEEDS,
}


def restore(dataset: Dataset) -> None:
    """Take over what the address bar says, once a session; nonsense there is refused."""
    if st.session_state.setdefault("augment_restored", False):
        return
    st.session_state["augment_restored"] = True
    for key, options in _CHOICES.items():
        said = {str(option): option for option in options}
        links.check(**{key: said})
        if (linked := links.asked(key)) is not None:
            st.session_state[key] = said[linked]
    linked = links.asked(TRANSFORMS)
    if linked is None:
        return
    try:
        variants.preset(dataset, augmentation.from_address(linked))
    except ConfigError:
        links.refuse(TRANSFORMS, "which is not a list of transforms")


def remember(dataset: Dataset, config: AugmentationConfig) -> None:
    """Keep view and settings in the address bar, where they are not the defaults."""
    said = {key: st.session_state.get(key, options[0]) for key, options in _CHOICES.items()}
    wanted = {key: str(value) for key, value in said.items() if value not in (None, _CHOICES[key][0])}
    if config != datasets.defaults(dataset):
        wanted[TRANSFORMS] = augmentation.to_address(config)
    for key in (TRANSFORMS, *_CHOICES):
        if key in wanted and st.query_params.get(key) != wanted[key]:
            st.query_params[key] = wanted[key]
        elif key not in wanted and key in st.query_params:
            del st.query_params[key]
