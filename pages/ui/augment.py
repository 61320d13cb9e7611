"""The Augmentation page's parts: which picture, which transforms, and the variants they give."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core import augmentation, concept_charts, datasets, sample_photos
from core.config import FILL_MODES, FLIPS, AugmentationConfig, ExperimentConfig
from core.datasets import Dataset
from pages.ui import look

VARIANTS = 9
PHOTO_SIZE = 160
OWN, PHOTO = "Your images", "A photo"
FLIP_NAMES = {
    "none": "none",
    "horizontal": "left-right",
    "vertical": "up-down",
    "horizontal_and_vertical": "both",
}
FILL_NAMES = {"reflect": "mirrored", "constant": "black", "nearest": "edge drawn out", "wrap": "other side"}
ROTATIONS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Picture:
    """The picture to vary.

    Attributes:
        pixels: uint8 (s, s, 3), as the network gets it.
        image_id: Its name in random draws, as in training.
    """

    pixels: np.ndarray
    image_id: int
    title: str


@dataclass(frozen=True)
class Variant:
    """One variant as training would see it in an epoch, as PNG, and what was drawn for it."""

    png: bytes
    epoch: int
    said: str


# Which picture


def choose_picture(dataset: Dataset, base: ExperimentConfig) -> Picture:
    """Any image by class and number, or a photo. Raises DatasetError."""
    kind = st.segmented_control(
        "Picture", (OWN, PHOTO), default=OWN, required=True, key="augment_picture", persist_state="session",
        width="stretch",
    )  # fmt: skip
    if kind == PHOTO:
        name = st.segmented_control(
            "Photo", tuple(sample_photos.PHOTOS), default="chelsea", required=True, key="augment_photo",
            persist_state="session", format_func=sample_photos.TITLES.get, label_visibility="collapsed",
            width="stretch",
        )  # fmt: skip
        digest = hashlib.sha256(name.encode()).digest()
        pixels = sample_photos.photo(name, PHOTO_SIZE)
        return Picture(pixels, int.from_bytes(digest[:8], "big"), sample_photos.TITLES[name])
    positions = look.parts(dataset, base.data)["train"]
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
    pixels = look.network_pixels(dataset, position, base.data.image_size)
    return Picture(pixels, int(dataset.image_ids[position]), f"class {dataset.classes[label]}")


# Which transforms


def controls(dataset: Dataset) -> AugmentationConfig:
    """The transforms, starting from the data set's defaults. Raises ConfigError."""
    defaults = datasets.defaults(dataset)
    with st.container(horizontal=True):
        flip = st.selectbox(
            "Flip", FLIPS, FLIPS.index(defaults.flip), format_func=FLIP_NAMES.get,
            key=_key(dataset, "flip"), persist_state="session",
        )  # fmt: skip
        fill = st.selectbox(
            "Empty corners", FILL_MODES, FILL_MODES.index(defaults.fill_mode), format_func=FILL_NAMES.get,
            key=_key(dataset, "fill_mode"), persist_state="session",
            help="What stands where the picture was moved away from.",
        )  # fmt: skip
    if flip != "none" and defaults.flip == "none":
        st.warning(
            "A mirrored sign is another sign: on digits, flips cost 0.4 to 0.8 points of accuracy when "
            "measured.",
            icon=":material/swap_horiz:",
        )
    rotation = _amount(dataset, defaults, "rotation", "Rotation", ROTATIONS, turn_said)
    with st.container(horizontal=True):
        zoom = _amount(dataset, defaults, "zoom", "Zoom", SHARES, share_said)
        translation = _amount(dataset, defaults, "translation", "Shift", SHARES, share_said)
    with st.container(horizontal=True):
        contrast = _amount(dataset, defaults, "contrast", "Contrast", SHARES, share_said)
        brightness = _amount(dataset, defaults, "brightness", "Brightness", SHARES, share_said)
    return AugmentationConfig(
        flip=flip, rotation=rotation, zoom=zoom, translation=translation, contrast=contrast,
        brightness=brightness, fill_mode=fill,
    )  # fmt: skip


def _amount(dataset, defaults, field, label, options, said) -> float:
    value = getattr(defaults, field)
    return st.select_slider(
        label, sorted({*options, value}), value, format_func=said, key=_key(dataset, field),
        persist_state="session",
    )  # fmt: skip


def reset(dataset: Dataset) -> None:
    """Back to the data set's defaults. A callback."""
    defaults = datasets.defaults(dataset)
    for field in ("flip", "fill_mode", "rotation", "zoom", "translation", "contrast", "brightness"):
        st.session_state[_key(dataset, field)] = getattr(defaults, field)


def _key(dataset: Dataset, field: str) -> str:
    return f"augment_{field}-{dataset.name}"


def turn_said(rotation: float) -> str:
    """`0.2 turn · ±72°`."""
    return f"{rotation:g} turn · ±{360 * rotation:.3g}°" if rotation else "off"


def share_said(share: float) -> str:
    """`±20%`."""
    return f"±{100 * share:.3g}%" if share else "off"


def said(config: AugmentationConfig) -> str:
    """The transforms that are on, in words."""
    amounts = {
        "rotation": turn_said, "zoom": share_said, "translation": share_said, "contrast": share_said,
        "brightness": share_said,
    }  # fmt: skip
    found = [] if config.flip == "none" else [f"flips {FLIP_NAMES[config.flip]}"]
    found += [
        f"{name} {how(getattr(config, name))}" for name, how in amounts.items() if getattr(config, name)
    ]
    return ", ".join(found) or "no augmentation"


# The variants


def draw_again() -> None:
    """Go on to the next epochs. A callback."""
    st.session_state["augment_draw"] = st.session_state.get("augment_draw", 0) + 1


def variants(picture: Picture, config: AugmentationConfig, seed: int) -> tuple[list[Variant], np.ndarray]:
    """The picture in nine epochs running, as training with this seed would see it.

    Returns:
        The variants, and their pixels, uint8 (9, s, s, 3).
    """
    first = VARIANTS * st.session_state.get("augment_draw", 0)
    made, shown = [], []
    for epoch in range(first, first + VARIANTS):
        draws = augmentation.draw(config, seed, epoch, np.array([picture.image_id], np.uint64))
        pixels = augmentation.augment(picture.pixels[None], draws, config.fill_mode)[0]
        made.append(pixels)
        png = look.png(concept_charts.enlarged(pixels))
        shown.append(Variant(png, epoch + 1, augmentation.describe(draws[0])))
    return shown, np.stack(made)
