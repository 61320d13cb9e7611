"""A report on the images before anything is trained on them: what is odd, why it matters, what can go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.data.indexes import Dataset
from core.data.looks import FLAT, Looks
from core.data.names import reads_as
from core.data.splits import SPLITS
from core.intake.copies import Group
from core.intake.oddities import odd
from core.statistics.paired import wilson_interval
from core.wording.markdown import plain

TINY = 32  # px: MobileNetV2's smallest input, so a smaller picture is blown up before anything is seen in it
FEW = 10  # validation images of a class
UNEVEN = 3  # times as many images in the largest class as in the smallest
_KEEP_FIRST = ("test", "validation", "train", None)  # which of the copies stays: testing loses nothing


@dataclass(frozen=True)
class Finding:
    """Something odd.

    Attributes:
        kind: Short and fixed, for keys.
        title, meaning: What was found and why it matters; Markdown, with names escaped.
        groups: Positions of the pictures concerned, those of a group to be shown together.
        leave_out: Positions whose leaving out would mend it beyond doubt; empty where that is no remedy, and
            where a person must look first.
    """

    kind: str
    title: str
    meaning: str
    groups: tuple[tuple[int, ...], ...] = ()
    leave_out: tuple[int, ...] = ()


def findings(
    dataset: Dataset, parts: Mapping[str, np.ndarray], looks: Looks, copies: Iterable[Group]
) -> list[Finding]:
    """What is odd about a data set and its division, the gravest first.

    Args:
        parts: Split -> positions, int64.
        looks: Of the same images, in their order.
        copies: As `core.intake.copies.groups` found them.
    """
    copies = list(copies)
    split_of = {int(position): split for split in SPLITS for position in parts[split]}
    found = [
        _unreadable(looks),
        *_copies(dataset, split_of, [group for group in copies if group.exact]),
        *_nearly(dataset, split_of, [group for group in copies if not group.exact]),
        _blank(looks),
        _odd(looks),
        _few(dataset, parts),
        _uneven(dataset),
        _alike_names(dataset),
        _tiny(looks),
    ]
    return [finding for finding in found if finding is not None]


def _positions(flags: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(flags).tolist())


def _pictures(number: int) -> str:
    return f"{number:,} picture" + ("" if number == 1 else "s")


def _unreadable(looks: Looks) -> Finding | None:
    broken = _positions(~looks.readable)
    if not broken:
        return None
    return Finding(
        "unreadable", f"{_pictures(len(broken))} cannot be read",
        "Training would stop at the first of them. Leave them out, or mend the files.", (broken,), broken,
    )  # fmt: skip


@dataclass(frozen=True)
class _Sorted:
    """Groups by the worst that can be said of them."""

    two_labels: list[Group]
    two_splits: list[Group]
    within: list[Group]


def _sorted(dataset: Dataset, split_of: Mapping[int, str], groups: list[Group]) -> _Sorted:
    found = _Sorted([], [], [])
    for group in groups:
        if len({dataset.items[position].label for position in group.positions}) > 1:
            found.two_labels.append(group)
        elif len({split_of[p] for p in group.positions if p in split_of}) > 1:
            found.two_splits.append(group)
        else:
            found.within.append(group)
    return found


def _copies(dataset: Dataset, split_of: Mapping[int, str], groups: list[Group]) -> list[Finding]:
    """Of pictures that are the same beyond doubt."""

    def all_but_one(groups: list[Group]) -> tuple[int, ...]:
        def order(position: int) -> int:
            return _KEEP_FIRST.index(split_of.get(position))

        return tuple(p for group in groups for p in sorted(group.positions, key=order)[1:])

    found, exact = [], _sorted(dataset, split_of, groups)
    if exact.two_labels:
        found.append(Finding(
            "two-labels", f"{_shown(exact.two_labels)} under two labels",
            "One of the labels is wrong, and nobody can learn both. Leave all of them out unless you know "
            "which one is right.",
            _groups(exact.two_labels), tuple(p for group in exact.two_labels for p in group.positions),
        ))  # fmt: skip
    if exact.two_splits:
        found.append(Finding(
            "two-splits", f"{_shown(exact.two_splits)} in two splits",
            "The network is tested on what it has learned from, which flatters its accuracy. Leaving out the "
            "copy in training keeps the test as it is.",
            _groups(exact.two_splits), all_but_one(exact.two_splits),
        ))  # fmt: skip
    if exact.within:
        found.append(Finding(
            "copies", f"{_shown(exact.within)} more than once",
            "A picture that stands twice counts twice, in training or in the score. One of each is enough.",
            _groups(exact.within), all_but_one(exact.within),
        ))  # fmt: skip
    return found


def _nearly(dataset: Dataset, split_of: Mapping[int, str], groups: list[Group]) -> list[Finding]:
    """Of pictures that are nearly the same: for looking, and nothing is claimed."""
    near, found = _sorted(dataset, split_of, groups), []
    if near.two_labels:
        found.append(Finding(
            "near-labels", f"{_alike(near.two_labels)}, under two labels",
            "One picture that was filed twice, or different pictures that look alike? Only a look can tell.",
            _groups(near.two_labels),
        ))  # fmt: skip
    if near.two_splits:
        found.append(Finding(
            "near-splits", f"{_alike(near.two_splits)}, in two splits",
            "Look at them. If they are copies, the network is tested on what it has learned from: leave out "
            "the one in training. Different pictures that look alike can stay.",
            _groups(near.two_splits),
        ))  # fmt: skip
    if near.within:
        found.append(Finding(
            "near-copies", _alike(near.within),
            "Look at them. A copy counts twice, in training or in the score. Different pictures that look "
            "alike can stay.",
            _groups(near.within),
        ))  # fmt: skip
    return found


def _groups(groups: list[Group]) -> tuple[tuple[int, ...], ...]:
    return tuple(group.positions for group in groups)


def _shown(groups: list[Group]) -> str:
    """`3 pictures (2 the same to the byte, 1 the same to the pixel)`."""
    to_the_byte = sum(group.how == "bytes" for group in groups)
    to_the_pixel = len(groups) - to_the_byte
    if not to_the_pixel:
        how = "the same to the byte"
    elif not to_the_byte:
        how = "the same to the pixel"
    else:
        how = f"{to_the_byte:,} the same to the byte, {to_the_pixel:,} the same to the pixel"
    return f"{_pictures(len(groups))} ({how})"


def _alike(groups: list[Group]) -> str:
    """`3 pairs of pictures that are nearly the same`."""
    what = "pair" if all(len(group.positions) == 2 for group in groups) else "group"
    if len(groups) == 1:
        return f"1 {what} of pictures that are nearly the same"
    return f"{len(groups):,} {what}s of pictures that are nearly the same"


_SIGNS = {
    "cut_short": "plain grey from some height down",
    "one_colour": "mostly of one colour",
    "far": "unlike every other picture in colours",
}


def _odd(looks: Looks) -> Finding | None:
    found = odd(looks)
    if not found:
        return None
    said = ", ".join(f"{len(positions):,} {_SIGNS[sign]}" for sign, positions in found.items())
    return Finding(
        "odd", f"{_pictures(sum(map(len, found.values())))} that may not belong",
        f"{said[0].upper()}{said[1:]}. Placeholders for pictures that are gone, screenshots and downloads "
        "cut short look so, and so may a good picture: look before you leave one out.",
        tuple(found.values()),
    )  # fmt: skip


def _blank(looks: Looks) -> Finding | None:
    blank = _positions(looks.readable & (looks.spread < FLAT))
    if not blank:
        return None
    return Finding(
        "blank", f"{_pictures(len(blank))} with nothing on " + ("it" if len(blank) == 1 else "them"),
        f"Their grey levels vary by less than {FLAT:g} of 255: an empty page, a closed lens.",
        (blank,), blank,
    )  # fmt: skip


def _tiny(looks: Looks) -> Finding | None:
    side = np.minimum(looks.width, looks.height)
    tiny = _positions(looks.readable & (side < TINY))
    if not tiny:
        return None
    title = f"{_pictures(len(tiny))} smaller than {TINY} px"
    meaning = "They are blown up before the network sees them, and detail that is not there cannot help."
    if 2 * len(tiny) > len(side):  # the whole set is like that: nothing to leave out
        return Finding("tiny", title, f"{meaning} That is most of the set: it cannot be otherwise here.")
    return Finding("tiny", title, meaning, (tiny,), tiny)


def _few(dataset: Dataset, parts: Mapping[str, np.ndarray]) -> Finding | None:
    counts = np.bincount(dataset.labels[parts["validation"]], minlength=len(dataset.classes))
    short = [(plain(name), int(n)) for name, n in zip(dataset.classes, counts, strict=True) if n < FEW]
    if not short:
        return None
    name, n = min(short, key=lambda pair: pair[1])
    low, high = wilson_interval(n // 2, n)
    return Finding(
        "few", f"{len(short)} " + ("class has" if len(short) == 1 else "classes have")
        + f" fewer than {FEW} validation images",
        f"**{name}** has {n}. With {n // 2} of them right, all one could say is that its accuracy lies "
        f"between {100 * low:.0f} and {100 * high:.0f}% (Wilson's 95% interval). Add pictures of it.",
    )  # fmt: skip


def _uneven(dataset: Dataset) -> Finding | None:
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[most] <= UNEVEN * counts[least]:
        return None
    return Finding(
        "uneven", f"The largest class is {counts[most] / counts[least]:.1f} times the smallest",
        f"**{plain(dataset.classes[most])}** has {counts[most]:,} images, "
        f"**{plain(dataset.classes[least])}** {counts[least]:,}. A network that forgets the small class "
        "still scores well: look at each class in the confusion matrix.",
    )  # fmt: skip


def _alike_names(dataset: Dataset) -> Finding | None:
    spelled: dict[str, list[str]] = {}
    for name in dataset.classes:
        spelled.setdefault(reads_as(name), []).append(name)
    alike = [names for names in spelled.values() if len(names) > 1]
    if not alike:
        return None
    named = "; ".join(" and ".join(f"**{plain(name)}**" for name in names) for names in alike)
    told = "Classes whose names differ in capitals or spaces alone", ""
    if any(len({" ".join(name.casefold().split()) for name in names}) > 1 for names in alike):
        told = (
            "Classes whose names read the same",
            "They differ in letters that look alike or are unseen. ",
        )
    return Finding(
        "alike-names", told[0],
        f"{named}. {told[1]}They are learned as different classes. If they are one, put their photos into "
        "one folder.",
    )  # fmt: skip
