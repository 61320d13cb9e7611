"""What pictures look like in a few numbers each, remembered by content: to find copies and odd ones.

<home>/looks/<key>.npz    one row an image, under a key of all their contents
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from core import damage
from core.data.indexes import Dataset
from core.data.nearness import GRID, SIDE, Traces, components, loneliness, near_pairs
from core.errors import DatasetError, StoreError
from core.files import remove, replacing
from core.keys import content_key
from core.stopping import Report, ShouldStop, check_stop, report_stage

THREADS = 2  # Pillow decodes and resizes outside Python's lock
BATCH = 32
LEAST_SIDE = 48  # px: smaller pictures have too little detail for a hash to tell them apart
FLAT = 4.0  # grey levels of spread; the hash of a flat picture is noise
HASHED = 128  # px: photos are first averaged down to this, which takes three quarters off the time
SAMPLED = 32  # px: of this many by this many pixels, colours are counted
ONE_COLOUR = 3  # levels: colours no farther apart in any channel count as one
SECONDS_A_PHOTO = 0.004  # measured on two cores with files of 500 x 375 px
SECONDS_A_DIGIT = 0.00025  # of a set that is an array: nothing is decoded


@dataclass(frozen=True)
class Looks:
    """Of every image of a data set, in its order; arrays of length n, but for the last.

    Attributes:
        pixels: uint64, a hash of the decoded upright RGB pixels and their number; 0 where the image cannot
            be decoded.
        width, height: int32, px; 0 where the image cannot be decoded.
        spread: float32, standard deviation of the grey levels of a 32 x 32 px version, 0..127.5.
        one_colour: float32, share of the pixels that have its commonest colour, 0..1.
        grey_below: float32, share of its height, from the bottom up, that is plain middle grey, 0..1: what
            decoders put where the file of a JPEG ends too early.
        brightness: float32, mean over a grid of GRID x GRID places, 0..255.
        sharpness: float32, variance of the Laplacian of the grey levels, at most HASHED px a side: little
            where a picture is blurred (Pech-Pacheco and others, ICPR 2000).
        border: float32 (n, 3), mean red, green and blue of the outer places of that grid, 0..255.
        lonely: float32, distance to the 5th nearest other picture (`core.data.nearness.loneliness`).
        near: uint64 (m, 2), `pixels` of two pictures that are nearly the same
            (`core.data.nearness.near_pairs`); only pictures of at least LEAST_SIDE are compared.
    """

    pixels: np.ndarray
    width: np.ndarray
    height: np.ndarray
    spread: np.ndarray
    one_colour: np.ndarray
    grey_below: np.ndarray
    brightness: np.ndarray
    sharpness: np.ndarray
    border: np.ndarray
    lonely: np.ndarray
    near: np.ndarray

    @property
    def readable(self) -> np.ndarray:
        """bool (n,): the image can be decoded."""
        return self.width > 0

    def of(self, positions: np.ndarray) -> "Looks":
        """The rows at `positions`."""
        return Looks(**{name: getattr(self, name)[positions] for name in _BY_IMAGE}, near=self.near)

    def without(self, lost: Sequence[int]) -> "Looks":
        """The same, with the images at these positions as ones that cannot be decoded."""
        rows = {name: getattr(self, name).copy() for name in _BY_IMAGE}
        for column in rows.values():
            column[list(lost)] = 0
        return Looks(**rows, near=self.near)


_BY_IMAGE = tuple(field.name for field in fields(Looks))[:-1]


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
    return found if all(len(getattr(found, name)) == len(dataset.items) for name in _BY_IMAGE) else None


def near_groups(dataset: Dataset, found: Looks) -> dict[str, str]:
    """Which images are copies or near copies of each other, over however many others: SHA-256 -> the name of
    the first image of its group, of images that are not alone.

    Args:
        found: What the images of `dataset` look like.
    """
    seen, row = np.unique(found.pixels, return_inverse=True)
    linked = components(len(seen), np.searchsorted(seen, found.near.astype(np.uint64)))[row]
    linked[~found.readable] = -1 - np.flatnonzero(~found.readable)  # nothing is known of them
    _, first, group, size = np.unique(linked, return_index=True, return_inverse=True, return_counts=True)
    return {
        item.sha256: dataset.items[first[at]].name
        for item, at in zip(dataset.items, group, strict=True) if size[at] > 1
    }  # fmt: skip


def of(
    dataset: Dataset, home: Path, report: Report | None = None, should_stop: ShouldStop | None = None
) -> Looks:
    """What is remembered of these images; else they are looked at (`look`)."""
    return stored(dataset, home) or look(dataset, home, report, should_stop)


def forget(dataset: Dataset, home: Path) -> None:
    """Forget what exactly these images look like, as when they are deleted."""
    remove(_file(dataset, home))


def look(
    dataset: Dataset, home: Path, report: Report | None = None, should_stop: ShouldStop | None = None
) -> Looks:
    """Look at every image, and remember it; images that cannot be decoded are no error here.

    Args:
        report: Told `stage` events named `looking_at_pictures`, done and total in images.

    Raises:
        Stopped: `should_stop` said so; nothing is remembered.
    """
    found = _compared(_glances(dataset, report, should_stop), should_stop)
    try:
        with replacing(_file(dataset, home)) as aside:
            np.savez_compressed(aside, **{field.name: getattr(found, field.name) for field in fields(Looks)})
    except StoreError:
        pass  # looked at again next time
    return found


def _file(dataset: Dataset, home: Path) -> Path:
    contents = "\n".join(item.sha256 for item in dataset.items)
    key = content_key("looks-v3", hashlib.sha256(contents.encode()).hexdigest())
    return home / "looks" / f"{key}.npz"


# One picture


class _Glance(NamedTuple):
    """What is seen of one picture; `thumb`, uint8 (SIDE, SIDE, 3), only of those that are compared by it."""

    pixels: int = 0
    width: int = 0
    height: int = 0
    spread: float = 0.0
    one_colour: float = 0.0
    grey_below: float = 0.0
    brightness: float = 0.0
    sharpness: float = 0.0
    border: np.ndarray = np.zeros(3, np.float32)
    colours: np.ndarray = np.zeros(3 * GRID**2, np.uint8)
    phash: int = 0
    dhash: int = 0
    thumb: np.ndarray | None = None


def _glances(dataset: Dataset, report, should_stop) -> list[_Glance]:
    def glance(position: int) -> _Glance:
        try:
            return _glance(dataset.image(position))
        except DatasetError:
            return _Glance()

    total, found = len(dataset.items), []
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, total, BATCH):
            check_stop(should_stop)
            report_stage(report, "looking_at_pictures", start, total)
            found += pool.map(glance, range(start, min(start + BATCH, total)))
    return found


def _glance(image: Image.Image) -> _Glance:
    colour, grey = image.convert("RGB"), image.convert("L")
    if min(grey.size) > HASHED:
        grey = grey.resize((HASHED, HASHED), Image.Resampling.BOX)
    spread = float(np.asarray(grey.resize((32, 32), Image.Resampling.BOX)).std())
    sample = np.asarray(colour.resize((SAMPLED, SAMPLED), Image.Resampling.NEAREST))
    colours = np.asarray(colour.resize((GRID, GRID), Image.Resampling.BILINEAR, reducing_gap=2.0)).ravel()
    below, share = grey_below(sample), one_colour(sample)
    seen = _Glance(
        _pixel_hash(colour), *image.size, spread, share, below, float(colours.mean()), sharpness(grey),
        border(colours), colours,
    )  # fmt: skip
    if min(image.size) < LEAST_SIDE or spread < FLAT:
        return seen
    thumb = np.asarray(colour.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0))
    import imagehash  # brings SciPy: not at start-up

    phash, dhash = (_bits(hashed(grey).hash) for hashed in (imagehash.phash, imagehash.dhash))
    return seen._replace(phash=phash, dhash=dhash, thumb=thumb)


def _pixel_hash(image: Image.Image) -> int:
    size = f"{image.width} x {image.height}".encode()
    digest = hashlib.sha256(image.tobytes() + size).digest()
    return int.from_bytes(digest[:8], "big") or 1


def _bits(flags: np.ndarray) -> int:
    return int.from_bytes(np.packbits(flags.ravel()).tobytes(), "big")


def one_colour(sample: np.ndarray) -> float:
    """Share of the pixels, uint8 (h, w, 3), that have the commonest colour, 0..1."""
    flat = sample.reshape(-1, 3)
    steps = (flat >> 4).astype(np.int32) @ np.array([256, 16, 1], np.int32)
    some = flat[steps == np.bincount(steps).argmax()]
    near: np.ndarray = np.ones(len(flat), bool)
    for channel in range(3):
        values = flat[:, channel].astype(np.int16)
        near &= np.abs(values - np.bincount(some[:, channel]).argmax()) <= ONE_COLOUR
    return float(near.mean())


def grey_below(sample: np.ndarray) -> float:
    """Share of the rows of uint8 (h, w, 3), from the last one up, that are plain middle grey, 0..1."""
    if abs(int(sample[-1, 0, 0]) - 128) > ONE_COLOUR:  # of nearly every picture
        return 0.0
    grey = np.all(np.abs(sample.astype(np.int16) - 128) <= ONE_COLOUR, axis=(1, 2))
    return float(np.argmin(np.append(np.flip(grey), False)) / len(sample))


def sharpness(grey: Image.Image) -> float:
    """Variance of the Laplacian of the grey levels; 0 where there is no inside."""
    levels = np.asarray(grey, np.float32)
    if min(levels.shape) < 3:
        return 0.0
    inside = levels[1:-1, 1:-1]
    around = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:]
    return float((around - 4 * inside).var())


def border(colours: np.ndarray) -> np.ndarray:
    """Mean colour of the outer places of a grid, uint8 (3 * GRID**2,): float32 (3,)."""
    grid = colours.reshape(GRID, GRID, 3)
    outer = np.ones((GRID, GRID), bool)
    outer[1:-1, 1:-1] = False
    return grid[outer].mean(axis=0, dtype=np.float32)


# All of them together


def _compared(glances: list[_Glance], should_stop) -> Looks:
    columns = dict(zip(_Glance._fields, zip(*glances, strict=True), strict=True))
    kinds = {"pixels": np.uint64, "width": np.int32, "height": np.int32}
    rows = {name: np.array(columns[name], kinds.get(name, np.float32)) for name in _BY_IMAGE[:-1]}
    _, first, which = np.unique(rows["pixels"], return_index=True, return_inverse=True)
    large = np.array([row for row, at in enumerate(first) if glances[at].thumb is not None], np.int64)
    pairs = np.zeros((0, 2), np.int64)
    if len(large):
        seen = [glances[first[row]] for row in large]
        traces = Traces(
            np.array([one.phash for one in seen], np.uint64),
            np.array([one.dhash for one in seen], np.uint64),
            np.stack([one.colours for one in seen]),
            np.stack([one.thumb for one in seen if one.thumb is not None]),
        )
        pairs = large[near_pairs(traces, should_stop)]
    colours = np.stack(columns["colours"])[first]
    lonely = loneliness(colours, components(len(first), pairs), should_stop)[which]
    near = rows["pixels"][first][pairs]
    return Looks(**rows, lonely=np.where(rows["width"] > 0, lonely, np.float32(0)), near=near)
