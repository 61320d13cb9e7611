"""Train, validation and test: made once, on the list of images, and never overlapping.

| the source gives | what is done |
|---|---|
| train, validation, test | kept |
| train, validation | test is 6 of 32 parts of validation, at most half: 1,000 images give 808 / 192 |
| train, test | validation is 20% of train |
| neither, or train alone | 70 / 15 / 15, or `data.shares` |

(6 of 32: TensorFlow's tutorial takes a fifth of its 32 validation batches, rounded down.)

All of it is stratified: every class is divided alike, by largest remainder, and each split gets at
least one image of every class. Who goes where is decided by a hash of (split_seed, image content): the
same images are divided the same way whatever their names, their folder and the order of its listing.
Copies of one image share the hash, so they stand together and are seldom divided. `data.limit` takes a
share of the finished splits, so no image ever moves from train to test with it. `data.train_limit` then
leaves some training images out and nothing else (`data.train_draw` says which): what is trained on few images
and what is trained on many is checked on the very same ones, and has the same split key.

With `data.groups` no group is ever divided: whole groups are dealt out (`core.data.dealing`), by the same
hash of the group's least image. Given splits are kept all the same.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.config import DataConfig
from core.data.dealing import kept_together
from core.data.groups import groups_of
from core.data.indexes import Dataset
from core.data.readings import SPLITS
from core.errors import DatasetError
from core.keys import content_key
from core.randomness import hashed
from core.results import DatasetSummary

SHARES = (0.70, 0.15, 0.15)
VALIDATION_OF_TRAIN = 0.20


@dataclass(frozen=True, eq=False)
class Splits:
    """The images of an experiment as pixels, and their division.

    Attributes:
        pixels: uint8 (n, s, s, 3), memory-mapped and read-only, in the order of names; of the whole
            data set, or with `data.limit` of the chosen images alone. Those that `data.train_limit` leaves
            out are among them: one array serves every number of training images.
        labels: int64 (n,), indices into `classes`.
        names: n names, as in `ImageItem`.
        image_ids: uint64 (n,), the first 8 bytes of each image's SHA-256: its name in random draws.
        train, validation, test: Disjoint positions into the arrays above, int64. In a seeded random
            order, so the first k of a split are a fair sample of it.
        split_key: As the function `split_key` gives it.
        pixel_key: Of `pixels`, by content.
    """

    dataset: Dataset
    pixels: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    image_ids: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    split_key: str
    pixel_key: str

    @property
    def classes(self) -> tuple[str, ...]:
        return self.dataset.classes

    @property
    def used(self) -> np.ndarray:
        """Sorted positions of all that is in a split, int64: each one, unless `data.train_limit` is set."""
        return np.sort(np.concatenate([self.train, self.validation, self.test]))

    def summary(self) -> DatasetSummary:
        """What a result keeps of the data."""
        positions = {name: getattr(self, name) for name in SPLITS}
        return _summary(self.dataset, self.labels, positions, self.split_key)


def split(dataset: Dataset, data: DataConfig) -> dict[str, np.ndarray]:
    """Positions into `dataset.items` of train, validation and test: disjoint, in a seeded random order.

    No pixels are needed. Without `data.limit` and `data.train_limit` every image is in one of them.

    Raises:
        DatasetError: a class has too few images to be in every split, `data.limit` or `data.train_limit` is
            too low, or `data.train_limit` is above the number of training images.
    """
    chosen = _whole(dataset, data)
    if data.train_limit is not None:
        chosen["train"] = _fewer(dataset, chosen["train"], data, data.train_limit)
    return chosen


def loaded(dataset: Dataset, data: DataConfig) -> np.ndarray:
    """Sorted positions into `dataset.items` of the images whose pixels `datasets.load` gives, int64, in that
    order: all that are in a split, and the training images that `data.train_limit` leaves out.

    Raises:
        DatasetError: as `split`, but for `data.train_limit`.
    """
    return np.sort(np.concatenate(list(_whole(dataset, data).values())))


def _whole(dataset: Dataset, data: DataConfig) -> dict[str, np.ndarray]:
    """`split`, with every training image."""
    by_class = [np.flatnonzero(dataset.labels == label) for label in range(len(dataset.classes))]
    order = hashed(dataset.image_ids, data.split_seed)
    # equal hashes are copies of one image; lexsort keeps them in the order of names
    by_class = [positions[np.argsort(order[positions], kind="stable")] for positions in by_class]
    divided = _divide(dataset, by_class, data)
    _refuse_empty(dataset, divided, data.groups)
    if data.limit is not None and data.limit < len(dataset.items):
        divided = _limited(dataset, divided, data.limit)
    chosen = {}
    for name in SPLITS:
        positions = np.concatenate(divided[name])
        chosen[name] = positions[np.argsort(order[positions], kind="stable")]
    return chosen


def split_key(dataset: Dataset, data: DataConfig) -> str:
    """The key of a division: which images, of which class, in which order, in each split.

    All training images count, also those that `data.train_limit` leaves out. So runs that share a key were
    checked on the same images and can be paired image by image, and share one test set to be opened. Those
    that learned from equally many learned from the same.

    Raises:
        DatasetError: as `split`, but for `data.train_limit`.
    """
    return content_key("split-v1", split_digests(dataset, _whole(dataset, data)))


def split_digests(dataset: Dataset, chosen: dict[str, np.ndarray]) -> dict[str, str]:
    """SHA-256 in hex of each split: the content and class of its images, in their order."""
    digests = {}
    for name in SPLITS:
        items = (dataset.items[position] for position in chosen[name])
        lines = "\n".join(f"{item.sha256} {dataset.classes[item.label]}" for item in items)
        digests[name] = hashlib.sha256(lines.encode()).hexdigest()
    return digests


def summarize(dataset: Dataset, data: DataConfig) -> DatasetSummary:
    """The summary of a data set as `data` divides it, without its pixels.

    Raises:
        DatasetError: as `split`.
    """
    return _summary(dataset, dataset.labels, split(dataset, data), split_key(dataset, data))


def _summary(dataset: Dataset, labels, positions: dict[str, np.ndarray], key: str) -> DatasetSummary:
    kinds = len(dataset.classes)
    class_counts = {
        name: tuple(np.bincount(labels[positions[name]], minlength=kinds).tolist()) for name in SPLITS
    }
    counts = {name: len(positions[name]) for name in SPLITS}
    return DatasetSummary(dataset.name, dataset.classes, counts, key, class_counts, dataset.levels)


def _divide(dataset: Dataset, by_class: list[np.ndarray], data: DataConfig) -> dict[str, list[np.ndarray]]:
    """Positions per split and class, by the table at the top."""
    given = np.array([item.split or "" for item in dataset.items])
    parts = {name: [p[given[p] == name] for p in by_class] for name in SPLITS}
    has_validation, has_test = _any(parts["validation"]), _any(parts["test"])
    taken: dict[str, float]  # split -> images to be taken from those that stay in `rest`
    if not has_validation and not has_test:
        _, validation, test = data.shares or SHARES
        n = len(dataset.items)
        whole, rest, taken = by_class, "train", {"test": test * n, "validation": validation * n}
    elif not has_test:
        n = sum(map(len, parts["validation"]))
        whole, rest = parts["validation"], "validation"
        taken = {"test": float(min(6 * math.ceil(n / 32), n // 2))}
    elif not has_validation:
        n = sum(map(len, parts["train"]))
        whole, rest, taken = parts["train"], "train", {"validation": VALIDATION_OF_TRAIN * n}
    else:
        return parts
    if data.groups is not None:
        groups = groups_of(dataset, data.groups)
        return parts | kept_together(dataset, groups, whole, rest, taken, data.split_seed)
    for name, amount in taken.items():
        whole, parts[name] = _cut(whole, amount)
    return parts | {rest: whole}


def _any(classes: list[np.ndarray]) -> bool:
    return any(map(len, classes))


def _cut(classes: list[np.ndarray], amount: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What stays and what is taken: `amount` images in all, of every class its share."""
    sizes = np.array([len(positions) for positions in classes])
    taken = apportion(sizes, math.floor(amount + 0.5 + 1e-9), at_least=1)
    pairs = list(zip(classes, taken, strict=True))
    return [positions[count:] for positions, count in pairs], [
        positions[:count] for positions, count in pairs
    ]


def apportion(sizes: Sequence[int] | np.ndarray, total: int, at_least: int = 0) -> np.ndarray:
    """Divide `total` among groups in proportion to their sizes: int64, each at most the group's size.

    By largest remainder, the first group first where remainders are equal. Every group gets `at_least`
    if it has that many, even where `total` says less.
    """
    sizes = np.asarray(sizes, np.int64)
    floor = np.minimum(at_least, sizes)
    total = int(min(max(total, floor.sum()), sizes.sum()))
    exact = sizes * (total / max(sizes.sum(), 1))
    counts = np.floor(exact + 1e-9).astype(np.int64)
    largest_first = np.argsort(-(exact - counts).round(9), kind="stable")
    counts[largest_first[: total - counts.sum()]] += 1
    while (short := np.flatnonzero(counts < floor)).size:
        counts[np.argmax(counts - floor)] -= 1
        counts[short[0]] += 1
    return counts


def _limited(
    dataset: Dataset, divided: dict[str, list[np.ndarray]], limit: int
) -> dict[str, list[np.ndarray]]:
    kinds = len(dataset.classes)
    if limit < kinds * len(SPLITS):
        raise DatasetError(
            f"data.limit is {limit}, too few for {kinds} classes in train, validation and test.",
            f"Expected at least {kinds * len(SPLITS)}.",
            "Raise the limit.",
            field="data.limit",
        )
    totals = apportion([sum(map(len, divided[name])) for name in SPLITS], limit, at_least=kinds)
    kept = {}
    for name, total in zip(SPLITS, totals, strict=True):
        counts = apportion([len(positions) for positions in divided[name]], int(total), at_least=1)
        kept[name] = [p[:count] for p, count in zip(divided[name], counts, strict=True)]
    return kept


def _fewer(dataset: Dataset, train: np.ndarray, data: DataConfig, limit: int) -> np.ndarray:
    """`limit` of the training images, in their order. Within a draw, a smaller number's are always among a
    larger number's.

    They are taken from one sequence: the first image of every class, then at each step one of the class that
    is furthest behind its share by Sainte-Laguë's divisors (1, 3, 5, ...). By largest remainder a class could
    lose an image as the total grows (the Alabama paradox; Balinski and Young 2001, "Fair Representation").
    """
    kinds = len(dataset.classes)
    if not kinds <= limit <= len(train):
        there = f"too few for {kinds} classes" if limit < kinds else f"and there are {len(train):,}"
        raise DatasetError(
            f"data.train_limit is {limit:,} training images, {there}.",
            f"Expected {kinds:,} to {len(train):,}, so that every class has one at least.",
            "Take another number, or `all`.",
            field="data.train_limit",
        )
    labels = dataset.labels[train]
    number, size = np.empty(len(train)), np.bincount(labels, minlength=kinds)
    drawn = np.arange(len(train))
    if data.train_draw:
        drawn = np.argsort(hashed(dataset.image_ids[train], data.split_seed, data.train_draw), kind="stable")
    for label in range(kinds):
        number[drawn[labels[drawn] == label]] = np.arange(size[label])
    turn = np.where(number > 0, (2 * number + 1) / size[labels], 0.0)  # 0: the first of its class
    return train[np.sort(np.lexsort((labels, turn))[:limit])]


def _refuse_empty(dataset: Dataset, divided: dict[str, list[np.ndarray]], rule: str | None) -> None:
    for name in SPLITS:
        empty = [known for known, found in zip(dataset.classes, divided[name], strict=True) if not len(found)]
        if not empty:
            continue
        one = len(empty) == 1
        which = (
            f"The class {empty[0]!r} has" if one else f"{len(empty):,} classes, such as {empty[0]!r}, have"
        )
        if rule is not None:
            raise DatasetError(
                f"{which} too few groups by `{rule}`: none is left for {name}.",
                "Expected three groups of every class at least, for train, validation and test.",
                "Take a rule that makes smaller groups, or `none`; or add images.",
                field="data.groups",
            )
        raise DatasetError(
            f"{which} too few images: none is left for {name}.",
            "Expected at least one image of every class in train, in validation and in test.",
            f"Add images of {'it' if one else 'them'} (three is the least), or leave such classes out.",
            field="data.name",
        )
