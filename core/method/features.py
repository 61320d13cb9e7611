"""Boundary features of images, from the bank or computed. Imports TensorFlow when something is computed.

Training sees a fresh variant of every image in every epoch; without augmentation all epochs share one.
Rows of the same features that were kept with another set of images are read where they lie, so that any
number of subsets of a data set takes the disk of one. What is missing is carried up from features at a lower
boundary, or else starts from pixels. Cut between blocks, all three ways give the same numbers.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from core.data.datasets import Splits
from core.errors import StoreError
from core.log import Listener
from core.method import augmentation
from core.method.bank import BankFiles, Recipe
from core.method.stored_rows import Picked
from core.method.timing import Seconds, clock
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

    def plain(self, positions: np.ndarray) -> np.ndarray | Picked:
        """Features of the images at `positions` as they are, float32 (n, ...), in that order."""
        return self._variant(positions, None)

    def augmented(self, positions: np.ndarray, epoch: int) -> np.ndarray | Picked:
        """The same of the images as augmented for `epoch` (from 0)."""
        return self._variant(positions, epoch)

    def _variant(self, positions: np.ndarray, epoch: int | None) -> np.ndarray | Picked:
        stored = self._stored(positions, epoch)
        if stored is not None:
            return stored
        known, ids = self._files.rows(self._recipe, epoch), self._splits.image_ids[positions]
        has = known.has(ids)
        if not has.any():
            return self._made(positions, epoch)
        self._reused(known.seconds(ids[has]), epoch)
        if not has.all():
            rest = self._stored(positions[~has], epoch)
            known.add(self._made(positions[~has], epoch) if rest is None else rest, ids[~has])
        return known.of(ids)

    def _stored(self, positions: np.ndarray, epoch: int | None) -> np.ndarray | None:
        """The array that was kept of exactly these images, if there is one."""
        path, ids, shape = self._kept_at(positions, epoch)
        stored = self._files.open(path, shape)
        if stored is not None:
            self._reused(self._files.seconds(path), epoch)
            with contextlib.suppress(StoreError):
                self._files.name_rows(path, ids)
        return stored

    def _kept_at(self, positions: np.ndarray, epoch: int | None) -> tuple[Path, np.ndarray, tuple[int, ...]]:
        ids = self._splits.image_ids[positions]
        return self._files.path(self._recipe, epoch, ids), ids, (len(ids), *self._recipe.shape)

    def _reused(self, seconds: float, epoch: int | None) -> None:
        if not (self._paid and epoch is None):
            self._seconds.reused(seconds)

    def _made(self, positions: np.ndarray, epoch: int | None) -> np.ndarray:
        """Features of images that have none stored, computed and kept as an array of their own."""
        path, ids, shape = self._kept_at(positions, epoch)
        begin = clock()
        try:
            self._files.write(path, ids, self._recipe.shape, self._compute(positions, epoch))
            array = self._files.open(path, shape)
        except StoreError as problem:  # a full disk or a folder that cannot be written: go on in memory
            array = None
            self._log.note(
                f"The features could not be kept ({problem.happened}) and were computed in memory: the next "
                f"run computes them again. {problem.fix}"
            )
        if array is None:
            array = np.concatenate(list(self._compute(positions, epoch)))
        took = clock() - begin
        self._seconds.add("features", took)
        with contextlib.suppress(StoreError, OSError):
            self._files.note_seconds(path, took)
            self._files.evict(keep=[path])
        return array

    def _compute(self, positions: np.ndarray, epoch: int | None) -> Iterator[np.ndarray]:
        """Features batch by batch, float32, in order; several threads prepare and run the next ones."""
        ids = self._splits.image_ids[positions]
        lower = self._files.lower(self._recipe, epoch, ids)
        forward = self._engine(lower[0].boundary if lower else 0)
        below = lower[1].of(ids) if lower else None

        def batch(at: int) -> np.ndarray:
            here = slice(at, at + BATCH)
            return forward(self._pixels(positions[here], epoch) if below is None else below[here])

        for at, features in in_order(batch, range(0, len(positions), BATCH), self._log):
            yield features
            self._log("stage", name="features", done=at + len(features), total=len(positions))

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


def in_order(batch: Callable[[int], Any], starts: range, log: Listener) -> Iterator[tuple[int, Any]]:
    """(start, its batch), few at a time in memory, until all are through or someone says stop.

    Args:
        batch: Computes the batch that begins at a start; called from several threads.

    Raises:
        Stopped: someone did.
    """
    from core.method.engine import WORKERS

    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque = deque()

        def settle() -> None:
            wait([future for _, future in waiting])

        for at in starts:
            log.check_stop(settle)
            waiting.append((at, pool.submit(batch, at)))
            if len(waiting) > WORKERS + 1:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            log.check_stop(settle)
            yield done, future.result()
