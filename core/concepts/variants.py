"""What a picture becomes in several epochs, as training with a seed would see it."""

from dataclasses import dataclass

import numpy as np

from core.method import augmentation
from core.transforms import AugmentationConfig


@dataclass(frozen=True)
class Variants:
    """What a picture becomes in several epochs running.

    Attributes:
        epochs: Counted from 1.
        said: What was drawn for each.
        pixels: uint8 (n, s, s, 3).
    """

    epochs: tuple[int, ...]
    said: tuple[str, ...]
    pixels: np.ndarray


def vary(pixels: np.ndarray, image_id: int, config: AugmentationConfig, seed: int, epochs: range) -> Variants:
    """The picture in these epochs, counted from 0, as training with this seed would see it.

    Args:
        pixels: uint8 (s, s, 3).
        image_id: Its name in random draws, as in training.
    """
    image_ids = np.array([image_id], np.uint64)
    draws = [augmentation.draw(config, seed, epoch, image_ids)[0] for epoch in epochs]
    made = augmentation.augment(np.repeat(pixels[None], len(draws), axis=0), draws, config.fill_mode)
    said = tuple(augmentation.describe(draw) for draw in draws)
    return Variants(tuple(epoch + 1 for epoch in epochs), said, made)
