"""A photo's file without the position at which it was taken: GPS in EXIF and in XMP, in every format that
carries them. Pixels, orientation, colour profile and all else stay as they are, to the bit; a file without
position comes back as it is.
"""

import binascii
import contextlib
import re
import struct
import zlib
from collections.abc import Callable, Iterator

from core.intake.exif import blanked, blanked_xmp

_MOST_TEXT = 16 * 2**20  # bytes that a packed text of a PNG may unpack to
_TEXTS = (b"XML:com.adobe.xmp", b"Raw profile type ")
_SEGMENT = re.compile(
    rb"\xff\xe1(..)(Exif\0.|http://ns\.adobe\.com/xap/1\.0/\0|http://ns\.adobe\.com/xmp/extension/\0)", re.S
)


def without_position(content: bytes) -> bytes:
    """The file of a picture without position, of any format; the same bytes where it says none.

    What cannot be read as the format prescribes is left as it is: no program finds a position there either.
    """
    with contextlib.suppress(struct.error, IndexError, ValueError, OverflowError):
        new = _by_format(content)(content)
        return content if new == content else new
    return content


def _by_format(content: bytes) -> Callable[[bytes], bytes]:
    if content.startswith(b"\xff\xd8"):
        return _jpeg
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp
    if content[4:8] == b"ftyp":
        return _heif
    if content.startswith(b"GIF8"):
        return _gif
    return blanked  # TIFF; of any other it changes nothing


def _exif(block: bytes) -> bytes:
    """A block of EXIF, which may say so first, without position."""
    head = 6 if block.startswith(b"Exif\0") else 0
    return block[:head] + blanked(block[head:])


def _jpeg(content: bytes) -> bytes:
    """Also of the pictures behind the first, as in MPO. Compressed pixels hold no bytes FF E1."""
    new = bytearray(content)
    for found in _SEGMENT.finditer(content):
        start, end = found.end(), found.start() + 2 + int.from_bytes(found[1])
        change = blanked if found[2].startswith(b"Exif") else blanked_xmp
        if start < end <= len(content):
            new[start:end] = change(content[start:end])
    return bytes(new)


def _webp(content: bytes) -> bytes:
    new, at = bytearray(content), 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        place = slice(at + 8, min(at + 8 + size, len(content)))
        if change := {b"EXIF": _exif, b"XMP ": blanked_xmp}.get(name):
            new[place] = change(content[place])
        at += 8 + size + size % 2
    return bytes(new)


def _gif(content: bytes) -> bytes:
    at = content.find(b"\x21\xff\x0bXMP DataXMP")
    return content if at < 0 else content[:at] + blanked_xmp(content[at:])


# PNG


def _png(content: bytes) -> bytes:
    new, at = [content[:8]], 8
    while at < len(content):
        size = int.from_bytes(content[at : at + 4])
        name, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        changed = _png_chunk(name, data)
        if changed == data:
            new.append(content[at : at + 12 + size])
        else:
            crc = struct.pack(">L", zlib.crc32(name + changed))
            new += [struct.pack(">L", len(changed)), name, changed, crc]
        at += 12 + size
    return b"".join(new)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    if name == b"eXIf":
        return _exif(data)
    key, _, rest = data.partition(b"\0")
    if name not in (b"tEXt", b"zTXt", b"iTXt") or not re.match(
        rb"XML:com\.adobe\.xmp$|Raw profile type ", key
    ):
        return data
    change = _raw_profile if key.startswith(b"Raw") else blanked_xmp
    head, packed = _text_head(name, rest)
    if not packed:
        text = rest[len(head) :]
        return key + b"\0" + head + change(text)
    try:
        text = zlib.decompressobj().decompress(rest[len(head) :], _MOST_TEXT)
    except zlib.error:
        return data  # nobody can read it
    changed = change(text)
    return data if changed == text else key + b"\0" + head + zlib.compress(changed)


def _text_head(name: bytes, rest: bytes) -> tuple[bytes, bool]:
    """What stands between a text's key and the text, and whether the text is packed."""
    if name == b"tEXt":
        return b"", False
    if name == b"zTXt":
        return rest[:1], True
    languages = rest[2:].split(b"\0", 2)[:2]
    return rest[: 4 + sum(map(len, languages))], rest[:1] == b"\1"


def _raw_profile(text: bytes) -> bytes:
    """ImageMagick's way to put EXIF and XMP into a PNG: a name, a length and hexadecimal digits."""
    found = re.match(rb"\s*(\w+)\s+\d+\s", text)
    if found is None or found[1].lower() not in (b"exif", b"app1", b"xmp"):
        return text
    digits = [at for at in range(found.end(), len(text)) if not text[at : at + 1].isspace()]
    block = binascii.unhexlify(bytes(text[at] for at in digits))
    changed = blanked_xmp(block) if not block.startswith(b"Exif") else _exif(block)
    new = bytearray(text)
    for at, digit in zip(digits, binascii.hexlify(changed) if changed != block else (), strict=False):
        new[at] = digit
    return bytes(new)


# HEIC and AVIF: boxes in boxes; a table says where each item of metadata lies


def _heif(content: bytes) -> bytes:
    new = bytearray(content)
    for kind, place in _items(content):
        block = content[place]
        if kind == b"Exif":
            head = 4 + int.from_bytes(block[:4])  # where its TIFF begins is said first
            new[place] = block[:head] + blanked(block[head:])
        else:
            new[place] = blanked_xmp(block)
    return bytes(new)


def _items(content: bytes) -> Iterator[tuple[bytes, slice]]:
    """(kind, place) of the items that are EXIF or may be XMP."""
    meta = _boxes(content, 0, len(content)).get(b"meta")
    if meta is None:
        return
    boxes = _boxes(content, meta.start + 4, meta.stop)
    kinds = _kinds(content, boxes[b"iinf"]) if b"iinf" in boxes else {}
    inside = boxes[b"idat"].start if b"idat" in boxes else 0
    for item, places in _places(content, boxes[b"iloc"], inside) if b"iloc" in boxes else ():
        if kinds.get(item) in (b"Exif", b"mime") and len(places) == 1:
            yield kinds[item], places[0]


def _boxes(content: bytes, start: int, stop: int) -> dict[bytes, slice]:
    """Kind of box -> what is in the first of that kind."""
    found: dict[bytes, slice] = {}
    for kind, place in _each_box(content, start, stop):
        found.setdefault(kind, place)
    return found


def _each_box(content: bytes, start: int, stop: int) -> Iterator[tuple[bytes, slice]]:
    while start + 8 <= stop:
        size, kind, head = int.from_bytes(content[start : start + 4]), content[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(content[start + 8 : start + 16]), 16
        end = min(stop, start + size) if size else stop
        if end < start + head:
            return
        yield kind, slice(start + head, end)
        start = end


def _kinds(content: bytes, box: slice) -> dict[int, bytes]:
    """Item -> its kind, by the box `iinf`."""
    found, head = {}, 6 if content[box.start] == 0 else 8
    for kind, place in _each_box(content, box.start + head, box.stop):
        version = content[place.start]
        if kind == b"infe" and version >= 2:
            wide = 2 if version == 2 else 4
            at = place.start + 4
            found[int.from_bytes(content[at : at + wide])] = content[at + wide + 2 : at + wide + 6]
    return found


def _places(content: bytes, box: slice, inside: int) -> Iterator[tuple[int, list[slice]]]:
    """(item, where its pieces lie), by the box `iloc`. `inside`: where the box `idat` begins."""
    version, at = content[box.start], box.start + 4
    wide_offset, wide_length = content[at] >> 4, content[at] & 15
    wide_base, wide_index = content[at + 1] >> 4, content[at + 1] & 15 if version else 0
    at += 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > box.stop:
            raise ValueError("its table ends too soon")
        return int.from_bytes(content[at - size : at])

    id_size = 4 if version == 2 else 2
    for _ in range(number(id_size)):
        item = number(id_size)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(wide_base) + (inside if method == 1 else 0)
        places = []
        for _ in range(number(2)):
            number(wide_index)
            start, length = base + number(wide_offset), number(wide_length)
            places.append(slice(start, min(start + length, len(content))))
        yield item, places if method < 2 else []
