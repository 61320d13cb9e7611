"""Checksums inside stored files, so that bits that flipped on a disk are noticed and not computed with.

- JSON, and each line of a log, ends in 32 blanks that spell the CRC-32 of all before them: a space is a 0, a
  tab a 1. Every reader of JSON passes over blanks, so the file stays one for all of them; it travels with its
  checksum, and takes it on together with its content.
- Arrays (`.npy`) and converted networks end in a line `crc32 xxxxxxxx`, which NumPy and LiteRT do not read.
- `.npz` and `.keras` are zips, and a zip has a CRC-32 for every member.

What was written before there were checksums has none: it counts as whole if it can be read. A converted
network is made again instead, since one with a damaged last line would look the same.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Callable, Container
from pathlib import Path
from typing import IO, Any

import numpy as np

BLOCK_BYTES = 2**22
_BITS = 32
_BLANKS = b" \t\r\n"  # whatever blanks a text ends in
_SEALED = re.compile(rb"\n?([ \t]{32})\n?\Z")
_TO_BLANKS, _TO_BITS = str.maketrans("01", " \t"), str.maketrans(" \t", "01")
_LAST_LINE = re.compile(rb"crc32 ([0-9a-f]{8})\n\Z")
LAST_LINE_BYTES = len(b"crc32 01234567\n")


class Damaged(ValueError):
    """A file is not as it was written: cut short, overwritten, or with bits that flipped."""


# Text


def seal(text: str) -> bytes:
    """UTF-8 of `text` and, blank to the eye, its checksum."""
    content = text.encode("utf-8")
    return content + f"{zlib.crc32(content):0{_BITS}b}".translate(_TO_BLANKS).encode("ascii")


def is_sealed(content: bytes) -> bool:
    """Whether a text carries a checksum, right or wrong."""
    return _SEALED.search(content) is not None


def parse(content: bytes) -> Any:
    """The value of a JSON text, sealed or not.

    Raises:
        Damaged: it is no JSON, or its checksum does not fit.
    """
    tail = content[len(content.rstrip(_BLANKS)) :]
    if b" " in tail or b"\t" in tail:
        sealed = _SEALED.fullmatch(tail)
        if sealed is None:  # bits flipped in the checksum itself, or it was cut
            raise Damaged("its checksum is damaged")
        content = content[: len(content) - len(tail) + sealed.start(1)]
        if int(sealed[1].decode("ascii").translate(_TO_BITS), 2) != zlib.crc32(content):
            raise Damaged("its checksum does not fit")
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Damaged("it is no JSON") from error


# Arrays and converted networks


class Sealing:
    """A binary file being written: `write` as usual, then `finish`, which adds the checksum."""

    def __init__(self, stream: IO[bytes]):
        self._stream, self._crc = stream, 0

    def write(self, block: bytes | memoryview) -> None:
        self._crc = zlib.crc32(block, self._crc)
        self._stream.write(block)

    def finish(self) -> None:
        """Write the last line. The stream stays open."""
        self._stream.write(b"crc32 %08x\n" % self._crc)


def check_npy(path: Path) -> None:
    """Read through a `.npy` file and compare its checksum; without one, its length must be what it claims.

    Raises:
        Damaged: one of them does not fit.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = _npy_bytes(stream)
        if size == length:
            return  # written without a checksum
        if size != length + LAST_LINE_BYTES:
            raise Damaged(f"it has {size:,} bytes and not {length + LAST_LINE_BYTES:,}")
        stream.seek(0)
        crc = _crc32(stream, length)
        if stream.read() != b"crc32 %08x\n" % crc:
            raise Damaged("its checksum does not fit")


def _npy_bytes(stream: IO[bytes]) -> int:
    """Length of a `.npy` file by its header, the header included."""
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise Damaged("its header is of another version")
        shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    except Exception as error:  # NumPy parses the header as Python: a dozen kinds of errors
        raise Damaged("its header is broken") from error
    return stream.tell() + kind.itemsize * int(np.prod(shape, dtype=np.int64))


def _crc32(stream: IO[bytes], length: int) -> int:
    crc = 0
    while length > 0 and (block := stream.read(min(BLOCK_BYTES, length))):
        crc, length = zlib.crc32(block, crc), length - len(block)
    return crc


def file_crc32(path: Path) -> int:
    """CRC-32 of a whole file."""
    with path.open("rb") as stream:
        return _crc32(stream, path.stat().st_size)


def opened(content: bytes) -> bytes | None:
    """What was written with `Sealing`, without its last line; None where there is none.

    Raises:
        Damaged: the checksum does not fit.
    """
    found = _LAST_LINE.search(content)
    if found is None:
        return None
    content = content[:-LAST_LINE_BYTES]
    if int(found[1], 16) != zlib.crc32(content):
        raise Damaged("its checksum does not fit")
    return content


# Zips: `.npz`, `.keras`


def check_zip(path: Path, *, thoroughly: bool = True) -> None:
    """Compare every member's checksum, or only whether the zip is complete, which reads next to nothing.

    Raises:
        Damaged: it is no zip, cut short, or a member's checksum does not fit.
        OSError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if thoroughly and archive.testzip() is not None:
                raise Damaged("a checksum does not fit")
    except (Damaged, OSError):
        raise
    except Exception as error:  # zipfile and zlib raise a dozen kinds
        raise Damaged("it is no complete zip") from error


def load_npz(path: Path, names: Container[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of a `.npz`, each compared with its checksum. Nothing is unpickled.

    Args:
        names: Of those to read, as far as they are there; all without it.

    Raises:
        FileNotFoundError: there is none.
        Damaged: it cannot be read, or a checksum does not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files if names is None or name in names}
    except FileNotFoundError:
        raise
    except Exception as error:  # NumPy, zipfile and zlib raise a dozen kinds
        raise Damaged("it is no complete .npz, or a checksum does not fit") from error


# Once a process

_known: dict[tuple[Path, str], tuple[int, int, int]] = {}  # (file, check) -> stamp when it was found whole


def once(path: Path, check: Callable[[Path], Any]) -> None:
    """Check a file when this process first sees it, and again when it has changed.

    Raises:
        FileNotFoundError: there is none.
        Damaged: from `check`, each time.
    """
    stamp, known = stamp_of(path), (path, check.__name__)
    if _known.get(known) != stamp:
        check(path)
        _known[known] = stamp


def touched(path: Path, check: Callable[[Path], Any]) -> None:
    """A file that was found whole has a new date and the same content: it need not be checked again."""
    if (path, check.__name__) in _known:
        _known[path, check.__name__] = stamp_of(path)


def stamp_of(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written anew: time of change, size, and which file it is."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
