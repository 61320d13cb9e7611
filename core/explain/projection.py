"""Principal components: the flat view of many-dimensional features that keeps most of their spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Projection:
    """Points in the plane (or in space) of the first principal components.

    Attributes:
        points: float64 (n, components), centred on 0.
        explained: Share of these features' whole variance along each component, in 0..1.
    """

    points: np.ndarray
    explained: tuple[float, ...]


def pca(features: np.ndarray, components: int = 2) -> Projection:
    """Principal component analysis of one set of features: `shared_axes` of that set alone."""
    return shared_axes([features], components)[0]


def shared_axes(groups: Sequence[np.ndarray], components: int = 2) -> list[Projection]:
    """Several sets of features along one set of axes: those that keep most of the spread of all together.

    Principal component analysis (Jolliffe, "Principal Component Analysis", 2nd edition, chapter 2) by the
    eigenvectors of the covariance within the groups. Each group is centred on its own mean first, so that
    a shift common to all images of a group, which separates nothing, takes up no axis.

    A component's sign is arbitrary; it is chosen so that its largest loading is positive, as
    scikit-learn does, and equal features give an equal picture. Components that the data do not have
    (fewer images than components) are 0.

    Args:
        groups: float (n, d) each, a row an image, n at least 1 and d the same.

    Raises:
        ValueError: a group is not a table of finite numbers.
    """
    centred = [_centred(group) for group in groups]
    axes = _principal_axes(np.concatenate(centred), components)
    return [_along(group, axes, components) for group in centred]


def _principal_axes(rows: np.ndarray, components: int) -> np.ndarray:
    """Unit vectors along which rows (n, d) spread most, (d, k): fewer than asked where d or n is less; a
    direction in which nothing spreads is all 0.

    They are eigenvectors of the d by d scatter matrix, or follow from those of the n by n one, whichever is
    smaller: a few hundred images take a tenth of a second instead of one.
    """
    from scipy.linalg import eigh  # a third of a second to import: not at start-up

    by_rows = len(rows) < rows.shape[1]
    gram = rows @ rows.T if by_rows else rows.T @ rows
    last = len(gram) - 1
    _, vectors = eigh(gram, subset_by_index=[max(0, last + 1 - components), last])
    axes = (rows.T @ vectors if by_rows else vectors)[:, ::-1]  # eigh counts up, by variance
    lengths = np.linalg.norm(axes, axis=0)
    axes = np.where(lengths > 1e-9 * lengths.max(initial=1e-300), axes / np.maximum(lengths, 1e-300), 0.0)
    largest = np.abs(axes).argmax(axis=0)
    return axes * np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1.0, 1.0)


def _centred(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or len(features) == 0 or not np.isfinite(features).all():
        raise ValueError(f"Expected finite features of shape (n, d). Received shape {features.shape}.")
    return features - features.mean(axis=0)


def _along(centred: np.ndarray, axes: np.ndarray, components: int) -> Projection:
    points = np.zeros((len(centred), components))
    points[:, : axes.shape[1]] = centred @ axes
    whole = (centred**2).sum()
    shares = (points**2).sum(axis=0) / whole if whole > 0 else np.zeros(components)
    return Projection(points, tuple(map(float, shares)))
