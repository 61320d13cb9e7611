"""How sure a network should be: one number, fitted on validation images, by which its logits are divided.

It never changes which class is named, and nothing of the training (Guo et al., "On Calibration of Modern
Neural Networks", ICML 2017, section 4.2). Above 1 the network had been too sure, below 1 not sure enough.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.optimize import brentq

EPSILON = 1e-7  # as `core.method.evaluation` clips probabilities
RANGE = (1 / 20, 20.0)  # beyond, nothing is fitted: the images do not hold the network back at all


@dataclass(frozen=True)
class Temperature:
    """What was fitted.

    Attributes:
        value: The temperature, within `RANGE`.
        n: Images it was fitted on.
        loss_before, loss_after: Mean cross-entropy of these images at temperature 1 and at this one, nats.
    """

    value: float
    n: int
    loss_before: float
    loss_after: float


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> Temperature | None:
    """The temperature at which the labels are least surprising, by cross-entropy, as scikit-learn's
    `CalibratedClassifierCV(method="temperature")` has it.

    The loss is convex in the temperature's inverse, so its only minimum is where its slope is 0.

    Args:
        probabilities: float (n,) of the second class for two classes, else (n, classes); n at least 1.
        labels: int64 (n,).

    Returns:
        None where no temperature within `RANGE` is best: every image is right, say, so that none can be too
        sure, or the network does worse than chance.
    """
    logits = _logits(probabilities)
    of_truth = logits[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        return float(np.mean((_softmax(inverse * logits) * logits).sum(axis=1) - of_truth))

    low, high = 1 / RANGE[1], 1 / RANGE[0]
    if not slope(low) < 0 < slope(high):
        return None
    inverse = cast(float, brentq(slope, low, high, xtol=1e-12))
    before, after = (_loss(at * logits, labels) for at in (1.0, inverse))
    return Temperature(1 / inverse, len(labels), before, after)


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities with their logits divided by a temperature, float64, shaped as they are."""
    found = _softmax(_logits(probabilities) / temperature)
    return found[:, 1] if probabilities.ndim == 1 else found


def _logits(probabilities: np.ndarray) -> np.ndarray:
    """float64 (n, classes): logarithms, which are logits but for what is the same in every class."""
    p = np.clip(probabilities.astype(np.float64), EPSILON, 1 - EPSILON)
    return np.log(np.stack([1 - p, p], axis=1) if p.ndim == 1 else p)


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _loss(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(_softmax(logits)[np.arange(len(labels)), labels]).mean())
