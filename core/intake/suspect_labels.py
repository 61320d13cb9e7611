"""What the study of suspect labels found and nobody has decided on since: for the list of trouble."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.data.exclusions import Image
from core.data.indexes import Dataset
from core.data.relabelling import Labels
from core.explain.confident import MORE, SHARE, Trial
from core.intake.report import Finding
from core.wording import words


@dataclass(frozen=True)
class Suspect:
    """An image whose label looks wrong.

    Attributes:
        position: In the data set.
        said: The class that a head which never saw the image names.
        own, sure: Its probability of the image's label, and of `said`.
        nearest: Positions of the images most like it of those that this head learned from.
    """

    position: int
    said: str
    own: float
    sure: float
    nearest: tuple[int, ...]


@dataclass(frozen=True)
class Suspects:
    """The answer of a study of kind `suspects`, on the images of a data set today.

    Attributes:
        undecided: Suspects, the worst first, whose label is still the one that looked wrong.
        far: Positions of images far from all others, the farthest first.
        images: How many the study looked at.
        pointed: How many labels looked wrong in it, decided on since or not.
    """

    undecided: tuple[Suspect, ...]
    far: tuple[int, ...]
    images: int
    pointed: int
    trial: Trial


def on(dataset: Dataset, record: Mapping[str, Any], labels: Labels) -> Suspects:
    """The answer on `dataset`, which may have been left with fewer images and other labels since.

    Args:
        record: Of the study.
        labels: What was decided on (`core.data.relabelling.decided`).
    """
    place: dict[Image, int] = {
        (item.name, item.sha256): position for position, item in enumerate(dataset.items)
    }
    undecided = []
    for one in record["suspects"]:
        image = tuple(one["image"])
        if image not in place or image in labels or one["said"] not in dataset.classes:
            continue
        if dataset.classes[dataset.items[place[image]].label] != one["given"]:
            continue  # its folder has changed since
        near = tuple(place[tuple(other)] for other in one["nearest"] if tuple(other) in place)
        undecided.append(Suspect(place[image], one["said"], one["own"], one["sure"], near))
    far = tuple(place[image] for one in record["far"] if (image := tuple(one["image"])) in place)
    trial = Trial.of(record["trial"])
    return Suspects(tuple(undecided), far, record["images"], record["pointed"], trial)


def tried(suspects: Suspects) -> str:
    """What the trial says, before anyone is accused."""
    trial = suspects.trial
    found, right = trial.found, trial.right
    said = (
        f"Tried on these very images first: {SHARE:.0%} of the labels, and {MORE:.0%}, were flipped on "
        f"purpose, in memory, {trial.rounds // 2} times each. From both follows how it does where none are "
        f"added: of such flips it finds **{found.share:.0%}** ({_range(found.low, found.high)})."
    )
    if not suspects.pointed:
        return f"{said} With the labels as they are it points at none."
    return (
        f"{said} Of the {words.plural(suspects.pointed, 'label')} that it points at, about "
        f"**{_in_ten(right.share)}** would be wrong ({_range(right.low, right.high)}), if mistakes look like "
        "those flips. Classes that look alike hide theirs better."
    )


def _in_ten(share: float) -> str:
    """`6 in 10`; `none` and `all` only where it is that."""
    tenths = round(10 * share)
    if tenths in (0, 10):
        return "1 in 20 or fewer" if tenths == 0 else "19 in 20 or more"
    return f"{tenths} in 10"


def _range(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f}%"


def findings(suspects: Suspects) -> list[Finding]:
    """Suspect labels, and pictures that lie far from all others."""
    found = []
    if suspects.undecided:
        count = words.plural(len(suspects.undecided), "label")
        found.append(
            Finding(
                "suspects", f"{count} that may be wrong",
                "Heads that never saw these pictures name another class. " + tried(suspects),
                tuple((one.position, *one.nearest) for one in suspects.undecided),
            )
        )  # fmt: skip
    if suspects.far:
        many = words.plural(len(suspects.far), "picture")
        found.append(
            Finding(
                "far", f"{many} far from every class",
                "To the pretrained network they are like no other picture of the set. A rare view is worth "
                "keeping; a picture of something else is not.",
                (suspects.far,),
            )
        )  # fmt: skip
    return found
