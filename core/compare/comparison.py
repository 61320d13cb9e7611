"""Two trained models on the same images. A model is a run and one of its phases."""

from dataclasses import dataclass

import numpy as np

from core.errors import StoreError
from core.method.evaluation import right
from core.statistics.paired import PairedVerdict, compare
from core.store import Store


@dataclass(frozen=True)
class Model:
    """A run as it stood after one of its phases, a name of `results.PHASES`."""

    run_key: str
    phase: str


def answers(store: Store, model: Model, split: str) -> np.ndarray:
    """`right` for one model over a split, in the order of the split.

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    said, true = f"{model.phase}/{split}", f"labels/{split}"
    arrays = store.arrays(model.run_key, (said, true))
    try:
        return right(arrays[said], arrays[true])
    except KeyError as error:
        raise StoreError(f"Run {model.run_key} keeps no predictions of {model.phase}.") from error


def compare_models(store: Store, first: Model, second: Model, split: str = "validation") -> PairedVerdict:
    """The verdict on `second` against `first`.

    Raises:
        StoreError: they were not tested on the same images, or something is missing.
    """
    splits = [store.load(model.run_key).dataset.split_key for model in (first, second)]
    if splits[0] != splits[1]:
        raise StoreError(
            "These two were checked on different images.",
            "A fair difference needs the same images for both.",
            "Compare runs with the same data set, number of images and split seed.",
        )
    return compare(answers(store, first, split), answers(store, second, split))
