"""Where the images of a data set lie: a folder, a zip or an array. A source reads one by its position."""

import lzma
import threading
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from core.data import images
from core.errors import DatasetError

# RuntimeError: encrypted, or (NotImplementedError) a compression Python cannot undo
_UNPACKING_ERRORS = (
    OSError, zipfile.BadZipFile, EOFError, KeyError, RuntimeError, ValueError, zlib.error, lzma.LZMAError,
)  # fmt: skip


class FolderSource:
    """Images as files below a folder."""

    def __init__(self, folder: Path, paths: list[str]):
        self._folder, self._paths = folder, paths

    def content(self, position: int) -> bytes:
        return read_file(self._folder, self._paths[position])

    decode = staticmethod(images.decode)


def read_file(folder: Path, path: str) -> bytes:
    """The bytes of a file, as a DatasetError where that fails."""
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        raise DatasetError(
            f"The image {path} cannot be read: {error.strerror}.",
            fix="Check that it still exists and that you may read it.",
            field="data.name",
        ) from error


class ZipSource:
    """Images as members of a zip, read in place. Safe to use from several threads."""

    decode = staticmethod(images.decode)

    def __init__(self, path: Path, members: list[str]):
        self._path, self._members = path, members
        self._zip, self._lock = None, threading.Lock()

    def __getstate__(self):
        return {"path": self._path, "members": self._members}

    def __setstate__(self, state):
        self.__init__(**state)

    def content(self, position: int) -> bytes:
        return self.member(self._members[position])

    def member(self, name: str) -> bytes:
        """The bytes of a member; zipfile checks them against the member's CRC and stated size."""
        try:
            with self._lock:
                self._zip = self._zip or zipfile.ZipFile(self._path)
            return self._zip.read(name)
        except _UNPACKING_ERRORS as error:
            raise bad_zip(self._path, f"{name} cannot be unpacked ({error})") from error


class ArraySource:
    """Grey images in an array, uint8 (n, h, w)."""

    def __init__(self, pixels: np.ndarray):
        self._pixels = pixels

    def content(self, position: int) -> bytes:
        return self._pixels[position].tobytes()

    def decode(self, content: bytes, name: str) -> Image.Image:
        return Image.frombytes("L", self._pixels.shape[:0:-1], content)


def bad_zip(path: Path, reason: str) -> DatasetError:
    """The refusal of a zip, ready to be raised."""
    return DatasetError(
        f"The zip {path.name} cannot be used: {reason.rstrip('.')}.",
        "Expected a complete zip of pictures without a password.",
        "Make or download it again, or unpack it and give the folder.",
        field="data.name",
    )
