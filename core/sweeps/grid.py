"""Unfreeze points by numbers of training images: which runs the map "how deep, with how many?" asks for.

No TensorFlow. Its numbers are among those of `image_counts`, and its runs are made as theirs
(`plan.resampled`): a point that either page has trained serves the other, and with all images the curve.
"""

from collections.abc import Sequence

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.sweeps.image_counts import image_counts, over_images
from core.sweeps.plan import IMAGES, STOP, Sweep
from core.typed_numbers import read_numbers

STOPS = (27, 72, 116, 151)  # block 3, 8, 13 and Conv_1: from most of the network to its last layers
PLACES = (0, 2, 3, 5)  # of the numbers that `image_counts` gives
MOST_COUNTS = 6


def usual_counts(dataset: Dataset, config: ExperimentConfig) -> tuple[int, ...]:
    """Four numbers of training images, ascending, the last all there are. Raises DatasetError where there are
    too few."""
    counts = image_counts(dataset, config.data)
    return tuple(counts[place] for place in PLACES)


def read_counts(text: str, most: int, classes: int) -> tuple[int, ...]:
    """Numbers of training images as typed, ascending, each once.

    Args:
        most: How many there are.

    Raises:
        ConfigError: they are not two to six whole numbers, each enough for one image of every class and none
            above what is there.
    """
    try:
        found = sorted(set(read_numbers(text) or ()))
    except ValueError as error:
        raise _refused(f"{text!r} is no list of numbers. {error}".strip(), most, classes) from None
    odd = [number for number in found if not isinstance(number, int) or not classes <= number <= most]
    if odd:
        said = f"{odd[0]:,} training images are asked for, and there are {most:,} of {classes} classes."
        raise _refused(said, most, classes)
    if not 2 <= len(found) <= MOST_COUNTS:
        raise _refused(f"{text!r} has {len(found)} different numbers.", most, classes)
    return tuple(map(int, found))


def _refused(happened: str, most: int, classes: int) -> ConfigError:
    expected = f"Expected 2 to {MOST_COUNTS} whole numbers from {classes} to {most:,}, such as"
    few = max(classes, most // 4)
    return ConfigError(happened, f"{expected} {few}, {most}.", field=IMAGES)


def grid(
    config: ExperimentConfig, stops: Sequence[int], counts: Sequence[int], most: int, seeds: int
) -> Sweep:
    """The recipe at each of these points with each of these numbers of training images.

    Args:
        most: How many training images there are.

    Raises:
        ConfigError: no point, or an impossible one.
    """
    return over_images(Sweep(config, {STOP: tuple(sorted(stops)), IMAGES: tuple(counts)}, seeds), most)
