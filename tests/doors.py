"""The ways in which photos come to Thaw, each as a function from a place to a data set: for tests that ask
the same of every one."""

import contextlib
import io
from collections import Counter
from pathlib import Path

import pytest

from core.__main__ import main
from core.codegen.data import SHA256, reading_of
from core.codegen.pieces import imports, joined
from core.commands import training
from core.data import choices, datasets, listers
from core.data.indexes import Dataset
from core.errors import DatasetError
from core.intake.taking_in import Intake, take_in
from tests.cases import Case


class Stopped(Exception):
    """A run would be trained now."""


def by_path(place: Path, home: Path, layout: str | None = None) -> Dataset:
    """A folder or zip, used where it is."""
    if layout:
        choices.choose_layout(home, str(place), layout)
    return datasets.find(str(place), home)


def kept(intake: Intake, home: Path) -> Dataset:
    intake.keep("Kept")
    return datasets.find("Kept", home)


def uploaded_zip(place: Path, home: Path, layout: str | None = None) -> Dataset:
    return kept(take_in(listers.of_zip(io.BytesIO(place.read_bytes())), home, layout), home)


def uploaded_folder(place: Path, home: Path, layout: str | None = None) -> Dataset:
    """As a browser sends it: every file, below the name of the folder."""
    files = sorted(path for path in place.rglob("*") if path.is_file())
    pairs = [(path.relative_to(place.parent).as_posix(), memoryview(path.read_bytes())) for path in files]
    return kept(take_in(listers.of_uploads(pairs), home, layout), home)


def copied(place: Path, home: Path, layout: str | None = None) -> Dataset:
    """A folder, checked and copied."""
    return kept(take_in(listers.of_folder(place), home, layout), home)


def terminal(place: Path, home: Path, layout: str | None = None) -> Dataset:
    """`run`, up to where it would train. What it prints is checked to be of the same data set.

    Raises:
        DatasetError: it ended with exit code 2 and these words.
    """
    asked = []

    def train(one):
        asked.append(one.dataset)
        raise Stopped

    said = io.StringIO()
    arguments = ["run", "digits-quick", "--data", str(place), *(["--layout", layout] if layout else [])]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
        patch.setattr(training, "train", train)
        patch.setattr(training.datasets, "split", lambda dataset, data: {})  # tiny sets are no matter here
        with contextlib.suppress(Stopped):
            assert main(arguments) == 2
            raise DatasetError(said.getvalue())
    assert f"{len(asked[0].items):,} photos" in said.getvalue()
    return asked[0]


ON_DISK = {"by path": by_path, "copied": copied, "terminal": terminal}
FOLDER_DOORS = {**ON_DISK, "uploaded folder": uploaded_folder}
ZIP_DOORS = {"zip by path": by_path, "uploaded zip": uploaded_zip, "zip in a terminal": terminal}
DOORS = {**FOLDER_DOORS, **ZIP_DOORS}


def carries(door: str, case: Case) -> bool:
    """Whether a door can carry a case: an upload and a zip know no links (a zip that holds some is a case of
    its own), an upload no empty folder."""
    if case.content:
        return door in ZIP_DOORS
    return not (case.links and door not in ON_DISK) and not (case.empty and door == "uploaded folder")


def place_for(door: str, case: Case, folder: Path) -> Path:
    """The case as this door takes it."""
    folder.mkdir(exist_ok=True)
    if door not in ZIP_DOORS:
        return case.build(folder / "case")
    (folder / "case.zip").write_bytes(case.content or case.zipped())
    return folder / "case.zip"


def counted(dataset: Dataset) -> dict[str, int]:
    """`split/class` or `class` -> images."""
    names = [(item.split, dataset.classes[item.label]) for item in dataset.items]
    return dict(Counter(f"{split}/{name}" if split else name for split, name in names))


def reasons(dataset: Dataset) -> dict[str, int]:
    return dict(Counter(one.reason for one in dataset.passed_over))


def assert_code_lists(dataset: Dataset, place: Path) -> None:
    """The code that a page shows lists the same images, with class and split."""
    how = reading_of(dataset)
    text = joined("SIZE = 8", how.files, how.listed, SHA256)
    space = {}
    exec(f"{imports(text)}\n{text}", space)
    expected = [(i.name, i.sha256, dataset.classes[i.label], i.split) for i in dataset.items]
    assert [row[:4] for row in space["listed"](str(place))] == expected
