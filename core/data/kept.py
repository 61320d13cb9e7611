"""Sets of photos kept by Thaw: uploaded, copied or taken with the camera, each checked when it came in.

    <home>/photos/<hash of the name>/
        set.json          name, and of every photo: path as it came, class, split, content, size
        files/<sha256>    the photos as they came, under the hash of their content

No name from outside is part of a path, and every photo is known by its content: asking for a kept set
reads one file.
"""

import hashlib
import re
import secrets
import shutil
import time
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from core.data import exclusions
from core.data.indexes import Dataset, ImageItem, index
from core.data.sources import FolderSource
from core.errors import DatasetError, StoreError
from core.files import read_json, write_json

FORMAT = 1
LICENCE = "your own photos"
_SHA256 = re.compile("[0-9a-f]{64}")
STALE_SECONDS = 24 * 3600  # what came in and was neither kept nor discarded for a day is swept up


@dataclass(frozen=True)
class Photo:
    """A photo that was checked and stored.

    Attributes:
        name: Path as it came, below the top folder: `train/cats/a.jpg`. For people; not a path on disk.
        split: `train`, `validation` or `test` where the folders said so, else None.
        sha256: In hex, of the bytes; the name of the stored file.
        width, height: In px, upright.
    """

    name: str
    class_name: str
    split: str | None
    sha256: str
    width: int
    height: int


def folder_of(name: str, home: Path) -> Path:
    """Where the set of this name lies or would lie; names that differ in case alone share it."""
    spelled = unicodedata.normalize("NFC", name).casefold()
    return home / "photos" / f"set-{hashlib.sha256(spelled.encode()).hexdigest()[:16]}"


def kept_sets(home: Path) -> dict[str, Path]:
    """Name -> folder of every kept set, by name. Anything else in the folder is passed over."""
    found = {}
    for path in sorted((home / "photos").glob("set-*/set.json")):
        record = read_json(path)
        name = record.get("name") if isinstance(record, dict) else None
        if isinstance(name, str) and folder_of(name, home) == path.parent:
            found[name] = path.parent
    return dict(sorted(found.items()))


def open_kept(folder: Path) -> Dataset:
    """Index a kept set.

    Raises:
        DatasetError: its record is broken.
    """
    record = read_json(folder / "set.json")
    try:
        photos = sorted((Photo(**photo) for photo in record["photos"]), key=lambda p: (p.name, p.sha256))
        name, form = record["name"], record["format"]
    except (KeyError, TypeError) as error:
        raise _broken(folder) from error
    if form != FORMAT or not photos or not all(_SHA256.fullmatch(photo.sha256) for photo in photos):
        raise _broken(folder)
    classes = sorted({photo.class_name for photo in photos})
    label = {class_name: position for position, class_name in enumerate(classes)}
    items = [ImageItem(p.name, label[p.class_name], p.split, p.sha256) for p in photos]
    source = FolderSource(folder / "files", [photo.sha256 for photo in photos])
    return index(name, name, LICENCE, classes, items, source)


def _broken(folder: Path) -> DatasetError:
    return DatasetError(
        f"The record of the photos in {folder.name} is broken.",
        fix="Delete the set and take the photos in again.",
        field="data.name",
    )


def new_folder(home: Path) -> Path:
    """A fresh folder for photos that come in and are not kept yet; abandoned ones are swept up first.

    Raises:
        StoreError: the disk cannot be written.
    """
    photos = home / "photos"
    for old in photos.glob(".incoming-*"):
        if time.time() - old.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = photos / f".incoming-{secrets.token_hex(8)}"
    try:
        (folder / "files").mkdir(parents=True)
    except OSError as error:
        raise StoreError(
            f"The photos cannot be stored: {error.strerror or error}.",
            fix="Free some disk space, or set THAW_HOME to a folder that can be written.",
        ) from error
    return folder


def keep(folder: Path, photos: list[Photo], name: str, home: Path) -> None:
    """Make what came into `folder` a set with this name: the record is written, then the folder renamed.

    Raises:
        DatasetError: there is a set of that name.
        StoreError: the disk cannot be written.
    """
    target = folder_of(name, home)
    if target.exists():
        raise DatasetError(
            f"There is a set named {name!r} already.", "Expected a new name.", "Choose another, or delete it."
        )
    plain = [asdict(photo) for photo in photos]
    write_json(folder / "set.json", {"format": FORMAT, "name": name, "created": time.time(), "photos": plain})
    wanted = {photo.sha256 for photo in photos}
    for file in (folder / "files").iterdir():
        if file.name not in wanted:
            file.unlink()
    try:
        folder.rename(target)
    except OSError as error:
        raise StoreError(
            f"The set {name!r} could not be kept: {error.strerror or error}.", fix="Try again."
        ) from error


def delete(name: str, home: Path) -> None:
    """Remove a kept set with its photos. Its record goes first, so a kill half-way leaves no broken set."""
    folder = folder_of(name, home)
    (folder / "set.json").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    exclusions.forget(home, name)
