"""Picture files written byte by byte: 16 bits a channel in colours, of which Pillow writes none."""

import struct
import zlib

import numpy as np


def png(samples: np.ndarray, interlaced_by: bytes = b"\0", extra: bytes = b"") -> bytes:
    """A PNG of 16 bits a channel, integers (h, w, channels), by hand: Pillow writes such files of grey only.

    Args:
        extra: Chunks before the pixels, as `chunk` makes them.
    """
    height, width, channels = samples.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    head = struct.pack(">IIBBBB", width, height, 16, kind, 0, 0) + interlaced_by
    parts = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def chunk(name: bytes, body: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def tiff(samples: np.ndarray, order: str = "<", packed: bool = False, side: int = 0) -> bytes:
    """A TIFF of 16 bits a channel, integers (h, w, channels), by hand.

    Args:
        order: `<` or `>`, of the bytes.
        packed: With deflate, so that Pillow reads it through libtiff.
        side: Of square tiles, px; 0 for one strip.
    """
    height, width, channels = samples.shape
    if side:
        rows, columns = -(-height // side), -(-width // side)
        padded = np.pad(samples, ((0, rows * side - height), (0, columns * side - width), (0, 0)))
        blocks = [
            padded[y * side : (y + 1) * side, x * side : (x + 1) * side]
            for y in range(rows)
            for x in range(columns)
        ]
    else:
        blocks = [samples]
    data = [block.astype(f"{order}u2").tobytes() for block in blocks]
    data = [zlib.compress(block) for block in data] if packed else data
    starts = np.cumsum([8, *map(len, data)]).tolist()
    places, sizes = (324, 325) if side else (273, 279)
    entries = [  # tag, type (3: 16 bits, 4: 32 bits), values
        (256, 3, [width]), (257, 3, [height]), (258, 3, [16] * channels), (259, 3, [8 if packed else 1]),
        (262, 3, [2 if channels > 2 else 1]), (277, 3, [channels]), (places, 4, starts[:-1]),
        (sizes, 4, [len(block) for block in data]),
    ]  # fmt: skip
    entries += [(322, 3, [side]), (323, 3, [side])] if side else [(278, 3, [height])]
    entries += [(338, 3, [2])] if channels == 4 else []
    end, table, values = starts[-1], b"", b""
    after = end + 2 + 12 * len(entries) + 4
    for tag, kind, numbers in sorted(entries):
        body = struct.pack(f"{order}{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(body) > 4:
            where = struct.pack(f"{order}I", after + len(values))
            values, body = values + body, where
        table += struct.pack(f"{order}HHI", tag, kind, len(numbers)) + body.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, end)
    directory = struct.pack(f"{order}H", len(entries)) + table + struct.pack(f"{order}I", 0)
    return head + b"".join(data) + directory + values
