"""What a data set and its division look like in numbers: balance, disjointness, duplicates."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from core.data.indexes import Dataset
from core.statistics.baseline import commonest_share
from core.wording.markdown import plain

Parts = Mapping[str, np.ndarray]  # split -> positions in the data set, int64


def class_counts(dataset: Dataset, parts: Parts) -> pd.DataFrame:
    """Images by class (rows) and split (columns), with a column for all of them."""
    counted = {
        split: np.bincount(dataset.labels[positions], minlength=len(dataset.classes))
        for split, positions in parts.items()
    }
    frame = pd.DataFrame(counted, index=pd.Index(dataset.classes, name="class"))
    frame["all"] = frame.sum(axis=1)
    return frame


def found_classes(names: Sequence[str], text: str) -> list[int]:
    """Positions of the names that have `text` in them, whatever the case, in their order."""
    wanted = text.strip().casefold()
    return [at for at, name in enumerate(names) if wanted in name.casefold()]


def extremes(counts: Sequence[int], most: int) -> list[int]:
    """Positions of the `most // 2` largest counts and as many of the smallest, largest first; all in their
    order where there are no more than `most`."""
    if len(counts) <= most:
        return list(range(len(counts)))
    order = np.argsort(-np.asarray(counts), kind="stable")
    return [int(at) for at in (*order[: most // 2], *order[-(most // 2) :])]


def shared_images(dataset: Dataset, parts: Parts) -> dict[tuple[str, str], int]:
    """For each pair of splits, how many different images (by the hash of their content) lie in both."""
    contents = {
        split: {dataset.items[position].sha256 for position in positions}
        for split, positions in parts.items()
    }
    return {(a, b): len(contents[a] & contents[b]) for a, b in combinations(contents, 2)}


def duplicates(dataset: Dataset) -> list[tuple[str, ...]]:
    """Names of images with the same content, one tuple a content, those with most copies first."""
    names: dict[str, list[str]] = {}
    for item in dataset.items:
        names.setdefault(item.sha256, []).append(item.name)
    found = [tuple(group) for group in names.values() if len(group) > 1]
    return sorted(found, key=len, reverse=True)


def sample(dataset: Dataset, positions: np.ndarray, label: int, count: int, page: int) -> np.ndarray:
    """Positions of up to `count` images of a class: the `page`-th handful, starting over at the end."""
    mine = positions[dataset.labels[positions] == label]
    if len(mine) == 0:
        return mine
    return mine[(page * count + np.arange(min(count, len(mine)))) % len(mine)]


def data_notes(counts: pd.Series, disjoint: bool) -> list[str]:
    """What to notice: the balance, what it is worth to name the commonest class, and disjointness.

    Args:
        counts: Images in use by class.
        disjoint: Whether no two splits share an image.
    """
    if counts.max() > 1.5 * max(1, counts.min()):
        balance = (
            f"The classes are uneven: **{plain(str(counts.idxmax()))}** has {counts.max():,} images, "
            f"**{plain(str(counts.idxmin()))}** {counts.min():,}."
        )
    elif counts.max() > counts.min():
        balance = f"The classes are about even: {counts.min():,} to {counts.max():,} images each."
    else:
        balance = f"The classes are even: {counts.max():,} images each."
    baseline = commonest_share(counts.to_numpy())
    notes = [
        balance,
        f"Always naming the commonest one would be right for {baseline:.0%}: an accuracy "
        "is worth what it has above that.",
    ]
    if disjoint:
        notes.append(
            "No image lies in two splits, so validation and test images are new to the network when it meets "
            "them."
        )
    else:
        notes.append(
            "**Some images lie in two splits**: the network is tested on pictures it has learned from, and "
            "its accuracy is flattered."
        )
    return notes
