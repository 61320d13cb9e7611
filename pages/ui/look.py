"""What the looking pages share: the data at hand, the size it is looked at, pictures for the browser."""

import base64
import io
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.charts import concept_charts
from core.config import DataConfig, ExperimentConfig
from core.data import data_facts, datasets, images
from core.data.datasets import Dataset
from core.data.groups import images_key
from core.data.layouts import AmbiguousLayout
from core.errors import ThawError
from core.wording.markdown import plain
from pages.ui import folders, services, show, state

KERAS_SIZES = (32, 64, 96, 128, 160, 192, 224)


def image_size(config: ExperimentConfig) -> int:
    """A choice of image size for looking around; training keeps the recipe's."""
    trained = config.data.image_size
    sizes = sorted({*KERAS_SIZES, trained})
    return st.selectbox(
        "Image size", sizes, sizes.index(trained), key=f"look-size-{config.data.name}",
        persist_state="session",
        format_func=lambda size: f"{size} × {size} px" + (" (as trained)" if size == trained else ""),
        help="Every picture is squashed to a square of this side before the network sees it. For looking "
        "only: training keeps the recipe's size.",
    )  # fmt: skip


# The data at hand


def dataset_or_last_good() -> Dataset:
    """The current data set; if it cannot be read, the error and the last one that could."""
    state.come_in_by_app()
    name = state.dataset_name()
    try:
        services.get_dataset(name)
    except ThawError as problem:
        if isinstance(problem, AmbiguousLayout):
            folders.ask_layout(problem, "picked", partial(folders.choose, name))
        else:
            show.error(problem)
        dataset = _last_good()
        st.caption(f"Still showing {plain(dataset.title)}.")
        return dataset
    dataset = state.require_dataset()
    st.session_state["last_good_data"] = dataset.name
    return dataset


def _last_good() -> Dataset:
    last = st.session_state.get("last_good_data", state.DEFAULT_DATASET)
    name = last if services.usable_dataset(last) else state.DEFAULT_DATASET
    return services.get_dataset(name)


def parts(dataset: Dataset, data: DataConfig) -> dict[str, np.ndarray]:
    """Positions by split. Raises DatasetError or ConfigError."""
    return facts(dataset, data).parts


@dataclass(frozen=True)
class Facts:
    """What is known of a division without reading a picture.

    Attributes:
        parts: Positions by split.
        counts: Images by class and split.
        shared: For each pair of splits, the number of images in both.
        duplicates: Names of images with the same content.
    """

    parts: dict[str, np.ndarray]
    counts: pd.DataFrame
    shared: dict[tuple[str, str], int]
    duplicates: list[tuple[str, ...]]


def facts(dataset: Dataset, data: DataConfig) -> Facts:
    """Division and duplicates of a data set, computed once. Raises DatasetError or ConfigError."""
    return _facts(key=images_key(dataset, data), data=data, _dataset=dataset)


@st.cache_resource(show_spinner=False, max_entries=16)
def _facts(key: str, data: DataConfig, _dataset: Dataset) -> Facts:
    found = datasets.split(_dataset, data)
    return Facts(
        parts=found,
        counts=data_facts.class_counts(_dataset, found),
        shared=data_facts.shared_images(_dataset, found),
        duplicates=data_facts.duplicates(_dataset),
    )


# Pictures


@dataclass(frozen=True)
class Sheet:
    """Pictures of one class, as one PNG, and what it shows in words."""

    png: bytes
    said: str


def turn_page() -> None:
    """Show other pictures. A callback."""
    st.session_state["picture_page"] = st.session_state.get("picture_page", 0) + 1


def sheet(dataset: Dataset, positions: np.ndarray, label: int, size: int) -> Sheet:
    """A handful of pictures of a class as the network sees them. Raises DatasetError."""
    page = st.session_state.get("picture_page", 0)
    columns, rows = _sheet_size(len(dataset.classes))
    chosen = data_facts.sample(dataset, positions, label, columns * rows, page)
    return _sheet(
        key=dataset.key, positions=tuple(chosen.tolist()), size=size, columns=columns, rows=rows,
        _dataset=dataset,
    )  # fmt: skip


def _sheet_size(num_classes: int) -> tuple[int, int]:
    """Columns and rows of pictures a class: what fits a screen."""
    if num_classes <= 2:
        return 4, 4
    return (4, 2) if num_classes <= 4 else (6, 1)


@st.cache_data(show_spinner=False, max_entries=400)
def _sheet(
    key: str, positions: tuple[int, ...], size: int, columns: int, rows: int, _dataset: Dataset
) -> Sheet:
    pixels = np.stack([network_pixels(_dataset, position, size) for position in positions])
    picture = concept_charts.contact_sheet(concept_charts.enlarged(pixels, 96), columns, rows)
    names = [_dataset.items[position].name.rpartition("/")[2] for position in positions]
    class_name = _dataset.classes[_dataset.items[positions[0]].label]
    return Sheet(png(picture), f"{len(names)} pictures of class {class_name}: {', '.join(names)}")


def network_pixels(dataset: Dataset, position: int, size: int) -> np.ndarray:
    """One image as the network gets it: uint8 (size, size, 3). Raises DatasetError."""
    return images.squash(dataset.image(position), size)


def png(pixels: np.ndarray) -> bytes:
    """Pixels as a PNG file: quick to send, and without a compression's own marks."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def uri(pixels: np.ndarray) -> str:
    """Pixels as a data URI, for tables."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()
