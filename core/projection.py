"""Principal components: the flat view of many-dimensional features that keeps most of their spread."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Projection:
    """Points in the plane (or in space) of the first principal components.

    Attributes:
        points: float64 (n, components), centred on 0.
        explained: Share of the features' whole variance along each component, in 0..1.
    """

    points: np.ndarray
    explained: tuple[float, ...]


def pca(features: np.ndarray, components: int = 2) -> Projection:
    """Principal component analysis by a singular value decomposition of the centred features.

    Jolliffe, "Principal Component Analysis", 2nd edition, section 3.5. A component's sign is arbitrary; it is
    chosen so that its largest loading is positive, as scikit-learn does, and equal features give an
    equal picture. Components that the data do not have (fewer images than components) are 0.

    Args:
        features: float (n, d), a row an image, n at least 1.

    Raises:
        ValueError: not a table of finite numbers.
    """
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or len(features) == 0 or not np.isfinite(features).all():
        raise ValueError(f"Expected finite features of shape (n, d). Received shape {features.shape}.")
    centred = features - features.mean(axis=0)
    left, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    kept = min(components, len(sizes))
    largest = np.abs(axes[:kept]).argmax(axis=1)
    signs = np.sign(axes[np.arange(kept), largest])
    points = np.zeros((len(features), components))
    points[:, :kept] = left[:, :kept] * sizes[:kept] * signs
    variance = sizes**2
    shares = variance[:kept] / variance.sum() if variance.sum() > 0 else np.zeros(kept)
    return Projection(points, (*map(float, shares), *[0.0] * (components - kept)))


def nearest_neighbour_share(pooled: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose nearest other image (cosine similarity of the features) has their label."""
    features = pooled.astype(np.float32)
    features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    similarity = features @ features.T
    np.fill_diagonal(similarity, -np.inf)
    return float((labels[similarity.argmax(axis=1)] == labels).mean())
