"""The recipe that a set of one's own is first trained with, in the app and in a terminal (`photos`)."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset, defaults
from core.data.decoding import formats
from core.errors import DatasetError
from core.presets import photos
from core.running.price import Rates, phase_seconds, workload
from core.store import Store

SIZES = (96, 128, 160, 224)  # px that the pretrained weights were published for, and photos keep their sense
SOON = 60.0  # s: a first result should not take longer, on two CPU cores
SMALL = 2000  # the limit of a set that has no more: it leaves none out, and is in the keys of stored runs
LOOKED_AT = 15  # photos whose sides are read


def own_recipe(dataset: Dataset, store: Store) -> ExperimentConfig:
    """The preset `photos` for a set: all of its images, at the largest of `SIZES` whose feature extraction
    and fine-tuning take a minute at most, and augmentation that leaves each of its class.

    It depends on the images alone: by the rates of two CPU cores rather than by this machine's, which change
    with every run, and nothing that is stored counts. Images are not enlarged beyond their usual side.
    """
    recipe = replace(photos(), augmentation=defaults(dataset))
    limit = SMALL if len(dataset.items) <= SMALL else None
    data = DataConfig(name=dataset.name, image_size=SIZES[0], limit=limit)
    return replace(
        recipe, data=replace(data, image_size=_fitting(dataset, replace(recipe, data=data), store))
    )


def first_seconds(config: ExperimentConfig, dataset: Dataset, store: Store) -> float:
    """What both phases would take two CPU cores with nothing stored.

    Raises:
        DatasetError: the images cannot be divided as `config` asks.
    """
    works = [
        workload(config, dataset, store, phase, False, all_of_it=True)
        for phase in ("feature_extraction", "fine_tuning")
    ]
    return sum(sum(phase_seconds(work, Rates()).values()) for work in works)


def _fitting(dataset: Dataset, recipe: ExperimentConfig, store: Store) -> int:
    found = _known.get(dataset.key)
    if found is None:
        found = _known[dataset.key] = _largest(dataset, recipe, store)
        while len(_known) > 64:
            _known.pop(next(iter(_known)))
    return found


_known: dict[str, int] = {}  # key of a data set -> its size: a page asks several times a look


def _largest(dataset: Dataset, recipe: ExperimentConfig, store: Store) -> int:
    side = usual_side(dataset)
    for size in reversed(SIZES[1:]):
        sized = replace(recipe, data=replace(recipe.data, image_size=size))
        try:
            if size <= side and first_seconds(sized, dataset, store) <= SOON:
                return size
        except DatasetError:  # whoever divides them says so
            break
    return SIZES[0]


def usual_side(dataset: Dataset) -> float:
    """Median of the shorter sides of some images spread over the set, in px, by their headers; 0 where none
    can be read."""
    sides, _ = [], formats()  # which Pillow then opens
    for position in np.linspace(0, len(dataset.items) - 1, min(LOOKED_AT, len(dataset.items)), dtype=int):
        try:
            with Image.open(io.BytesIO(dataset.source.content(int(position)))) as image:
                sides.append(min(image.size))
        except (OSError, ValueError, DatasetError, Image.DecompressionBombError):
            continue
    return float(np.median(sides)) if sides else 0.0
