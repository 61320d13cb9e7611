"""What the pictures in a folder or zip turned out to be, remembered by path, size and time of change.

    <home>/index/<hash of the path>.json    {"<file>": [size, mtime in ns, sha256, what], ...}

`what` is null for a good picture, its levels for one of 16 bits a channel, and for a broken one the reason
with the formats that were tried. So asking for a data set again costs a `stat` a file. A file that changed a
moment ago is looked at again next time: a second change within the clock's resolution would not show.
"""

import contextlib
import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data.decoding import formats, measure
from core.data.levels import Levels
from core.data.listing import File, Unreadable
from core.errors import DatasetError, StoreError
from core.files import read_json, update_json
from core.stopping import Report, ShouldStop, check_stop, report_stage

SETTLED_NS = 2_000_000_000  # FAT counts time in steps of 2 s
THREADS = 2  # Pillow decodes outside Python's lock
BATCH = 64  # files between two looks at `should_stop`
OUT_OF_MEMORY = "needs more memory than there is"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Checked:
    """What a file turned out to be.

    Attributes:
        sha256: In hex, of its bytes; empty where they cannot be read.
        levels: Of a picture of 16 bits a channel, its own; None for any other.
        broken: Why it is no picture that can be used; empty where it is one.
        width, height: Upright, px; 0 where that is not remembered.
    """

    sha256: str
    levels: Levels | None = None
    broken: str = ""
    width: int = 0
    height: int = 0


def check_file(file: File) -> Checked:
    """Read and decode a file whole."""
    try:
        content = file.content()
    except Unreadable as error:
        return Checked("", broken=str(error))
    except MemoryError:
        return Checked("", broken=OUT_OF_MEMORY)
    return check_content(content)


def check_content(content: bytes, most_megapixels: float | None = None) -> Checked:
    """Decode the bytes of a file whole. With `most_megapixels` a larger picture counts as broken."""
    try:
        found = measure(content, "file", most_megapixels)
        return Checked(sha256(content), found.levels, width=found.width, height=found.height)
    except MemoryError:
        return Checked(sha256(content), broken=OUT_OF_MEMORY)
    except DatasetError as error:
        # "The image file cannot be read: no known picture format." -> what stands behind the colon
        return Checked(sha256(content), broken=error.happened.partition(": ")[2].rstrip("."))


def check_files(
    place: Path,
    files: Sequence[File],
    home: Path,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> list[Checked]:
    """Check every file of a folder or zip, in their order.

    Raises:
        Stopped: `should_stop` said so; what was checked is remembered.
    """
    memory = home / "index" / f"{sha256(str(place.resolve()).encode())[:16]}.json"
    known = read_json(memory)
    known = known if isinstance(known, dict) else {}
    found = {file.place: _recalled(known.get(_key(file)), file) for file in files}
    missing = [file for file in files if found[file.place] is None]
    done: dict[Any, Checked] = {}
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(missing), BATCH):
                check_stop(should_stop)
                report_stage(report, "reading_files", start, len(missing))
                batch = missing[start : start + BATCH]
                for file, one in zip(batch, pool.map(check_file, batch), strict=True):
                    done[file.place] = one
    finally:
        if missing:
            _remember(memory, files, done)
    return [found[file.place] or done[file.place] for file in files]


def _key(file: File) -> str:
    return str(file.place)


def _recalled(entry: Any, file: File) -> Checked | None:
    """What is remembered of a file, if it is still true of it."""
    if not _fits(entry, file.stamp):
        return None
    _, _, digest, what = entry
    match what:
        case None:
            return Checked(digest)
        case [int(low), int(high)]:
            return Checked(digest, (low, high))
        case {"broken": str(why), "formats": tried} if tried == list(formats()):
            return Checked(digest, broken=why)
    return None


def _remember(memory: Path, files: Sequence[File], checked: dict[Any, Checked]) -> None:
    settled = time.time_ns() - SETTLED_NS
    lines = {
        _key(file): [*file.stamp, one.sha256, _what(one)]
        for file in files
        if file.stamp[1] < settled
        and (one := checked.get(file.place)) is not None
        and one.sha256
        and one.broken != OUT_OF_MEMORY  # another process may have more
    }
    stamps = {_key(file): file.stamp for file in files}
    with contextlib.suppress(StoreError):  # only speed is lost; whatever needs the disk next says so
        update_json(memory, lambda known: _still_true(known, stamps) | lines)


def _what(one: Checked) -> Any:
    if one.broken:
        return {"broken": one.broken, "formats": list(formats())}
    return None if one.levels is None else list(one.levels)


def _still_true(known: Any, stamps: dict[str, tuple[int, int]]) -> dict[str, list]:
    """What is remembered, maybe by another process, of files as they are."""
    known = known if isinstance(known, dict) else {}
    return {file: entry for file, entry in known.items() if file in stamps and _fits(entry, stamps[file])}


def _fits(entry: Any, stamp: tuple[int, int]) -> bool:
    return isinstance(entry, list) and len(entry) == 4 and tuple(entry[:2]) == stamp
