"""The Augmentation page's parts: which picture, which transforms, and the variants they give."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.charts import concept_charts
from core.config import DataConfig, ExperimentConfig
from core.data import datasets, sample_photos
from core.data.datasets import Dataset
from core.method import augmentation
from core.settings import SEED_HIGH
from core.transforms import FILL_MODES, FLIPS, TRANSFORMS, AugmentationConfig
from core.wording import augmentation as augmentation_words
from pages.ui import look, services

PHOTO_SIZE = 160
OWN, PHOTO = "Your images", "A photo"
TILES = (4, 9, 16, 25)


@dataclass(frozen=True)
class Picture:
    """The picture to vary.

    Attributes:
        image_id: Its name in random draws, as in training.
        position: In the data set; None for a sample photo, whose name is then `photo`.
        label: Its class; None for a sample photo.
    """

    image_id: int
    title: str
    position: int | None = None
    label: int | None = None
    photo: str = ""

    def pixels(self, dataset: Dataset, size: int) -> np.ndarray:
        """As a network gets it: uint8 (size, size, 3). Raises DatasetError."""
        if self.position is None:
            return sample_photos.photo(self.photo, size)
        return look.network_pixels(dataset, self.position, size)


@dataclass(frozen=True)
class Variants:
    """What a picture becomes in several epochs running.

    Attributes:
        epochs: Counted from 1.
        said: What was drawn for each.
        pixels: uint8 (n, s, s, 3).
    """

    epochs: tuple[int, ...]
    said: tuple[str, ...]
    pixels: np.ndarray


# Which picture


def choose_picture(dataset: Dataset, data: DataConfig) -> Picture:
    """Any training image by class and number, or a photo. Raises DatasetError."""
    signs = services.noun(dataset.name) == "digits"  # a photo shows more of what happens than a sign does
    kind = st.segmented_control(
        "Picture", (PHOTO, OWN), default=PHOTO if signs else OWN, required=True, width="stretch",
        key=f"augment_picture-{dataset.name}", persist_state="session",
    )  # fmt: skip
    return _photo() if kind == PHOTO else _own(dataset, data)


def _photo() -> Picture:
    name = st.segmented_control(
        "Photo", tuple(sample_photos.PHOTOS), default="chelsea", required=True, key="augment_photo",
        persist_state="session", format_func=sample_photos.TITLES.get, label_visibility="collapsed",
        width="stretch",
    )  # fmt: skip
    return Picture(photo_id(name), sample_photos.TITLES[name], photo=name)


def photo_id(name: str) -> int:
    """A sample photo's name in random draws, as an image of a data set has one."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def _own(dataset: Dataset, data: DataConfig) -> Picture:
    positions = look.parts(dataset, data)["train"]
    with st.container(horizontal=True):
        label = st.selectbox(
            "Class", range(len(dataset.classes)), format_func=lambda i: dataset.classes[i],
            key=f"augment_class-{dataset.name}", persist_state="session",
        )  # fmt: skip
        mine = positions[dataset.labels[positions] == label]
        number = st.number_input(
            f"Number, of {len(mine):,}", 1, len(mine), key=f"augment_number-{dataset.name}-{label}",
            persist_state="session",
        )  # fmt: skip
    position = int(mine[(number or 1) - 1])
    return Picture(int(dataset.image_ids[position]), f"class {dataset.classes[label]}", position, label)


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
    with st.container(horizontal=True):
        chosen = {"flip": _choice(dataset, defaults, "flip", "Flip", FLIPS)}
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
    return AugmentationConfig(fill_mode=fill, **chosen)


def _choice(
    dataset: Dataset, defaults: AugmentationConfig, name: str, label: str, choices: dict[str, str], **more
) -> str:
    return st.selectbox(
        label, tuple(choices), [*choices].index(getattr(defaults, name)), format_func=choices.get,
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
        seed = st.number_input(
            "Seed", 0, SEED_HIGH, base.seed, key="augment_seed", persist_state="session",
            help="The same seed draws the same variants, here and in training.",
        )  # fmt: skip
    st.button(
        "New draw", key="new-draw", icon=":material/casino:", width="stretch", on_click=draw_again,
        help="The variants of as many further epochs.",
    )  # fmt: skip
    first = tiles * st.session_state.get("augment_draw", 0)
    return base.seed if seed is None else int(seed), range(first, first + tiles)


def draw_again() -> None:
    """Go on to the next epochs. A callback."""
    st.session_state["augment_draw"] = st.session_state.get("augment_draw", 0) + 1


def vary(
    picture: Picture, pixels: np.ndarray, config: AugmentationConfig, seed: int, epochs: range
) -> Variants:
    """The picture in these epochs, as training with this seed would see it.

    Args:
        pixels: The picture, uint8 (s, s, 3).
    """
    image_ids = np.array([picture.image_id], np.uint64)
    draws = [augmentation.draw(config, seed, epoch, image_ids)[0] for epoch in epochs]
    made = augmentation.augment(np.repeat(pixels[None], len(draws), axis=0), draws, config.fill_mode)
    said = tuple(augmentation.describe(draw) for draw in draws)
    return Variants(tuple(epoch + 1 for epoch in epochs), said, made)


def tiles(variants: Variants) -> None:
    """The variants as pictures in a square, each with its epoch and what was drawn."""
    columns = math.isqrt(len(variants.epochs))
    with st.grid(columns, min_column_width=84, gap="xsmall"):
        for epoch, said, pixels in zip(variants.epochs, variants.said, variants.pixels, strict=True):
            with st.container(gap=None):
                png = look.png(concept_charts.enlarged(pixels))
                st.image(png, width="stretch", alt=f"Epoch {epoch}: {said}")
                st.caption(f"**{epoch}** · {said}")
