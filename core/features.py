"""The bank: boundary features of images, computed once and kept on disk. Imports TensorFlow.

    <home>/features/<feature_key>/<variant_key>.npy    float32 (n, h', w', c), memory-mapped when read
    <home>/features/<feature_key>/<variant_key>.json   how long it took, for honest seconds

`feature_key` says how features are made (image size, scaling, weights, boundary, engine, augmentation
and its seed); `variant_key` adds the epoch and which images. Training sees a fresh variant of every
image in every epoch; without augmentation all epochs share one. A deleted or broken file is computed
again, with the same numbers.
"""

import contextlib
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from core import augmentation, engine
from core.config import AugmentationConfig, BaseConfig
from core.datasets import Splits
from core.errors import StoreError
from core.keys import content_key
from core.layers import boundary_shape
from core.log import Log
from core.store import read_json, replacing, write_json
from core.timing import Seconds
from core.weights import SHA256

FORWARD_BATCH = 64
METHOD = 1  # raise it when the same inputs would give other features


def budget_bytes() -> int:
    """Disk the bank may fill: `THAW_CACHE_GB` (default 10)."""
    try:
        return int(float(os.environ.get("THAW_CACHE_GB", "10")) * 1e9)
    except ValueError:
        return 10_000_000_000


@dataclass(frozen=True)
class Recipe:
    """How boundary features are made. Two equal recipes give equal numbers on one machine."""

    image_size: int
    boundary: int
    base: BaseConfig
    base_seed: int
    augmentation: AugmentationConfig
    seed: int
    engine: str

    def key(self, augmented: bool) -> str:
        """Key of the recipe; what cannot change the numbers is left out."""
        pretrained = self.base.weights == "imagenet"
        return content_key(
            "features-v1",
            {
                "method": METHOD,
                "image_size": self.image_size,
                "boundary": self.boundary,
                "scaling": self.base.scaling,
                "weights": SHA256 if pretrained else f"random {self.base_seed}",
                "engine": self.engine,
                "augmentation": vars(self.augmentation) if augmented else None,
                "seed": self.seed if augmented else None,
            },
        )


class Bank:
    """Boundary features of one data set by one recipe, from disk or computed.

    Args:
        home: The store's folder.
        frozen: The frozen part: scaled images -> boundary features.
        seconds: Collects time spent under `features`, and what reuse saved.
        log: Told about the progress, and asked about stopping after every batch.
    """

    def __init__(
        self,
        home: Path,
        splits: Splits,
        recipe: Recipe,
        frozen: keras.Model,
        seconds: Seconds,
        log: Log,
    ):
        self._folder, self._splits, self._recipe = home / "features", splits, recipe
        self._seconds, self._log = seconds, log
        self._frozen, self._forward = frozen, None

    def plain(self, positions: np.ndarray) -> np.ndarray:
        """Features of the images at `positions` as they are, float32 (n, ...), in that order."""
        return self._variant(positions, None)

    def augmented(self, positions: np.ndarray, epoch: int) -> np.ndarray:
        """The same of the images as augmented for `epoch` (from 0)."""
        return self._variant(positions, epoch)

    def _variant(self, positions: np.ndarray, epoch: int | None) -> np.ndarray:
        ids = hashlib.sha256(self._splits.image_ids[positions].tobytes()).hexdigest()
        variant_key = content_key("variant-v1", {"epoch": epoch, "images": ids})
        path = self._folder / self._recipe.key(epoch is not None) / f"{variant_key}.npy"
        shape = (len(positions), *boundary_shape(self._recipe.boundary, self._recipe.image_size))
        stored = open_array(path, shape)
        if stored is not None:
            note = read_json(path.with_suffix(".json"))
            self._seconds.reused(note["seconds"] if isinstance(note, dict) else 0.0)
            return stored
        begin = time.perf_counter()
        try:
            with replacing(path) as aside:
                array = np.lib.format.open_memmap(aside, mode="w+", dtype=np.float32, shape=shape)
                self._fill(array, positions, epoch)
                array.flush()
        except StoreError:
            # a full disk or a folder that cannot be written: go on in memory
            array = np.empty(shape, np.float32)
            self._fill(array, positions, epoch)
            self._seconds.add("features", time.perf_counter() - begin)
            return array
        took = time.perf_counter() - begin
        self._seconds.add("features", took)
        with contextlib.suppress(StoreError):
            write_json(path.with_suffix(".json"), {"seconds": took})
            evict(self._folder, budget_bytes(), keep=path)
        return array

    def _engine(self) -> engine.Forward:
        """The frozen part, ready to run. Made on first use: a bank that has everything needs none."""
        if self._forward is None:
            self._log("stage", name="preparing")
            key = self._recipe.key(augmented=False)
            converted = self._folder.parent / "engines" / f"{key}.tflite"
            self._forward = engine.build(
                self._recipe.engine, self._frozen, self._recipe.base.scaling, converted
            )
        return self._forward

    def _fill(self, array: np.ndarray, positions: np.ndarray, epoch: int | None) -> None:
        """Compute the features batch by batch; the next batch is augmented while one runs."""

        def pixels_at(start: int) -> np.ndarray:
            batch = positions[start : start + FORWARD_BATCH]
            pixels = self._splits.pixels[batch]
            if epoch is None:
                return pixels
            draws = augmentation.draw(
                self._recipe.augmentation, self._recipe.seed, epoch, self._splits.image_ids[batch]
            )
            return augmentation.augment(pixels, draws, self._recipe.augmentation.fill_mode)

        forward = self._engine()
        starts = range(0, len(positions), FORWARD_BATCH)
        with ThreadPoolExecutor(1) as ahead:
            waiting = ahead.submit(pixels_at, 0)
            for start in starts:
                self._log.check_stop()
                pixels = waiting.result()
                if start + FORWARD_BATCH < len(positions):
                    waiting = ahead.submit(pixels_at, start + FORWARD_BATCH)
                array[start : start + len(pixels)] = forward(pixels)
                self._log("stage", name="features", done=start + len(pixels), total=len(positions))


def open_array(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """A stored array, memory-mapped, or None where it is missing, cut short or of another shape."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if array.shape != shape or array.dtype != np.float32:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # eviction goes by last use
    return array


def evict(folder: Path, budget: int, keep: Path) -> None:
    """Delete the longest unused variants until the bank fits its budget. `keep` is in use."""
    entries = [(path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("*/*.npy")]
    entries = [entry for entry in entries if not entry[2].name.startswith(".")]  # being written
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= budget:
            return
        if path != keep:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            total -= size
