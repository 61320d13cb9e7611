"""Sets of photos kept by Thaw: uploaded, copied or taken with the camera, each checked when it came in.

    <home>/photos/<hash of the name>/
        set.json          name, title, whose it is, and of every photo: path as it came, class, split,
                          content, size; what is known of the place that they came from; how many photos each
                          addition brought
        files/<sha256>    the photos as they came, under the hash of their content

No name from outside is part of a path, and every photo is known by its content: asking for a kept set
reads one file. Photos and record are originals: what is damaged or lost is named, and only a person can
bring it back.
"""

import contextlib
import hashlib
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core import checksums, damage
from core.checksums import Damaged
from core.data import claims, exclusions, relabelling, tables
from core.data.indexes import Dataset, ImageItem, index
from core.data.levels import Levels
from core.data.listing import PassedOver
from core.data.sources import FolderSource
from core.data.tables import Columns
from core.errors import DatasetError, StoreError
from core.files import (
    folder_bytes,
    read_json,
    remove,
    remove_folder,
    sync,
    unchanged,
    update_json,
    write_json,
)

FORMAT = 1
LICENCE = "your own photos"
_SHA256 = re.compile("[0-9a-f]{64}")
STALE_SECONDS = 24 * 3600  # what came in and was neither kept nor discarded for a day is swept up
BEING_MADE_SECONDS = 5  # a folder that is younger may be about to be claimed


@dataclass(frozen=True)
class Photo:
    """A photo that was checked and stored.

    Attributes:
        name: Path as it came, below the top folder: `train/cats/a.jpg`. For people; not a path on disk.
        split: `train`, `validation` or `test` where the folders said so, else None.
        sha256: In hex, of the stored bytes; the name of the stored file.
        width, height: In px, upright.
        deep: Whether it has more than 8 bits a channel.
        came_as: In hex, of the bytes as they came, where the position was taken out of them; else empty.
    """

    name: str
    class_name: str
    split: str | None
    sha256: str
    width: int
    height: int
    deep: bool = False
    came_as: str = ""

    @property
    def known_by(self) -> str:
        """The hash of what came: the photo is the same one wherever it lies, and in the zip it came from."""
        return self.came_as or self.sha256


@dataclass(frozen=True)
class Origin:
    """What is known of the folder, zip or upload that photos came from.

    Attributes:
        levels: The range of photos of more than 8 bits a channel, one for all; None where there are none.
        passed_over: What came with them and is not used.
        top, respelled, columns: As `Dataset` has them.
    """

    levels: Levels | None = None
    passed_over: tuple[PassedOver, ...] = ()
    top: str = ""
    respelled: bool = False
    columns: Columns = field(default_factory=dict)


@dataclass(frozen=True)
class KeptSet:
    """A set in the list of sets.

    Attributes:
        title: What its owner calls it. Where many log in, two may call theirs the same: its name differs.
        owner: Id of the person who keeps it; empty where nobody logged in.
        version: 1, and one more for every time that photos were added to it.
    """

    folder: Path
    title: str
    owner: str
    version: int = 1


def folder_of(name: str, home: Path) -> Path:
    """Where the set of this name lies or would lie; names that differ in case alone share it."""
    spelled = unicodedata.normalize("NFC", name).casefold()
    return home / "photos" / f"set-{hashlib.sha256(spelled.encode()).hexdigest()[:16]}"


class KeptSource(FolderSource):
    """The photos of a set; one that is gone or damaged is named with the set."""

    def __init__(self, folder: Path, photos: list[Photo], set_name: str):
        super().__init__(folder, [photo.sha256 for photo in photos])
        self._photos, self._set_name = photos, set_name

    def content(self, position: int) -> bytes:
        try:
            content = super().content(position)
        except DatasetError as error:
            raise self._lost(position, "is missing") from error
        if hashlib.sha256(content).hexdigest() != self._photos[position].sha256:
            raise self._lost(position, "is damaged")
        return content

    def _lost(self, position: int, how: str) -> DatasetError:
        return DatasetError(
            f"The photo {self._photos[position].name} of the set {self._set_name!r} {how}.",
            "Expected it as it was taken in.",
            "Leave it out (the Data page, Trouble), or delete the set and take the photos in again.",
            field="data.name",
        )

    def lost(self) -> list[int]:
        """Positions of the photos that are gone or damaged; each is read once a process."""
        return [position for position, photo in enumerate(self._photos) if not self._is_whole(photo)]

    def _is_whole(self, photo: Photo) -> bool:
        try:
            checksums.once(self._folder / photo.sha256, check_photo)
        except (OSError, Damaged):
            return False
        return True


def check_photo(file: Path) -> None:
    """Raises Damaged where a photo is not the one that its name says."""
    if hashlib.sha256(file.read_bytes()).hexdigest() != file.name:
        raise Damaged("its content is not the one it had")


def kept_sets(home: Path) -> dict[str, KeptSet]:
    """Name -> every kept set, by title. Anything else in the folder is passed over."""
    found = {}
    for path in sorted((home / "photos").glob("set-*/set.json")):
        name, title, owner, version = unchanged(path, _listed_as) or ("", "", "", 1)
        if name and folder_of(name, home) == path.parent:
            found[name] = KeptSet(path.parent, title, owner, version)
    return dict(sorted(found.items(), key=lambda pair: pair[1].title))


def _listed_as(record: Any) -> tuple[str, str, str, int] | None:
    """Name, title, owner and version of a set by its `set.json`; None where that is none."""
    name = record.get("name") if isinstance(record, dict) else None
    if not isinstance(name, str):
        return None
    added = record.get("added", [])
    version = 1 + (len(added) if isinstance(added, list) else 0)
    return name, str(record.get("title") or name), str(record.get("owner") or ""), version


def bytes_of(folder: Path) -> int:
    """What the photos of a kept set take on disk."""
    return folder_bytes(folder / "files")


def missing(folder: Path) -> list[str]:
    """Names of the photos of a kept set whose files are gone."""
    photos = (read_json(folder / "set.json") or {}).get("photos", [])
    return [photo["name"] for photo in photos if not (folder / "files" / photo["sha256"]).exists()]


def lost_sets(home: Path) -> list[Path]:
    """Folders of sets whose record was damaged or lost; their photos are still in them."""
    kept = {known.folder for known in kept_sets(home).values()}
    return [folder for folder in sorted((home / "photos").glob("set-*")) if folder not in kept]


def refuse_lost(name: str, home: Path) -> None:
    """Raises DatasetError where there was a set of this name and its record was damaged or lost."""
    folder = folder_of(name, home)
    if folder in lost_sets(home):
        raise _broken(folder, f" of the set {name!r}")


def open_kept(folder: Path) -> Dataset:
    """Index a kept set.

    Raises:
        DatasetError: its record is broken.
    """
    record = read_json(folder / "set.json")
    photos, origin = photos_of(record, folder)
    return indexed(record["name"], photos, folder, origin, record.get("title") or record["name"])


def photos_of(record: Any, folder: Path) -> tuple[list[Photo], Origin]:
    """The photos of a set and where they came from, by its `set.json`.

    Raises:
        DatasetError: the record is broken.
    """
    try:
        photos = [Photo(**photo) for photo in record["photos"]]
        origin, sound = origin_from(record.get("origin", {})), record["format"] == FORMAT and record["name"]
    except (KeyError, TypeError) as error:
        raise _broken(folder, "") from error
    if not sound or not photos or not all(map(names_content, photos)):
        raise _broken(folder, "")
    return photos, origin


def names_content(photo: Photo) -> bool:
    """Whether the hashes of a record are such, and no paths."""
    return all(_SHA256.fullmatch(one) is not None for one in (photo.sha256, photo.known_by))


def origin_from(plain: dict) -> Origin:
    """What `asdict` made of an Origin. Raises KeyError or TypeError where that is not so."""
    levels = plain.get("levels")
    passed_over = tuple(PassedOver(**one) for one in plain.get("passed_over", ()))
    columns = plain.get("columns", {})
    if not tables.are_columns(columns):
        raise TypeError
    return Origin(
        (levels[0], levels[1]) if levels else None, passed_over, plain.get("top", ""),
        plain.get("respelled", False), columns,
    )  # fmt: skip


def indexed(name: str, photos: Iterable[Photo], folder: Path, origin: Origin, title: str = "") -> Dataset:
    """The index of photos whose files lie in `folder / "files"`, called by its name where it has no title."""
    photos = sorted(photos, key=lambda photo: (photo.name, photo.known_by))
    classes = sorted({photo.class_name for photo in photos})
    label = {class_name: position for position, class_name in enumerate(classes)}
    items = [
        ImageItem(
            p.name, label[p.class_name], p.split, p.known_by, p.deep, p.sha256 if p.came_as else ""
        )
        for p in photos
    ]  # fmt: skip
    title = title or name
    source = KeptSource(folder / "files", photos, title)
    found = index(name, title, LICENCE, classes, items, source, origin.levels)
    return replace(
        found, passed_over=origin.passed_over, top=origin.top, respelled=origin.respelled,
        columns=origin.columns,
    )  # fmt: skip


def _broken(folder: Path, which: str) -> DatasetError:
    return DatasetError(
        f"The record of the photos{which} in {folder.name} is damaged or lost.",
        f"Expected their names and classes in {folder.name}/set.json.",
        f"Take the photos in again under the same name. Those that were taken in are in {folder / 'files'}.",
        field="data.name",
    )


def new_folder(home: Path) -> Path:
    """A fresh folder for photos that come in and are not kept yet; abandoned ones are swept up first.

    Raises:
        StoreError: the disk cannot be written.
    """
    photos = home / "photos"
    sweep(home)
    folder = photos / f".incoming-{secrets.token_hex(8)}"
    try:
        (folder / "files").mkdir(parents=True)
        claims.claim(folder)
    except OSError as error:
        raise StoreError(
            f"The photos cannot be stored: {error.strerror or error}.",
            fix="Free some disk space, or set THAW_HOME to a folder that can be written.",
        ) from error
    return folder


def sweep(home: Path) -> None:
    """Remove what came in and waits for nobody: its process is gone, or it waited for a day."""
    for old in (home / "photos").glob(".incoming-*"):
        with contextlib.suppress(OSError):  # another process swept it
            age = time.time() - old.stat().st_mtime
            if age > STALE_SECONDS or (age > BEING_MADE_SECONDS and claims.abandoned(old)):
                discard(old)


def discard(folder: Path) -> None:
    """Remove what came in."""
    claims.release(folder)
    shutil.rmtree(folder, ignore_errors=True)


def keep(
    folder: Path,
    photos: Iterable[Photo],
    name: str,
    home: Path,
    origin: Origin,
    title: str = "",
    owner: str = "",
) -> None:
    """Make what came into `folder` a set with this name: the record is written, then the folder renamed.

    Args:
        title, owner: As `KeptSet` has them; without a title it is called by its name.

    Raises:
        DatasetError: there is a set of that name.
        StoreError: the disk cannot be written.
    """
    target = folder_of(name, home)
    if target in lost_sets(home):  # its photos are moved, not deleted
        damage.set_aside(target, home, "its record is lost")
    if target.exists():
        raise DatasetError(
            f"There is a set named {name!r} already.", "Expected a new name.", "Choose another, or delete it."
        )
    photos = list(photos)
    record = {
        "format": FORMAT, "name": name, "title": title or name, "owner": owner, "created": time.time(),
        "photos": list(map(asdict, photos)), "origin": asdict(origin),
    }  # fmt: skip
    write_json(folder / "set.json", record)
    wanted = {photo.sha256 for photo in photos}
    for file in (folder / "files").iterdir():
        if file.name not in wanted:
            remove(file)
    try:
        for sha256 in wanted:
            sync(folder / "files" / sha256)
        claims.release(folder)
        folder.rename(target)
    except OSError as error:
        raise StoreError(
            f"The set {name!r} could not be kept: {error.strerror or error}.", fix="Try again."
        ) from error


def add(
    came: Path, photos: Iterable[Photo], name: str, home: Path,
    join: Callable[[list[Photo], Origin], tuple[list[Photo], Origin]],
) -> None:  # fmt: skip
    """Add photos that came into the folder `came` to a set: their files are moved, then the record is
    written. What was there stays as it was.

    Args:
        photos: Those whose files are moved.
        join: Makes the photos and the origin of the set anew, of those that it has when it is written.

    Raises:
        DatasetError: there is no such set, its record is broken, or `join` raises it; nothing changes.
        StoreError: the disk cannot be written.
    """
    target = folder_of(name, home)
    if not target.exists() or target in lost_sets(home):
        raise DatasetError(f"There is no set named {name!r} any more.", fix="Keep them under a new name.")
    try:
        for sha256 in {photo.sha256 for photo in photos}:
            sync(came / "files" / sha256)
            (came / "files" / sha256).replace(target / "files" / sha256)
    except OSError as error:
        raise StoreError(
            f"The photos could not be added: {error.strerror or error}.", fix="Take them in again."
        ) from error

    def joined(record: Any) -> Any:
        before = photos_of(record, target)
        after, origin = join(*before)
        noted = {"created": time.time(), "photos": len(after) - len(before[0])}
        return record | {
            "photos": list(map(asdict, after)), "origin": asdict(origin),
            "added": [*record.get("added", []), noted],
        }  # fmt: skip

    update_json(target / "set.json", joined)
    discard(came)


def delete(name: str, home: Path) -> None:
    """Remove a kept set with its photos. It loses its name first, so a kill half-way leaves no broken set."""
    remove_folder(folder_of(name, home))
    for personal in (home, *(home / "people").glob("*")):
        exclusions.forget(personal, name)
        relabelling.forget(personal, name)
        tables.forget(personal, name)
