"""Opening a zip that may mean harm: its table of contents and its members are read within bounds."""

import contextlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from core.data import alphabets

MAX_TABLE_BYTES = 16 * 2**20  # of the table of contents: some 150,000 members with their paths
BLOCK_BYTES = 2**16

# RuntimeError: encrypted, or (NotImplementedError) a compression Python cannot undo
UNPACKING_ERRORS = (
    OSError, zipfile.BadZipFile, EOFError, KeyError, RuntimeError, ValueError, struct.error, zlib.error,
    lzma.LZMAError,
)  # fmt: skip


class _Bounded:
    """A file that refuses to be read in one piece larger than MAX_TABLE_BYTES.

    `zipfile` reads the table of contents in one piece, of the size the file states, and makes an object of
    each entry: half a gigabyte of entries would fill the memory before anybody could count them.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > MAX_TABLE_BYTES:
            raise zipfile.BadZipFile(f"its table of contents is larger than {MAX_TABLE_BYTES // 2**20} MiB")
        return self._file.read(size)


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """The zip in `file`, which stays the caller's to close.

    Raises:
        One of UNPACKING_ERRORS: not a zip, damaged, or its table of contents is too large.
    """
    return zipfile.ZipFile(_Bounded(file))


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The first bytes of a member, at most so many, whatever the table says of its size. One that is read to
    its end is checked against its CRC.

    Raises:
        One of UNPACKING_ERRORS: damaged, encrypted or of an unknown compression.
    """
    content, total = io.BytesIO(), 0  # which gives its bytes without copying them
    with archive.open(member) as stream:
        while total < most and (block := stream.read(min(BLOCK_BYTES, most - total))):
            total += content.write(block)
    return content.getvalue()


@dataclass(frozen=True)
class MemberName:
    """The name of a member as it was meant.

    Attributes:
        guessed: Whether nothing says in which alphabet it is written, so that it may be read wrongly.
        respelled: Whether it is neither as `zipfile` reads it nor that in UTF-8.
    """

    text: str
    guessed: bool = False
    respelled: bool = False


def member_names(members: Sequence[zipfile.ZipInfo]) -> list[MemberName]:
    """The names of the members of a zip. Those that could be of any alphabet are read in the one in which all
    of them are words, if there is one; they stay guessed."""
    names = [member_name(member) for member in members]
    raw = {name.text: name.text.encode("cp437") for name in names if name.guessed}
    page = alphabets.guess(raw.values())
    if page is None:
        return names
    with contextlib.suppress(UnicodeError):
        read = {text: content.decode(page) for text, content in raw.items()}
        return [
            MemberName(read[one.text], guessed=True, respelled=True) if one.guessed else one
            for one in names
        ]  # fmt: skip
    return names


def member_name(member: zipfile.ZipInfo) -> MemberName:
    """The name of a member alone. Without the UTF-8 flag `zipfile` reads it as cp437. Some programs then give
    the name in Unicode besides; macOS writes UTF-8 all the same, and valid UTF-8 beyond ASCII is hardly ever
    anything else."""
    if member.flag_bits & 0x800 or member.filename.isascii():
        return MemberName(member.filename)
    try:
        raw = member.orig_filename.encode("cp437")
    except UnicodeError:
        return MemberName(member.filename)
    for text in (_unicode_path(member.extra, raw), raw):
        with contextlib.suppress(UnicodeError):
            return MemberName(text.decode("utf-8"), respelled=text != raw)
    return MemberName(member.orig_filename.partition("\0")[0], guessed=True)


def _unicode_path(extra: bytes, raw: bytes) -> bytes:
    """The name in UTF-8 that Info-ZIP's "Unicode path" field (0x7075) gives, if it is of this very name."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == 0x7075 and len(field) > 5 and struct.unpack_from("<L", field, 1)[0] == zlib.crc32(raw):
            return field[5:]
    return b"\xff"  # no UTF-8
