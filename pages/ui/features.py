"""Feature maps: pooled features that the worker computes, and their flat view."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.concept_notes import map_notes
from core.config import DataConfig, ExperimentConfig
from core.projection import Projection, pca
from core.studies import MAP_IMAGES, Study
from pages.ui import look, services, study
from pages.ui.study import Found


@dataclass(frozen=True)
class FeatureMap:
    """What the frozen network makes of the validation images.

    Attributes:
        pooled: float32 (n, 1280).
        labels: int64 (n,), indices into the classes.
        names: Each image's file name.
        plane: The first two principal components.
        notes: What to notice.
    """

    pooled: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    plane: Projection
    notes: tuple[str, ...]


def feature_map(config: ExperimentConfig) -> FeatureMap | None:
    """The map for this data set and image size, or None, having drawn the button that computes it.

    Raises:
        DatasetError: the images cannot be divided.
    """
    dataset = services.get_dataset(config.data.name)
    images = min(len(look.parts(dataset, config.data)["validation"]), MAP_IMAGES)
    found = study.ask(
        Study("maps", config),
        f"Map {images:,} images",
        note="Every validation image goes once through the frozen network; its 1,280 numbers place it on a "
        "map. No labels are used, and nothing is trained.",
        height=430,
    )
    return None if found is None else _feature_map(found.key, config.data, found)


@st.cache_resource(show_spinner="Projecting the features…", max_entries=8)
def _feature_map(key: str, data: DataConfig, _found: Found) -> FeatureMap:
    arrays = _found.arrays
    pooled, labels, plane = arrays["pooled"], arrays["labels"], pca(arrays["pooled"])
    dataset = services.get_dataset(data.name)
    kept = np.sort(np.concatenate(list(look.parts(dataset, data).values())))  # as `datasets.load` counts
    names = tuple(dataset.items[position].name for position in kept[arrays["positions"]])
    return FeatureMap(pooled, labels, names, plane, tuple(map_notes(plane, labels, pooled)))
