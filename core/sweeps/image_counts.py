"""Numbers of training images at which the question "how many images?" is asked. No TensorFlow."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset
from core.data.splits import split
from core.errors import ConfigError, DatasetError
from core.sweeps.plan import IMAGES, Sweep

SIZES, RESAMPLES = 6, 10
SPAN = 16  # the largest number over the smallest, where there are images enough: four doublings
LEAST_SPAN = 4  # a curve over less than two doublings says little about the next one
LEAST_OF_A_CLASS, LEAST = 2, 8  # images with which it begins: of a class, and in all


def image_counts(dataset: Dataset, data: DataConfig) -> tuple[int, ...]:
    """Six numbers of training images, ascending, each about as many times the one before; the last is all
    there are (or as many as `data.train_limit` leaves).

    Raises:
        DatasetError: there are too few, or the images cannot be divided.
    """
    most, kinds = len(split(dataset, data)["train"]), len(dataset.classes)
    least = max(LEAST_OF_A_CLASS * kinds, LEAST, math.ceil(most / SPAN))
    if most < LEAST_SPAN * least:
        needed = LEAST_SPAN * max(LEAST_OF_A_CLASS * kinds, LEAST)
        raise DatasetError(
            f"There are {most:,} training images of {kinds} classes, too few for a curve over their number.",
            f"Expected at least {needed:,}: it begins with {needed // LEAST_SPAN} and ends at four times as "
            "many or more.",
            "Add images, or give training a larger share of them.",
            field="data.name",
        )
    return tuple(round(count) for count in np.geomspace(least, most, SIZES).tolist())


def sweep_over(config: ExperimentConfig, counts: Sequence[int], resamples: int) -> Sweep:
    """The recipe at these numbers of training images, as `image_counts` gives them: a curve over them.

    The last is the recipe's own `data.train_limit`, so that its first run is the usual one.
    """
    return over_images(Sweep(config, {IMAGES: tuple(counts)}, resamples), counts[-1])


def over_images(sweep: Sweep, most: int) -> Sweep:
    """A sweep that varies the number of training images, as a curve over it: each seed a resample
    (`plan.resampled`).

    All images are the recipe's own `data.train_limit`, so that those runs are the usual ones.

    Args:
        most: How many training images there are.

    Raises:
        ConfigError: the number of training images is not varied.
    """
    if IMAGES not in sweep.vary:
        expected = f"Expected a sweep over their number, such as --vary {IMAGES}={max(1, most // 4)},{most}."
        raise ConfigError("The number of training images is not varied.", expected, field="resampled")
    own = sweep.base.data.train_limit
    limits = dict.fromkeys(own if count == most else count for count in sweep.vary[IMAGES])
    return replace(sweep, vary={**sweep.vary, IMAGES: tuple(limits)}, images=most)
