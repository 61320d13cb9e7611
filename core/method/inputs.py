"""What a phase trains on and is evaluated on: stored boundary features, or pixels for the plain path."""

import numpy as np

from core.data.datasets import Splits
from core.data.splits import SPLITS
from core.method import augmentation
from core.method.training import Rows
from core.transforms import AugmentationConfig


class FeatureInputs:
    """Boundary features from a bank (`core.method.features.Bank`).

    Without augmentation every epoch and every split reads rows of one array of all images in use, so
    that another split reuses it. With it, each epoch has an array of its own.
    """

    def __init__(self, bank, splits: Splits, augmented: bool):
        self._bank, self._splits, self._augmented = bank, splits, augmented
        self._plain: dict[str, Rows] | None = None

    def train(self, epoch: int) -> Rows:
        """Training rows of an epoch, counted from 0 through all phases."""
        if not self._augmented:
            return self._plain_rows()["train"]
        positions = self._splits.train
        array = self._bank.augmented(positions, epoch)
        return Rows(array, self._splits.labels[positions], np.arange(len(positions)))

    def evaluation(self, split: str) -> Rows:
        """Rows of `validation` or `test`, never augmented."""
        return self._plain_rows()[split]

    def _plain_rows(self) -> dict[str, Rows]:
        if self._plain is None:
            splits = self._splits
            if self._augmented:
                wanted = np.concatenate([splits.validation, splits.test])
                where = np.arange(len(wanted))
                rows = {
                    "validation": where[: len(splits.validation)],
                    "test": where[len(splits.validation) :],
                }
            else:
                wanted = splits.used
                rows = {name: np.searchsorted(wanted, getattr(splits, name)) for name in SPLITS}
            array = self._bank.plain(wanted)
            labels = splits.labels[wanted]
            self._plain = {name: Rows(array, labels, positions) for name, positions in rows.items()}
        return self._plain


class AugmentedPixels:
    """Pixels that are augmented as they are indexed: the variants that a bank's epoch holds, unstored."""

    def __init__(self, splits: Splits, config: AugmentationConfig, seed: int, epoch: int):
        self._splits, self._config, self._seed, self._epoch = splits, config, seed, epoch

    def __getitem__(self, positions: np.ndarray) -> np.ndarray:
        draws = augmentation.draw(self._config, self._seed, self._epoch, self._splits.image_ids[positions])
        return augmentation.augment(self._splits.pixels[positions], draws, self._config.fill_mode)


class PixelInputs:
    """Pixels for the plain path, which trains the whole model: uint8 (n, s, s, 3)."""

    def __init__(self, splits: Splits, config: AugmentationConfig, seed: int):
        self._splits, self._config, self._seed = splits, config, seed

    def train(self, epoch: int) -> Rows:
        """Training rows of an epoch, counted from 0 through all phases."""
        splits = self._splits
        pixels = (
            AugmentedPixels(splits, self._config, self._seed, epoch) if self._config.active else splits.pixels
        )
        return Rows(pixels, splits.labels, splits.train)

    def evaluation(self, split: str) -> Rows:
        """Rows of `validation` or `test`, never augmented."""
        return Rows(self._splits.pixels, self._splits.labels, getattr(self._splits, split))
