"""From samples of more than 8 bits to 8: which value is black, which is white, and what lies between.

A file of 16 bits a channel hardly ever uses them all: a sensor gives 12, a thermal camera a narrow band. So
the samples are mapped from a range of their own, (low, high): low becomes 0, high 255. One range holds for a
whole data set, or a dark picture would look like a bright one.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image

Levels = tuple[int, int]  # (low, high), whole numbers; of a whole data set or of one picture
TRIMMED = 1000  # one sample in so many may lie beyond the range on either side
STRIP = 256  # rows
PATCH = 3  # px: the side of the smallest thing that always counts


def measured(samples: Sequence[np.ndarray]) -> Levels:
    """The range of one picture's samples.

    From the darkest to the brightest, but for the outermost 0.1% on either side: sensors have dead and hot
    pixels, and a single one at 65,535 would leave a 12-bit picture nearly black. Stars, or cells that glow,
    may fill less than 0.1% as well, and they are what the picture is about: so what covers 3 x 3 px counts
    however little it is of the whole, which single pixels and pairs of them do not. A picture of less than
    1,000 px keeps every sample, and so does one of which a single value would be left, as a black mask with
    a few dots.

    Args:
        samples: The channels, integers (h, w) each.
    """
    low, high = joined(_measured(channel) for channel in samples) or (0, 0)
    if low == high:
        low, high = min(int(one.min()) for one in samples), max(int(one.max()) for one in samples)
    return low, high


def joined(ranges: Iterable[Levels | None]) -> Levels | None:
    """The range that holds all these, as a data set's those of its pictures; None where none has one."""
    known = [one for one in ranges if one is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None


def _measured(channel: np.ndarray) -> Levels:
    low, high = _trimmed(channel, channel.size // TRIMMED)
    if min(channel.shape) >= PATCH:
        # a strip at a time, with the rows that it shares with the next: copies of the whole are large
        for top in range(0, len(channel) - PATCH + 1, STRIP):
            strip = channel[top : top + STRIP + PATCH - 1]
            low = min(low, int(_over_patches(strip, np.maximum).min()))
            high = max(high, int(_over_patches(strip, np.minimum).max()))
    return low, high


def _trimmed(channel: np.ndarray, count: int) -> Levels:
    """The least and the greatest sample but for so many on either side."""
    last = channel.size - 1 - count
    if channel.dtype != np.uint16:
        ordered = np.partition(channel, sorted({count, last}), axis=None)
        return int(ordered[count]), int(ordered[last])
    counts = np.zeros(2**16, np.int64)
    for top in range(0, len(channel), STRIP):
        counts += np.bincount(channel[top : top + STRIP].ravel(), minlength=2**16)
    low, high = np.searchsorted(np.cumsum(counts), [count, last], side="right")
    return int(low), int(high)


def _over_patches(channel: np.ndarray, chosen: np.ufunc) -> np.ndarray:
    """The least or greatest sample of every PATCH x PATCH square: (h - 2, w - 2)."""
    rows = chosen(chosen(channel[:-2], channel[1:-1]), channel[2:])
    return chosen(chosen(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def stretched(samples: Sequence[np.ndarray], levels: Levels) -> Image.Image:
    """Three channels, or one that is grey, as RGB of 8 bits: low and below 0, high and above 255, linear
    between, rounded half to even. `core.codegen.data` writes the same steps."""
    channels = [Image.fromarray(_stretched(channel, levels)) for channel in samples]
    return Image.merge("RGB", channels * (3 // len(channels)))


def _stretched(channel: np.ndarray, levels: Levels) -> np.ndarray:
    low, high = levels
    scaled = (channel.astype(np.float64) - low) * 255 / max(high - low, 1)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
