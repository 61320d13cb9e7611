"""How unlike the training images a picture is: its distance to them in feature space. NumPy only.

A network divides whatever it is shown among its classes, and may be sure of a picture of something else
entirely. Its distance to the nearest training images tells such pictures apart (Y. Sun and others,
"Out-of-distribution detection with deep nearest neighbors", ICML 2022, section 3): features scaled to length
1, and the Euclidean distance to the k-th nearest. Distances of validation images say what is usual.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

NEIGHBOUR = 5  # k: a single odd training image cannot vouch for a picture; small enough for small classes
USUAL_SHARE = 0.95  # of validation images lie nearer than the warning begins (the paper's choice, too)


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What pictures like the training images look like from afar.

    Attributes:
        train: float32 (n, d), pooled features of the training images, each scaled to length 1.
        usual: float32 (m,), distances of the validation images to them, ascending, in 0..2.
    """

    train: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray, validation: np.ndarray) -> "Familiarity":
        """From pooled features of training images, float32 (n, d), and of one or more validation images."""
        train = _unit(train)
        return cls(train, np.sort(_kth_distance(validation, train)))

    def distances(self, pooled: np.ndarray) -> np.ndarray:
        """float32 (q,), in 0..2: how far pictures lie from their `NEIGHBOUR`-th nearest training image.

        Args:
            pooled: float32 (q, d), features from the same network as the training images'.
        """
        return _kth_distance(pooled, self.train)

    def nearest(self, pooled: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """int64 (k,) rows of `train`, the nearest first, and their distances, float32 (k,), for one picture.

        Args:
            pooled: float32 (d,).
        """
        distances = _distances(pooled[None], self.train)[0]
        rows = np.argsort(distances, kind="stable")[:count]
        return rows, distances[rows]

    @cached_property
    def limit(self) -> float:
        """The distance beyond which a picture is unusual."""
        return float(np.quantile(self.usual, USUAL_SHARE))

    def share_nearer(self, distance: float) -> float:
        """Share of validation images, in 0..1, that lie nearer than this."""
        return float(np.searchsorted(self.usual, distance) / len(self.usual))

    def unusual(self, distance: float) -> bool:
        """Whether to warn. About 5% of pictures like the training images are warned about, too."""
        return distance > self.limit

    def sentence(self, distance: float) -> str:
        """The distance in words, with the advice that follows from it."""
        share, count = self.share_nearer(distance), len(self.usual)
        if not self.unusual(distance):
            return (
                "About as near to the training images as usual: "
                f"{1 - share:.0%} of the {count:,} validation images lie farther away."
            )
        than = f"any of the {count:,}" if share == 1 else f"{_floor_percent(share)} of the {count:,}"
        return f"Farther from the training images than {than} validation images: do not trust the percentage."


def _floor_percent(share: float) -> str:
    return f"{np.floor(100 * share + 1e-9):.0f}%"  # 99.8% must not become all of them


def _unit(features: np.ndarray) -> np.ndarray:
    features = features.astype(np.float32)
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)


def _distances(features: np.ndarray, train: np.ndarray) -> np.ndarray:
    """float32 (q, n): Euclidean, of features scaled to length 1."""
    return np.sqrt(np.maximum(2 - 2 * (_unit(features) @ train.T), 0))


def _kth_distance(features: np.ndarray, train: np.ndarray) -> np.ndarray:
    place = min(NEIGHBOUR, len(train)) - 1
    return np.partition(_distances(features, train), place, axis=1)[:, place]
