"""Labels that stand in a table beside the pictures, and boxes, which are none.

    labels.csv beside a flat folder       a column names the picture, another its class
    train/_classes.csv (Roboflow)         a column a class, 1 where the picture is of it

Which column names the pictures `core.data.tables` says.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.data.listing import File, Unreadable
from core.data.names import readable
from core.data.readings import Placed, Reading, role_of
from core.data.tables import Table
from core.errors import DatasetError

MOST_CLASSES = 10_000
_LABEL_NAMES = {
    "label", "labels", "class", "classes", "class_name", "classname", "category", "target", "breed",
    "species", "diagnosis", "dx", "name", "type", "tag",
}  # fmt: skip
_SPLIT_NAMES = {"split", "subset", "set", "part", "data set", "partition"}
_GROUP_NAMES = {  # what keeps images together, and is no class where nothing says that it is one
    "patient", "patient_id", "patientid", "subject", "subject_id", "person", "group", "groups", "group_id",
    "camera", "camera_id", "day", "date", "session", "video", "clip", "sequence", "slide", "slide_id",
}  # fmt: skip
_YOLO_LINE = re.compile(rb"\d+( +-?\d*\.?\d+(e-?\d+)?){4,}\s*")
_COCO = re.compile(rb'"(images|annotations|info)"')
_NO_BOX = 4096  # bytes of a file that are looked at for boxes


@dataclass(frozen=True)
class _Classes:
    """What a table says: position of the picture -> (class or None for several, split)."""

    name: str
    rows: dict[int, tuple[str | None, str | None]]


def labelled(pictures: Sequence[File], tables: Sequence[Table], called: bool = False) -> Reading | None:
    """The pictures with the classes that tables beside them give, or None where no table does.

    Args:
        called: Whether only columns count that are called as a class is: `label`, `species`. Others may say
            who took a picture, or when.

    Raises:
        DatasetError: a table names the pictures, and which of its columns is the class cannot be told.
    """
    found = [classes for table in tables if (classes := _classes(table, called)) is not None]
    if not found:
        return None
    said: dict[int, tuple[str | None, str | None]] = {}
    for one in reversed(found):  # the outermost, first in order, has the last word
        said |= one.rows
    names = " or ".join(one.name for one in found[:3])
    placed, left = [], []
    for position, file in enumerate(pictures):
        class_name, split = said.get(position, (None, None))
        if class_name is None:
            why = "of several classes or none" if position in said else f"without a label in {names}"
            left.append((position, why))
        else:
            placed.append(Placed(position, file.path, class_name, split))
    splits = {image.split for image in placed}
    if None in splits and len(splits) > 1:  # divided in part: not at all
        placed = [Placed(p.position, p.name, p.class_name, None) for p in placed]
    if len({image.class_name for image in placed}) < 2:
        return None
    return Reading("labels", "", frozenset(), tuple(sorted(placed, key=lambda p: p.name)), tuple(left))


def _classes(table: Table, called: bool) -> _Classes | None:
    others = [at for at in range(len(table.header)) if at != table.naming]
    header, folder = list(table.header), table.name.rpartition("/")[0]
    of_row = _class_of_row(table.name, header, [row for _, row in table.rows], others, called)
    if of_row is None:
        return None
    split_column = next((i for i in others if header[i].lower() in _SPLIT_NAMES), None)
    by_file = role_of(table.name.rpartition("/")[2].rpartition(".")[0]) or role_of(folder.rpartition("/")[2])
    found = {}
    for position, row in table.rows:
        split = role_of(row[split_column]) if split_column is not None else by_file
        found.setdefault(position, (of_row(row), split))
    return _Classes(table.name, found)


def _class_of_row(table: str, header: list[str], rows: list[list[str]], others: list[int], called: bool):
    """A function from a row to its class (None where it has several or none); None where no column is one.

    Raises:
        DatasetError: several columns could be the class.
    """
    flags = [i for i in others if {row[i] for row in rows} <= {"0", "1", "0.0", "1.0"}]
    if len(flags) > 1:
        return lambda row: _only([header[i] for i in flags if row[i].startswith("1")])
    named = [i for i in others if header[i].lower() in _LABEL_NAMES]
    free = [] if called else [i for i in others if header[i].lower() not in _SPLIT_NAMES | _GROUP_NAMES]
    fitting = named[:1] or (free if len(free) == 1 else [i for i in free if _repeats(rows, i)])
    if not fitting:
        return None
    if len(fitting) > 1:
        raise DatasetError(
            f"{table} names the pictures, and several of its columns could be their class: "
            f"{', '.join(header[i] for i in fitting[:5])}.",
            "Expected a column named label or class.",
            "Rename the one that is.",
            field="data.name",
        )
    column = fitting[0]
    return lambda row: readable(row[column].replace("/", " ").replace("\\", " ")) or None


def _only(names: list[str]) -> str | None:
    return readable(names[0]) or None if len(names) == 1 else None


def _repeats(rows: list[list[str]], column: int) -> bool:
    different = len({row[column] for row in rows})
    return 1 < different <= min(MOST_CLASSES, len(rows) // 2)


# Boxes


def refuse_boxes(pictures: Sequence[File], texts: Iterable[File]) -> None:
    """Raises DatasetError where the files beside the pictures are boxes (YOLO, COCO, Pascal VOC)."""
    found = next(_boxes(pictures, texts), None)
    if found is not None:
        file, kind = found
        raise DatasetError(
            f"{file} holds boxes ({kind}): they say where things are in a picture, not what class it is of.",
            "Expected one class for each picture: one subfolder a class, or a table of labels.",
            "Cut the boxes out into a folder for each class, or export the set for classification.",
            field="data.name",
        )


def _boxes(pictures: Sequence[File], texts: Iterable[File]) -> Iterator[tuple[str, str]]:
    stems = {file.path.rpartition("/")[2].rpartition(".")[0] for file in pictures}
    for file in sorted(texts, key=lambda file: file.path):
        name = file.path.rpartition("/")[2].lower()
        stem, _, ending = name.rpartition(".")
        beside = file.path.rpartition("/")[2].rpartition(".")[0] in stems
        if ending == "txt" and beside and _matches(file, _YOLO_LINE.match):
            yield file.path, "YOLO's"
        elif ending == "xml" and beside and _matches(file, lambda head: b"<annotation" in head):
            yield file.path, "Pascal VOC's"
        elif (
            ending == "json"
            and re.search("coco|instances|annotations", stem)
            and _matches(file, _COCO.search)
        ):
            yield file.path, "COCO's"


def _matches(file: File, is_box) -> bool:
    try:
        return bool(is_box(file.read(_NO_BOX)))
    except Unreadable:
        return False
