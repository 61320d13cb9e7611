"""Labels that a person decided on, remembered with a data set: another class for a picture, or its own one,
looked at and kept.

    <home>/relabelled/<hash of the name>.json    [["<image's name>", "<sha256>", "<class>"], ...]

A decision holds while the image's name and content are those noted. Other labels make another set of images,
with keys of its own, so no result is ever shown for labels it did not learn; a label that is kept changes
nothing, and tells only that somebody looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core import damage
from core.data.exclusions import LEAST, Image, excluded, file_name, without
from core.data.indexes import Dataset, index
from core.errors import DatasetError, one_of
from core.files import remove, update_json

Labels = Mapping[Image, str]  # image -> the class that was decided on


@dataclass(frozen=True)
class Decision:
    """What a person decided about one image; a line of the export.

    Attributes:
        picture, sha256: Name and content of the image.
        given: Its class as the folder, zip or table has it.
        now: Its class since; where it is left out, the one it would have.
    """

    picture: str
    sha256: str
    decision: Literal["relabel", "keep", "leave out"]
    given: str
    now: str


def _file(home: Path, name: str) -> Path:
    return home / "relabelled" / file_name(name)


def decided(home: Path, name: str) -> Labels:
    """The labels decided on for the data set of this name; none where nothing was noted."""
    return _labels(damage.read_json(_file(home, name), home, are_labels))


def are_labels(value) -> bool:
    """Whether this is what a file of decided labels holds."""
    return isinstance(value, list) and all(
        isinstance(line, list) and len(line) == 3 and all(isinstance(part, str) for part in line)
        for line in value
    )


def _labels(noted) -> dict[Image, str]:
    return {(name, sha256): label for name, sha256, label in noted} if are_labels(noted) else {}


def relabelled(dataset: Dataset, labels: Labels) -> Dataset:
    """`dataset` with these labels; itself where they change none. Unknown classes are passed over."""
    if not labels:  # as of most sets, which are looked up all the time
        return dataset
    known = {name: label for label, name in enumerate(dataset.classes)}
    items = [
        replace(item, label=known.get(labels.get((item.name, item.sha256), ""), item.label))
        for item in dataset.items
    ]
    if all(new.label == old.label for new, old in zip(items, dataset.items, strict=True)):
        return dataset
    about = dataset.name, dataset.title, dataset.licence, dataset.classes
    made = index(*about, items, dataset.source, dataset.levels)
    return replace(dataset, items=made.items, key=made.key)


def as_decided(dataset: Dataset, home: Path) -> Dataset:
    """`dataset`, as its source gives it, with the labels decided on and without what was left out.

    Raises:
        DatasetError: of a class too few images are left.
    """
    return without(relabelled(dataset, decided(home, dataset.name)), excluded(home, dataset.name))


def decide(dataset: Dataset, image: Image, label: str, home: Path) -> None:
    """Remember the class of an image of `dataset`, which is given as its source gives it.

    Raises:
        DatasetError: there is no such class or image, or its class would be left with too few; nothing
            changes.
        StoreError: the disk is full or cannot be written.
    """
    if label not in dataset.classes:
        raise DatasetError(
            f"There is no class {label!r} in {dataset.title}.", one_of(dataset.classes),
            "Choose one of these; a class of its own needs a folder with pictures.", field="data.name",
        )  # fmt: skip
    if all((item.name, item.sha256) != image for item in dataset.items):
        raise DatasetError(
            f"There is no picture {image[0]} with this content in {dataset.title}.",
            fix="It was renamed, changed or removed since. Look at the list again.", field="data.name",
        )  # fmt: skip
    _change(dataset, home, lambda labels: labels | {image: label})


def undo(dataset: Dataset, image: Image, home: Path) -> None:
    """Forget what was decided about the label of an image.

    Raises:
        As `decide`.
    """
    _change(dataset, home, lambda labels: {key: label for key, label in labels.items() if key != image})


def _change(dataset: Dataset, home: Path, change) -> None:
    decided(home, dataset.name)  # sets a damaged file aside before it is written over

    def changed(noted) -> list[list[str]]:
        labels = change(_labels(noted))
        _refuse_few(relabelled(dataset, labels), home)
        return sorted([name, sha256, label] for (name, sha256), label in labels.items())

    update_json(_file(home, dataset.name), changed)


def _refuse_few(dataset: Dataset, home: Path) -> None:
    gone = excluded(home, dataset.name)
    left = [item.label for item in dataset.items if (item.name, item.sha256) not in gone]
    for label, name in enumerate(dataset.classes):
        if left.count(label) < LEAST:
            raise DatasetError(
                f"With this label the class {name!r} has {left.count(label)} left.",
                f"Expected at least {LEAST} of every class.",
                "Keep the label, or take others back first.",
                field="data.name",
            )


def forget(home: Path, name: str) -> None:
    """Forget the labels decided on for the data set of this name, as when it is deleted."""
    remove(_file(home, name))


def decisions(dataset: Dataset, home: Path) -> list[Decision]:
    """Every decision about an image of `dataset`, which is given as its source gives it, in its order."""
    labels, gone = decided(home, dataset.name), excluded(home, dataset.name)
    found = []
    for item in dataset.items:
        image, given = (item.name, item.sha256), dataset.classes[item.label]
        now = labels.get(image, given)
        if now not in dataset.classes:
            continue  # of a class that is no more
        if image in gone:
            found.append(Decision(*image, "leave out", given, now))
        elif image in labels:
            found.append(Decision(*image, "keep" if now == given else "relabel", given, now))
    return found
