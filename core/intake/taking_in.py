"""Taking photos in: every one is decoded whole before it counts, and stored aside until it is kept.

    listing -> take_in -> Intake (photos, what was passed over) -> Intake.keep(name) or Intake.discard()

Bad files are named and passed over; the rest goes on.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core import limits, reserve
from core.config import DataConfig
from core.data import kept
from core.data.checking import OUT_OF_MEMORY, Checked, check_content, sha256
from core.data.kept import Origin, Photo
from core.data.levels import joined
from core.data.listing import File, Limits, Listing, Unreadable
from core.data.names import reads_as
from core.data.opening import Arranged, arrange, settle
from core.data.splits import split
from core.errors import DatasetError, StoreError
from core.intake.names import class_name, set_name
from core.intake.position import without_position
from core.limits import PersonLimits
from core.stopping import Report, ShouldStop, check_stop, report_stage

THREADS = 2  # Pillow decodes outside Python's lock
BATCH = 4  # files in memory at once
BATCH_BYTES = 32 * 2**20  # of them; a larger one comes alone
MOST_PHOTOS = 20_000
PREVIEWS = "previews"  # folder of small pictures (`previews`), until the photos are kept
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
            DatasetError: the name will not do or is taken, there is one class, or a class has too few
                photos to be divided.
            StoreError: the disk cannot be written.
        """
        title = set_name(title)
        alike = [other for other in taken if reads_as(other) == reads_as(title)]
        if alike and title.casefold() in {other.casefold() for other in taken}:
            raise DatasetError(f"There is a data set named {title!r} already.", fix="Choose another name.")
        if alike:
            raise DatasetError(f"{title!r} reads like the data set {alike[0]!r}.", fix="Choose another name.")
        if len(self.counts) == 1:
            raise DatasetError(
                f"There is only one class, {next(iter(self.counts))!r}.",
                "Expected two or more in a set of their own.", "Add these to a set that is kept.",
            )  # fmt: skip
        name = name or title
        split(kept.indexed(name, self.photos, self.folder, self.origin), DataConfig(name=name))
        shutil.rmtree(self.folder / PREVIEWS, ignore_errors=True)
        kept.keep(self.folder, self.photos, name, self.home, self.origin, title, owner)
        return name

    def discard(self) -> None:
        """Remove them."""
        kept.discard(self.folder)


@dataclass(frozen=True)
class Stored(Checked):
    """A file that was checked and, if it is a picture, stored.

    Attributes:
        stored: Hash of the stored bytes, in hex: those that came, without the position where they said one.
    """

    stored: str = ""

    def photo(self, name: str, of_class: str, split: str | None = None) -> Photo:
        """The record of it, under a name and a class."""
        return Photo(
            name, of_class, split, self.stored, self.width, self.height, deep=self.levels is not None,
            came_as="" if self.stored == self.sha256 else self.sha256,
        )  # fmt: skip


def take_in(
    listed: Listing,
    home: Path,
    layout: str | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
    *,
    most: PersonLimits | None = None,
    folder: Path | None = None,
    one_class: bool = False,
) -> Intake:
    """Check every file and store those that are pictures of a class.

    Args:
        layout: Which reading of the folders to take where several fit, a key of `layouts.LAYOUTS`.
        report: Told `stage` events named `checking_photos`, done and total in files.
        most: What holds for one person; where None, what holds where Thaw is one person's own.
        folder: Made by `kept.new_folder` for them; a new one where None.
        one_class: Whether photos of one class are taken in, too: they can be added to a kept set.

    Raises:
        AmbiguousLayout: several readings fit, and `layout` names none of them.
        DatasetError: too many files or bytes, no picture at all, or no classes in the layout.
        StoreError: too little disk, or it cannot be written.
        Stopped: `should_stop` said so. In each of these cases nothing is left behind.
    """
    most = most or limits.read(shared=False)
    try:
        arranged = arrange(listed, layout, one_class=one_class)
        _refuse_too_much(arranged, home, most)
        folder = folder or kept.new_folder(home)
        checked = _check_all(arranged, folder / "files", listed.limits, most, report, should_stop)
        good, passed_over = settle(arranged, checked)
        photos = tuple(_photo(arranged, position, checked[position]) for position in good)
        levels = joined(checked[position].levels for position in good)
        origin = Origin(levels, passed_over, arranged.reading.top, listed.respelled, arranged.columns)
    except BaseException:
        if folder is not None:
            kept.discard(folder)
        raise
    return Intake(folder, home, photos, origin, arranged.guessed)


def _photo(arranged: Arranged, position: int, stored: Stored) -> Photo:
    placed = arranged.reading.placed[position]
    return stored.photo(placed.name, placed.class_name, placed.split)


def _refuse_too_much(arranged: Arranged, home: Path, most: PersonLimits) -> None:
    photos, total = len(arranged.files), sum(file.stamp[0] for file in arranged.files)
    if most.set_photos is not None and photos > most.set_photos:
        raise DatasetError(
            f"These are {photos:,} photos.", f"Expected at most {most.set_photos:,} in a set.",
            "Take a part of them. Whoever serves Thaw sets this limit (THAW_SET_PHOTOS).",
        )  # fmt: skip
    if photos > MOST_PHOTOS:
        raise DatasetError(
            f"These are {photos:,} photos.", f"Expected at most {MOST_PHOTOS:,} at once.",
            "Take a part of them, or name the folder on this machine and use it where it is.",
        )  # fmt: skip
    _refuse_too_heavy(total, most)
    reserve.refuse_if_full(home, total, "The photos need")


def _refuse_too_heavy(total: float, most: PersonLimits) -> None:
    if most.set_mb is not None and total > most.set_mb * 1e6:
        raise DatasetError(
            f"These photos are {total / 1e6:,.0f} MB or more.",
            f"Expected at most {most.set_mb:g} MB in a set.",
            "Take a part of them. Whoever serves Thaw sets this limit (THAW_SET_MB).",
        )


def _check_all(
    arranged: Arranged, folder: Path, allowed: Limits, most: PersonLimits, report, should_stop
) -> list[Stored]:
    """Check and store every file, in their order."""
    checked: list[Stored] = []
    total = 0
    store = partial(_store, folder=folder, most_megapixels=most.megapixels)
    with ThreadPoolExecutor(THREADS) as pool:
        for files in _batches(arranged.files):
            check_stop(should_stop)
            report_stage(report, "checking_photos", len(checked), len(arranged.files))
            contents = [_read(file) for file in files]
            came = sum(len(content) for content in contents if isinstance(content, bytes))
            reserve.refuse_if_full(folder, came, "The photos need")
            total += came
            _refuse_too_heavy(total, most)
            if total > allowed.total_bytes:  # what the table of contents said was not true
                raise DatasetError(
                    f"These photos unpack to more than {allowed.total_bytes / 1e9:.1f} GB, "
                    "and said otherwise."
                )
            checked += pool.map(store, contents)
    return checked


def _batches(files: Sequence[File]) -> Iterator[list[File]]:
    """A few at a time, as they fit into memory together by what they say of themselves."""
    batch: list[File] = []
    for file in files:
        together = file.stamp[0] + sum(one.stamp[0] for one in batch)
        if batch and (len(batch) == BATCH or together > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _read(file: File) -> bytes | Stored:
    try:
        return file.content()
    except Unreadable as error:
        return Stored("", broken=str(error))
    except MemoryError:
        return Stored("", broken=OUT_OF_MEMORY)


def _store(content: bytes | Stored, folder: Path, most_megapixels: float) -> Stored:
    if isinstance(content, Stored):
        return content
    found = check_content(content, most_megapixels)
    if found.broken:
        return Stored(found.sha256, broken=found.broken)
    try:
        plain = without_position(content)
    except MemoryError:
        return Stored(found.sha256, broken=OUT_OF_MEMORY)
    digest = found.sha256 if plain is content else sha256(plain)
    _write(plain, folder / digest)
    return Stored(found.sha256, found.levels, "", found.width, found.height, digest)


def store_picture(content: bytes, folder: Path, most_megapixels: float) -> Stored:
    """Check a picture, and write it into `folder` under the hash of its content.

    Raises:
        DatasetError: it cannot be decoded, or has more megapixels.
        StoreError: the disk is full or cannot be written.
    """
    reserve.refuse_if_full(folder, len(content), "The picture needs")
    found = _store(content, folder, most_megapixels)
    if found.broken:
        raise DatasetError(f"The picture cannot be used: {found.broken}.")
    return found


def _write(content: bytes, file: Path) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StoreError(
            f"A photo could not be stored: {error.strerror or error}.",
            fix="Free some disk space, or set THAW_HOME to a folder that can be written.",
        ) from error
