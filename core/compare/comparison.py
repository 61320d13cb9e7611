"""Two trained models on the same images. A model is a run and one of its phases."""

from dataclasses import dataclass

import numpy as np

from core.errors import StoreError
from core.running.answers import stored_right
from core.statistics.paired import PairedVerdict, compare
from core.store import Store


@dataclass(frozen=True)
class Model:
    """A run as it stood after one of its phases, a name of `results.PHASES`."""

    run_key: str
    phase: str


def compare_models(store: Store, first: Model, second: Model, split: str = "validation") -> PairedVerdict:
    """The verdict on `second` against `first`. Where images were left out or relabelled between the two, it
    is on those of `shared_rows`.

    Raises:
        StoreError: they were not tested on the same images, or something is missing.
    """
    right = [stored_right(store, model.run_key, model.phase, split) for model in (first, second)]
    rows = shared_rows(store, first, second, split)
    return compare(*right) if rows is None else compare(right[0][rows[0]], right[1][rows[1]])


def shared_rows(
    store: Store, first: Model, second: Model, split: str
) -> tuple[np.ndarray, np.ndarray] | None:
    """Places in each one's split of the images that both were checked on under the same label, int64 (m,)
    each, in the first one's order; None where these are all, in the same order.

    Raises:
        StoreError: there are none, or it was not kept which images they are.
    """
    models = first, second
    datasets = [store.load(model.run_key).dataset for model in models]
    if datasets[0].split_key == datasets[1].split_key:
        return None
    rows = None
    settings = [store.config(model.run_key).data for model in models]
    if settings[0] == settings[1] and datasets[0].classes == datasets[1].classes:
        rows = _in_common(store, models, split)
    if rows is None:
        raise StoreError(
            "These two were checked on different images.",
            "A fair difference needs the same images for both.",
            "Compare runs with the same data set, number of images and split seed.",
        )
    return rows


def _in_common(store: Store, models: tuple[Model, Model], split: str) -> tuple[np.ndarray, np.ndarray] | None:
    images, true = f"images/{split}", f"labels/{split}"
    found = [store.arrays(model.run_key, (images, true)) for model in models]
    if any(images not in arrays for arrays in found):
        return None
    _, one, other = np.intersect1d(found[0][images], found[1][images], return_indices=True)
    same = found[0][true][one] == found[1][true][other]
    order = np.argsort(one[same])
    return (one[same][order], other[same][order]) if same.any() else None
