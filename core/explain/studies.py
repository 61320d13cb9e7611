"""Studies: what is computed beside runs to explain them, such as a feature map. No TensorFlow.

A study is asked for by kind, settings and options; the worker computes it once, and the store keeps it by
content key like a run: `record` (plain JSON values) and arrays. To add a kind, add a line to `KINDS` and a
module to `core.explain`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.compare import folds
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset, Splits
from core.errors import StoreError
from core.explain import learning_rates
from core.explain.probe_depths import PROBE_IMAGES
from core.keys import content_key
from core.log import Log
from core.method.weights import SHA256
from core.running import jobs, price
from core.store import Store

MAP_IMAGES = 1000  # points on a feature map; more would only hide each other
SEARCHED_IMAGES = 2000  # training images that neighbours are looked for among
CHECKED_IMAGES = 500  # validation images on which a converted model is compared with its original
SIMILARITY_IMAGES = 500  # of each split: enough for intervals of a few points

Counts = dict[str, int]  # images in train, validation, test


@dataclass(frozen=True)
class Kind:
    """How a kind of study is named, computed and priced.

    Attributes:
        version: Goes up when the method changes: older answers are then made anew.
        parts: The parts of a config that decide the answer; the others do not enter the key.
        images: How many images go through the whole frozen network, from the split's counts and the options.
        fixed: Seconds besides, measured on two cores: converting, training probes, plotting.
        as_run: A run that costs as much, for a kind that trains: it is priced like one.
    """

    version: int
    parts: tuple[str, ...]
    images: Callable[[Counts, dict[str, Any]], int]
    fixed: float = 0.0
    as_run: Callable[[ExperimentConfig, Counts], ExperimentConfig] | None = None


def mapped_images(counts: Counts, options: dict[str, Any]) -> int:
    """How many images of a split a study of kind `maps` looks at."""
    split = options.get("split", "validation")
    return min(counts[split], MAP_IMAGES if split == "validation" else SEARCHED_IMAGES)


# Key of each kind is the name of its module in `core.explain`.
KINDS = {
    "maps": Kind(2, ("data", "base"), mapped_images),
    "tsne": Kind(
        1,
        ("data", "base"),
        lambda counts, options: (2 if "run" in options else 1) * mapped_images(counts, {}),
        fixed=4.0,
    ),
    "probes": Kind(
        1,
        ("data", "base"),
        lambda counts, _: sum(min(counts[name], PROBE_IMAGES) for name in ("train", "validation")),
        fixed=6.0,
    ),
    "lenses": Kind(1, ("base", "data.image_size"), lambda counts, _: 0, fixed=2.5),
    "lr_finder": Kind(
        1,
        (
            "data",
            "base",
            "augmentation",
            "head",
            "feature_extraction",
            "fine_tuning.optimizer",
            "fine_tuning.unfreeze_from",
            "seed",
            "batch_norm",
            "batch_size",
        ),
        lambda counts, _: 0,
        as_run=learning_rates.as_run,
    ),
    "similarity": Kind(
        1,
        ("data", "base.scaling"),
        lambda counts, _: 2 * sum(min(counts[name], SIMILARITY_IMAGES) for name in ("train", "validation")),
        fixed=7.0,
    ),
    "exported": Kind(
        1,
        ("data", "base"),
        lambda counts, _: 3 * min(counts["validation"], CHECKED_IMAGES),  # Keras is slower than LiteRT
        fixed=5.0,
    ),
    "shifts": Kind(1, ("data", "base", "seed"), lambda counts, _: 15 * min(counts["validation"], 100), 3.0),
    "folds": Kind(
        1,
        (
            "data",
            "base",
            "augmentation",
            "head",
            "feature_extraction",
            "fine_tuning",
            "seed",
            "batch_norm",
            "batch_size",
        ),
        lambda counts, _: 0,
        as_run=folds.as_run,
    ),
}


@dataclass(frozen=True)
class Study:
    """One question.

    Attributes:
        kind: A key of `KINDS`.
        options: JSON values; a run is named by its key under `run`.
    """

    kind: str
    config: ExperimentConfig
    options: dict[str, Any] = field(default_factory=dict)

    def key(self, dataset: Dataset) -> str:
        """Its name in the store: the same question on the same images has the same one."""
        kind, canonical = KINDS[self.kind], self.config.canonical()
        parts = {name: _part(canonical, name) for name in kind.parts}
        if "data" in parts:
            parts["images"] = dataset.key
        asked = {"kind": self.kind, "version": kind.version, "parts": parts, "options": self.options}
        return content_key("study-v1", {**asked, "weights": SHA256})


def _part(canonical: dict[str, Any], name: str) -> Any:
    value: Any = canonical
    for step in name.split("."):
        value = value[step]
    return value


@dataclass(frozen=True)
class Context:
    """What a study's `compute` gets to work with.

    Attributes:
        log: `log("stage", name="features", done=64, total=500)` is the progress a page shows;
            `log.check_stop()` between batches lets a person stop it.
    """

    config: ExperimentConfig
    options: dict[str, Any]
    dataset: Dataset
    store: Store
    log: Log

    @cached_property
    def splits(self) -> Splits:
        """The images, decoded and divided; read on first use."""
        home, stop = self.store.home, self.log.should_stop
        return datasets.load(self.config.data, home, self.log, stop, self.dataset)


def request(study: Study, store: Store, dataset: Dataset, owner: str = "") -> str:
    """Put a study in the queue unless it is there already, and give its key."""
    key = study.key(dataset)
    asked = {"kind": study.kind, "options": study.options}
    seconds = predicted_seconds(study, store, dataset)
    jobs.enqueue(store, key, study.config, study=asked, owner=owner, seconds=seconds)
    return key


def perform(key: str, store: Store, should_stop: Callable[[], bool] | None = None) -> None:
    """Compute a study that was asked for, and keep it. Hold `jobs.training_lock` while calling it.

    Raises:
        ThawError: the data or the settings will not do, or a run it is about is gone.
        Stopped: `should_stop` said so.
    """
    if store.finished(key):
        return
    asked = store.study(key)
    if asked.get("kind") not in KINDS:
        raise StoreError(f"{key} asks for an unknown kind of study.", fix="Ask again in this version.")
    config = store.config(key)
    dataset = datasets.find(config.data.name, store.home)
    log = Log(store, key, None, should_stop)
    with jobs.noting_the_outcome(store, key):
        log("stage", name="preparing")
        module = importlib.import_module(f"core.explain.{asked['kind']}")
        record, arrays = module.compute(Context(config, asked["options"], dataset, store, log))
        store.save_study(key, record, arrays)


def predicted_seconds(study: Study, store: Store, dataset: Dataset) -> float:
    """What computing it will take on this machine; 0 where it is stored.

    Raises:
        DatasetError: the images cannot be divided as the config asks.
    """
    if store.finished(study.key(dataset)):
        return 0.0
    kind = KINDS[study.kind]
    counts = {name: len(found) for name, found in datasets.split(dataset, study.config.data).items()}
    if kind.as_run is not None:
        return kind.fixed + price.predict(kind.as_run(study.config, counts), dataset, store).seconds
    images = kind.images(counts, study.options)
    return kind.fixed + price.predict_forward(study.config, dataset, store, images)
