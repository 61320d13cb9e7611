"""Where a photo was taken, taken out of EXIF and XMP in place: no other byte changes or moves.

EXIF is a small TIFF, and a TIFF file is one as a whole: lists of entries (IFDs), one of which leads to a list
with the position. That list and what it leads to become zeros, and nothing leads to it any more. XMP is XML:
what tells of a position becomes blanks.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADERS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}  # +: BigTIFF
_SIZES = {  # bytes of one value of each kind
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}  # fmt: skip
_INTEGERS = {3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
_GPS, _XMP = 0x8825, 700
_LISTS = (0x8769, 0xA005, 0x014A)  # entries that lead to other lists: EXIF's own, interoperability, parts
_PIXELS = {0x0111: 0x0117, 0x0144: 0x0145, 0x0201: 0x0202}  # where pieces of a picture lie -> their lengths
_MOST_LISTS, _MOST_ENTRIES = 256, 1_000  # no camera or program writes a tenth of it

_ATTRIBUTE = re.compile(rb"""\s[\w.-]+:GPS\w*\s*=\s*(?:"[^"]{0,4000}"|'[^']{0,4000}')""", re.IGNORECASE)
_ELEMENT = re.compile(rb"<([\w.-]+:GPS\w*)(?:\s[^>]{0,4000})?>", re.IGNORECASE)


def blanked_xmp(packet: bytes) -> bytes:
    """An XMP packet without position, of the same length."""
    packet = _ATTRIBUTE.sub(lambda found: b" " * len(found[0]), packet)
    blank, end, unclosed = bytearray(packet), 0, set()
    for opening in _ELEMENT.finditer(packet):
        if opening.start() < end:
            continue
        end = opening.end()
        if not opening[0].endswith(b"/>") and opening[1] not in unclosed:
            closing = b"</" + opening[1] + b">"
            at = packet.find(closing, end)
            if at < 0:
                unclosed.add(opening[1])  # looked for once: a packet full of them would take for ever
            else:
                end = at + len(closing)
        blank[opening.start() : end] = b" " * (end - opening.start())
    return bytes(blank)


def blanked(tiff: bytes) -> bytes:
    """A TIFF, or the TIFF in EXIF, without position, of the same length. One that is damaged beyond reading
    comes back as it is."""
    return _Tiff(tiff).blanked() if tiff[:4] in _HEADERS else tiff


@dataclass(frozen=True)
class _Entry:
    """A line of a list: `at` is where the line itself lies, `place` where its values do."""

    at: int
    tag: int
    kind: int
    count: int
    place: slice


@dataclass(frozen=True)
class _List:
    at: int
    first: int  # where its first entry lies
    entries: tuple[_Entry, ...]
    end: int  # behind the offset of the next list
    next: int


@dataclass
class _Tiff:
    content: bytes
    _used: list[slice] = field(default_factory=list)  # what other lists than those of positions lead to

    def __post_init__(self):
        self.order = _HEADERS[self.content[:4]]
        self.big = self.content[2:4] in (b"+\0", b"\0+")
        self.count_form, self.offset_form = ("Q", "Q") if self.big else ("H", "L")
        self.entry_bytes = 20 if self.big else 12
        self._used.append(slice(0, 16 if self.big else 8))  # the header

    def blanked(self) -> bytes:
        lists = list(self._lists())
        if not any(entry.tag in (_GPS, _XMP) for one in lists for entry in one.entries):
            return self.content
        new = bytearray(self.content)
        for entry in (entry for one in lists for entry in one.entries):
            if entry.tag == _XMP:
                new[entry.place] = blanked_xmp(self.content[entry.place])
            elif entry.tag == _GPS:
                for place in self._of_position(entry):
                    new[place] = bytes(place.stop - place.start)
        for one in lists:
            for entry in reversed([entry for entry in one.entries if entry.tag == _GPS]):
                self._remove(new, one, entry)
        return bytes(new)

    def _lists(self) -> Iterator[_List]:
        """Every list but those of positions; what they lead to is noted in `_used`."""
        waiting, seen = [self._number(8 if self.big else 4, self.offset_form)], set()
        while waiting and len(seen) < _MOST_LISTS:
            at = waiting.pop()
            if not at or at in seen or (found := self._list(at)) is None:
                continue
            seen.add(at)
            waiting.append(found.next)
            self._used.append(slice(found.at, found.end))
            for entry in found.entries:
                if entry.tag in _LISTS:
                    waiting += self._integers(entry)
                if entry.tag != _GPS:
                    self._used.append(entry.place)
            self._used += self._pieces(found)
            yield found

    def _list(self, at: int) -> _List | None:
        count = self._number(at, self.count_form)
        first = at + struct.calcsize("<" + self.count_form)
        last = first + count * self.entry_bytes
        end = last + struct.calcsize("<" + self.offset_form)
        if at < 4 or count > _MOST_ENTRIES or last > len(self.content):
            return None
        entries = (self._entry(first + n * self.entry_bytes) for n in range(count))
        return _List(at, first, tuple(filter(None, entries)), end, self._number(last, self.offset_form))

    def _entry(self, at: int) -> _Entry | None:
        tag, kind = struct.unpack_from(self.order + "HH", self.content, at)
        count = self._number(at + 4, self.offset_form)
        size, inside = count * _SIZES.get(kind, 1), 8 if self.big else 4
        start = at + self.entry_bytes - inside
        if size > inside:
            start = self._number(start, self.offset_form)
        return _Entry(at, tag, kind, count, slice(start, min(start + size, len(self.content))))

    def _number(self, at: int, form: str) -> int:
        """The number at an offset; 0 beyond the end."""
        form = self.order + form
        if at + struct.calcsize(form) > len(self.content):
            return 0
        return struct.unpack_from(form, self.content, at)[0]

    def _integers(self, entry: _Entry) -> tuple[int, ...]:
        form, place = _INTEGERS.get(entry.kind), self.content[entry.place]
        if form is None:
            return ()
        many = len(place) // struct.calcsize("<" + form)
        return struct.unpack_from(f"{self.order}{many}{form}", place)

    def _pieces(self, found: _List) -> Iterator[slice]:
        """Where the pixels of a picture, or of its thumbnail, lie."""
        by_tag = {entry.tag: entry for entry in found.entries}
        for starts, lengths in _PIXELS.items():
            if starts in by_tag and lengths in by_tag:
                pairs = zip(self._integers(by_tag[starts]), self._integers(by_tag[lengths]), strict=False)
                yield from (slice(start, start + length) for start, length in pairs)

    def _of_position(self, entry: _Entry) -> Iterator[slice]:
        """The lists of a position that an entry leads to, with their values; nothing that others share, as in
        a file made to lose its pixels."""
        for at in self._integers(entry):
            found = self._list(at)
            if found is not None:
                for place in (slice(found.at, found.end), *(one.place for one in found.entries)):
                    within = slice(place.start, min(place.stop, len(self.content)))
                    if within.start < within.stop and not self._shared(within):
                        yield within

    def _shared(self, place: slice) -> bool:
        return any(place.start < used.stop and used.start < place.stop for used in self._used)

    def _remove(self, new: bytearray, one: _List, entry: _Entry) -> None:
        """Take an entry out of its list; those behind it move up."""
        end = min(one.end, len(new))
        new[entry.at : end] = new[entry.at + self.entry_bytes : end] + bytes(self.entry_bytes)
        left = struct.unpack_from(self.order + self.count_form, new, one.at)[0] - 1
        struct.pack_into(self.order + self.count_form, new, one.at, left)
