"""Taking photos in: every one is decoded whole before it counts, and stored aside until it is kept.

    listing -> take_in -> Intake (photos, what was passed over) -> Intake.keep(name) or Intake.discard()

Bad files are named and passed over; the rest goes on.
"""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from core.config import DataConfig
from core.data import kept
from core.data.checking import Checked, check_content
from core.data.kept import Origin, Photo
from core.data.levels import joined
from core.data.listing import File, Limits, Listing, Unreadable
from core.data.opening import Arranged, arrange, settle
from core.data.splits import split
from core.errors import DatasetError, StoreError
from core.intake.names import class_name, set_name
from core.stopping import Report, ShouldStop, check_stop, report_stage

THREADS = 2  # Pillow decodes outside Python's lock
BATCH = 4  # files in memory at once, each at most `Limits.file_bytes`
SPARE_BYTES = 200 * 10**6  # left free on the disk whatever comes in
MOST_PHOTOS = 20_000
LIMITS = Limits(total_bytes=4 * 2**30)


@dataclass(frozen=True)
class Intake:
    """Photos that came in and wait to be kept or discarded.

    Attributes:
        folder: Where they lie until then.
        guessed: Class names that may have been read wrongly.
    """

    folder: Path
    home: Path
    photos: tuple[Photo, ...]
    origin: Origin = Origin()
    guessed: tuple[str, ...] = ()

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

    def renamed(self, names: Mapping[str, str]) -> "Intake":
        """The same with other class names: old -> new; those that are not given stay.

        Raises:
            DatasetError: a name will not do, or two classes would have the same.
        """
        new = {old: class_name(names.get(old, old)) for old in self.counts}
        if len(set(new.values())) < len(new):
            twice = next(name for name in new.values() if list(new.values()).count(name) > 1)
            raise DatasetError(f"Two classes would be called {twice!r}.", fix="Give each a name of its own.")
        photos = tuple(replace(photo, class_name=new[photo.class_name]) for photo in self.photos)
        return replace(self, photos=photos, guessed=())

    def keep(
        self, title: str, taken: frozenset[str] = frozenset(), *, name: str = "", owner: str = ""
    ) -> str:
        """Make a set of them, and give its name: its title as it was cleaned, unless it is given another.

        Args:
            taken: What other data sets are called.
            name, owner: As `core.data.kept.keep` has them.

        Raises:
            DatasetError: the name will not do or is taken, or a class has too few photos to be divided.
            StoreError: the disk cannot be written.
        """
        title = set_name(title)
        if title.casefold() in {other.casefold() for other in taken}:
            raise DatasetError(f"There is a data set named {title!r} already.", fix="Choose another name.")
        name = name or title
        split(kept.indexed(name, self.photos, self.folder, self.origin), DataConfig(name=name))
        kept.keep(self.folder, self.photos, name, self.home, self.origin, title, owner)
        return name

    def discard(self) -> None:
        """Remove them."""
        shutil.rmtree(self.folder, ignore_errors=True)


def take_in(
    listed: Listing,
    home: Path,
    layout: str | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Intake:
    """Check every file and store those that are pictures of a class.

    Args:
        layout: Which reading of the folders to take where several fit, a key of `layouts.LAYOUTS`.
        report: Told `stage` events named `checking_photos`, done and total in files.

    Raises:
        AmbiguousLayout: several readings fit, and `layout` names none of them.
        DatasetError: too many files or bytes, no picture at all, or no classes in the layout.
        StoreError: too little disk, or it cannot be written.
        Stopped: `should_stop` said so. In each of these cases nothing is left behind.
    """
    arranged = arrange(listed, layout)
    _refuse_too_much(arranged, home, listed.limits)
    folder = kept.new_folder(home)
    try:
        checked = _check_all(arranged, folder / "files", listed.limits, report, should_stop)
        good, passed_over = settle(arranged, checked)
        photos = tuple(_photo(arranged, position, checked[position]) for position in good)
        levels = joined(checked[position].levels for position in good)
        origin = Origin(levels, passed_over, arranged.reading.top, listed.respelled)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Intake(folder, home, photos, origin, arranged.guessed)


def _photo(arranged: Arranged, position: int, checked: Checked) -> Photo:
    placed = arranged.reading.placed[position]
    return Photo(
        placed.name, placed.class_name, placed.split, checked.sha256, checked.width, checked.height,
        deep=checked.levels is not None,
    )  # fmt: skip


def _refuse_too_much(arranged: Arranged, home: Path, limits: Limits) -> None:
    total = sum(file.stamp[0] for file in arranged.files)
    if len(arranged.files) > MOST_PHOTOS:
        raise DatasetError(
            f"These are {len(arranged.files):,} photos.", f"Expected at most {MOST_PHOTOS:,} at once.",
            "Take a part of them, or name the folder on this machine and use it where it is.",
        )  # fmt: skip
    nearest = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    if free < total + SPARE_BYTES:
        raise StoreError(
            f"The photos need {total / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB left.",
            f"Expected {SPARE_BYTES / 1e6:.0f} MB to stay free.",
            "Free some disk space, or set THAW_HOME to another disk.",
        )


def _check_all(arranged: Arranged, folder: Path, limits: Limits, report, should_stop) -> list[Checked]:
    """Check and store every file, in their order."""
    checked, total = [], 0
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(arranged.files), BATCH):
            check_stop(should_stop)
            report_stage(report, "checking_photos", start, len(arranged.files))
            contents = [_read(file) for file in arranged.files[start : start + BATCH]]
            total += sum(len(content) for content in contents if isinstance(content, bytes))
            if total > limits.total_bytes:  # what the table of contents said was not true
                raise DatasetError(
                    f"These photos unpack to more than {limits.total_bytes / 1e9:.1f} GB, and said otherwise."
                )
            checked += pool.map(lambda content: _check(content, folder), contents)
    return checked


def _read(file: File) -> bytes | Checked:
    try:
        return file.content()
    except Unreadable as error:
        return Checked("", broken=str(error))


def _check(content: bytes | Checked, folder: Path) -> Checked:
    if isinstance(content, Checked):
        return content
    found = check_content(content)
    if not found.broken:
        _store(content, folder / found.sha256)
    return found


def store_picture(content: bytes, folder: Path) -> Checked:
    """Check a picture, and write it into `folder` under the hash of its content.

    Raises:
        DatasetError: it cannot be decoded.
        StoreError: the disk is full or cannot be written.
    """
    found = _check(content, folder)
    if found.broken:
        raise DatasetError(found.broken)
    return found


def _store(content: bytes, file: Path) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StoreError(
            f"A photo could not be stored: {error.strerror or error}.",
            fix="Free some disk space, or set THAW_HOME to a folder that can be written.",
        ) from error
