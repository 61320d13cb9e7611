"""Which pictures are the same, and which are nearly the same.

The same: equal bytes (SHA-256), or equal pixels once decoded, as when one picture is saved as PNG and as BMP.
Nearly the same: what `core.data.nearness` finds; that is for looking, and proves nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from core.data.indexes import Dataset
from core.data.looks import Looks
from core.data.nearness import components


@dataclass(frozen=True)
class Group:
    """Pictures that show the same, or nearly.

    Attributes:
        positions: In the data set, ascending.
        how: `bytes` or `pixels` where all have equal ones; `near` where any two are nearly the same.
    """

    positions: tuple[int, ...]
    how: Literal["bytes", "pixels", "near"]

    @property
    def exact(self) -> bool:
        """Whether they are the same beyond doubt."""
        return self.how != "near"


def groups(dataset: Dataset, looks: Looks) -> list[Group]:
    """Every group of two or more pictures that are the same or nearly the same, the largest first.

    Of pictures that are the same, the first alone stands for them where others are nearly the same. Nearly
    the same is not passed on: where A is like B and B like C but A not like C, they are two pairs.
    """
    same: dict[int | str, list[int]] = {}
    for position, item in enumerate(dataset.items):
        same.setdefault(int(looks.pixels[position]) or item.sha256, []).append(position)
    found = [_exact(dataset, group) for group in same.values() if len(group) > 1]
    pairs = [
        sorted((same[first][0], same[second][0]))
        for first, second in looks.near.tolist()
        if first in same and second in same
    ]
    found += [Group(group, "near") for group in _alike(sorted(pairs))]
    return sorted(found, key=lambda group: (-len(group.positions), group.positions))


def _exact(dataset: Dataset, positions: list[int]) -> Group:
    equal = len({dataset.items[position].sha256 for position in positions}) == 1
    return Group(tuple(positions), "bytes" if equal else "pixels")


def _alike(pairs: list[list[int]]) -> Iterable[tuple[int, ...]]:
    """Sets of positions of which any two are a pair: all that are linked, or else each pair alone."""
    if not pairs:
        return
    linked = components(max(map(max, pairs)) + 1, np.array(pairs))
    together: dict[int, set[tuple[int, int]]] = {}
    for first, second in pairs:
        together.setdefault(int(linked[first]), set()).add((first, second))
    for found in together.values():
        members = sorted({position for pair in found for position in pair})
        if len(found) == len(list(combinations(members, 2))):
            yield tuple(members)
        else:
            yield from sorted(found)
