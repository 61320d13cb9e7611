"""Which pictures are nearly the same, and which are like no other: what is compared, and how. NumPy only.

**Nearly the same.** Two hashes propose pairs: at most MOST_BITS of the 64 bits differ in ImageHash's
perceptual and in its difference hash. On pictures of objects on one plain ground they propose one pair in
fifteen, so pixels decide. The brighter picture of a pair is predicted from the darker by one gain and one
offset, both at 48 x 48 px; what stays unexplained, as a share of the brighter one's contrast, is their
`difference`. A pair is nearly the same where that is tiny, or small and far smaller than to other pictures:
among pictures that all look alike, a copy is much nearer than the rest.

The network's features would not do: between a picture and its JPEG of quality 40 they differ more than
between many different pictures on one ground. `python -m benchmarks.near_copies` measures both.

**Like no other.** The distance to the 5th nearest picture, so that a few placeholders cannot vouch for each
other (as in `core.predict.distance`), between colours on a grid of 8 x 8 places.
"""

from dataclasses import dataclass

import numpy as np

from core.stopping import ShouldStop, check_stop

MOST_BITS = 12
GRID = 8  # places along a side, of the colours compared
SIDE = 48  # px, of the pictures compared
SURE = 0.05  # difference up to which a pair is nearly the same whatever the others are like
ALIKE = 0.12  # up to which it may be
NOISE = 2.0  # grey levels that saving as JPEG changes; a faint picture is not held against them
CLEARER = 0.5  # and the pair's difference is at most this share of that to the 5th nearest picture
NEIGHBOUR = 5
PROPOSED = 16  # pairs compared for a picture: the likest, where hashes propose more
CUT_OFF = 245  # levels: from here on a value may have been cut off at 255
WHITE = 235  # levels: two values beyond this are both white
REFERENCES = 2000  # pictures that others are compared with at most, for the distance
_CELLS = 2**22  # pairs of pictures at once
_AT_ONCE = 500  # pairs compared pixel by pixel at once
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of JPEG (ITU-R BT.601)


@dataclass(frozen=True)
class Traces:
    """What is compared of n pictures, all of them different.

    Attributes:
        phash, dhash: uint64 (n,), the 64-bit perceptual and difference hash.
        colours: uint8 (n, 3 * GRID**2), means on a grid of GRID x GRID places.
        thumbs: uint8 (n, SIDE, SIDE, 3), the whole picture squashed.
    """

    phash: np.ndarray
    dhash: np.ndarray
    colours: np.ndarray
    thumbs: np.ndarray


def near_pairs(traces: Traces, should_stop: ShouldStop | None = None) -> np.ndarray:
    """Rows of pictures that are nearly the same, int64 (m, 2), the smaller first, ascending.

    Raises:
        Stopped: `should_stop` said so.
    """
    pairs = _proposed(traces, should_stop)
    differences = np.zeros(len(pairs), np.float32)
    noises = np.zeros(len(pairs), np.float32)
    for start in range(0, len(pairs), _AT_ONCE):
        check_stop(should_stop)
        part = slice(start, start + _AT_ONCE)
        first, second = (traces.thumbs[rows] for rows in pairs[part].T)
        differences[part], noises[part] = difference(first, second)
    others = _to_others(pairs, differences, len(traces.phash))
    beyond_noise = np.sqrt(np.maximum(differences**2 - noises**2, 0))
    clearer = differences <= CLEARER * others[pairs].min(axis=1, initial=np.inf)
    return pairs[(differences <= SURE) | ((beyond_noise <= ALIKE) & clearer)]


def _proposed(traces: Traces, should_stop: ShouldStop | None) -> np.ndarray:
    """Pairs that the hashes propose, int64 (m, 2); of each picture the `PROPOSED` likest."""
    n = len(traces.phash)
    coarse, found = _shapes(traces.colours), [np.zeros((0, 2), np.int64)]
    step = max(1, _CELLS // max(1, n))
    for start in range(0, n, step):
        check_stop(should_stop)
        rows = slice(start, start + step)
        near = np.bitwise_count(traces.phash[rows, None] ^ traces.phash) <= MOST_BITS
        near &= np.bitwise_count(traces.dhash[rows, None] ^ traces.dhash) <= MOST_BITS
        near[np.arange(len(near)), np.arange(start, start + len(near))] = False
        for row in np.flatnonzero(near.any(axis=1)):
            columns = np.flatnonzero(near[row])
            if len(columns) > PROPOSED:
                likeness = coarse[columns] @ coarse[start + row]
                columns = columns[np.argpartition(-likeness, PROPOSED - 1)[:PROPOSED]]
            here = np.full(len(columns), start + row)
            found.append(np.sort(np.stack([here, columns], axis=1), axis=1))
    return np.unique(np.concatenate(found), axis=0)


def _shapes(colours: np.ndarray) -> np.ndarray:
    """Colours less their mean, scaled to length 1, float32: their products are correlations."""
    centred = colours - colours.mean(axis=1, keepdims=True, dtype=np.float32)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)


def _means(pixels: np.ndarray, cells: int) -> np.ndarray:
    """Means of square blocks: (n, s, s, c) to (n, cells, cells, c)."""
    n, side, _, channels = pixels.shape
    return pixels.reshape(n, cells, side // cells, cells, side // cells, channels).mean(axis=(2, 4))


def difference(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How different pictures are whatever their brightness and contrast: 0 the same, about 1 unrelated.

    Colour is compared on 4 x 4 places alone: JPEG keeps less of it than of light.

    Args:
        first, second: uint8 (n, SIDE, SIDE, 3).

    Returns:
        The root mean square of what one gain and one offset leave unexplained, over the standard deviation of
        the brighter picture, float32 (n,); and the share of it that `NOISE` would make.
    """
    swap = (first.mean(axis=(1, 2, 3)) > second.mean(axis=(1, 2, 3)))[:, None, None, None]
    darker, brighter = np.where(swap, second, first), np.where(swap, first, second)
    n = len(first)
    given = darker.reshape(n, -1).astype(np.float32)
    wanted = brighter.reshape(n, -1).astype(np.float32)
    left = (_explained(given, wanted) - wanted).reshape(darker.shape)
    light = left @ _LUMA
    colour = _means(left - light[..., None], 4)
    size = np.sqrt((light**2).mean(axis=(1, 2)) + (colour**2).mean(axis=(1, 2, 3)))
    contrast = np.maximum(wanted.std(axis=1), 1e-6)
    return size / contrast, NOISE / contrast


def _explained(given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """`wanted` by least squares from `given`, both float32 (n, values), cut off at 255; where both are white,
    as wanted. Values that may have been cut off say nothing about the gain."""
    counted = (wanted < CUT_OFF).astype(np.float32)
    counted[counted.mean(axis=1) < 0.05] = 1
    total = counted.sum(axis=1)
    mean = (counted * given).sum(axis=1) / total
    mean_wanted = (counted * wanted).sum(axis=1) / total
    together = (counted * given * wanted).sum(axis=1) / total - mean * mean_wanted
    spread = (counted * given**2).sum(axis=1) / total - mean**2
    gain = np.clip(together / np.maximum(spread, 0.1), 0.5, 2)[:, None]
    made = gain * (given - mean[:, None]) + mean_wanted[:, None]
    return np.where((made > WHITE) & (wanted > WHITE), wanted, np.minimum(made, 255))


def _to_others(pairs: np.ndarray, differences: np.ndarray, n: int) -> np.ndarray:
    """Each picture's difference to its 5th nearest of those compared, float32 (n,); infinite with fewer."""
    rows, values = np.concatenate([pairs[:, 0], pairs[:, 1]]), np.tile(differences, 2)
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    first = np.searchsorted(rows, np.arange(n))
    enough = np.searchsorted(rows, np.arange(n), "right") - first >= NEIGHBOUR
    found = np.full(n, np.inf, np.float32)
    found[enough] = values[first[enough] + NEIGHBOUR - 1]
    return found


def components(n: int, pairs: np.ndarray) -> np.ndarray:
    """Which of n are linked by `pairs`, int64 (m, 2), over however many others: numbers (n,)."""
    from scipy.sparse import coo_array  # not at start-up
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), np.int8), tuple(pairs.T)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def loneliness(colours: np.ndarray, same: np.ndarray, should_stop: ShouldStop | None = None) -> np.ndarray:
    """How far each picture lies from its 5th nearest that is no copy of it, in grey levels: float32 (n,).

    Of sets beyond REFERENCES, that many drawn by a fixed seed are compared with. All 0 where there are fewer
    than four times NEIGHBOUR to compare with.

    Args:
        colours: uint8 (n, 3 * GRID**2), as in `Traces`.
        same: A number for each picture, int (n,), the same for pictures that are nearly the same: together
            they count once.
    """
    found, colours = np.zeros(len(colours), np.float32), colours.astype(np.float32)
    _, references = np.unique(same, return_index=True)
    if len(references) > REFERENCES:
        references = np.random.default_rng(0).choice(references, REFERENCES, replace=False)
    if len(references) < 4 * NEIGHBOUR:
        return found
    others, squares = colours[references], (colours**2).sum(axis=1)
    step = max(1, _CELLS // len(references))
    for start in range(0, len(colours), step):
        check_stop(should_stop)
        rows = slice(start, start + step)
        distances = squares[rows, None] + squares[references] - 2 * colours[rows] @ others.T
        distances[same[rows, None] == same[references]] = np.inf
        found[rows] = np.partition(distances, NEIGHBOUR - 1, axis=1)[:, NEIGHBOUR - 1]
    return np.sqrt(np.maximum(found, 0) / colours.shape[1])
