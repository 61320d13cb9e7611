"""The augmentation that training uses: chosen on the Augmentation page, kept in the address bar, and told
where it counts, with a way back to the recipe's own."""

import streamlit as st

from core.errors import ConfigError
from core.transforms import AugmentationConfig
from core.wording.augmentation import from_address, said, to_address
from pages.ui import address, state


def bind() -> None:
    """Take over what a link says, and let the address bar of every page say what was chosen."""
    linked = address.linked("augmentation")
    if linked is not None:
        try:
            state.set_augmentation(from_address(linked))
        except ConfigError:
            address.refuse("augmentation", "which is not a list of transforms")
    elif address.went_back():
        state.set_augmentation(None)
    chosen = state.chosen_augmentation()
    address.say("augmentation", None if chosen is None else to_address(chosen))


def choice(config: AugmentationConfig) -> None:
    """On the Augmentation page: what training uses, and the button that makes it use `config`."""
    used = state.base_config().augmentation
    switched_off = used.active and st.session_state.get("augment") is False
    if switched_off:
        used = AugmentationConfig()
    same = config == used or not (config.active or used.active)
    st.button(
        "Training uses these settings" if same else "Use these settings for training",
        key="use-for-training", icon=":material/check:" if same else ":material/model_training:",
        disabled=same, on_click=state.choose_augmentation, args=(config,), width="stretch",
    )  # fmt: skip
    if switched_off:
        st.caption("Augmentation is switched off on the Fine-tuning page.")
    elif state.chosen_augmentation() is None:
        st.caption(f"Training follows this data set's recipe: {_said(used)}.")
    else:
        note()


def note() -> None:
    """Where another augmentation than the recipe's was chosen: which one, and the way back."""
    chosen = state.chosen_augmentation()
    if chosen is None:
        return
    st.caption(f"Training uses what was chosen on the Augmentation page: {_said(chosen)}.")
    recipe = state.recipe_config().augmentation
    st.button(
        f"Back to the recipe's ({_said(recipe)})", key="augmentation-of-recipe", icon=":material/undo:",
        on_click=state.choose_augmentation, args=(None,),
    )  # fmt: skip


def _said(config: AugmentationConfig) -> str:
    return said(config, state.recipe_config().data.image_size)
