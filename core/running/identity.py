"""Which run is which: the keys of runs. No TensorFlow.

The first version took numbers as they were typed: `--set head.dropout=0` gave another key than 0.0, though
the same training. Now a setting's type decides, and a run that was stored under the other spelling keeps its
key: `stored_key` finds it.
"""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from core.config import SCRATCH_MOMENTUM, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.groups import images_key
from core.keys import FOUNDING, content_key
from core.method.weights import SHA256
from core.store import Store


@dataclass(frozen=True)
class Asked:
    """A run that is asked for. Its images and its key are found once, here, and handed on to whoever prices,
    queues, trains or compares it.

    Attributes:
        plain: Whether the whole model is trained from pixels even where boundary features would do.
    """

    config: ExperimentConfig
    dataset: Dataset
    store: Store
    plain: bool = False

    @cached_property
    def key(self) -> str:
        """Its name in the store."""
        return stored_key(self.config, self.dataset, self.store, self.plain)

    @property
    def control(self) -> "Asked | None":
        """What its fine-tuning is judged against (`ExperimentConfig.control`), a run of its own.

        None where there is nothing to judge, and on the plain path, where it would take as long again. One
        that may stop early has none until it has ended: nobody knows for how many epochs.
        """
        if not self.config.may_stop_early:
            return self._control
        if self.plain or not self.store.finished(self.key):
            return None
        return self._as_long(sum(len(phase.epochs) for phase in self.store.load(self.key).phases))

    @cached_property
    def _control(self) -> "Asked | None":
        return None if self.plain else self._as_long(None)

    def _as_long(self, trained: int | None) -> "Asked | None":
        config = self.config.control(trained)
        return Asked(config, self.dataset, self.store) if config else None

    @property
    def free(self) -> bool:
        """Whether a control like this comes with its run, unasked: without augmentation all epochs share the
        same features."""
        return not self.config.augmentation.active

    @property
    def due(self) -> bool:
        """Whether a control like this is to be trained now: it is free, and neither there nor failed."""
        return self.free and not self.store.whole(self.key) and self.store.status(self.key) != "failed"

    @cached_property
    def first(self) -> "Asked | None":
        """Its feature extraction, a run of its own; None where there is only one phase."""
        if not self.config.two_phases:
            return None
        return Asked(self.config.first_phase_only(), self.dataset, self.store, self.plain)


def ask(config: ExperimentConfig, store: Store, plain: bool = False) -> Asked:
    """The run of these settings, with its images found as the person who looks at the store has them.

    Raises:
        DatasetError: there is no such data set, or it cannot be read.
    """
    dataset = datasets.find(config.data.name, store.home, personal=store.personal)
    return Asked(config, dataset, store, plain)


def identify(config: ExperimentConfig, dataset: Dataset, plain: bool = False) -> str:
    """The key of a run: the same settings on the same images with the same weights."""
    return _todays_key(config, images_key(dataset, config.data), plain)


@lru_cache(maxsize=1024)  # a page asks for the runs of every unfreeze point, at each look
def _todays_key(config: ExperimentConfig, images: str, plain: bool) -> str:
    return _key(config.canonical(), config, images, plain)


def stored_key(config: ExperimentConfig, dataset: Dataset, store: Store, plain: bool = False) -> str:
    """The key under which a store has a run, or will have it: `identify`'s, unless it has an older spelling.

    A finished one goes first, then one that was begun, then today's spelling.
    """
    key = identify(config, dataset, plain)
    if store.finished(key):
        return key
    images = images_key(dataset, config.data)
    known = set(os.listdir(store.runs)) if os.path.isdir(store.runs) else set()
    there = [name for name in (key, *_older_keys(config, images, plain)) if name in known]
    return next((name for name in there if store.finished(name)), (there or [key])[0])


def is_key_of(key: str, config: ExperimentConfig, dataset: Dataset, plain: bool = False) -> bool:
    """Whether a run of these settings on these images has this key, in today's spelling or an older one."""
    older = _older_keys(config, images_key(dataset, config.data), plain)
    return key == identify(config, dataset, plain) or key in older


@lru_cache(maxsize=256)
def _older_keys(config: ExperimentConfig, images: str, plain: bool) -> tuple[str, ...]:
    return tuple(_key(spelt, config, images, plain) for spelt in _older_spellings(config.canonical()))


def _older_spellings(canonical: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same settings with some of the floats that are whole, such as 0.0, typed without a point."""
    whole = [
        (section, name)
        for section, values in canonical.items()
        if isinstance(values, dict)
        for name, value in values.items()
        if isinstance(value, float) and value.is_integer() and f"{section}.{name}" in FOUNDING
    ]
    for count in range(1, len(whole) + 1):
        for chosen in itertools.combinations(whole, count):
            spelt = {k: dict(v) if isinstance(v, dict) else v for k, v in canonical.items()}
            for section, name in chosen:
                spelt[section][name] = int(spelt[section][name])
            yield spelt


def _key(canonical: dict[str, Any], config: ExperimentConfig, images: str, plain: bool) -> str:
    weights = SHA256 if config.base.weights == "imagenet" else f"random, BatchNorm {SCRATCH_MOMENTUM}"
    parts = {"config": canonical, "images": images, "plain": plain, "weights": weights}
    return content_key("run-v1", parts)
