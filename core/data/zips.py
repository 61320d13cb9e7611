"""Opening a zip that may mean harm: its table of contents and its members are read within bounds."""

import lzma
import struct
import zipfile
import zlib
from typing import BinaryIO

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
    """The bytes of a member, checked against its CRC.

    Args:
        most: Unpacking ends with ValueError when there are more bytes than this, whatever the table says.

    Raises:
        One of UNPACKING_ERRORS: too large, damaged, encrypted or of an unknown compression.
    """
    blocks, total = [], 0
    with archive.open(member) as stream:
        while block := stream.read(BLOCK_BYTES):
            total += len(block)
            if total > most:
                raise ValueError(f"it holds more than {most:,} bytes")
            blocks.append(block)
    return b"".join(blocks)


def member_name(member: zipfile.ZipInfo) -> str:
    """The name of a member. Without the UTF-8 flag `zipfile` reads it as cp437; macOS writes UTF-8 all the
    same, and valid UTF-8 beyond ASCII is hardly ever anything else."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def is_folder(member: zipfile.ZipInfo) -> bool:
    """As `ZipInfo.is_dir`, which fails on a member without a name."""
    return member.filename.endswith("/")
