"""Likeness of images by their features: the cosine of the angle between them. NumPy only."""

import numpy as np


def nearest(query: np.ndarray, features: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The images most like one, nearest first.

    Args:
        query: float (d,), the features of one image.
        features: float (n, d), those to search; `query` itself should not be among them.
        count: How many are wanted; fewer where there are not so many.

    Returns:
        int64 (k,) rows of `features`, and their cosine similarities, float32 (k,), in -1..1. Features
        after a ReLU have none below 0, and so have their similarities.
    """
    similarity = _unit(features) @ _unit(query[None])[0]
    order = np.argsort(-similarity, kind="stable")[:count]
    return order, similarity[order]


def same_class_share(features: np.ndarray, labels: np.ndarray) -> float:
    """Share of images, in 0..1, whose nearest other image has their label.

    Args:
        features: float (n, d), n at least 2.
        labels: int (n,).
    """
    unit = _unit(features)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    return float((labels[similarity.argmax(axis=1)] == labels).mean())


def _unit(features: np.ndarray) -> np.ndarray:
    features = features.astype(np.float32)
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
