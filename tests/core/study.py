"""A study computed here and now, as the worker would."""

from typing import Any

import numpy as np

from core.data.datasets import Dataset
from core.explain import studies
from core.running import jobs
from core.store import Store


def answer(
    study: studies.Study, store: Store, dataset: Dataset
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Record and arrays of a study, computed if need be."""
    with jobs.training_lock(store):
        key = studies.request(study, store, dataset)
        studies.perform(key, store)
    return store.record(key), store.arrays(key)
