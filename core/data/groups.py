"""Which images of a data set belong together, by the rule of `data.groups` (`core.group_rules`).

A division that tears tiles of one photo, or photos of one patient, tests the network on what it has learned
from. Images that share what the rule names are one group, in whatever class; an image in which the rule finds
nothing is a group of its own; and groups that share a copy of one image are one.
"""

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.config import DataConfig
from core.data.indexes import Dataset, ImageItem
from core.errors import DatasetError
from core.group_rules import COLUMN, NEAR, USUAL, parts, reader
from core.keys import content_key


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of n images, in the order of the data set.

    Attributes:
        names: What the rule found for each image; None where nothing.
        of: int64 (n,), each image's group, from 0.
        ids: uint64 (groups,), the least image id in each: its name in random draws, whatever files are
            called.
        digest: SHA-256 in hex of who belongs with whom, by content alone.
    """

    names: tuple[str | None, ...]
    of: np.ndarray
    ids: np.ndarray
    digest: str

    @cached_property
    def sizes(self) -> np.ndarray:
        """Images of each group, int64 (groups,)."""
        return np.bincount(self.of, minlength=len(self.ids))

    def torn(self, parts: Sequence[np.ndarray]) -> int:
        """How many groups have images in more than one of these lists of positions."""
        found = np.zeros((len(parts), len(self.ids)), bool)
        for row, part in enumerate(parts):
            found[row, self.of[part]] = True
        return int((found.sum(axis=0) > 1).sum())


@lru_cache(maxsize=16)  # asked at every look at a page; of 20,000 images it takes a tenth of a second
def groups_of(dataset: Dataset, rule: str) -> Groups:
    """The groups that a rule makes.

    Raises:
        DatasetError: it finds nothing, puts all images into one group, or no two into one; no table has the
            column that it names; or near copies have not been looked for.
    """
    names = _found(dataset, rule)
    of = _linked(dataset, names)
    _refuse(dataset, names, of, rule)
    ids = np.full(int(of.max()) + 1, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(ids, of, dataset.image_ids)
    lines = sorted(f"{item.sha256} {ids[group]}" for item, group in zip(dataset.items, of, strict=True))
    return Groups(names, of, ids, hashlib.sha256("\n".join(lines).encode()).hexdigest())


def _found(dataset: Dataset, rule: str) -> tuple[str | None, ...]:
    """What a rule finds for each image."""
    kind, argument = parts(rule)
    if kind == NEAR:
        if dataset.near is None:
            raise DatasetError(
                "Nobody has looked for near copies among these images yet.",
                "Expected it to be done once: it takes a few milliseconds a picture.",
                "Page Data does it, and so does `python -m core check --data`.", field="data.groups",
            )  # fmt: skip
        return tuple(dataset.near.get(item.sha256) for item in dataset.items)
    if kind == COLUMN:
        return tuple(_column(dataset, argument).get(item.name) for item in dataset.items)
    read, classes = reader(rule), frozenset(dataset.classes)
    return tuple(read(_below_class(item, classes), item.name.rpartition("/")[2]) for item in dataset.items)


def _column(dataset: Dataset, title: str) -> Mapping[str, str]:
    called = {known.casefold(): column for known, column in reversed(list(dataset.columns.items()))}
    column = dataset.columns.get(title, called.get(title.casefold()))
    if column is None:
        there = ", ".join(f"`{known}`" for known in dataset.columns)
        raise DatasetError(
            f"No table of these images has a column {title!r}.",
            f"Expected one of {there}." if there else
            "Expected a csv with a column of their file names and one of groups, in their folder or given "
            "for them.",
            "Take another rule, or give the table.", field="data.groups",
        )  # fmt: skip
    return column


@lru_cache(maxsize=8)
def usual_rules(dataset: Dataset) -> dict[str, int]:
    """Rule -> number of groups, of the usual rules that make any of these images: by tables, by near copies
    where those were looked for, by their paths. None where images are no files."""
    found = {}
    rules = [*(f"{COLUMN}:{title}" for title in dataset.columns), *([NEAR] * (dataset.near is not None))]
    for rule in () if dataset.source.in_memory else (*rules, *USUAL):
        with contextlib.suppress(DatasetError):
            groups = groups_of(dataset, rule)
            if not rule.startswith(COLUMN) or _divides(dataset, groups):  # one may say the class itself
                found[rule] = len(groups.ids)
    return found


def _divides(dataset: Dataset, groups: Groups) -> bool:
    """Whether every class has a group for each split."""
    pairs = np.unique(np.stack([dataset.labels, groups.of]), axis=1)
    return int(np.bincount(pairs[0], minlength=len(dataset.classes)).min()) >= 3


def images_key(dataset: Dataset, data: DataConfig) -> str:
    """What keys know the images by: `Dataset.key`, and where groups are kept together who belongs with whom,
    since that is read off names and tables, which are not in it.

    Raises:
        DatasetError: as `groups_of`.
    """
    if data.groups is None:
        return dataset.key
    return content_key("grouped-v1", [dataset.key, groups_of(dataset, data.groups).digest])


def _below_class(item: ImageItem, classes: frozenset[str]) -> list[str]:
    """The folders below that of the class; all of them where none is called like a class."""
    folders = item.name.split("/")[:-1]
    at = next((place for place, folder in enumerate(folders) if folder in classes), -1)
    return folders[at + 1 :]


def _linked(dataset: Dataset, names: Sequence[str | None]) -> np.ndarray:
    """Numbers of images, the same for those that share a name or their content: int64 (n,), from 0."""
    from scipy.sparse import coo_array  # not at start-up
    from scipy.sparse.csgraph import connected_components

    known: dict[tuple[str, str], int] = {}
    n, rows, nodes = len(names), [], []
    for row, (name, item) in enumerate(zip(names, dataset.items, strict=True)):
        for kind, value in (("name", name), ("content", item.sha256)):
            if value is not None:
                rows.append(row)
                nodes.append(n + known.setdefault((kind, value), len(known)))
    size = n + len(known)
    graph = coo_array((np.ones(len(rows), np.int8), (rows, nodes)), shape=(size, size))
    return np.unique(connected_components(graph, directed=False)[1][:n], return_inverse=True)[1]


def _refuse(dataset: Dataset, names: Sequence[str | None], of: np.ndarray, rule: str) -> None:
    groups = int(of.max()) + 1
    kind, _ = parts(rule)
    if kind == NEAR and all(name is None for name in names):
        found = "finds no near copies"
    elif all(name is None for name in names):
        found = f"finds no group in any name, such as {dataset.items[0].name}"
    elif groups == 1:
        found = f"puts all {len(names):,} images into one group"
    elif groups == len({item.sha256 for item in dataset.items}):
        found = "puts no two images into one group"
    else:
        return
    raise DatasetError(
        f"The rule `{rule}` {found}.",
        "Expected a rule that makes several groups of several images.",
        "Take another rule; `none` keeps nothing together.",
        field="data.groups",
    )
