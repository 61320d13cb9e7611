"""What pictures look like in five numbers each, remembered by content: to find copies, blank and tiny ones.

<home>/looks/<key>.npz    one row an image, under a key of all their contents
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from core import damage
from core.data.indexes import Dataset
from core.errors import DatasetError, StoreError
from core.files import replacing
from core.keys import content_key
from core.stopping import Report, ShouldStop, check_stop, report_stage

THREADS = 2  # Pillow decodes and resizes outside Python's lock
BATCH = 32
LEAST_SIDE = 48  # px: smaller pictures have too little detail for a hash to tell them apart
HASHED = 128  # px: photos are first averaged down to this, which takes three quarters off the time
SECONDS_A_PHOTO = 0.003  # measured on two cores with files of 500 x 375 px
SECONDS_A_DIGIT = 0.0001  # of a set that is an array: nothing is decoded


@dataclass(frozen=True)
class Looks:
    """Of every image of a data set, in its order; arrays of length n.

    Attributes:
        phash, dhash: uint64, the 64-bit perceptual and difference hash of ImageHash 4.3; 0 below
            LEAST_SIDE.
        width, height: int32, px; 0 where the image cannot be decoded.
        spread: float32, standard deviation of the grey levels of a 32 x 32 px version, 0..127.5.
    """

    phash: np.ndarray
    dhash: np.ndarray
    width: np.ndarray
    height: np.ndarray
    spread: np.ndarray

    @property
    def readable(self) -> np.ndarray:
        """bool (n,): the image can be decoded."""
        return self.width > 0

    def of(self, positions: np.ndarray) -> "Looks":
        """The rows at `positions`."""
        return Looks(*(getattr(self, field.name)[positions] for field in fields(self)))

    def without(self, lost: Sequence[int]) -> "Looks":
        """The same, with the images at these positions as ones that cannot be decoded."""
        rows = {field.name: getattr(self, field.name).copy() for field in fields(self)}
        for column in rows.values():
            column[list(lost)] = 0
        return Looks(**rows)


def predicted_seconds(dataset: Dataset) -> float:
    """About how long `look` takes."""
    arrays = dataset.source.in_memory
    return len(dataset.items) * (SECONDS_A_DIGIT if arrays else SECONDS_A_PHOTO)


def stored(dataset: Dataset, home: Path) -> Looks | None:
    """What is remembered of exactly these images, or None."""
    arrays = damage.load_npz(_file(dataset, home), home) or {}
    try:
        found = Looks(**{field.name: arrays[field.name] for field in fields(Looks)})
    except KeyError:  # none, or foreign
        return None
    return found if all(len(getattr(found, f.name)) == len(dataset.items) for f in fields(Looks)) else None


def look(
    dataset: Dataset, home: Path, report: Report | None = None, should_stop: ShouldStop | None = None
) -> Looks:
    """Look at every image, and remember it; images that cannot be decoded are no error here.

    Args:
        report: Told `stage` events named `looking_at_pictures`, done and total in images.

    Raises:
        Stopped: `should_stop` said so; nothing is remembered.
    """
    rows = list(_rows(dataset, report, should_stop))
    kinds = (np.uint64, np.uint64, np.int32, np.int32, np.float32)
    columns = [np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
    found = Looks(*columns)
    try:
        with replacing(_file(dataset, home)) as aside:
            np.savez_compressed(aside, **{field.name: getattr(found, field.name) for field in fields(Looks)})
    except StoreError:
        pass  # looked at again next time
    return found


def _file(dataset: Dataset, home: Path) -> Path:
    contents = "\n".join(item.sha256 for item in dataset.items)
    key = content_key("looks-v1", hashlib.sha256(contents.encode()).hexdigest())
    return home / "looks" / f"{key}.npz"


def _rows(dataset: Dataset, report, should_stop) -> Iterator[tuple]:
    def row(position: int) -> tuple:
        try:
            return _row(dataset.image(position))
        except DatasetError:
            return 0, 0, 0, 0, 0.0

    total = len(dataset.items)
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, total, BATCH):
            check_stop(should_stop)
            report_stage(report, "looking_at_pictures", start, total)
            yield from pool.map(row, range(start, min(start + BATCH, total)))


def _row(image: Image.Image) -> tuple[int, int, int, int, float]:
    import imagehash  # brings SciPy: not at start-up

    grey = image.convert("L")
    if min(grey.size) > HASHED:
        grey = grey.resize((HASHED, HASHED), Image.Resampling.BOX)
    spread = float(np.asarray(grey.resize((32, 32), Image.Resampling.BOX)).std())
    if min(image.size) < LEAST_SIDE:
        return 0, 0, image.width, image.height, spread
    phash, dhash = (_bits(hashed(grey).hash) for hashed in (imagehash.phash, imagehash.dhash))
    return phash, dhash, image.width, image.height, spread


def _bits(flags: np.ndarray) -> int:
    return int.from_bytes(np.packbits(flags.ravel()).tobytes(), "big")
