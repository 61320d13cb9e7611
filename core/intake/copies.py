"""Which pictures are the same or nearly the same.

The same: equal bytes (SHA-256). Nearly the same: at most 12 of the 64 bits differ in the perceptual hash and
in the difference hash of ImageHash, for pictures of at least 48 px; below that, different pictures (digits,
single cells) share too much.

Measured on the 3,000 photos of cats and dogs and 1,096 blood cells, with 400 planted copies of each kind:
halved in size, saved as JPEG at quality 40, 25% brighter or darker: 99 to 100% found; 3% cropped off each
side: 98%; 5%: 61 to 65%; mirrored: none. Of the 4.5 million pairs of photos one was called nearly the same,
and it is the same photo under two names; of 0.6 million pairs of cells 15 were, which do look alike.
`tests/core/test_audit.py` plants such copies among parts of sample photos.
"""

from dataclasses import dataclass

import numpy as np

from core.data.indexes import Dataset
from core.intake.looks import LEAST_SIDE, Looks

MOST_BITS = 12
FLAT = 4.0  # grey levels of spread; the hash of a flat picture is noise
_ROWS = 2**22  # pairs compared at once


@dataclass(frozen=True)
class Group:
    """Pictures that show the same.

    Attributes:
        positions: In the data set, ascending.
        exact: Whether all have the same bytes.
    """

    positions: tuple[int, ...]
    exact: bool


def groups(dataset: Dataset, looks: Looks) -> list[Group]:
    """Every group of two or more pictures that are the same or nearly the same, the largest first.

    Nearly the same is passed on: where A is like B and B like C, they are one group.
    """
    from scipy.sparse import coo_array  # not at start-up
    from scipy.sparse.csgraph import connected_components

    n = len(dataset.items)
    pairs = [*_exact_pairs(dataset), *_near_pairs(looks)]
    if not pairs:
        return []
    rows, columns = np.array(pairs).T
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    members: dict[int, list[int]] = {}
    for position in np.unique(np.concatenate([rows, columns])).tolist():
        members.setdefault(int(component[position]), []).append(position)
    found = [
        Group(tuple(group), len({dataset.items[position].sha256 for position in group}) == 1)
        for group in members.values()
    ]
    return sorted(found, key=lambda group: (-len(group.positions), group.positions))


def _exact_pairs(dataset: Dataset) -> list[tuple[int, int]]:
    first: dict[str, int] = {}
    return [
        (first[item.sha256], position)
        for position, item in enumerate(dataset.items)
        if first.setdefault(item.sha256, position) != position
    ]


def _near_pairs(looks: Looks) -> list[tuple[int, int]]:
    large = np.minimum(looks.width, looks.height) >= LEAST_SIDE
    wanted = np.flatnonzero(large & (looks.spread >= FLAT))
    phash, dhash = looks.phash[wanted], looks.dhash[wanted]
    found, step = [], max(1, _ROWS // max(1, len(wanted)))
    for start in range(0, len(wanted), step):
        rows = slice(start, start + step)
        near = np.bitwise_count(phash[rows, None] ^ phash[None, :]) <= MOST_BITS
        near &= np.bitwise_count(dhash[rows, None] ^ dhash[None, :]) <= MOST_BITS
        for row, column in zip(*np.nonzero(near), strict=True):
            if start + row < column:
                found.append((int(wanted[start + row]), int(wanted[column])))
    return found
