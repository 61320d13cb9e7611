"""Images that a person left out of a data set, remembered with it.

    <home>/exclusions/<hash of the name>.json    [["<image's name>", "<sha256>"], ...]

An image is left out while its name and content are those noted: of two copies one can stay, and a file that
is replaced comes back. Leaving images out makes another set of images, with keys of its own, so no result
is ever shown for images it was not trained on.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from core import damage
from core.data.indexes import Dataset, index
from core.data.sources import SomeOf
from core.errors import DatasetError
from core.files import remove, update_json, write_json

LEAST = 3  # images of a class: one for each of train, validation and test

Image = tuple[str, str]  # (name, sha256)


def file_name(name: str) -> str:
    """Of the file in which decisions about the data set of this name are noted."""
    return f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


def _file(home: Path, name: str) -> Path:
    return home / "exclusions" / file_name(name)


def excluded(home: Path, name: str) -> frozenset[Image]:
    """The images left out of the data set of this name; none where nothing was noted."""
    return _images(damage.read_json(_file(home, name), home, are_images))


def are_images(value) -> bool:
    """Whether this is what a file of exclusions holds."""
    return isinstance(value, list) and all(isinstance(line, list) and len(line) == 2 for line in value)


def _images(noted) -> frozenset[Image]:
    return frozenset((name, sha256) for name, sha256 in noted) if are_images(noted) else frozenset()


def exclude(dataset: Dataset, images: Collection[Image], home: Path) -> None:
    """Remember that these images, and no others, are left out of `dataset`, which is given with all of its
    images.

    Raises:
        DatasetError: a class would be left with too few; nothing changes.
        StoreError: the disk is full or cannot be written.
    """
    without(dataset, images)
    write_json(_file(home, dataset.name), sorted(images))


def leave_out(dataset: Dataset, images: Collection[Image], home: Path) -> None:
    """Leave these images out, too, whoever leaves out others at the same time.

    Raises:
        As `exclude`.
    """
    excluded(home, dataset.name)  # sets a damaged file aside before it is written over

    def with_these(noted) -> list[Image]:
        together = _images(noted) | set(images)
        without(dataset, together)
        return sorted(together)

    update_json(_file(home, dataset.name), with_these)


def take_back(dataset: Dataset, images: Collection[Image], home: Path) -> None:
    """Leave these images out no more, whoever leaves out others at the same time.

    Raises:
        As `exclude`.
    """
    excluded(home, dataset.name)  # sets a damaged file aside before it is written over
    update_json(_file(home, dataset.name), lambda noted: sorted(_images(noted) - set(images)))


def forget(home: Path, name: str) -> None:
    """Forget what was left out of the data set of this name, as when it is deleted."""
    remove(_file(home, name))


def without(dataset: Dataset, images: Collection[Image]) -> Dataset:
    """`dataset` without these images; itself where none of them is in it.

    Raises:
        DatasetError: a class would be left with fewer than LEAST images.
    """
    wanted = [p for p, item in enumerate(dataset.items) if (item.name, item.sha256) not in images]
    if len(wanted) == len(dataset.items):
        return dataset
    items = [dataset.items[position] for position in wanted]
    for label, class_name in enumerate(dataset.classes):
        left = sum(item.label == label for item in items)
        if left < LEAST:
            raise DatasetError(
                f"Without these images the class {class_name!r} has {left} left.",
                f"Expected at least {LEAST} of every class.",
                "Leave fewer out.",
                field="data.name",
            )
    source = SomeOf(dataset.source, wanted)
    left = index(dataset.name, dataset.title, dataset.licence, dataset.classes, items, source, dataset.levels)
    return replace(dataset, items=left.items, key=left.key, source=source)
