"""Which image belongs to which class and split, read off the paths in a folder or zip.

    cats/..., dogs/...                            one subfolder a class
    train/cats/..., train/dogs/..., test/cats...  the same below train, validation (val, valid) and test

Either may stand inside folders that only wrap others. What lies in a level decides what it is: folders of
pictures are classes, whatever they are called; folders that hold the same subfolders are parts of one set.
Names decide only between readings that both fit, and where they do not, a person is asked. Only clean paths
(`core.data.names`) are looked at, so this file needs no disk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.data.images import KINDS
from core.data.listing import PassedOver
from core.data.readings import BESIDE, Placed, Reading, readings, refusal
from core.data.trees import Tree
from core.errors import DatasetError
from core.wording import words

LAYOUTS = {
    "classes": "every folder is a class",
    "splits": "the folders are parts, with the classes in them",
    "labels": "a table gives the class of every picture",
}


class AmbiguousLayout(DatasetError):
    """The folders can be read in several ways, or in one that nobody should take for granted.

    Attributes:
        readings: The ways, each with another `kind`.
    """

    def __init__(self, happened: str, readings: Sequence[Reading]):
        self.readings = tuple(readings)
        ways = "; ".join(f"{LAYOUTS[reading.kind]} ({reading.said()})" for reading in readings)
        flags = " or ".join(f"--layout {reading.kind}" for reading in readings)
        super().__init__(
            happened, f"It could be read so: {ways}.", f"Say so with {flags}, or move folders.",
            field="data.name",
        )  # fmt: skip


def arrange(
    paths: Sequence[str],
    layout: str | None = None,
    passed_over: Sequence[PassedOver] = (),
    *,
    one_class: bool = False,
) -> Reading:
    """Place every image.

    Args:
        paths: Of images, clean, below the folder or in the zip.
        layout: Which of the readings that fit; where only one does, it is taken whatever this says.
        passed_over: What else lies there, so that no class is lost unsaid.
        one_class: Whether one is enough: the images may join others.

    Raises:
        AmbiguousLayout: several readings fit, and `layout` says nothing.
        DatasetError: no images, no class or too few, a class whose pictures cannot be read, a class missing
            from a split.
    """
    tree = Tree(paths)
    if not paths:
        raise refusal(
            "There are no images." + _reasons(passed_over),
            fix=f"Pictures are {KINDS} files.",
        )
    top = tree.top()
    asked, found = readings(tree, top, tree.folders(top))
    found = [_with_all_others(one, len(paths)) for one in found]
    if asked and layout not in {reading.kind for reading in found}:
        raise AmbiguousLayout(asked, found)
    reading = next((one for one in found if one.kind == layout), found[0])
    _refuse_lost_classes(reading, tree, passed_over)
    classes = sorted({image.class_name for image in reading.placed})
    if len(classes) < 2 - one_class:
        only = f"There is only one class, {classes[0]!r}." if classes else "There are no class folders."
        fix = "Put the images of each class into a folder of its own."
        raise refusal(only + _reasons(passed_over), fix)
    refuse_missing(reading.placed)
    return reading


def _with_all_others(reading: Reading, n: int) -> Reading:
    """A reading that leaves no one of `n` images unsaid."""
    said = {image.position for image in reading.placed} | {position for position, _ in reading.left}
    others = ((position, BESIDE) for position in range(n) if position not in said)
    return replace(reading, left=(*reading.left, *others))


def refuse_missing(placed: Iterable[Placed]) -> None:
    """Raises DatasetError where a split has no image of a class that another has."""
    by_split: dict[str | None, set[str]] = {}
    for image in placed:
        by_split.setdefault(image.split, set()).add(image.class_name)
    classes = set().union(*by_split.values())
    for split, found in by_split.items():
        if missing := sorted(classes - found):
            raise refusal(f"{split} has no images of {words.listed(missing)}, which another split has.")


# Classes that would be lost


def _refuse_lost_classes(reading: Reading, tree: Tree, passed_over: Sequence[PassedOver]) -> None:
    """Raises DatasetError where a folder stands among the classes and none of its pictures can be read."""
    lost: dict[str, list[PassedOver]] = {}
    filled = {level: set(tree.folders(level)) for level in reading.levels}
    for one in passed_over:
        for level in reading.levels if one.is_placed else ():
            name, slash, _ = one.name.removeprefix(level).partition("/")
            if (
                one.is_picture and one.name.startswith(level) and (slash or one.is_folder)
                and name not in filled[level]
            ):  # fmt: skip
                lost.setdefault(name, []).append(one)
    for name, files in sorted(lost.items()):
        raise refusal(
            f"Nothing in the folder {name} can be read: {counted_reasons(files)}.",
            fix="Mend it, or move it away.",
        )


def counted_reasons(passed_over: Iterable[PassedOver]) -> str:
    """`4 .heic not readable here, 2 beside the class folders`."""
    counts: dict[str, int] = {}
    for one in passed_over:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    most_first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{n:,} {reason}" for reason, n in most_first)


def _reasons(passed_over: Iterable[PassedOver]) -> str:
    said = counted_reasons(one for one in passed_over if one.is_picture)
    return f" Passed over: {said}." if said else ""
