"""The images of an experiment as one array, decoded once and kept.

    <home>/pixels/<pixel_key>.npy     uint8 (n, s, s, 3), memory-mapped when read
    <home>/pixels/<pixel_key>.ids     uint64 (n,), the image that each row is of
    <home>/pixels/<pixel_key>.json    its size, time of change and CRC-32, the set of images, how it was made

The key holds the content of the images, in order, and the size; not their names, classes or split. Each
process compares a file with its CRC when it first opens it; one that is damaged is set aside and made anew.

Rows that stand in another array, of the same set with fewer photos or of a part of it, are copied from there:
when photos are added to a set, only the new ones are decoded.
"""

import contextlib
import hashlib
import math
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from core import checksums, damage, reserve
from core.checksums import Damaged
from core.data import images
from core.data.indexes import Dataset
from core.errors import DatasetError, StoreError
from core.files import read_json, remove, replacing, write_json
from core.keys import content_key, digest_of
from core.stopping import Report, ShouldStop, check_stop, held, report_stage

THREADS = 2  # Pillow decodes outside Python's lock
BATCH = 32  # images between two looks at `should_stop`
NAMED_BROKEN = 5  # broken images an error names
ENOUGH_BROKEN = 20  # after which the rest is not even tried
STALE_SECONDS = 3600  # a file written aside and untouched this long was left by a killed process

_lock = threading.Lock()  # of two sessions that want the same pixels, the second finds them made


def pixel_key(dataset: Dataset, positions: Sequence[int] | np.ndarray, size: int) -> str:
    """The key of the pixels of these images, in this order, at `size` px."""
    content = "\n".join(dataset.digest(dataset.items[position]) for position in positions)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return content_key("pixels-v1", {"images": digest, "size": size, "method": images.METHOD})


def load_pixels(
    dataset: Dataset,
    positions: Sequence[int] | np.ndarray,
    size: int,
    home: Path,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[str, np.ndarray]:
    """(pixel_key, pixels) of the images at `positions`: uint8 (n, size, size, 3), read-only.

    Raises:
        DatasetError: images that are broken, named.
        StoreError: the disk is full or cannot be written.
        Stopped: `should_stop` said so, asked after every batch.
    """
    key = pixel_key(dataset, positions, size)
    file = home / "pixels" / f"{key}.npy"
    shape = (len(positions), size, size, 3)
    with held(_lock, should_stop):
        found = _stored(file, shape, home)
        if found is None:
            found = _made(dataset, positions, shape, file, home, report, should_stop)
        elif not file.with_suffix(".ids").exists():
            _name_again(file, dataset.image_ids[positions])
    return key, found


def _made(dataset, positions, shape, file, home, report, should_stop) -> np.ndarray:
    try:
        _make(dataset, positions, shape, file, home, report, should_stop)
    except StoreError as problem:
        if not (isinstance(problem.__cause__, PermissionError) and file.exists()):
            raise
        # damaged, and mapped by another process: it cannot be replaced on Windows, so this once do without
        batches = _decoded(dataset, positions, shape[1], {}, should_stop)
        return np.concatenate([batch for _, batch in batches])
    return np.load(file, mmap_mode="r")


def _stored(file: Path, shape: tuple[int, ...], home: Path) -> np.ndarray | None:
    """The stored array, or None where it is missing or was damaged."""
    try:
        checksums.once(file, check)
        found = np.load(file, mmap_mode="r")
        if found.shape != shape or found.dtype != np.uint8:
            raise Damaged(f"it holds {found.dtype} {found.shape}")
    except Damaged as why:
        damage.set_aside(file, home, why)
        return None
    except (OSError, ValueError, EOFError):
        return None
    return found


def check(file: Path) -> None:
    """Raises Damaged where a file of pixels is not as its note says, or has none."""
    note = read_json(file.with_suffix(".json"))
    if not isinstance(note, dict) or note.get("bytes") != file.stat().st_size:
        raise Damaged("its length is not the one noted")
    if note.get("crc32") != checksums.file_crc32(file):
        raise Damaged("its checksum does not fit")


def check_rows(ids: Path) -> np.ndarray:
    """The images of an array's rows, uint64 (n,), by the list of them.

    Raises:
        Damaged: it is not the list that the array's note says.
        OSError: it cannot be read.
    """
    found, note = np.fromfile(ids, np.uint64), read_json(ids.with_suffix(".json"))
    if isinstance(note, dict) and note.get("ids") != digest_of(found):
        raise Damaged("it names other images than its array")
    return found


def _name_rows(file: Path, ids: np.ndarray) -> None:
    with replacing(file.with_suffix(".ids")) as aside:
        ids.tofile(aside)


def _name_again(file: Path, ids: np.ndarray) -> None:
    """Where the list was lost; arrays from before there were lists have none."""
    note = read_json(file.with_suffix(".json"))
    if isinstance(note, dict) and note.get("ids") == digest_of(ids):
        with contextlib.suppress(StoreError):
            _name_rows(file, ids)


def _make(dataset, positions, shape, file, home, report, should_stop) -> None:
    _remove_stale(file.parent)
    ids, size = dataset.image_ids[positions], shape[1]
    known = _rows_elsewhere(ids, size, home)
    reserve.refuse_if_full(file.parent, math.prod(shape), "The pixels need")
    with replacing(file) as aside, aside.open("wb") as stream:
        # written in order and not through a memory map: on a full disk a map kills the process
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for done, batch in _decoded(dataset, positions, size, known, should_stop):
            reserve.refuse_if_full(file.parent, batch.nbytes, "The pixels need")
            stream.write(batch.data)
            report_stage(report, "pixels", done, len(positions))
        stream.flush()
        crc = checksums.file_crc32(aside)
    _name_rows(file, ids)
    stat = file.stat()
    note = {
        "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "crc32": crc, "set": dataset.whole_key,
        "made": [size, images.METHOD], "ids": digest_of(ids), "copied": len(known),
    }  # fmt: skip
    write_json(file.with_suffix(".json"), note)


def forget(dataset: Dataset, home: Path) -> None:
    """Remove all pixels of a set of images, as when it is deleted, and those that it had before photos were
    added to it."""
    for note in (home / "pixels").glob("*.json"):
        known = read_json(note)
        if not isinstance(known, dict):
            continue
        if known.get("set") == dataset.whole_key or np.isin(_ids(note, home), dataset.image_ids).any():
            for path in (note.with_suffix(".npy"), note.with_suffix(".ids"), note):
                remove(path)


# Rows that stand in other arrays


def missing(dataset: Dataset, positions: np.ndarray, size: int, home: Path) -> int:
    """How many of these images would be decoded: as far as the lists of images tell, they have no pixels of
    this size in any array."""
    folder, key = home / "pixels", pixel_key(dataset, positions, size)
    stamp = folder.stat().st_mtime_ns if folder.exists() else 0
    return _missing(folder, stamp, size, _Images(key, dataset.image_ids[positions]))


@dataclass(frozen=True)
class _Images:
    """Images as an argument that can be compared: by the key of their pixels."""

    key: str
    ids: np.ndarray = field(compare=False)


@lru_cache(maxsize=256)  # a page asks for the price of many stops
def _missing(folder: Path, stamp: int, size: int, wanted: _Images) -> int:
    found = np.zeros(len(wanted.ids), bool)
    for _, ids in _arrays(folder.parent, size):
        found |= np.isin(wanted.ids, ids)
    return int((~found).sum())


def copied(key: str, home: Path) -> int:
    """How many rows of an array were copied when it was made."""
    note = read_json(home / "pixels" / f"{key}.json")
    return int(note.get("copied", 0)) if isinstance(note, dict) else 0


def _rows_elsewhere(ids: np.ndarray, size: int, home: Path) -> dict[int, np.ndarray]:
    """Id -> pixels uint8 (size, size, 3), of those of these images that stand in another array."""
    found: dict[int, np.ndarray] = {}
    wanted = set(ids.tolist())
    for file, rows in _arrays(home, size):
        there = [(row, one) for row, one in enumerate(rows.tolist()) if one in wanted and one not in found]
        array = _stored(file, (len(rows), size, size, 3), home) if there else None
        if array is not None:
            found |= {one: array[row] for row, one in there}
    return found


def _arrays(home: Path, size: int) -> Iterator[tuple[Path, np.ndarray]]:
    """Every array of pixels of this size, with the images of its rows."""
    for note in sorted((home / "pixels").glob("*.json")):
        known = read_json(note)
        if isinstance(known, dict) and known.get("made") == [size, images.METHOD]:
            yield note.with_suffix(".npy"), _ids(note, home)


def _ids(note: Path, home: Path) -> np.ndarray:
    """The images of an array by its list; none where that is missing or was damaged."""
    ids = note.with_suffix(".ids")
    try:
        return check_rows(ids)
    except Damaged as why:
        damage.set_aside(ids, home, why)
    except OSError:
        pass
    return np.array([], np.uint64)


# Decoding


def _decoded(
    dataset, positions, size: int, known: dict[int, np.ndarray], should_stop
) -> Iterator[tuple[int, np.ndarray]]:
    """(images so far, next batch) until all are through; broken ones are gathered to be named together.

    Args:
        known: Pixels that need not be decoded, by image id.
    """

    def pixels(position: int) -> np.ndarray | DatasetError:
        if (there := known.get(int(dataset.image_ids[position]))) is not None:
            return there
        try:
            return images.squash(dataset.image(position), size)
        except DatasetError as error:
            return error

    broken: list[DatasetError] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(positions), BATCH):
            check_stop(should_stop)
            batch: list[np.ndarray] = []
            for result in pool.map(pixels, positions[start : start + BATCH]):
                if isinstance(result, DatasetError):
                    broken.append(result)
                else:
                    batch.append(result)
            if len(broken) >= ENOUGH_BROKEN:
                break
            if not broken:
                yield start + len(batch), np.stack(batch)
    if broken:
        raise _all_named(broken)


def _all_named(broken: list[DatasetError]) -> DatasetError:
    if len(broken) == 1:
        return broken[0]
    more = len(broken) - NAMED_BROKEN
    named = " ".join(error.happened for error in broken[:NAMED_BROKEN])
    at_least = "at least " if len(broken) >= ENOUGH_BROKEN else ""
    happened = f"{at_least}{len(broken)} images cannot be used. {named}" + (f" And {more} more." * (more > 0))
    return DatasetError(
        happened[0].upper() + happened[1:],
        broken[0].expected,
        "Remove them, or save them anew with another program.",
        field="data.name",
    )


def _remove_stale(folder: Path) -> None:
    for file in folder.glob(".*.npy"):
        try:
            if time.time() - file.stat().st_mtime > STALE_SECONDS:
                remove(file)
        except OSError:
            pass  # another process was faster
