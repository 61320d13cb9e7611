"""The grid of sentences: makers over made-up results, with the numbers each may tell.

The modules beside this one fill it. The numbers are counted there anew, from masks and records, never with
what makes the sentences.
"""

import itertools
from collections.abc import Callable, Iterator

from core.statistics.paired import PairedVerdict, compare
from tests import worlds
from tests.claims import Told
from tests.worlds import CURVES, KINDS, OUTCOMES, World, world

CASES: list[Callable[[], Iterator[Told]]] = []


def saying(made: Callable[[], Iterator[Told]]) -> Callable[[], Iterator[Told]]:
    """Take it into the grid."""
    CASES.append(made)
    return made


def every_world() -> Iterator[World]:
    """Every kind with every outcome, and every curve with some kinds."""
    for kind, outcome in itertools.product(KINDS, OUTCOMES):
        yield world(kind, outcome)
    for kind, curve in itertools.product(
        ("thawed", "batch", "frozen", "augmented", "without dropout"), CURVES
    ):
        yield world(kind, curve=curve)


def pair(outcome: str) -> PairedVerdict:
    """The verdict on two networks with this outcome."""
    first, second = worlds.masks(outcome)
    return compare(~first, ~second)


def without(text: str, names: list[str]) -> str:
    """A text without these names, which may hold numbers."""
    for name in names:
        text = text.replace(name, "")
    return text
