"""The bank's files: which boundary features are stored, where, and for which images. No TensorFlow.

    <home>/features/<feature_key>/<variant>.npy   float32 (n, h', w', c), memory-mapped when read; a checksum
    <home>/features/<feature_key>/<variant>.ids   uint64 (n,), the image each row belongs to
    <home>/features/<feature_key>/<variant>.json  how long it took, for honest seconds

`feature_key` says how features are made; the variant's name says for which epoch's augmentation (`plain`
without) and for which images (a hash, and so a checksum of the second file). Each process compares an array
with its checksum when it first opens it; one that is damaged is set aside and made again.
"""

import contextlib
import math
import os
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from core import checksums, damage, layers, reserve
from core.checksums import Damaged, Sealing, check_npy
from core.config import BaseConfig, ExperimentConfig
from core.files import read_json, remove, replacing, write_json
from core.keys import content_key, digest_of, lasting
from core.method.stored_rows import StoredRows
from core.method.weights import SHA256
from core.transforms import AugmentationConfig

LITERT_BATCH = 4  # images: of 1 to 8 the best for 160 px on two cores, and little worse for small images
METHOD = 2  # raise it when the same inputs would give other features
ABANDONED_SECONDS = 3600  # a file being written this long was left by a kill


@dataclass(frozen=True)
class Recipe:
    """How boundary features are made. Two equal recipes give equal numbers on one machine."""

    image_size: int
    boundary: int
    base: BaseConfig
    augmentation: AugmentationConfig
    seed: int
    engine: str

    @classmethod
    def of(cls, config: ExperimentConfig, boundary: int, engine: str) -> "Recipe":
        """How this config's features are made at a boundary."""
        size, augmentation = config.data.image_size, config.augmentation
        return cls(size, boundary, config.base, augmentation, config.seed, engine)

    def key(self, augmented: bool) -> str:
        """The `feature_key`; what cannot change the numbers is left out."""
        return _feature_key(self, augmented)

    def engine_key(self, start: int) -> str:
        """The key of the converted network from the boundary `start` (0: pixels) up to this one."""
        parts = {"from": start, "to": self.key(augmented=False), "batch": LITERT_BATCH}
        return content_key("engine-v1", parts)

    @property
    def image_bytes(self) -> int:
        """What one image's features take on disk."""
        return 4 * math.prod(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's features."""
        return layers.boundary_shape(self.boundary, self.image_size)


@lru_cache(maxsize=2048)  # the price of a run asks for those of every lower boundary
def _feature_key(recipe: Recipe, augmented: bool) -> str:
    pretrained = recipe.base.weights == "imagenet"
    parts = {
        "method": METHOD,
        "image_size": recipe.image_size,
        "boundary": recipe.boundary,
        "scaling": recipe.base.scaling,
        "weights": SHA256 if pretrained else f"random {recipe.seed}",
        "engine": recipe.engine,
        "augmentation": lasting(vars(recipe.augmentation), "augmentation") if augmented else None,
        "seed": recipe.seed if augmented else None,
    }
    return content_key("features-v1", parts)


def several_key(recipes: list[Recipe]) -> str:
    """The key of the converted network from pixels with an output for each recipe, in this order."""
    parts = {"from": 0, "to": [recipe.key(augmented=False) for recipe in recipes], "batch": LITERT_BATCH}
    return content_key("engine-v1", parts)


class BankFiles:
    """The stored features under one home."""

    def __init__(self, home: Path):
        self._home, self.folder = home, home / "features"

    def path(self, recipe: Recipe, epoch: int | None, ids: np.ndarray) -> Path:
        """Where the features of exactly these images, in this order, are or will be."""
        return self.folder / recipe.key(epoch is not None) / f"{_stem(epoch)}-{digest_of(ids)}.npy"

    def open(self, path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
        """A stored array, memory-mapped, or None where it is missing or was damaged."""
        try:
            checksums.once(path, check_npy)
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            if array.shape != shape or array.dtype != np.float32:
                raise Damaged(f"it holds {array.dtype} {array.shape}")
        except Damaged as why:
            damage.set_aside(path, self._home, why)
            return None
        except (OSError, ValueError, EOFError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # eviction goes by last use
            checksums.touched(path, check_npy)
        return array

    def rows(self, recipe: Recipe, epoch: int | None) -> StoredRows:
        """Every stored row by this recipe and epoch, whichever images it was stored with."""
        found = StoredRows(recipe.shape)
        for path in sorted((self.folder / recipe.key(epoch is not None)).glob(f"{_stem(epoch)}-*.npy")):
            ids = self._ids(path)
            array = None if ids is None else self.open(path, (len(ids), *recipe.shape))
            if array is not None and ids is not None:
                found.add(array, ids, self.seconds(path))
        return found

    def keys(self) -> frozenset[str]:
        """The `feature_key` of every recipe by which something may be stored."""
        try:
            return frozenset(os.listdir(self.folder))
        except OSError:
            return frozenset()

    def holds(self, recipe: Recipe, epoch: int | None, ids: np.ndarray) -> np.ndarray:
        """bool (n,): which of these images have a stored row, as far as the files' names and lists tell: no
        array is opened."""
        found = np.zeros(len(ids), bool)
        folder = os.path.join(self.folder, recipe.key(epoch is not None))
        try:
            there = {*os.listdir(folder)}
        except OSError:  # nothing is stored by this recipe
            return found
        begin, digest = f"{_stem(epoch)}-", digest_of(ids)
        if f"{begin}{digest}.npy" in there:
            return ~found
        for name in there:
            if name.startswith(begin) and name.endswith(".ids") and f"{name[:-4]}.npy" in there:
                with contextlib.suppress(OSError):
                    found |= _among(os.path.join(folder, name), _Images(digest, ids))
        return found

    def _ids(self, path: Path) -> np.ndarray | None:
        """The images of an array, by the file beside it; None where it is missing or was damaged."""
        beside = path.with_suffix(".ids")
        try:
            ids = np.fromfile(beside, np.uint64)
        except OSError:
            return None
        if not self.names_rows(beside):
            damage.set_aside(beside, self._home, "it names other images than its array")
            return None
        return ids

    @staticmethod
    def names_rows(path: Path) -> bool:
        """Whether a `.ids` file names the images of the array beside it, by the hash in its name."""
        return digest_of(np.fromfile(path, np.uint64)) == path.stem.rpartition("-")[2]

    def lower(self, recipe: Recipe, epoch: int | None, ids: np.ndarray) -> tuple[Recipe, StoredRows] | None:
        """The highest lower boundary whose features of all these images are stored: a head start."""
        below = [stop for stop in layers.stops(tutorial=False) if 0 < stop < recipe.boundary]
        for boundary in reversed(below):
            at = replace(recipe, boundary=boundary)
            rows = self.rows(at, epoch)
            if rows.has(ids).all():
                return at, rows
        return None

    def write(
        self, path: Path, ids: np.ndarray, shape: tuple[int, ...], batches: Iterator[np.ndarray]
    ) -> None:
        """Write an array batch by batch, and the images it belongs to.

        Raises:
            StoreError: the disk is full or the folder cannot be written.
        """
        with self.writing(path, ids, shape) as add:
            for batch in batches:
                add(batch)

    @contextlib.contextmanager
    def writing(
        self, path: Path, ids: np.ndarray, shape: tuple[int, ...]
    ) -> Iterator[Callable[[np.ndarray], None]]:
        """The same for several arrays at a time: takes batches in the body, and is there if it succeeds.

        Raises:
            StoreError: as `write`; in the body, also OSError.
        """
        header = {"descr": "<f4", "fortran_order": False, "shape": (len(ids), *shape)}
        reserve.refuse_if_full(self.folder, 4 * math.prod(header["shape"]), "The features need")
        with replacing(path) as aside, open(aside, "wb") as stream:
            out = Sealing(stream)
            np.lib.format.write_array_header_1_0(out, header)

            def add(batch: np.ndarray) -> None:
                reserve.refuse_if_full(self.folder, batch.nbytes, "The features need")
                # a plain write reports a full disk; writing through a memory map would end the process
                out.write(np.ascontiguousarray(batch, "<f4").data)

            yield add
            out.finish()
            self._write_ids(path, ids)

    def _write_ids(self, path: Path, ids: np.ndarray) -> None:
        with replacing(path.with_suffix(".ids")) as aside:
            ids.tofile(aside)

    def name_rows(self, path: Path, ids: np.ndarray) -> None:
        """Note again which images a stored array is of, where that was lost.

        Raises:
            StoreError: it cannot be written.
        """
        if not path.with_suffix(".ids").exists():
            self._write_ids(path, ids)

    def note_seconds(self, path: Path, seconds: float) -> None:
        """Keep what an array cost to make."""
        write_json(path.with_suffix(".json"), {"seconds": round(seconds, 3)})

    def seconds(self, path: Path) -> float:
        """What an array had cost to make; 0 where that is not known."""
        note = read_json(path.with_suffix(".json"))
        return float(note.get("seconds", 0.0)) if isinstance(note, dict) else 0.0

    def evict(self, keep: Collection[Path], coming: int = 0) -> None:
        """Delete the longest unused arrays until the bank fits its budget, with room for as many bytes as are
        `coming`. Those to `keep` are in use.

        One that another process has mapped stays on Windows, and is deleted another time.
        """
        now, entries = time.time(), []
        for path in self.folder.glob("*/*.npy"):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                if not path.name.startswith("."):
                    entries.append((stat.st_mtime, stat.st_size, path))
                elif now - stat.st_mtime > ABANDONED_SECONDS:
                    remove(path)
        total, budget = sum(size for _, size, _ in entries), budget_bytes()
        for _, size, path in sorted(entries):
            if total + coming <= budget:
                return
            if path not in keep and self._remove(path):
                total -= size

    def forget(self, images: np.ndarray) -> None:
        """Remove every array with a row of one of these images, as when they are deleted.

        Args:
            images: `Dataset.image_ids`, uint64 (n,).
        """
        for path in self.folder.glob("*/*.ids"):
            with contextlib.suppress(OSError):
                if np.isin(np.fromfile(path, np.uint64), images).any():
                    self._remove(path.with_suffix(".npy"))

    @staticmethod
    def _remove(path: Path) -> bool:
        """Delete an array and what is noted of it; whether it is gone."""
        gone = remove(path)
        if gone:
            for suffix in (".ids", ".json"):
                remove(path.with_suffix(suffix))
        return gone


def budget_bytes() -> int:
    """Disk the bank may fill: `THAW_CACHE_GB` (default 10)."""
    try:
        return int(float(os.environ["THAW_CACHE_GB"]) * 1e9)
    except (KeyError, ValueError):
        return 10_000_000_000


@dataclass(frozen=True)
class _Images:
    """Images as an argument that can be compared: by their hash."""

    digest: str
    ids: np.ndarray = field(compare=False)


def _among(path: str, images: _Images) -> np.ndarray:
    """bool (n,): which of these images a `.ids` file names. Raises OSError."""
    stat = os.stat(path)
    return _compared(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino), images)


@lru_cache(maxsize=256)  # every set of photos of one size shares a folder, and each is compared with all
def _compared(path: str, _stamp: tuple[int, ...], images: _Images) -> np.ndarray:
    return np.isin(images.ids, np.fromfile(path, np.uint64))


def _stem(epoch: int | None) -> str:
    return "plain" if epoch is None else f"epoch{epoch:04d}"
