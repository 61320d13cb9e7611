"""Feature maps: pooled features that the worker computes, and their flat view."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.concept_notes import map_notes
from core.config import DataConfig, ExperimentConfig
from core.identity import MAP_IMAGES, map_key
from core.jobs import RunState
from core.price import predict_map
from core.projection import Projection, pca
from core.store import Store
from pages.ui import look, services


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
    """The map for this data set and image size, or None if nobody has asked for it yet.

    Raises:
        DatasetError: the images cannot be read.
        StoreError: the stored map is broken.
    """
    key = _key(config)
    store = services.get_store()
    if not store.finished(key):
        return None
    stamp = (store.path(key) / "metrics.json").stat().st_mtime_ns
    return _feature_map(key, str(store.home), stamp, config.data)


@st.cache_resource(show_spinner="Projecting the features…", max_entries=8)
def _feature_map(key: str, home: str, stamp: int, data: DataConfig) -> FeatureMap:
    arrays = Store(Path(home)).arrays(key)
    pooled, labels, plane = arrays["pooled"], arrays["labels"], pca(arrays["pooled"])
    dataset = services.get_dataset(data.name)
    kept = np.sort(np.concatenate(list(look.parts(dataset, data).values())))  # as `datasets.load` counts
    names = tuple(dataset.items[position].name for position in kept[arrays["positions"]])
    return FeatureMap(pooled, labels, names, plane, tuple(map_notes(plane, labels, pooled)))


def map_state(config: ExperimentConfig) -> RunState | None:
    """Where the computation stands; None if nobody has asked for it."""
    return services.state(_key(config))


def compute_map(config: ExperimentConfig) -> None:
    """Ask the worker for the map. A callback."""
    services.get_jobs().submit(_key(config), config)


def stop_map(config: ExperimentConfig) -> None:
    """Stop its computation. A callback."""
    services.stop(_key(config))


def map_images(validation: int) -> int:
    """How many images a map has."""
    return min(validation, MAP_IMAGES)


def map_seconds(config: ExperimentConfig) -> float:
    """What computing the map will take on this machine."""
    return predict_map(config, services.get_dataset(config.data.name), services.get_store())


def _key(config: ExperimentConfig) -> str:
    return map_key(config, services.get_dataset(config.data.name))
