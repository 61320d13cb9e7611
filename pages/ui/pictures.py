"""Choosing one picture to look at: an image of the data set by class and number, or a sample photo."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.data import sample_photos
from core.data.datasets import Dataset
from core.errors import ThawError
from pages.ui import look, show


@dataclass(frozen=True)
class Picture:
    """A chosen picture.

    Attributes:
        pixels: uint8 (s, s, 3), as the network gets it.
        title: What it shows, for people.
    """

    pixels: np.ndarray
    title: str


def choose(dataset: Dataset, size: int, key: str) -> Picture:
    """Draw the controls and give the picture; one that cannot be read is refused, and the last good stays."""
    own, samples = "This data set", "Sample photos"
    source = st.segmented_control(
        "Picture from", (own, samples), default=own, required=True, key=f"{key}-source",
        persist_state="session", width="stretch",
    )  # fmt: skip
    try:
        picture = _of_the_data(dataset, size, key) if source == own else _sample(size, key)
    except ThawError as problem:
        show.error(problem)
        last = st.session_state.get(f"{key}-last")
        return last if last is not None and len(last.pixels) == size else _photo("chelsea", size)
    st.session_state[f"{key}-last"] = picture
    return picture


def _of_the_data(dataset: Dataset, size: int, key: str) -> Picture:
    row = st.container(horizontal=True)
    label = row.selectbox(
        "Class", range(len(dataset.classes)), format_func=lambda at: dataset.classes[at],
        key=f"{key}-class-{dataset.key}", persist_state="session",
    )  # fmt: skip
    mine = np.flatnonzero(dataset.labels == label)
    number = row.number_input(
        f"Number (1 to {len(mine):,})", 1, len(mine), key=f"{key}-number-{dataset.key}-{label}",
        persist_state="session",
    )  # fmt: skip
    position = int(mine[(number or 1) - 1])  # None: the field was emptied
    name = dataset.items[position].name.rpartition("/")[2]
    return Picture(look.network_pixels(dataset, position, size), f"Class {dataset.classes[label]}, {name}")


def _sample(size: int, key: str) -> Picture:
    name = st.selectbox(
        "Photo", list(sample_photos.TITLES), format_func=sample_photos.TITLES.get, key=f"{key}-photo",
        persist_state="session",
    )  # fmt: skip
    return _photo(name, size)


def _photo(name: str, size: int) -> Picture:
    return Picture(sample_photos.photo(name, size), sample_photos.TITLES[name])
