"""Tables that name pictures: csv and tsv files that lie beside them, or that a person gives for them.

A column names pictures when most of its values do: by path, by file name, or by it without its ending. What
the other columns say may be their class (`core.data.labels`), or what keeps them together
(`core.group_rules`).

    <home>/group_tables/<hash of the name>.json    a `Given`: the table that a person gave for a data set
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core import damage
from core.data.exclusions import file_name
from core.data.indexes import Dataset
from core.data.listing import File, Unreadable
from core.data.names import readable
from core.errors import DatasetError
from core.files import remove, write_json
from core.group_rules import COLUMN, parts
from core.wording import words

MAX_TABLE_BYTES = 64 * 2**20
MAX_GIVEN_BYTES = 16 * 2**20  # of a table that a person gives: 20,000 lines are 2 million
MAX_TABLES = 20
MOST_COLUMNS = 12  # kept with the images
MOST_VALUE = 100  # characters of a value
TABLES = (".csv", ".tsv")

Columns = Mapping[str, Mapping[str, str]]  # column -> name of an image -> value


@dataclass(frozen=True)
class Table:
    """A table whose rows name pictures.

    Attributes:
        name: Its path, or its file's name.
        header: Names of its columns.
        naming: Which of them names pictures.
        rows: Those that name one: position of the picture, and a value a column.
        strange: How many rows name none.
    """

    name: str
    header: tuple[str, ...]
    naming: int
    rows: tuple[tuple[int, list[str]], ...]
    strange: int


def tables_among(texts: Iterable[File], paths: Sequence[str]) -> list[Table]:
    """The tables among files that lie beside pictures, the outermost first.

    Args:
        paths: Of the pictures.
    """
    found = [
        file for file in texts
        if file.path.lower().endswith(TABLES) and "submission" not in file.path.lower()
        and file.stamp[0] <= MAX_TABLE_BYTES
    ]  # fmt: skip
    found = sorted(found, key=lambda file: (file.path.count("/"), file.path))[:MAX_TABLES]
    return [table for file in found if (table := _read(file, paths)) is not None]


def _read(file: File, paths: Sequence[str]) -> Table | None:
    try:
        header, rows = _lines(file.read(MAX_TABLE_BYTES))
    except (Unreadable, csv.Error):
        return None
    folder = file.path.rpartition("/")[0]
    names = _Names(paths, f"{folder}/" if folder else "")
    column, named = _naming(header, rows, names)
    if named < 2 or 2 * named < len(rows):
        return None
    return _table(file.path, header, rows, column, names)


def _table(name: str, header: list[str], rows: list[list[str]], naming: int, names: "_Names") -> Table:
    found = tuple((at, row) for row in rows if (at := names.find(row[naming])) is not None)
    return Table(name, tuple(header), naming, found, len(rows) - len(found))


def _lines(content: bytes) -> tuple[list[str], list[list[str]]]:
    """The header and the rows, each as long as the header. Raises csv.Error."""
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

    def __init__(self, paths: Sequence[str], below: str = ""):
        self._by: dict[str, int | None] = {}
        for position, whole in enumerate(paths):
            if not whole.startswith(below):
                continue
            path = whole[len(below) :]
            name = path.rpartition("/")[2]
            for key in {path, path.rpartition(".")[0], name, name.rpartition(".")[0]}:
                self._by[key] = None if key in self._by else position  # two of one name: neither

    def find(self, text: str) -> int | None:
        """The position of the picture with this name, if there is exactly one."""
        parts = text.replace("\\", "/").split("/")
        path = "/".join(readable(part) for part in parts if part not in ("", "."))
        found = self._by.get(path)
        return found if found is not None else self._by.get(path.rpartition("/")[2])


def _naming(header: list[str], rows: list[list[str]], names: _Names) -> tuple[int, int]:
    """The column that names most pictures, and how many rows do so there; (0, 0) without columns."""
    counts = [sum(names.find(row[i]) is not None for row in rows) for i in range(len(header))]
    best = max(range(len(header)), key=counts.__getitem__, default=None)
    return (0, 0) if best is None else (best, counts[best])


# What columns say of images


def columns_of(tables: Sequence[Table], names: Mapping[int, str]) -> dict[str, dict[str, str]]:
    """What tables say of images, but for the names; the first table has the last word.

    Args:
        names: Position of a picture -> the name of its image; of those that are none nothing is said.
    """
    found: dict[str, dict[str, str]] = {}
    for table in reversed(tables):
        for at, title in enumerate(table.header):
            if at == table.naming or not _is_title(title):
                continue
            column = found.setdefault(title, {})
            column |= {names[p]: row[at][:MOST_VALUE] for p, row in table.rows if row[at] and p in names}
    return {title: column for title, column in list(found.items())[:MOST_COLUMNS] if column}


def _is_title(text: str) -> bool:
    try:
        parts(f"{COLUMN}:{text}")
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Given:
    """What a table that a person gave says of the images of a data set.

    Attributes:
        file: What it is called.
        columns: What it says; of at least one image.
        strange: How many of its rows name no image.
    """

    file: str
    columns: Columns
    strange: int

    @property
    def named(self) -> int:
        """How many images it says something of."""
        return len(set().union(*self.columns.values()))


def read_given(file: str, content: bytes, dataset: Dataset) -> Given:
    """What a table that a person gives says of the images of a data set.

    Args:
        file: What it is called.

    Raises:
        DatasetError: it is no table, none of its columns names most of its rows' images, or there is no
            other column.
    """
    fix = "Give a csv with a header, a column of file names and one of groups."
    if len(content) > MAX_GIVEN_BYTES:
        raise _refused(f"{file} has more than {MAX_GIVEN_BYTES / 2**20:.0f} MiB.", fix)
    try:
        header, rows = _lines(content)
    except csv.Error as error:
        raise _refused(f"{file} is no table: {error}.", fix) from error
    if not rows:
        raise _refused(f"{file} has no rows below its header, or none as long as it.", fix)
    names = _Names([item.name for item in dataset.items])
    naming, named = _naming(header, rows, names)
    if not named:
        raise _refused(
            f"{file} has no column of file names: in none of {words.plural(len(rows), 'row')} is there one "
            f"of {dataset.title}, such as {dataset.items[0].name}.", fix,
        )  # fmt: skip
    if 2 * named < len(rows):
        strange = next(row[naming] for row in rows if names.find(row[naming]) is None)
        raise _refused(
            f"{len(rows) - named:,} of {len(rows):,} names in the column {header[naming]!r} of {file} match "
            f"no image of {dataset.title}, such as {strange[:MOST_VALUE]!r}.",
            "Give the table that belongs to these images, with their paths or file names.",
        )
    table = _table(file, header, rows, naming, names)
    columns = columns_of([table], {at: item.name for at, item in enumerate(dataset.items)})
    if not columns:
        raise _refused(f"{file} has no column beside that of file names, {header[naming]!r}.", fix)
    return Given(file, columns, table.strange)


def _refused(happened: str, fix: str) -> DatasetError:
    return DatasetError(
        happened, "Expected a csv in which a column names the images and others say what they share.", fix,
        field="data.groups",
    )  # fmt: skip


# A table that a person gave


def _file(home: Path, name: str) -> Path:
    return home / "group_tables" / file_name(name)


def given(home: Path, name: str) -> Given | None:
    """What the table says that was given for the data set of this name; None where none was."""
    noted = damage.read_json(_file(home, name), home, is_given)
    return Given(**noted) if is_given(noted) else None


def is_given(value) -> bool:
    """Whether this is what a file of a given table holds."""
    return (
        isinstance(value, dict) and set(value) == {"file", "columns", "strange"}
        and isinstance(value["file"], str) and isinstance(value["strange"], int)
        and are_columns(value["columns"])
    )  # fmt: skip


def are_columns(value) -> bool:
    """Whether this is what tables say of images."""
    return isinstance(value, dict) and all(
        isinstance(column, dict) and all(isinstance(text, str) for text in column.values())
        for column in value.values()
    )


def give(dataset: Dataset, file: str, content: bytes, home: Path) -> Given:
    """Keep a table for a data set, in place of the one before.

    Args:
        dataset: With all of its images.

    Raises:
        DatasetError: as `read_given`.
        StoreError: the disk is full or cannot be written.
    """
    found = read_given(file, content, dataset)
    write_json(_file(home, dataset.name), asdict(found))
    return found


def told(found: Given, images: int) -> str:
    """`patients.csv names 2,480 of 2,500 images; 3 of its rows name none.`

    Args:
        images: Of the data set.
    """
    strange = f"; {words.plural(found.strange, 'other row')} of it name none" if found.strange else ""
    return f"{found.file} names {found.named:,} of {words.plural(images, 'image')}{strange}."


def forget(home: Path, name: str) -> None:
    """Forget the table given for the data set of this name."""
    remove(_file(home, name))
