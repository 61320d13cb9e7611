"""SHA-256 of the images in a folder or zip, remembered by path, size and time of change.

    <home>/index/<hash of the path>.json    {"<file>": [size, mtime in ns, sha256], ...}

So asking for a data set again costs a `stat` a file. A file that changed a moment ago is hashed again
next time: a second change within the clock's resolution would not show.
"""

import contextlib
import hashlib
import time
from pathlib import Path

from core.errors import StoreError
from core.files import read_json, update_json
from core.stopping import Report, ShouldStop, check_stop, report_stage

SETTLED_NS = 2_000_000_000  # FAT counts time in steps of 2 s
BATCH = 64  # files between two looks at `should_stop`


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def hash_files(
    place: Path,
    stamps: dict[str, tuple[int, int]],
    read,
    home: Path,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> dict[str, str]:
    """SHA-256 in hex of every file of `place`.

    Args:
        place: The folder or zip.
        stamps: Size and mtime in ns of each file; for members of a zip, the zip's own.
        read: file -> bytes.

    Raises:
        DatasetError: from `read`.
        Stopped: `should_stop` said so; what was hashed is remembered.
    """
    memory = home / "index" / f"{sha256(str(place.resolve()).encode())[:16]}.json"
    known = read_json(memory)
    known = known if isinstance(known, dict) else {}
    hashes, missing = {}, []
    for file, stamp in stamps.items():
        if _fits(known.get(file), stamp):
            hashes[file] = known[file][2]
        else:
            missing.append(file)
    try:
        for done, file in enumerate(missing):
            if done % BATCH == 0:
                check_stop(should_stop)
                report_stage(report, "reading_files", done, len(missing))
            hashes[file] = sha256(read(file))
    finally:
        if missing:
            _remember(memory, stamps, hashes)
    return hashes


def _remember(memory: Path, stamps, hashes) -> None:
    settled = time.time_ns() - SETTLED_NS
    lines = {file: [*stamps[file], hashes[file]] for file in hashes if stamps[file][1] < settled}
    with contextlib.suppress(StoreError):  # only speed is lost; whatever needs the disk next says so
        update_json(memory, lambda known: _still_true(known, stamps) | lines)


def _still_true(known, stamps) -> dict[str, list]:
    """What is remembered, maybe by another process, of files as they are."""
    known = known if isinstance(known, dict) else {}
    return {file: entry for file, entry in known.items() if file in stamps and _fits(entry, stamps[file])}


def _fits(entry, stamp) -> bool:
    return isinstance(entry, list) and len(entry) == 3 and tuple(entry[:2]) == stamp
