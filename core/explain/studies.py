"""Studies: what is computed beside runs to explain them, such as a feature map. No TensorFlow.

A study is asked for by kind, settings and options; the worker computes it once, and the store keeps it by
content key like a run: `record` (plain JSON values) and arrays. A kind is a module of `core.explain` that
holds a `KIND` and a `compute(context)`; adding the module is all there is to adding a kind.
"""

import contextlib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import core.explain
from core import damage
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset, Splits
from core.data.groups import images_key
from core.errors import GaveWay, StoreError, one_of
from core.files import remove, replacing
from core.keys import NEUTRAL, content_key
from core.log import Log
from core.method.weights import SHA256
from core.running import jobs, price
from core.running.identity import Asked
from core.stopping import BetweenSteps
from core.store import Store

LOOK_SECONDS = 10.0  # a longer one would hold up what trains, and its owner, for too long
Counts = dict[str, int]  # images in train, validation, test
TRAINING = ("keep", "patience", "class_weight")  # what later versions let a phase do, for `Kind.parts`


@dataclass(frozen=True)
class Kind:
    """How a kind of study is named, computed and priced.

    Attributes:
        title: What it is called while it is computed.
        version: Goes up when the method changes: older answers are then made anew.
        parts: The parts of a config that decide the answer; the others do not enter the key.
        images: How many images go through the whole frozen network, from the split's counts and the options.
        fixed: Seconds besides, measured on two cores: converting, training probes, plotting.
        as_run: A run that costs as much, for a kind that trains: it is priced like one.
        price: Seconds that it should take, for a kind that is priced by itself.
        runs: The runs that it trains, for a kind that does: they belong to whoever asks for it.
        patient: Whether whatever else is asked for goes first, as what takes minutes lets it.
        look: Whether it may be answered between the steps of a training, where it takes less than
            `LOOK_SECONDS`: it touches no network of `core.method.workshop`, and draws nothing from random
            numbers that others of the process draw from.
    """

    title: str
    version: int
    parts: tuple[str, ...]
    images: Callable[[Counts, dict[str, Any]], int]
    fixed: float = 0.0
    as_run: Callable[[ExperimentConfig, Counts], ExperimentConfig] | None = None
    price: Callable[[ExperimentConfig, dict[str, Any], Dataset, Store], float] | None = None
    runs: Callable[[ExperimentConfig, dict[str, Any], Dataset, Store], list[Asked]] | None = None
    patient: bool = False
    look: bool = False


@cache
def kinds() -> tuple[str, ...]:
    """Every kind of study there is: the modules of this package that have a `KIND`."""
    modules = (module.name for module in pkgutil.iter_modules(core.explain.__path__))
    return tuple(name for name in modules if hasattr(_module(name), "KIND"))


def kind_of(name: str) -> Kind:
    """What is known of a kind of study.

    Raises:
        StoreError: there is none of this name.
    """
    if name not in kinds():
        raise StoreError(
            f"There is no kind of study {name!r}.", one_of(kinds()), "Ask again in this version."
        )
    return _module(name).KIND


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"core.explain.{name}")


@dataclass(frozen=True)
class Study:
    """One question.

    Attributes:
        kind: One of `kinds()`.
        options: JSON values; a run is named by its key under `run`.
    """

    kind: str
    config: ExperimentConfig
    options: dict[str, Any] = field(default_factory=dict)

    def key(self, dataset: Dataset) -> str:
        """Its name in the store: the same question on the same images has the same one."""
        kind, canonical = kind_of(self.kind), self.config.canonical()
        there = [name for name in kind.parts if name in canonical or name not in NEUTRAL]
        parts = {name: _part(canonical, name) for name in there}
        if "data" in parts:
            parts["images"] = images_key(dataset, self.config.data)
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
        key: Its own.
        log: `log("stage", name="features", done=64, total=500)` is the progress a page shows;
            `log.check_stop()` between batches lets a person stop it.
    """

    key: str
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

    def finished_before(self) -> dict[str, np.ndarray]:
        """The arrays with which an earlier attempt gave way; empty where none did."""
        return damage.load_npz(self._checkpoint, self.store.home) or {}

    def let_shorter_ones_go(self, finished: Callable[[], dict[str, np.ndarray]]) -> None:
        """Give way here, if shorter jobs wait and what is finished can be kept.

        Args:
            finished: Makes the arrays that `finished_before` gives the next attempt.

        Raises:
            GaveWay: some do.
        """
        if not self.log.should_give_way():
            return
        with contextlib.suppress(StoreError):  # a full disk, say
            with replacing(self._checkpoint) as aside:
                np.savez(aside, allow_pickle=False, **finished())
            raise GaveWay

    def forget_finished(self) -> None:
        """Remove what an earlier attempt had finished: the answer is there."""
        remove(self._checkpoint)

    @property
    def _checkpoint(self) -> Path:
        return self.store.path(self.key) / "checkpoint.npz"


def request(study: Study, store: Store, dataset: Dataset, owner: str = "", *, shared: bool = False) -> str:
    """Put a study in the queue unless it is there already, and give its key. See `jobs.enqueue`."""
    key = study.key(dataset)
    asked = {"kind": study.kind, "options": study.options}
    seconds = predicted_seconds(study, store, dataset)
    kind, run = kind_of(study.kind), study.options.get("run")
    jobs.enqueue(
        store, key, study.config, study=asked, owner=owner, seconds=seconds, shared=shared,
        patient=kind.patient,
        look=kind.look and seconds < LOOK_SECONDS and (run is None or store.finished(run)),
    )  # fmt: skip
    return key


def runs_of(study: Study, store: Store, dataset: Dataset) -> list[Asked]:
    """The runs that a study trains; none for most kinds."""
    runs = kind_of(study.kind).runs
    return runs(study.config, study.options, dataset, store) if runs is not None else []


def perform(
    key: str,
    store: Store,
    should_stop: Callable[[], bool] | None = None,
    should_give_way: Callable[[], bool] | None = None,
    between_steps: BetweenSteps | None = None,
    report: Callable[..., None] | None = None,
) -> None:
    """Compute a study that was asked for, and keep it. Hold `jobs.training_lock` while calling it, or for a
    look `looking.place`.

    Args:
        report: Hears of every event, as `core.log` lists them.

    Raises:
        ThawError: the data or the settings will not do, or a run it is about is gone.
        Stopped: `should_stop` said so.
        GaveWay: `should_give_way` said so, and the kind can go on from what it has finished.
    """
    if store.whole(key):
        return
    asked = store.study(key)
    kind_of(asked.get("kind", ""))
    config = store.config(key)
    dataset = _images(key, Study(asked["kind"], config, asked["options"]), store)
    log = Log(store, key, report, should_stop, should_give_way, between_steps)
    with jobs.noting_the_outcome(store, key):
        log("stage", name="preparing")
        compute = _module(asked["kind"]).compute
        context = Context(key, config, asked["options"], dataset, store, log)
        record, arrays = compute(context)
        store.save_study(key, record, arrays)
        context.forget_finished()


def _images(key: str, study: Study, store: Store) -> Dataset:
    """The images that a study is about, as whoever asked has them. Raises DatasetError."""
    name = study.config.data.name
    versions = datasets.versions(name, store.home)
    found = next((dataset for dataset in versions if study.key(dataset) == key), None)
    return found or datasets.find(name, store.home)


def predicted_seconds(study: Study, store: Store, dataset: Dataset) -> float:
    """What computing it will take on this machine; 0 where it is stored.

    Raises:
        DatasetError: the images cannot be divided as the config asks.
    """
    if store.finished(study.key(dataset)):
        return 0.0
    kind = kind_of(study.kind)
    if kind.price is not None:
        return kind.price(study.config, study.options, dataset, store)
    counts = {name: len(found) for name, found in datasets.split(dataset, study.config.data).items()}
    if kind.as_run is not None:
        as_run = Asked(kind.as_run(study.config, counts), dataset, store)
        return kind.fixed + price.predict(as_run).seconds
    images = kind.images(counts, study.options)
    return kind.fixed + price.predict_forward(study.config, dataset, store, images)
