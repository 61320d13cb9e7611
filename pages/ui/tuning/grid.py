"""Nine pictures under a finished run, each with its class and what the network says, wrong ones marked."""

import numpy as np
import streamlit as st

from core.charts import watched_tile
from core.charts.watched_tile import Said
from core.data import datasets
from core.data.datasets import Dataset
from core.data.watched import watched
from core.explain.feature_shifts import answers
from core.results import RunResult
from pages.ui import predictions, services, state
from pages.ui.start import tiles

SEALED = (
    "Validation pictures: the test set of this split is sealed until you open it on Compare, and looking at "
    "its pictures one by one is looking."
)
NINE = (
    "Nine of the {n:,} {split} images, not chosen by how the network does: one of each class in turn, in the "
    "split's own random order. Wrong: a cross and dashes."
)


def draw(run_key: str, dataset: Dataset) -> None:
    """Test pictures where this person has opened the test set, else validation pictures, and why.

    Raises:
        DatasetError: the images cannot be divided.
        StoreError: the run's arrays are missing.
    """
    result, data = services.result(run_key), services.get_store().config(run_key).data
    if datasets.split_key(dataset, data) != result.dataset.split_key:
        st.caption("The images changed since this run: its nine pictures are not those of today.")
        return
    opened = bool(services.get_store().test_openings(result.dataset.split_key))
    split = "test" if opened else "validation"
    said, labels = predictions.of_phase(run_key, result.last.name, split)
    places = watched(labels)
    positions = datasets.split(dataset, data)[split][places]
    named, sure = answers(said[places])
    right = named == labels[places]
    st.markdown(f"**Right on {int(right.sum())} of these {len(places)} {split} pictures**")
    _grid(result, dataset, positions, named, sure, data.image_size)
    st.caption(" ".join([NINE.format(n=len(labels), split=split)] + [SEALED] * (not opened)))


def _grid(
    result: RunResult,
    dataset: Dataset,
    positions: np.ndarray,
    named: np.ndarray,
    sure: np.ndarray,
    image_size: int,
) -> None:
    classes, theme = result.dataset.classes, state.theme()
    with st.grid(len(positions), min_column_width=tiles.TILE_WIDTH, gap="small"):
        for position, name, probability in zip(positions.tolist(), named, sure, strict=True):
            label = int(dataset.labels[position])
            said = Said(result.last.name, classes[name], float(probability), bool(name == label))
            pixels = tiles.readable_pixels(dataset, position, image_size)
            svg = watched_tile.tile(pixels, classes[label], [said], theme)
            st.image(svg, width="stretch", alt=watched_tile.tile_alt(classes[label], [said]))
