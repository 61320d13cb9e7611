"""From a folder or zip of images to a `Dataset`: list, lay out, check, sort by name.

Images stay where they are. Of a zip nothing is unpacked to disk. What cannot be used is passed over and
named, and the rest is a data set: its key is that of the images that are used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.data import labels, layouts, listers, tables
from core.data.checking import Checked, check_files
from core.data.indexes import Dataset, ImageItem, index
from core.data.layouts import AmbiguousLayout
from core.data.levels import joined
from core.data.listing import NO_PICTURE, File, Listing, PassedOver, Unreadable
from core.data.readings import Reading
from core.data.sources import FolderSource, ZipSource
from core.data.tables import Columns
from core.errors import DatasetError
from core.stopping import Report, ShouldStop

MAX_LICENCE_BYTES = 2**20
BROKEN = "cannot be decoded"


@dataclass(frozen=True)
class Arranged:
    """The files of a place that are images of a class, and the others.

    Attributes:
        files: Of `reading.placed`, in its order.
        reading: How the folders were read.
        guessed: Class names that may be read wrongly.
        respelled: As `Listing.respelled`.
        columns: As `Dataset` has them.
    """

    files: tuple[File, ...]
    reading: Reading
    passed_over: tuple[PassedOver, ...]
    guessed: tuple[str, ...]
    respelled: bool
    columns: Columns


def arrange(listed: Listing, layout: str | None = None, *, one_class: bool = False) -> Arranged:
    """Find out which file is an image of which class and split.

    Args:
        layout: Which reading to take where several fit, a key of `layouts.LAYOUTS`.
        one_class: Whether one class is enough, where nothing says more.

    Raises:
        AmbiguousLayout: several readings fit, and `layout` names none of them.
        DatasetError: no data set.
    """
    pictures = [file for file in listed.files if file.is_picture]
    texts = [file for file in listed.files if not file.is_picture]
    found = tables.tables_among(texts, [file.path for file in pictures])
    reading = _reading(pictures, texts, found, listed.passed_over, layout, one_class)
    files = tuple(pictures[image.position] for image in reading.placed)
    unused = [PassedOver(pictures[position].path, why, is_whole=True) for position, why in reading.left]
    others = [PassedOver(file.path, NO_PICTURE) for file in texts]
    guessed = {i.class_name for i in reading.placed if pictures[i.position].path in listed.guessed}
    return Arranged(
        files, reading, (*listed.passed_over, *unused, *others),
        tuple(sorted(name for name in guessed if not name.isascii())), listed.respelled,
        tables.columns_of(found, {image.position: image.name for image in reading.placed}),
    )  # fmt: skip


def _reading(pictures, texts, found, passed_over, layout: str | None, one_class: bool) -> Reading:
    """By the folders, by a table of labels, or as a person chose between the two."""
    paths = [file.path for file in pictures]
    if layout == "labels" and (by_table := labels.labelled(pictures, found)) is not None:
        return by_table
    try:
        by_folders = layouts.arrange(paths, layout, passed_over)
    except AmbiguousLayout as error:
        by_table = labels.labelled(pictures, found)
        if by_table is None:
            labels.refuse_boxes(pictures, texts)
            raise
        if all(reading.kind == "classes" for reading in error.readings):
            return by_table  # train and test without class folders: the table says the classes
        raise AmbiguousLayout(error.happened, [*error.readings, by_table]) from None
    except DatasetError:
        by_table = labels.labelled(pictures, found) if pictures else None
        if by_table is None:
            labels.refuse_boxes(pictures, texts)
            if one_class:
                return layouts.arrange(paths, layout, passed_over, one_class=True)
            raise
        return by_table
    by_table = labels.labelled(pictures, found, called=True)
    if by_table is None or layout is not None or _agree(by_folders, by_table):
        return by_folders
    raise AmbiguousLayout(
        "The folders say one thing and a table beside them another.", [by_folders, by_table]
    )


def _agree(one: Reading, other: Reading) -> bool:
    """Whether two readings give most of the images that both place the same class, or share few."""
    classes = {image.position: image.class_name.casefold() for image in one.placed}
    both = [image for image in other.placed if image.position in classes]
    same = sum(classes[image.position] == image.class_name.casefold() for image in both)
    return 2 * len(both) < len(one.placed) or 2 * same >= len(both)


def settle(arranged: Arranged, checked: Sequence[Checked]) -> tuple[list[int], tuple[PassedOver, ...]]:
    """Positions of the good files of `arranged`, and all that is passed over now that they were decoded.

    Raises:
        DatasetError: of a class none is left, or none in a split.
    """
    good = [position for position, one in enumerate(checked) if not one.broken]
    broken = [
        PassedOver(file.path, BROKEN, one.broken)
        for file, one in zip(arranged.files, checked, strict=True)
        if one.broken
    ]
    placed = arranged.reading.placed
    left = {placed[position].class_name for position in good}
    for name in sorted({image.class_name for image in placed} - left):
        mine = [one for image, one in zip(placed, checked, strict=True) if image.class_name == name]
        raise DatasetError(
            f"None of the {len(mine):,} pictures of {name} can be read: {mine[0].broken}.",
            "Expected pictures of every class that open.",
            "Save them anew with another program, or move the folder away.",
            field="data.name",
        )
    layouts.refuse_missing(placed[position] for position in good)
    return good, (*arranged.passed_over, *broken)


def open_folder(
    folder: Path,
    home: Path,
    *,
    name: str,
    title: str,
    licence: str = "",
    layout: str | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Dataset:
    """Index a folder of images, laid out as `core.data.layouts` tells.

    Raises:
        AmbiguousLayout: it can be read in several ways.
        DatasetError: no data set.
        Stopped: `should_stop` said so.
    """
    listed = listers.of_folder(folder, should_stop=should_stop)
    arranged = arrange(listed, layout)
    checked = check_files(folder, arranged.files, home, report, should_stop)
    return _indexed(arranged, checked, name, title, licence or _licence(listed), FolderSource, folder)


def open_zip(
    path: Path,
    home: Path,
    *,
    name: str,
    title: str,
    licence: str = "",
    layout: str | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Dataset:
    """Index a zip of images without unpacking it to disk.

    Raises:
        AmbiguousLayout: it can be read in several ways.
        DatasetError: no zip, or no data set.
        Stopped: `should_stop` said so.
    """
    try:
        file = path.open("rb")
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise DatasetError(
            f"The zip {path.name} cannot be opened: {error.strerror or error}.",
            fix="Check that you may read it.",
            field="data.name",
        ) from error
    with file:
        listed = listers.of_zip(file, stamp=changed)
        arranged = arrange(listed, layout)
        checked = check_files(path, arranged.files, home, report, should_stop)
        licence = licence or _licence(listed)
    return _indexed(arranged, checked, name, title, licence, ZipSource, path)


def _indexed(arranged: Arranged, checked, name: str, title: str, licence: str, source, place) -> Dataset:
    good, passed_over = settle(arranged, checked)
    placed = arranged.reading.placed
    order = sorted(good, key=lambda position: (placed[position].name, checked[position].sha256))
    classes = sorted({placed[position].class_name for position in good})
    label = {class_name: position for position, class_name in enumerate(classes)}
    levels = joined(checked[position].levels for position in good)
    items = [
        ImageItem(
            placed[p].name, label[placed[p].class_name], placed[p].split, checked[p].sha256,
            deep=checked[p].levels is not None,
        )
        for p in order
    ]  # fmt: skip
    found = index(
        name, title, licence, classes, items, source(place, [arranged.files[p].place for p in order]), levels
    )
    return replace(
        found, passed_over=passed_over, top=arranged.reading.top, guessed=arranged.guessed,
        respelled=arranged.respelled, columns=arranged.columns,
    )  # fmt: skip


def _licence(listed: Listing) -> str:
    """The first line of the outermost licence file."""
    stems = ("license", "licence", "copying")
    found = [
        file for file in listed.files
        if file.path.rpartition("/")[2].lower().split(".")[0] in stems and file.path.count("/") < 2
    ]  # fmt: skip
    for file in sorted(found, key=lambda file: (file.path.count("/"), file.path)):
        try:
            lines = file.read(MAX_LICENCE_BYTES).decode("utf-8", "replace").splitlines()
        except Unreadable:
            continue
        if first := next((line.strip() for line in lines if line.strip()), ""):
            return first[:80]
    return "not stated"
