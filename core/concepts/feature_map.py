"""Where images stand on a map of feature space, before and after training, as layouts and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.explain.projection import shared_axes

MARGIN = 0.05  # of the points' range, free on either side of a map


@dataclass(frozen=True)
class Layout:
    """One map.

    Attributes:
        points: float (n, 2) or (n, 3).
        axes: A title for each dimension.
        explained: Share of the features' spread along each principal component, in 0..1; empty for t-SNE,
            whose axes mean nothing.
    """

    points: np.ndarray
    axes: tuple[str, ...]
    explained: tuple[float, ...] = ()


def pca_layouts(groups: Sequence[np.ndarray], dimensions: int) -> list[Layout]:
    """Maps of several sets of features on shared principal axes: see `projection.shared_axes`."""
    found = []
    for projection in shared_axes(groups, dimensions):
        unit = " of the spread" if dimensions == 2 else ""  # in space there is no room for it
        titles = [
            f"component {number} ({share:.0%}{unit})" for number, share in enumerate(projection.explained, 1)
        ]
        found.append(Layout(projection.points, tuple(titles), projection.explained))
    return found


def tsne_layouts(placed: Sequence[np.ndarray]) -> list[Layout]:
    """Maps of points that `core.explain.tsne` placed."""
    return [
        Layout(points, tuple(f"t-SNE {number}" for number in range(1, points.shape[1] + 1)))
        for points in placed
    ]


def ranges(layouts: Sequence[Layout]) -> list[tuple[float, float]]:
    """The (low, high) that holds the points of all maps, a pair for each dimension: one scale for all."""
    points = np.concatenate([layout.points for layout in layouts])
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(MARGIN * (high - low), 1e-6)
    return [(float(a), float(b)) for a, b in zip(low - room, high + room, strict=True)]


def map_frame(
    layout: Layout,
    labels: np.ndarray,
    names: Sequence[str],
    classes: Sequence[str],
    predicted: np.ndarray | None = None,
) -> pd.DataFrame:
    """One row an image.

    Args:
        labels: int (n,), indices into `classes`.
        names: n file names.
        predicted: int (n,), what a trained head said; None where there is none.

    Returns:
        Columns: number (0 to n - 1), x, y and for three dimensions z, class, file, called (the predicted
            class; empty where unknown), wrong (bool).
    """
    axes = dict(zip("xyz", layout.points.T, strict=False))
    known = predicted is not None
    return pd.DataFrame(
        {
            "number": np.arange(len(labels)),
            **axes,
            "class": [classes[label] for label in labels],
            "file": [name.rpartition("/")[2] for name in names],
            "called": [classes[label] for label in predicted] if known else "",
            "wrong": predicted != labels if known else False,
        }
    )


def numbers_frame(frames: dict[str, pd.DataFrame], layouts: Sequence[Layout]) -> pd.DataFrame:
    """The table behind one map or two: image, class, and for each map the place and the predicted class.

    Args:
        frames: By what each map shows, such as `before`, the rows of `map_frame` in the same order.
    """
    first = next(iter(frames.values()))
    table = {"image": first["file"], "class": first["class"]}
    for (when, frame), layout in zip(frames.items(), layouts, strict=True):
        for axis in "xyz"[: len(layout.axes)]:
            table[f"{axis}, {when}"] = frame[axis].round(3)
        if (frame["called"] != "").any():
            table[f"called, {when}"] = frame["called"]
    return pd.DataFrame(table)
