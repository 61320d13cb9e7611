"""Zips that people have: names written in other ways, and members that cannot be read."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from tests.cases import PETS, Asked, Case, Read, Refused, fill, nfd, picture, read


class RawName(zipfile.ZipInfo):
    """A member whose name's bytes are written as given, without the flag that says UTF-8."""

    raw: bytes

    def _encodeFilenameFlags(self):
        return self.raw, self.flag_bits & ~0x800


def raw_zip(encode, classes=("cats", "dogs"), extra=lambda raw, name: b"") -> bytes:
    """A zip of six pictures a class, with names as `encode(name)` gives their bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in classes:
            for n in range(6):
                member = RawName("x")
                member.raw = encode(f"{name}/{n}.png")
                member.filename = member.raw.decode("latin-1")
                member.extra = extra(member.raw, f"{name}/{n}.png")
                archive.writestr(member, picture())
    return stream.getvalue()


def _unicode_path(raw: bytes, name: str) -> bytes:
    body = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


def _pets_and(add) -> bytes:
    stream = io.BytesIO(Case(read(PETS), fill(PETS)).zipped())
    with zipfile.ZipFile(stream, "a") as archive:
        add(archive)
    return stream.getvalue()


def _locked(content: bytes) -> bytes:
    at = content.rindex(b"PK\1\2") + 8
    return content[:at] + b"\1\0" + content[at + 2 :]


def _linked(archive: zipfile.ZipFile) -> None:
    member = zipfile.ZipInfo("cats/link.png")
    member.external_attr = 0o120777 << 16
    archive.writestr(member, "../dogs/00.png")


ALPHABETS = {
    "cp866": ("кошки", "собаки"),
    "cp1251": ("больные", "здоровые"),
    "cp932": ("ねこ", "柴犬"),
    "gb2312": ("玫瑰", "郁金香", "向日葵"),
    "cp850": ("Hündin", "Kätzchen"),
    "cp1252": ("forêt", "château"),
}


def _zips() -> Iterator[tuple[str, bytes, Read | Asked | Refused]]:
    yield "backslashes", raw_zip(lambda name: name.replace("/", "\\").encode()), read(PETS)
    yield "a dot and a slash", raw_zip(lambda name: f"./{name}".encode()), read(PETS)
    yield "names of macOS", raw_zip(lambda n: nfd(n).encode(), ("café", "thé")), read("café 6, thé 6")
    yield "names in Unicode besides", raw_zip(
        lambda name: name.encode("cp866"), ("кошки", "собаки"), _unicode_path
    ), read("кошки 6, собаки 6")  # fmt: skip
    for page, classes in ALPHABETS.items():
        right = read(", ".join(f"{name} 6" for name in classes))
        yield f"names in {page}", raw_zip(lambda name, page=page: name.encode(page), classes), right
    yield "a file locked with a password", _locked(
        _pets_and(lambda archive: archive.writestr("dogs/locked.png", picture()))
    ), read(PETS, {"locked with a password": 1})  # fmt: skip
    entry = b"PK\1\2\x14\3\x14\0"
    yield "all locked", raw_zip(str.encode).replace(entry + b"\0\0", entry + b"\1\0"), Refused(
        "There are no images. Passed over: 12 locked with a password"
    )  # fmt: skip
    yield "a link", _pets_and(_linked), read(PETS, {"linked inside a zip": 1})
    yield "packed in another way", _pets_and(
        lambda archive: archive.writestr("dogs/x.png", picture(), zipfile.ZIP_LZMA)
    ), read(PETS, {"packed in a way that is not read here": 1})  # fmt: skip
    yield "paths that lead elsewhere", _pets_and(
        lambda archive: [archive.writestr(n, picture()) for n in ("../cats/a.png", "/etc/b.png", "C:\\c.png")]
    ), read(PETS, {"with a path that leads out of the folder": 1, "with an absolute path": 2})  # fmt: skip
    yield "a class with a colon", raw_zip(str.encode, ("a:b", "c:d")), read("a:b 6, c:d 6")
    yield "cut off", raw_zip(str.encode)[:-40], Refused("zip")


ZIPS = {f"zip: {name}": Case(right, content=content) for name, content, right in _zips()}
