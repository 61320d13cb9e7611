"""Boundary features of images, from the bank or computed. Imports TensorFlow when something is computed.

Training sees a fresh variant of every image in every epoch; without augmentation all epochs share one.
What is missing is computed from the nearest thing stored: rows of the same features kept with another
set of images are copied, features at a lower boundary are carried up, and only the rest starts from pixels.
Cut between blocks, all three ways give the same numbers.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.data.datasets import Splits
from core.errors import StoreError
from core.log import Listener
from core.method import augmentation
from core.method.bank import BankFiles, Recipe
from core.method.timing import Seconds
from core.store import Store

BATCH = 32  # images that one thread prepares and runs at a time, and between two looks for a wish to stop


class Bank:
    """Boundary features of one data set by one recipe.

    Args:
        base: The backbone, with the weights that the recipe names.
        seconds: Collects time spent under `features`, and what reuse saved.
        log: Told about the progress, and asked about stopping after every batch.
        paid: Whether an earlier phase of the same run counts the features of the images as they are: from
            nothing, both would read the same ones.
    """

    def __init__(
        self, store: Store, splits: Splits, recipe: Recipe, base, seconds: Seconds, log: Listener,
        paid: bool = False,
    ):  # fmt: skip
        self._home, self._files = store.cache, BankFiles(store.cache)
        self._splits, self._recipe, self._base = splits, recipe, base
        self._seconds, self._log, self._paid = seconds, log, paid
        self._engines: dict[int, Callable] = {}

    def plain(self, positions: np.ndarray) -> np.ndarray:
        """Features of the images at `positions` as they are, float32 (n, ...), in that order."""
        return self._variant(positions, None)

    def augmented(self, positions: np.ndarray, epoch: int) -> np.ndarray:
        """The same of the images as augmented for `epoch` (from 0)."""
        return self._variant(positions, epoch)

    def _variant(self, positions: np.ndarray, epoch: int | None) -> np.ndarray:
        recipe, ids = self._recipe, self._splits.image_ids[positions]
        path, shape = self._files.path(recipe, epoch, ids), (len(ids), *recipe.shape)
        stored = self._files.open(path, shape)
        if stored is not None:
            if not (self._paid and epoch is None):
                self._seconds.reused(self._files.seconds(path))
            with contextlib.suppress(StoreError):
                self._files.name_rows(path, ids)
            return stored
        begin = time.perf_counter()
        try:
            self._files.write(path, ids, recipe.shape, self._compute(positions, epoch))
            array = self._files.open(path, shape)
        except StoreError as problem:  # a full disk or a folder that cannot be written: go on in memory
            array = None
            self._log.note(
                f"The features could not be kept ({problem.happened}) and were computed in memory: the next "
                f"run computes them again. {problem.fix}"
            )
        if array is None:
            array = np.concatenate(list(self._compute(positions, epoch)))
        took = time.perf_counter() - begin
        self._seconds.add("features", took)
        with contextlib.suppress(StoreError, OSError):
            self._files.note_seconds(path, took)
            self._files.evict(keep=path)
        return array

    def _compute(self, positions: np.ndarray, epoch: int | None) -> Iterator[np.ndarray]:
        """Features batch by batch, float32, in order; several threads prepare and run the next ones."""
        known = self._files.rows(self._recipe, epoch)
        ids = self._splits.image_ids[positions]
        missing = ~known.has(ids)
        lower = self._files.lower(self._recipe, epoch, ids[missing]) if missing.any() else None
        forward = self._engine(lower[0].boundary if lower else 0) if missing.any() else None

        def batch(at: int) -> np.ndarray:
            here, todo = ids[at : at + BATCH], missing[at : at + BATCH]
            features = np.empty((len(here), *self._recipe.shape), np.float32)
            if forward is not None and todo.any():
                wanted = positions[at : at + BATCH][todo]
                inputs = lower[1].take(here[todo]) if lower else self._pixels(wanted, epoch)
                features[todo] = forward(inputs)
            if not todo.all():
                features[~todo] = known.take(here[~todo])
            return features

        for at, features in self._in_order(batch, range(0, len(positions), BATCH)):
            yield features
            self._log("stage", name="features", done=at + len(features), total=len(positions))

    def _in_order(self, batch: Callable[[int], np.ndarray], starts: range):
        """(start, its batch), few at a time in memory, until all are through or someone says stop."""
        from core.method.engine import WORKERS

        with ThreadPoolExecutor(WORKERS) as pool:
            waiting: deque = deque()
            for at in starts:
                self._log.check_stop()
                waiting.append((at, pool.submit(batch, at)))
                if len(waiting) > WORKERS + 1:
                    done, future = waiting.popleft()
                    yield done, future.result()
            for done, future in waiting:
                self._log.check_stop()
                yield done, future.result()

    def _pixels(self, positions: np.ndarray, epoch: int | None) -> np.ndarray:
        pixels = self._splits.pixels[positions]
        if epoch is None or not len(positions):
            return pixels
        recipe, ids = self._recipe, self._splits.image_ids[positions]
        draws = augmentation.draw(recipe.augmentation, recipe.seed, epoch, ids)
        return augmentation.augment(pixels, draws, recipe.augmentation.fill_mode)

    def _engine(self, start: int) -> Callable[[np.ndarray], np.ndarray]:
        """The frozen part from `start` (0: pixels) up to the boundary, ready to run; made on first use."""
        if start not in self._engines:
            from core.method import backbone, engine

            self._log("stage", name="preparing")
            recipe = self._recipe
            self._engines[start] = engine.build(
                recipe.engine,
                backbone.segment(self._base, start, recipe.boundary),
                recipe.base.scaling if start == 0 else None,
                self._home / "engines" / f"{recipe.engine_key(start)}.tflite",
            )
        return self._engines[start]
