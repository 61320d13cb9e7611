"""Taking photos in: every one is decoded whole before it counts, and stored aside until it is kept.

    arrivals -> take_in -> Intake (photos, what was set aside) -> Intake.keep(name) or Intake.discard()

Bad files are named and set aside; the rest goes on.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.data import kept, layouts
from core.data.decoding import decode_upright
from core.data.file_hashes import sha256
from core.data.kept import Photo
from core.errors import DatasetError, StoreError
from core.intake.arrivals import LIMITS, Arrival, Arrivals, Limits, SetAside, Unreadable
from core.intake.names import set_name
from core.stopping import Report, ShouldStop, check_stop, report_stage

THREADS = 2  # Pillow decodes outside Python's lock
BATCH = 4  # files in memory at once, each at most `Limits.file_bytes`
SPARE_BYTES = 200 * 10**6  # left free on the disk whatever comes in


@dataclass(frozen=True)
class Stored:
    """A picture that was checked and written into a folder: the hash of its content, its size in px."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Intake:
    """Photos that came in and wait to be kept or discarded.

    Attributes:
        folder: Where they lie until then.
        set_aside: Files that claimed to be pictures and cannot be used.
        passed_over: Other files, which were ignored.
    """

    folder: Path
    home: Path
    photos: tuple[Photo, ...]
    set_aside: tuple[SetAside, ...]
    passed_over: int

    @property
    def counts(self) -> dict[str, int]:
        """Class -> photos, by name."""
        found: dict[str, int] = {}
        for photo in sorted(self.photos, key=lambda photo: photo.class_name):
            found[photo.class_name] = found.get(photo.class_name, 0) + 1
        return found

    def content(self, photo: Photo) -> bytes:
        """The bytes of one of the photos. Raises DatasetError where they are gone."""
        try:
            return (self.folder / "files" / photo.sha256).read_bytes()
        except OSError as error:
            raise DatasetError("The photos are no longer there.", fix="Take them in again.") from error

    def keep(self, name: str, taken: frozenset[str] = frozenset()) -> str:
        """Make a set of them under a name, and give the name as it was cleaned.

        Args:
            taken: Names that other data sets have.

        Raises:
            DatasetError: the name will not do or is taken.
            StoreError: the disk cannot be written.
        """
        name = set_name(name)
        if name.casefold() in {other.casefold() for other in taken}:
            raise DatasetError(f"There is a data set named {name!r} already.", fix="Choose another name.")
        kept.keep(self.folder, list(self.photos), name, self.home)
        return name

    def discard(self) -> None:
        """Remove them."""
        shutil.rmtree(self.folder, ignore_errors=True)


def take_in(
    arrivals: Arrivals,
    home: Path,
    limits: Limits = LIMITS,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Intake:
    """Check every file and store those that are pictures.

    Args:
        report: Told `stage` events named `checking_photos`, done and total in files.

    Raises:
        DatasetError: too many files or bytes, no picture at all, or no classes in the layout.
        StoreError: too little disk, or it cannot be written.
        Stopped: `should_stop` said so. In each of these cases nothing is left behind.
    """
    _refuse_too_much(arrivals, home, limits)
    folder = kept.new_folder(home)
    try:
        stored, set_aside = _check_all(arrivals, folder / "files", limits, report, should_stop)
        photos = _placed(stored, [*arrivals.set_aside, *set_aside])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    aside = sorted([*arrivals.set_aside, *set_aside], key=lambda one: one.name)
    return Intake(folder, home, photos, tuple(aside), arrivals.passed_over)


def _refuse_too_much(arrivals: Arrivals, home: Path, limits: Limits) -> None:
    total = sum(arrival.num_bytes for arrival in arrivals.files)
    if len(arrivals.files) > limits.files:
        raise DatasetError(
            f"These are {len(arrivals.files):,} photos.", f"Expected at most {limits.files:,} at once.",
            "Take a part of them, or name the folder on this machine and use it where it is.",
        )  # fmt: skip
    if total > limits.total_bytes:
        raise DatasetError(
            f"These photos are {total / 1e9:.1f} GB unpacked.",
            f"Expected at most {limits.total_bytes / 1e9:.1f} GB at once.",
            "Take a part of them, or name the folder on this machine and use it where it is.",
        )
    nearest = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    if free < total + SPARE_BYTES:
        raise StoreError(
            f"The photos need {total / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB left.",
            f"Expected {SPARE_BYTES / 1e6:.0f} MB to stay free.",
            "Free some disk space, or set THAW_HOME to another disk.",
        )


def _check_all(
    arrivals: Arrivals, folder: Path, limits: Limits, report, should_stop
) -> tuple[list[tuple[str, Stored]], list[SetAside]]:
    """(path, what was stored) of every good file, and the others."""
    stored, aside, total, done = [], [], 0, 0
    waiting = iter(arrivals.files)
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(waiting, BATCH)):
            check_stop(should_stop)
            report_stage(report, "checking_photos", done, len(arrivals.files))
            done += len(batch)
            contents = [_read(arrival) for arrival in batch]
            total += sum(len(content) for content in contents if isinstance(content, bytes))
            if total > limits.total_bytes:  # what the table of contents said was not true
                raise DatasetError(
                    f"These photos unpack to more than {limits.total_bytes / 1e9:.1f} GB, and said otherwise."
                )
            checked = pool.map(lambda arrival, content: _check(arrival, content, folder), batch, contents)
            for arrival, result in zip(batch, checked, strict=True):
                if isinstance(result, SetAside):
                    aside.append(result)
                else:
                    stored.append((arrival.path, result))
    return stored, aside


def _read(arrival: Arrival) -> bytes | SetAside:
    try:
        return arrival.read()
    except Unreadable as error:
        return SetAside(arrival.path, str(error))


def _check(arrival: Arrival, content: bytes | SetAside, folder: Path) -> Stored | SetAside:
    if isinstance(content, SetAside):
        return content
    try:
        return store_picture(content, folder)
    except DatasetError as error:
        return SetAside(arrival.path, error.happened)


def store_picture(content: bytes, folder: Path) -> Stored:
    """Check a picture, and write it into `folder` under the hash of its content.

    Raises:
        DatasetError: it cannot be decoded.
        StoreError: the disk is full or cannot be written.
    """
    try:
        image = decode_upright(content, "file")
    except MemoryError as error:
        raise DatasetError("too large for this machine's memory") from error
    except DatasetError as error:
        # "The image file cannot be read: no known picture format." -> what stands behind the colon
        raise DatasetError(error.happened.partition(": ")[2].rstrip(".")) from error
    name = sha256(content)
    try:
        (folder / name).write_bytes(content)
    except OSError as error:
        raise StoreError(
            f"A photo could not be stored: {error.strerror or error}.",
            fix="Free some disk space, or set THAW_HOME to a folder that can be written.",
        ) from error
    return Stored(name, image.width, image.height)


def _placed(stored: list[tuple[str, Stored]], aside: list[SetAside]) -> tuple[Photo, ...]:
    """The photos with class and split, read off their paths. Raises DatasetError."""
    if not stored:
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in aside[:3])
        raise DatasetError(
            "There is no picture that can be used." + (f" {reasons}." if reasons else ""),
            "Expected JPEG, PNG, BMP, GIF, WebP or TIFF pictures, one folder a class.",
        )
    by_path: dict[str, list[Stored]] = {}
    for path, one in stored:
        by_path.setdefault(path, []).append(one)
    photos = []
    for placed in layouts.arrange(by_path):
        photos += [
            Photo(placed.name, placed.class_name, placed.split, one.sha256, one.width, one.height)
            for one in by_path[placed.path]
        ]
    return tuple(photos)
