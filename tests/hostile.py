"""Zips and pictures made to do harm, or mangled at random: for tests of what takes photos in."""

import io
import random
import stat
import struct
import zipfile
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.photos import encoded, photo

CLASSES = ("cats", "dogs")


def zip_of(members: dict[str, bytes], change: Callable[[zipfile.ZipFile], None] | None = None) -> bytes:
    """A zip with three good pictures of each of two classes, `members`, and what `change` adds."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for seed, (name, number) in enumerate((c, n) for c in CLASSES for n in range(3)):
            archive.writestr(f"{name}/{number}.png", encoded(photo(seed)))
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        if change is not None:
            change(archive)
    return stream.getvalue()


def picture(seed: int = 99) -> bytes:
    return encoded(photo(seed))


def _link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("cats/link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def _twice(archive: zipfile.ZipFile) -> None:
    archive.filelist.append(archive.filelist[0])


def _patched(content: bytes, at: int, value: bytes) -> bytes:
    """The last entry of the table of contents with bytes changed at an offset from its signature."""
    start = content.rfind(b"PK\x01\x02") + at
    return content[:start] + value + content[start + len(value) :]


def _evil_png(side: int) -> bytes:
    return encoded(Image.new("1", (side, side)))


def _deep(levels: int) -> bytes:
    inner = picture()
    for _ in range(levels):
        inner = zip_of({"cats/inner.zip": inner})
    return inner


def _huge_table() -> bytes:
    """A valid table of contents of 400,000 entries; reading it would cost hundreds of megabytes."""
    entry = b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    table = entry * 400_000
    return table + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(table), 0, 0)


# name -> (content, part of the reason it is set aside for, or None where it may be used)
ZIPS: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "zip slip": (lambda: zip_of({"../../cats/slip.png": picture()}), "leads out of the folder"),
    "zip slip inside": (lambda: zip_of({"cats/../../slip.png": picture()}), "leads out of the folder"),
    "zip slip by backslash": (lambda: zip_of({"cats\\..\\..\\s.png": picture()}), "leads out of the folder"),
    "zip slip with a space": (lambda: zip_of({"cats/.. /slip.png": picture()}), "leads out of the folder"),
    "absolute path": (lambda: zip_of({"/etc/cats/abs.png": picture()}), "absolute path"),
    "drive letter": (lambda: zip_of({"C:\\cats\\drive.png": picture()}), "absolute path"),
    "network share": (lambda: zip_of({"\\\\host\\cats\\share.png": picture()}), "absolute path"),
    "symbolic link": (lambda: zip_of({}, _link), "linked inside"),
    "the same path twice": (lambda: zip_of({}, _twice), "twice under"),
    "nested zip": (lambda: _deep(2), "packed once more"),
    "locked": (lambda: _patched(zip_of({"cats/locked.png": picture()}), 8, b"\x01\x00"), "password"),
    "odd compression": (lambda: _patched(zip_of({"cats/odd.png": picture()}), 10, b"\x63\x00"), "packed in"),
    "ratio": (lambda: zip_of({}, lambda z: z.writestr("cats/r.bmp", bytes(2**20 * 3))), "times its size"),
    "claims too much": (
        lambda: _patched(zip_of({"cats/claims.png": picture()}), 24, struct.pack("<L", 2**31)), "more than",
    ),
    "claims too little": (
        lambda: _patched(zip_of({"cats/little.png": picture()}), 24, struct.pack("<L", 10)), "damaged",
    ),
    "picture bomb": (lambda: zip_of({"cats/bomb.png": _evil_png(9_500)}), "pixels are more than"),
    "text as picture": (lambda: zip_of({"cats/text.jpg": b"<script>alert(1)</script>"}), "no known picture"),
    "EPS as picture": (lambda: zip_of({"cats/eps.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n"}), "no known picture"),
    "empty file": (lambda: zip_of({"cats/empty.jpg": b""}), "no known picture"),
    "picture cut short": (lambda: zip_of({"cats/cut.png": picture()[:120]}), ""),
    "name of nothing": (lambda: zip_of({"cats/\u202e\u200f/x.png": picture()}), "no readable character"),
    "folder with an endless name": (lambda: zip_of({"c" * 300 + "/x.png": picture()}), "more than 100"),
    "endless depth": (lambda: zip_of({"a/" * 40 + "x.png": picture()}), "folders deep"),
    "file with an endless name": (lambda: zip_of({f"cats/{'x' * 5000}.png": picture()}), None),
    "name in HTML": (lambda: zip_of({"cats/<img src=x onerror=alert(1)>.png": picture()}), None),
    "reserved names": (lambda: zip_of({"cats/CON.png": picture(), "cats/a. .png": picture(98)}), None),
    "names by case": (lambda: zip_of({"cats/A.png": picture(), "cats/a.png": picture(98)}), None),
    "names in many scripts": (lambda: zip_of({"cats/猫 кот قطة.png": picture()}), None),
    "turned-around letters": (lambda: zip_of({"cats/gnp.\u202eexe.png": picture()}), None),
    "PNG called JPEG": (lambda: zip_of({"cats/really.jpg": picture()}), None),
}  # fmt: skip

NO_ZIPS = {
    "nothing": lambda: b"",
    "text": lambda: b"no zip at all",
    "half a zip": lambda: zip_of({})[:400],
    "a huge table of contents": _huge_table,
}


def mangled(seed: int) -> bytes:
    """A zip damaged at random: bytes flipped, cut, repeated, names and pictures of every kind inside."""
    chance = random.Random(seed)
    members = {}
    for _ in range(chance.randrange(4)):
        members[_name(chance)] = _content(chance)
    content = bytearray(zip_of(members))
    for _ in range(chance.choice((0, 0, 1, 3, 30))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.2:
        del content[chance.randrange(len(content)) :]
    if chance.random() < 0.2:
        at = chance.randrange(len(content) + 1)
        content[at:at] = content[chance.randrange(len(content) + 1) :][:200]
    return bytes(content)


_PIECES = (
    "cats", "dogs", "..", ".", "", "C:", "CON", "NUL.png", "a. ", "*x*", "<b>", "$1$", "`", "[a](b)", ".git",
    "__MACOSX", "\u202e", "\u200b", "猫", "é", "e\u0301", "\x01", "\x7f", "-", "~", "%00", "a" * 150,
    "train", "val",
)  # fmt: skip


def _name(chance: random.Random) -> str:
    parts = [chance.choice(_PIECES) for _ in range(chance.randrange(1, 5))]
    return chance.choice("/\\").join(parts) + chance.choice((".png", ".jpg", ".gif", ".zip", "", "/x.webp"))


def _content(chance: random.Random) -> bytes:
    kind = chance.choice(("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "noise"))
    if kind == "noise":
        return chance.randbytes(chance.randrange(300))
    mode = chance.choice(("RGB", "L", "1", "P"))
    noise = np.random.default_rng(chance.randrange(99)).integers(0, 256, (9, 7, 3), np.uint8)
    image = Image.fromarray(noise).convert(mode if kind != "JPEG" or mode in ("RGB", "L") else "RGB")
    content = bytearray(encoded(image, kind))
    for _ in range(chance.choice((0, 1, 5))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content[: chance.choice((None, None, chance.randrange(len(content))))])
