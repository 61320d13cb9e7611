"""Dividing images that come in groups: each group goes to one split whole, and every class is divided as
nearly in its shares as whole groups allow.

Groups are dealt out one after the other, the large ones first, each to where it brings the splits nearest to
what is wanted of every class. So does scikit-learn's `StratifiedGroupKFold`, for folds of one size; here each
split has a size of its own. A split that is left without images of a class then gets one of its groups from
elsewhere, where there is one to spare. Who is dealt first among groups of like size is decided by hash.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.data.groups import Groups
from core.data.indexes import Dataset
from core.randomness import hashed


def kept_together(
    dataset: Dataset,
    groups: Groups,
    whole: Sequence[np.ndarray],
    rest: str,
    taken: Mapping[str, float],
    seed: int,
) -> dict[str, list[np.ndarray]]:
    """Images dealt out by groups: positions by split and class, those of a class in the order that they had.

    Args:
        whole: Positions of the images, a list a class.
        rest: The split that gets what the others do not.
        taken: Split -> images that it should get.
        seed: Another one deals otherwise.
    """
    positions = np.concatenate(whole)
    present, group = np.unique(groups.of[positions], return_inverse=True)
    counts = np.zeros((len(present), len(whole)), np.int64)
    np.add.at(counts, (group, dataset.labels[positions]), 1)
    names = [rest, *taken]
    shares = np.array([len(positions) - sum(taken.values()), *taken.values()]) / max(len(positions), 1)
    dealt = deal(counts, np.outer(shares, counts.sum(axis=0)), hashed(groups.ids[present], seed))
    split_of = np.full(len(groups.ids), -1)
    split_of[present] = dealt
    return {name: [p[split_of[groups.of[p]] == at] for p in whole] for at, name in enumerate(names)}


def deal(counts: np.ndarray, wanted: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The split of each group, int64 (groups,).

    Args:
        counts: Images of each class in each group, int64 (groups, classes).
        wanted: Images of each class in each split, float64 (splits, classes).
        order: uint64 (groups,): who goes first among groups of like size, within a factor of two.
    """
    totals = np.maximum(counts.sum(axis=0), 1)
    shares, target = counts / totals, wanted / totals
    size = np.floor(np.log2(np.maximum(counts.sum(axis=1), 1)))
    sequence = np.lexsort((order, -size))
    shares, filled = shares[sequence], np.zeros_like(target)
    dealt = np.zeros(len(counts), np.int64)
    for place, share in enumerate(shares):
        dealt[place] = np.argmin(_worse(filled, target, share))
        filled[dealt[place]] += share
    _fill_empty(shares > 0, shares, target, dealt)
    split_of = np.empty_like(dealt)
    split_of[sequence] = dealt
    return split_of


def _worse(filled: np.ndarray, target: np.ndarray, share: np.ndarray) -> np.ndarray:
    """How much farther from its target each split would be, in squares, float64 (splits,)."""
    return np.round((share * (2 * (filled - target) + share)).sum(axis=1), 12)


def _fill_empty(has: np.ndarray, shares: np.ndarray, target: np.ndarray, dealt: np.ndarray) -> None:
    """Move groups until every split has images of every class, as far as there are groups to spare.

    Args:
        has: bool (groups, classes), whether a group has images of a class.
        dealt: int64 (groups,), the split of each; changed in place.
    """
    splits = range(len(target))
    while True:
        held = np.array([has[dealt == split].sum(axis=0) for split in splits])
        for split, label in np.argwhere((held == 0) & (target > 0)):
            # a group may go where it leaves every class that it has behind it
            spare = [g for g in np.flatnonzero(has[:, label]) if (held[dealt[g]][has[g]] > 1).all()]
            if spare:
                filled = np.array([shares[dealt == at].sum(axis=0) for at in splits])
                cost = [_moved(filled, target, shares[g], dealt[g], split) for g in spare]
                dealt[spare[int(np.argmin(cost))]] = split
                break
        else:
            return


def _moved(filled: np.ndarray, target: np.ndarray, share: np.ndarray, old: int, new: int) -> float:
    """How much farther from what is wanted all splits are once a group has moved from one to another."""
    left = filled.copy()
    left[old] -= share
    worse = _worse(left, target, share)
    return float(worse[new] - worse[old])
