"""What the pretrained network already knows: its own 1000 ImageNet classes. Imports TensorFlow."""

from dataclasses import dataclass
from functools import cache

import keras
import numpy as np

from core import backbone, weights

SIZE = 224  # px; the size it was trained at


@dataclass(frozen=True)
class Guess:
    """One of the 1000 classes and its probability."""

    index: int
    name: str
    probability: float


@cache
def classifier() -> keras.Model:
    """MobileNetV2 with its 1000-class head: scaled images (n, 224, 224, 3) -> probabilities (n, 1000).

    Raises:
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    return backbone.load_with_top()


def top_guesses(pixels: np.ndarray, count: int = 5) -> list[list[Guess]]:
    """The most probable ImageNet classes of each image, best first.

    Args:
        pixels: uint8 (n, 224, 224, 3).
    """
    names = weights.imagenet_labels()
    probabilities = classifier()(backbone.scale(pixels, "-1..1"), training=False).numpy()
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    return [
        [Guess(int(k), names[k], float(row[k])) for k in ks]
        for row, ks in zip(probabilities, best, strict=True)
    ]
