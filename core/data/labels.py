"""Labels that stand in a table beside the pictures, and boxes, which are none.

    labels.csv beside a flat folder       a column names the picture, another its class
    train/_classes.csv (Roboflow)         a column a class, 1 where the picture is of it

A column names pictures when most of its values do: by path, by file name, or by it without its ending.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.data.listing import File, Unreadable
from core.data.names import readable
from core.data.readings import Placed, Reading, role_of
from core.errors import DatasetError

MAX_TABLE_BYTES = 64 * 2**20
MAX_TABLES = 20
MOST_CLASSES = 10_000
TABLES = (".csv", ".tsv")
_LABEL_NAMES = {
    "label", "labels", "class", "classes", "class_name", "classname", "category", "target", "breed",
    "species", "diagnosis", "dx", "name", "type", "tag",
}  # fmt: skip
_SPLIT_NAMES = {"split", "subset", "set", "part", "data set", "partition"}
_YOLO_LINE = re.compile(rb"\d+( +-?\d*\.?\d+(e-?\d+)?){4,}\s*")
_COCO = re.compile(rb'"(images|annotations|info)"')
_NO_BOX = 4096  # bytes of a file that are looked at for boxes


@dataclass(frozen=True)
class _Table:
    """A table whose rows name pictures: position of the picture -> (class or None for several, split)."""

    name: str
    rows: dict[int, tuple[str | None, str | None]]


def labelled(pictures: Sequence[File], texts: Iterable[File]) -> Reading | None:
    """The pictures with the classes that tables beside them give, or None where no table does.

    Raises:
        DatasetError: a table names the pictures, and which of its columns is the class cannot be told.
    """
    tables = [found for file in _tables(texts) if (found := _read(file, pictures)) is not None]
    if not tables:
        return None
    said: dict[int, tuple[str | None, str | None]] = {}
    for table in reversed(tables):  # the outermost, first in order, has the last word
        said |= table.rows
    names = " or ".join(table.name for table in tables[:3])
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


def _tables(texts: Iterable[File]) -> list[File]:
    found = [
        file for file in texts
        if file.path.lower().endswith(TABLES) and "submission" not in file.path.lower()
        and file.stamp[0] <= MAX_TABLE_BYTES
    ]  # fmt: skip
    return sorted(found, key=lambda file: (file.path.count("/"), file.path))[:MAX_TABLES]


def _read(file: File, pictures: Sequence[File]) -> _Table | None:
    try:
        header, rows = _rows(file.read(MAX_TABLE_BYTES))
    except (Unreadable, csv.Error):
        return None
    folder = file.path.rpartition("/")[0]
    names = _Names(pictures, f"{folder}/" if folder else "")
    column = _naming_column(header, rows, names)
    if column is None:
        return None
    named = [(position, row) for row in rows if (position := names.find(row[column])) is not None]
    others = [i for i in range(len(header)) if i != column]
    of_row = _class_of_row(file.path, header, [row for _, row in named], others)
    if of_row is None:
        return None
    split_column = next((i for i in others if header[i].lower() in _SPLIT_NAMES), None)
    by_file = role_of(file.path.rpartition("/")[2].rpartition(".")[0]) or role_of(folder.rpartition("/")[2])
    found = {}
    for position, row in named:
        split = role_of(row[split_column]) if split_column is not None else by_file
        found.setdefault(position, (of_row(row), split))
    return _Table(file.path, found)


def _rows(content: bytes) -> tuple[list[str], list[list[str]]]:
    """The header and the rows, each as long as the header."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    header = rows[0] if rows else []
    return header, [row for row in rows[1:] if len(row) == len(header)]


class _Names:
    """Pictures by what a table may call them."""

    def __init__(self, pictures: Sequence[File], below: str):
        self._by: dict[str, int | None] = {}
        for position, file in enumerate(pictures):
            if not file.path.startswith(below):
                continue
            path = file.path[len(below) :]
            name = path.rpartition("/")[2]
            for key in {path, path.rpartition(".")[0], name, name.rpartition(".")[0]}:
                self._by[key] = None if key in self._by else position  # two of one name: neither

    def find(self, text: str) -> int | None:
        """The position of the picture with this name, if there is exactly one."""
        parts = text.replace("\\", "/").split("/")
        path = "/".join(readable(part) for part in parts if part not in ("", "."))
        found = self._by.get(path)
        return found if found is not None else self._by.get(path.rpartition("/")[2])


def _naming_column(header: list[str], rows: list[list[str]], names: _Names) -> int | None:
    counts = [sum(names.find(row[i]) is not None for row in rows) for i in range(len(header))]
    best = max(range(len(header)), key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] > 1 and 2 * counts[best] >= len(rows) else None


def _class_of_row(table: str, header: list[str], rows: list[list[str]], others: list[int]):
    """A function from a row to its class (None where it has several or none); None where no column is one.

    Raises:
        DatasetError: several columns could be the class.
    """
    flags = [i for i in others if {row[i] for row in rows} <= {"0", "1", "0.0", "1.0"}]
    if len(flags) > 1:
        return lambda row: _only([header[i] for i in flags if row[i].startswith("1")])
    named = [i for i in others if header[i].lower() in _LABEL_NAMES]
    free = [i for i in others if header[i].lower() not in _SPLIT_NAMES]
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
