"""The recipe that a set of one's own is first trained with, in the app and in a terminal (`photos`)."""

from dataclasses import replace

from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset, defaults
from core.presets import photos

LIMIT = 5000  # images: a first result takes about a minute on two cores, and 0.8 GB of disk
SMALL = 2000  # the limit of a set that has no more: it leaves none out, and is in the keys of stored runs


def own_recipe(dataset: Dataset) -> ExperimentConfig:
    """The preset `photos` for a set: its images, and augmentation that leaves each of its class."""
    recipe = photos()
    limit = SMALL if len(dataset.items) <= SMALL else LIMIT
    data = DataConfig(name=dataset.name, image_size=recipe.data.image_size, limit=limit)
    return replace(recipe, data=data, augmentation=defaults(dataset))
