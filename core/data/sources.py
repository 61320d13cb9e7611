"""Where the images of a data set lie: a folder, a zip or an array. A source reads one by its position."""

import threading
from pathlib import Path

import numpy as np
from PIL import Image

from core.data import listers
from core.data.decoding import decode_upright
from core.data.levels import Levels
from core.data.listing import IN_PLACE, Unreadable
from core.data.zips import UNPACKING_ERRORS, open_archive, read_member
from core.errors import DatasetError


class FolderSource:
    """Images as files below a folder."""

    in_memory = False

    def __init__(self, folder: Path, paths: list[str]):
        self._folder, self._paths = folder, paths

    def content(self, position: int) -> bytes:
        return read_file(self._folder, self._paths[position])

    decode = staticmethod(decode_upright)

    def lost(self) -> list[int]:
        """Positions of images that are known to be gone or damaged, without reading all of them."""
        return []


def read_file(folder: Path, path: str) -> bytes:
    """The bytes of an ordinary file, as a DatasetError where that fails."""
    try:
        return listers.read_file(folder / path, IN_PLACE.file_bytes)
    except Unreadable as error:
        raise DatasetError(
            f"The image {path} cannot be read: {error}.",
            fix="Check that it still exists and that you may read it.",
            field="data.name",
        ) from error


class ZipSource:
    """Images as members of a zip, read in place. Safe to use from several threads.

    Args:
        members: Positions in the zip's table of contents; names may stand there twice.
    """

    in_memory = False
    decode = staticmethod(decode_upright)

    def __init__(self, path: Path, members: list[int]):
        self._path, self._members = path, members
        self._zip, self._lock = None, threading.Lock()

    def __getstate__(self):
        return {"path": self._path, "members": self._members}

    def __setstate__(self, state):
        self.__init__(**state)

    def content(self, position: int) -> bytes:
        """The bytes of a member; zipfile checks them against the member's CRC and stated size."""
        number = self._members[position]
        try:
            with self._lock:
                self._zip = self._zip or open_archive(self._path.open("rb"))
            return read_member(self._zip, self._zip.infolist()[number], IN_PLACE.file_bytes)
        except (*UNPACKING_ERRORS, IndexError) as error:
            raise DatasetError(
                f"The zip {self._path.name} has changed or is damaged: {str(error).rstrip('.')}.",
                "Expected it as it was when it was opened.",
                "Make or download it again, or unpack it and give the folder.",
                field="data.name",
            ) from error

    def lost(self) -> list[int]:
        return []


class ArraySource:
    """Grey images in an array, uint8 (n, h, w)."""

    in_memory = True

    def __init__(self, pixels: np.ndarray):
        self._pixels = pixels

    def content(self, position: int) -> bytes:
        return self._pixels[position].tobytes()

    def decode(self, content: bytes, name: str, levels: Levels | None = None) -> Image.Image:
        return Image.frombytes("L", self._pixels.shape[:0:-1], content)

    def lost(self) -> list[int]:
        return []


class SomeOf:
    """Some images of another source, by their positions there."""

    def __init__(self, source, positions: list[int]):
        self._source, self._positions = source, positions
        self.decode, self.in_memory = source.decode, source.in_memory

    def content(self, position: int) -> bytes:
        return self._source.content(self._positions[position])

    def lost(self) -> list[int]:
        gone = set(self._source.lost())
        return [here for here, position in enumerate(self._positions) if position in gone]
