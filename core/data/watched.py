"""The images watched while networks learn: the same few of a split for every run on it. No pixels."""

import numpy as np

WATCHED = 9  # a row of pictures that one can keep an eye on


def watched(labels: np.ndarray, most: int = WATCHED) -> np.ndarray:
    """Which validation images are watched: one of each class in turn, at most `most` in all.

    Within a class they go by the split's own order, which is a seeded random one: a fair sample, and the
    same whatever is trained. With more classes than that the first ones have an image each, with fewer
    a class has its next one in each round.

    Args:
        labels: int64 (n,), classes of the validation images in the order of the split.

    Returns:
        int64 (at most `most`,), places in that order; all of them where there are fewer.
    """
    labels = np.asarray(labels, np.int64)
    by_class = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[by_class], labels[by_class])  # where each one's class begins
    rounds = np.arange(len(labels)) - starts
    return by_class[np.lexsort((labels[by_class], rounds))][:most]
