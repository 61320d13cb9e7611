"""Where the images of a data set lie: a folder, a zip or an array. A source reads one by its position."""

import errno
import threading
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.decoding import decode_upright
from core.data.zips import UNPACKING_ERRORS
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
        if not (folder / path).is_file() and (folder / path).exists():  # a pipe would be waited for forever
            raise OSError(errno.EINVAL, "no ordinary file")
        return (folder / path).read_bytes()
    except OSError as error:
        raise DatasetError(
            f"The image {path} cannot be read: {error.strerror}.",
            fix="Check that it still exists and that you may read it.",
            field="data.name",
        ) from error


class ZipSource:
    """Images as members of a zip, read in place. Safe to use from several threads."""

    in_memory = False
    decode = staticmethod(decode_upright)

    def __init__(self, path: Path, members: list[str]):
        self._path, self._members = path, members
        self._zip, self._lock = None, threading.Lock()

    def __getstate__(self):
        return {"path": self._path, "members": self._members}

    def __setstate__(self, state):
        self.__init__(**state)

    def content(self, position: int) -> bytes:
        return self.member(self._members[position])

    def lost(self) -> list[int]:
        return []

    def member(self, name: str) -> bytes:
        """The bytes of a member; zipfile checks them against the member's CRC and stated size."""
        try:
            with self._lock:
                self._zip = self._zip or zipfile.ZipFile(self._path)
            return self._zip.read(name)
        except UNPACKING_ERRORS as error:
            raise bad_zip(self._path, f"{name} cannot be unpacked ({error})") from error


class ArraySource:
    """Grey images in an array, uint8 (n, h, w)."""

    in_memory = True

    def __init__(self, pixels: np.ndarray):
        self._pixels = pixels

    def content(self, position: int) -> bytes:
        return self._pixels[position].tobytes()

    def decode(self, content: bytes, name: str) -> Image.Image:
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


def bad_zip(path: Path, reason: str) -> DatasetError:
    """The refusal of a zip, ready to be raised."""
    return DatasetError(
        f"The zip {path.name} cannot be used: {reason.rstrip('.')}.",
        "Expected a complete zip of pictures without a password.",
        "Make or download it again, or unpack it and give the folder.",
        field="data.name",
    )
