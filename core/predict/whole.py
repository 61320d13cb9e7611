"""A run's whole network, from pixels to probabilities. TensorFlow is imported when one is opened."""

from collections.abc import Callable

import numpy as np

from core.explain import trained
from core.store import Store

Forward = Callable[[np.ndarray], np.ndarray]


def opened(store: Store, run_key: str) -> Forward:
    """A function from uint8 pixels (n, s, s, 3), s the run's image size, to probabilities, float32
    (n, classes), rows of sum 1, by the weights of the run's last phase.

    Raises:
        StoreError: the run is gone, or its model and its weights are.
    """
    model = trained.whole_model(store, run_key)

    def forward(pixels: np.ndarray) -> np.ndarray:
        return by_class(np.asarray(model.predict_on_batch(pixels.astype(np.float32))))

    return forward


def by_class(probabilities: np.ndarray) -> np.ndarray:
    """float32 (n, classes) of what a model gives: that as it is; of (n, 1), the probability of the second of
    two classes, both."""
    if probabilities.shape[1] > 1:
        return probabilities
    return np.hstack([1 - probabilities, probabilities])
