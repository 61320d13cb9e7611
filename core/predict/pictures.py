"""Pictures from outside, in folders, zips and single files: found as training finds its own, and decoded.

Nothing is laid out by class here, and nothing is checked beforehand: a file that cannot be read is one more
answer, which says why.
"""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data import images, listers
from core.data.decoding import decode_alone
from core.data.levels import Levels
from core.data.listing import IN_PLACE, NO_PICTURE, File, Listing, PassedOver, Unreadable
from core.data.places import is_zip, missing
from core.errors import DatasetError
from core.typed_places import as_path, exists, read_place
from core.wording import words

BATCH = 32  # pictures that go through the network at a time
THREADS = 2  # Pillow decodes outside Python's lock
FIELD = "pictures"


@dataclass(frozen=True)
class Found:
    """What lies at the places that were named.

    Attributes:
        files: Pictures by their ending or first bytes, each place's in the order of their names. With several
            places, a folder's or zip's own name stands before its files' paths.
        passed_over: Everything else.
    """

    files: tuple[File, ...]
    passed_over: tuple[PassedOver, ...]


def find(places: Sequence[str], opened: contextlib.ExitStack) -> Found:
    """Look for pictures in folders, zips and files as a person typed them.

    Args:
        opened: Holds the zips open, from which files are read later.

    Raises:
        ConfigError: an address in a network, or nothing.
        DatasetError: nothing lies there, or there is not one picture in it.
    """
    files: list[File] = []
    passed_over: list[PassedOver] = []
    for text in places:
        place = read_place(text)
        path = as_path(place)
        if path is None or not exists(path):
            raise missing(place)
        listed = _listed(path, place, opened)
        top = f"{path.name}/" if len(places) > 1 and not _is_one_picture(path) else ""
        files += [replace(file, path=top + file.path) for file in listed.files if file.is_picture]
        passed_over += [replace(one, name=top + one.name) for one in listed.passed_over]
        texts = (file for file in listed.files if not file.is_picture)
        passed_over += [PassedOver(top + file.path, NO_PICTURE) for file in texts]
    if not files:
        what = f" What lies there: {words.plural(len(passed_over), 'other file')}." if passed_over else ""
        raise DatasetError(
            f"There is not one picture in {', '.join(places)}.{what}",
            f"Expected {images.KINDS} files.", "Name the folder, the zip or the files.", field=FIELD,
        )  # fmt: skip
    return Found(tuple(files), tuple(passed_over))


def _is_one_picture(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() != ".zip"


def _listed(path: Path, place: str, opened: contextlib.ExitStack) -> Listing:
    if _is_one_picture(path):
        found, info = Listing(IN_PLACE), path.stat()
        found.add(
            path.name, path.name, (info.st_size, info.st_mtime_ns),
            lambda most: listers.read_file(path, most), backslashes=False,
        )  # fmt: skip
        return found
    if not is_zip(path, place):
        return listers.of_folder(path)
    return listers.of_zip(opened.enter_context(path.open("rb")))


def decoded(
    files: Sequence[File], size: int, levels: Levels | None, batch: int = BATCH
) -> Iterator[list[np.ndarray | str]]:
    """The pictures as the network takes them, a batch at a time, in their order.

    Args:
        levels: Of the images that the network was trained on.

    Returns:
        For each file uint8 (size, size, 3), or what is wrong with it.
    """

    def one(file: File) -> np.ndarray | str:
        try:
            return images.squash(decode_alone(file.content(), file.path, levels), size)
        except Unreadable as problem:
            return str(problem)
        except DatasetError as problem:
            return problem.happened

    with ThreadPoolExecutor(THREADS) as pool:
        for at in range(0, len(files), batch):
            yield list(pool.map(one, files[at : at + batch]))
