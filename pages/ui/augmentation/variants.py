"""The Augmentation page's parts: which picture, which transforms, and the variants they give."""

import math
from typing import Any

import streamlit as st

from core.charts import concept_charts
from core.concepts.variants import Variants
from core.config import DataConfig, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.pictures import Picture
from core.errors import ConfigError
from core.settings import SEED_HIGH
from core.transforms import FILL_MODES, FLIPS, TRANSFORMS, AugmentationConfig
from core.wording import augmentation as augmentation_words
from pages.ui import address, look, number_field, pictures

PHOTO_SIZE = 160
TILES = (4, 9, 16, 25)


# Which picture


def choose_picture(dataset: Dataset, data: DataConfig) -> Picture:
    """Any training image by class and number, or a sample photo. Raises DatasetError."""
    training = look.parts(dataset, data)["train"]
    sources = (pictures.OWN, pictures.SAMPLE)
    return pictures.choose(dataset, "augment", sources, data.image_size, training)


def size(base: ExperimentConfig, picture: Picture | None) -> int:
    """Side in px at which a picture is shown: as trained, and a sample photo larger than a digit."""
    return PHOTO_SIZE if picture is not None and picture.position is None else base.data.image_size


# Which transforms


def controls(dataset: Dataset, size: int) -> AugmentationConfig:
    """The transforms, starting from the data set's defaults. Raises ConfigError.

    Args:
        size: Side of the picture in px, for the shift's unit.
    """
    defaults = datasets.defaults(dataset)
    _follow_link(dataset, defaults)
    with st.container(horizontal=True):
        chosen: dict[str, Any] = {"flip": _choice(dataset, defaults, "flip", "Flip", FLIPS)}
        fill = _choice(
            dataset, defaults, "fill_mode", "Empty corners", FILL_MODES,
            help="What stands where the picture was moved away from (`fill_mode`).",
        )  # fmt: skip
    if chosen["flip"] != "none" and defaults.flip == "none":
        st.warning(
            "A mirrored sign is another sign: on digits, flips cost 0.4 to 0.8 points of accuracy when "
            "measured.",
            icon=":material/swap_horiz:",
        )
    first, *others = [name for name in TRANSFORMS if name not in chosen]
    chosen[first] = _amount(dataset, defaults, first, size)
    for at in range(0, len(others), 2):
        with st.container(horizontal=True):
            chosen |= {name: _amount(dataset, defaults, name, size) for name in others[at : at + 2]}
    config = AugmentationConfig(fill_mode=fill, **chosen)
    address.say("variants", None if config == defaults else augmentation_words.to_address(config))
    return config


def _follow_link(dataset: Dataset, defaults: AugmentationConfig) -> None:
    """Put the controls to what a link says."""
    said = address.linked("variants")
    try:
        if said is not None:
            preset(dataset, augmentation_words.from_address(said))
        elif address.went_back():
            preset(dataset, defaults)
    except ConfigError:
        address.refuse("variants", "which is not a list of transforms")


def _choice(
    dataset: Dataset, defaults: AugmentationConfig, name: str, label: str, choices: dict[str, str], **more
) -> str:
    return st.selectbox(
        label, tuple(choices), [*choices].index(getattr(defaults, name)), format_func=choices.__getitem__,
        key=_key(dataset, name), persist_state="session", **more,
    )  # fmt: skip


def _amount(dataset: Dataset, defaults: AugmentationConfig, name: str, size: int) -> float:
    key, value, about = _key(dataset, name), getattr(defaults, name), TRANSFORMS[name]
    return st.select_slider(
        about.title.capitalize(), sorted({*about.offered, value, st.session_state.get(key, value)}), value,
        format_func=lambda amount: augmentation_words.amount(name, amount, size), key=key,
        persist_state="session",
    )  # fmt: skip


def reset(dataset: Dataset) -> None:
    """Back to the data set's defaults. A callback."""
    preset(dataset, datasets.defaults(dataset))


def preset(dataset: Dataset, config: AugmentationConfig) -> None:
    """Put the controls to these settings, before they are drawn."""
    for name, value in vars(config).items():
        st.session_state[_key(dataset, name)] = value


def _key(dataset: Dataset, field: str) -> str:
    return f"augment_{field}-{dataset.name}"


# The variants


def choose_draws(base: ExperimentConfig) -> tuple[int, range]:
    """The seed of the draws, and the epochs to show, counted from 0."""
    with st.container(horizontal=True):
        tiles = st.selectbox("How many", TILES, TILES.index(9), key="augment_tiles", persist_state="session")
        seed = number_field.whole(
            "Seed", 0, SEED_HIGH, base.seed, key="augment_seed",
            help="The same seed draws the same variants, here and in training.",
        )  # fmt: skip
    st.button(
        "New draw", key="new-draw", icon=":material/casino:", width="stretch", on_click=draw_again,
        help="The variants of as many further epochs.",
    )  # fmt: skip
    first = tiles * st.session_state.get("augment_draw", 0)
    return seed, range(first, first + tiles)


def draw_again() -> None:
    """Go on to the next epochs. A callback."""
    st.session_state["augment_draw"] = st.session_state.get("augment_draw", 0) + 1


def tiles(variants: Variants) -> None:
    """The variants as pictures in a square, each with its epoch and what was drawn."""
    columns = math.isqrt(len(variants.epochs))
    with st.grid(columns, min_column_width=84, gap="xsmall"):
        for epoch, said, pixels in zip(variants.epochs, variants.said, variants.pixels, strict=True):
            with st.container(gap=None):
                png = look.png(concept_charts.enlarged(pixels))
                st.image(png, width="stretch", alt=f"Epoch {epoch}: {said}")
                st.caption(f"**{epoch}** · {said}")
