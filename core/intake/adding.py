"""More photos for a set that is kept: which of them are new, and what the set becomes.

What was there keeps its pixels and features, which are known by each photo's content; only what is new is
decoded and computed. The set has another key afterwards, so runs before and after are told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.config import DataConfig
from core.data import kept
from core.data.kept import Origin, Photo
from core.data.levels import joined as joined_levels
from core.data.splits import split
from core.errors import DatasetError
from core.files import read_json
from core.intake.taking_in import MOST_PHOTOS, Intake
from core.limits import PersonLimits
from core.wording import words


@dataclass(frozen=True)
class Addition:
    """What photos that came in would bring to a set.

    Attributes:
        photos: The new ones, under names that no photo of the set has.
        there: How many are in the set already, by content.
        otherwise: How many of those came as another class than the set has them in.
        classes: Classes that the set did not have.
        undivided: Whether they came in train, validation or test folders, which the set has not: it is
            divided anew.
        total: Photos of the set afterwards.
    """

    photos: tuple[Photo, ...]
    there: int
    otherwise: int
    classes: tuple[str, ...]
    undivided: bool
    total: int


def addition(intake: Intake, name: str, most: PersonLimits | None = None) -> Addition:
    """What these photos would bring to the kept set of this name.

    Args:
        most: What holds for one person; nothing where None.

    Raises:
        DatasetError: none of them is new, the set is divided into folders and they are not, it would be too
            large, or a class would have too few photos.
    """
    folder = kept.folder_of(name, intake.home)
    before, origin = kept.photos_of(read_json(folder / "set.json"), folder)
    found = _new(intake, before)
    if not found.photos:
        raise DatasetError(
            f"All of these {words.plural(found.there, 'photo')} are in this set already.",
            "Expected some that are new.", "Choose others.",
        )  # fmt: skip
    limit = MOST_PHOTOS if most is None or most.set_photos is None else min(most.set_photos, MOST_PHOTOS)
    if found.total > limit:
        raise DatasetError(
            f"With these the set would have {found.total:,} photos.", f"Expected at most {limit:,}.",
            "Add a part of them.",
        )  # fmt: skip
    photos, origin = _joined(before, origin, intake)
    split(kept.indexed(name, photos, folder, origin), DataConfig(name=name))
    return found


def add(intake: Intake, name: str, most: PersonLimits | None = None) -> Addition:
    """Add these photos to the kept set of this name.

    Raises:
        DatasetError: as `addition`, or there is no such set any more; nothing changes.
        StoreError: the disk cannot be written.
    """
    found = addition(intake, name, most)
    kept.add(
        intake.folder, found.photos, name, intake.home, lambda photos, origin: _joined(photos, origin, intake)
    )  # fmt: skip
    return found


def _new(intake: Intake, before: Sequence[Photo]) -> Addition:
    known = {photo.known_by: photo.class_name for photo in before}
    there = [photo for photo in intake.photos if photo.known_by in known]
    divided = any(photo.split for photo in before)
    coming = [photo for photo in intake.photos if photo.known_by not in known]
    if divided and not all(photo.split for photo in coming):
        raise DatasetError(
            "This set is divided into train, validation and test folders, and these photos are not.",
            "Expected each new photo in one of them.", "Put them into such folders above the classes.",
        )  # fmt: skip
    taken, new = {photo.name for photo in before}, []
    for photo in coming:
        fitted = replace(photo, name=_free(photo.name, taken), split=photo.split if divided else None)
        taken.add(fitted.name)
        new.append(fitted)
    return Addition(
        tuple(new),
        len(there),
        sum(known[photo.known_by] != photo.class_name for photo in there),
        tuple(sorted({photo.class_name for photo in new} - {photo.class_name for photo in before})),
        not divided and any(photo.split for photo in coming),
        len(before) + len(new),
    )


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where a photo of the set is called so."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if dot and "/" not in ending else (name, "")
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{stem} ({number}){ending}"
    return free


def _joined(before: list[Photo], origin: Origin, intake: Intake) -> tuple[list[Photo], Origin]:
    """The photos of the set with the new ones, and where all of them came from."""
    new, came = _new(intake, before).photos, intake.origin
    called = {photo.known_by: photo.name for photo in new}
    renamed = {photo.name: called[photo.known_by] for photo in intake.photos if photo.known_by in called}
    columns = {title: dict(column) for title, column in origin.columns.items()}
    for title, column in came.columns.items():
        told = {renamed[name]: value for name, value in column.items() if name in renamed}
        columns[title] = columns.get(title, {}) | told
    return [*before, *new], Origin(
        joined_levels((origin.levels, came.levels)),
        (*origin.passed_over, *came.passed_over), origin.top, origin.respelled or came.respelled, columns,
    )  # fmt: skip


def told(found: Addition) -> str:
    """`108 photos are new; 12 are in this set already, 3 of them as another class, which stays. New class:
    birds.`"""
    parts = [f"{words.plural(len(found.photos), 'photo')} {'is' if len(found.photos) == 1 else 'are'} new"]
    if found.there:
        other = f", {found.otherwise:,} of them as another class, which stays" if found.otherwise else ""
        parts.append(f"{found.there:,} {'is' if found.there == 1 else 'are'} in this set already{other}")
    said = [f"{'; '.join(parts)}."]
    if found.classes:
        said.append(f"New {'class' if len(found.classes) == 1 else 'classes'}: {', '.join(found.classes)}.")
    if found.undivided:
        said.append("Their train, validation and test folders are not kept: this set has none.")
    return " ".join(said)
