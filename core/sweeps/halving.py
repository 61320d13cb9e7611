"""Which of several recipes go on to the next stage of a search, and which one is named in the end.

Rules over answers, in NumPy: nothing here trains, prices or reads anything.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from core.statistics.holm import indistinguishable


@dataclass(frozen=True)
class Judged:
    """Recipes that were compared with one another on the same images.

    Attributes:
        best: Position of the highest accuracy.
        p_values: Of each against the best, adjusted by Holm for all pairs; 1 for the best.
        together: Positions, ascending, of the best and of all that cannot be told apart from it.
        dropped: Positions, ascending, of those that are told apart from it, and are not spared.
    """

    best: int
    p_values: tuple[float, ...]
    together: tuple[int, ...]
    dropped: tuple[int, ...]


def judge(right: np.ndarray, spared: Collection[int] = ()) -> Judged:
    """Drop what paired evidence says is worse than the best: McNemar's test for one seed, for several also
    their scatter, with every pair looked at (`core.statistics.holm.indistinguishable`).

    Args:
        right: bool (recipes, seeds, images), whether each network got each image right; the same images and
            the same seeds everywhere.
        spared: Positions of those that go on whatever they did.
    """
    found = indistinguishable(right)
    dropped = (place for place in range(len(right)) if place not in found.together and place not in spared)
    return Judged(found.best, found.p_values, found.together, tuple(dropped))


def named(
    right: np.ndarray, together: Sequence[int], default: int, seconds: Sequence[float]
) -> int:  # fmt: skip
    """The cheapest of those that cannot be told apart from the best and that got no fewer images right than
    the default recipe: so that what is named is not below it, however little these images can tell.

    Args:
        right: As in `judge`; the default is one of them.
        together: As `judge` found them. The best is one of them, so there is always one to name.
        seconds: What each takes to train.
    """
    counts = np.asarray(right, bool).sum(axis=(1, 2))
    as_good = [place for place in together if counts[place] >= counts[default]]
    return min(as_good, key=lambda place: (seconds[place], -counts[place]))
