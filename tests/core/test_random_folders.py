"""Random folders and zips: every file is an image of the set, or passed over and named, and each door gives
the same. Needs no TensorFlow."""

import io
from collections import Counter
from pathlib import Path

import pytest

from core.data import listers, listing, opening
from core.data.indexes import Dataset
from core.data.layouts import AmbiguousLayout
from core.data.names import RefusedName, clean_path, hidden_part
from core.errors import DatasetError, ThawError
from core.intake.taking_in import Intake, take_in
from tests.doors import assert_code_lists
from tests.random_folders import mangled, random_case

QUICK, MANY = range(40), range(1000)
pytestmark = pytest.mark.filterwarnings("ignore")


def by_folder(folder: Path, home: Path, layout=None) -> Dataset:
    return opening.open_folder(folder, home, name="x", title="x", layout=layout)


def by_zip(path: Path, home: Path, layout=None) -> Dataset:
    return opening.open_zip(path, home, name="x", title="x", layout=layout)


def uploaded(files, home: Path, layout=None) -> Intake:
    intake = take_in(listers.of_uploads((f"top/{p}", c) for p, c in files.items()), home, layout)
    intake.discard()
    return intake


def uploaded_zip(path: Path, home: Path, layout=None) -> Intake:
    intake = take_in(listers.of_zip(io.BytesIO(path.read_bytes())), home, layout)
    intake.discard()
    return intake


def told(found: Dataset | Intake | ThawError, empty: bool = True) -> tuple:
    """All that a door says, in one order."""
    if isinstance(found, AmbiguousLayout):
        return found.happened, [(one.kind, one.said()) for one in found.readings]
    if isinstance(found, ThawError):
        return (str(found),)
    of = found.origin if isinstance(found, Intake) else found
    passed_over = [(o.name, o.reason, o.detail) for o in of.passed_over]
    passed_over = [one for one in passed_over if empty or one[1] != listing.EMPTY_FOLDER]
    if isinstance(found, Intake):
        images = [(p.name, p.class_name, p.split, p.sha256, p.deep) for p in found.photos]
        return sorted(images, key=str), of.levels, sorted(passed_over)
    images = [(i.name, found.classes[i.label], i.split, i.sha256, i.deep) for i in found.items]
    return sorted(images, key=str), found.levels, sorted(passed_over)


def outcome(door, *arguments):
    try:
        return door(*arguments)
    except ThawError as error:
        return error


def assert_nothing_is_lost(dataset: Dataset, paths: list[str], backslashes: bool) -> None:
    """Every file is an image or passed over, as often as it is there; what a system hides is one line."""
    clean, hidden, refused = Counter(), set(), 0
    unplaced = [one for one in dataset.passed_over if not one.is_placed]
    for path in paths:
        try:
            name = clean_path(path, backslashes)
        except RefusedName:
            refused += 1
            continue
        if part := hidden_part(name):
            hidden.add(part)
        else:
            clean[name] += 1
    placed = [one for one in dataset.passed_over if one.is_placed]
    said = Counter(dataset.top + item.name for item in dataset.items)
    said += Counter(one.name for one in placed if not one.is_folder and one.reason != listing.HIDDEN)
    assert said == clean
    assert {one.name for one in placed if one.reason == listing.HIDDEN} == hidden
    assert refused == len(unplaced)


def check(seed: int, folder: Path) -> int:
    """One random folder, at every door and in every reading that is offered; how many could be read."""
    case, home = random_case(seed), folder / "home"
    place, path = case.build(folder / "case"), folder / "case.zip"
    place.mkdir(exist_ok=True)
    path.write_bytes(case.zipped())
    layouts, read = [None], 0
    while layouts:
        layout = layouts.pop()
        found = outcome(by_folder, place, home, layout)
        if isinstance(found, AmbiguousLayout) and layout is None:
            layouts = [reading.kind for reading in found.readings]
        elif isinstance(found, Dataset):
            read += 1
            assert_nothing_is_lost(found, list(case.files), backslashes=False)
            assert_code_lists(found, place)
            zipped = by_zip(path, home, layout)
            assert zipped.key == found.key
            assert_code_lists(zipped, path)
        assert told(outcome(by_zip, path, home, layout)) == told(found)
        assert told(outcome(uploaded_zip, path, home, layout)) == told(found)
        assert told(outcome(uploaded, case.files, home, layout), False) == told(found, False)
    return read


def check_on_disk(seed: int, folder: Path) -> int:
    """One with links and names that only a folder has."""
    case, home = random_case(seed, anywhere=False), folder / "home"
    place = case.build(folder / "case")
    found = outcome(by_folder, place, home)
    if isinstance(found, AmbiguousLayout):
        found = outcome(by_folder, place, home, found.readings[0].kind)
    taken = outcome(lambda: take_in(listers.of_folder(place), home, None))
    if not isinstance(found, Dataset):
        return 0
    if not case.links:
        assert_nothing_is_lost(found, list(case.files), backslashes=False)
    if isinstance(taken, Intake):
        assert told(taken) == told(found)
    assert_code_lists(found, place)
    return 1


def check_mangled(seed: int, folder: Path) -> int:
    path, home = folder / "mangled.zip", folder / "home"
    path.write_bytes(mangled(random_case(seed).zipped(), seed))
    found = outcome(by_zip, path, home)
    if isinstance(found, AmbiguousLayout):
        found = outcome(by_zip, path, home, found.readings[0].kind)
        taken = outcome(uploaded_zip, path, home, "classes")
    else:
        taken = outcome(uploaded_zip, path, home)
        if isinstance(found, Dataset | DatasetError):
            assert told(taken) == told(found)
    return isinstance(found, Dataset)


CHECKS = {"at every door": check, "of links and odd names": check_on_disk, "mangled zips": check_mangled}


def run(kind: str, seeds: range, folder: Path) -> None:
    read = 0
    for seed in seeds:
        own = folder / str(seed)
        own.mkdir()
        try:
            read += CHECKS[kind](seed, own)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    assert read > len(seeds) / 6


@pytest.mark.parametrize("kind", CHECKS)
def test_of_forty_random_folders_no_file_is_lost_and_doors_agree(kind, tmp_path):
    run(kind, QUICK, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("kind", CHECKS)
def test_of_a_thousand_random_folders_no_file_is_lost_and_doors_agree(kind, tmp_path):
    run(kind, MANY, tmp_path)
