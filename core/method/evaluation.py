"""From probabilities to numbers a person can trust. NumPy only."""

import numpy as np

from core.results import Evaluation
from core.statistics.paired import wilson_interval

EPSILON = 1e-7  # Keras clips probabilities by it before taking a logarithm


def predicted_classes(probabilities: np.ndarray) -> np.ndarray:
    """int64 (n,): the class of the highest probability; for two classes (n,), the second above .5."""
    if probabilities.ndim == 1:
        return (probabilities > 0.5).astype(np.int64)
    return probabilities.argmax(axis=1)


def certainties(probabilities: np.ndarray) -> np.ndarray:
    """float32 (n,): the probability of the predicted class of each image."""
    if probabilities.ndim == 1:
        return np.maximum(probabilities, 1 - probabilities)
    return probabilities.max(axis=1)


def right(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """bool (n,): whether each image was classified right."""
    return predicted_classes(probabilities) == labels


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean cross-entropy in nats; binary for (n,), categorical for (n, classes)."""
    p = probabilities.astype(np.float64)
    of_truth = np.where(labels == 1, p, 1 - p) if p.ndim == 1 else p[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(of_truth, EPSILON, 1 - EPSILON)).mean())


def evaluate(probabilities: np.ndarray, labels: np.ndarray, num_classes: int) -> Evaluation:
    """Accuracy with its interval, loss and confusion matrix.

    Args:
        probabilities: float32 (n,) of the second class for two classes, else (n, classes).
        labels: int64 (n,), 0 to `num_classes` - 1.
    """
    predicted = predicted_classes(probabilities)
    confusion = np.zeros((num_classes, num_classes), int)
    np.add.at(confusion, (labels, predicted), 1)
    n, correct = len(labels), int((predicted == labels).sum())
    return Evaluation(
        n=n,
        correct=correct,
        accuracy=correct / n,
        interval=wilson_interval(correct, n),
        loss=cross_entropy(probabilities, labels),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )
