"""The published shape of the curve beside one's own: Yosinski, Clune, Bengio and Lipson 2014, "How
transferable are features in deep neural networks?", figures 2 and 3.

They cut an AlexNet at every depth, kept what lay below from another task, and trained what lay above on the
new one, from random weights. Here what lies above begins with pretrained weights, too, so nothing that
learned together is torn apart, and images are few where theirs were half a million.
"""

from enum import StrEnum

import pandas as pd

from core.compare.curve import Looked

DIFFERENT = (
    "What is different here: they trained what lies above the cut from random weights, on half a million "
    "images; here it begins with pretrained weights, on few."
)


class Reading(StrEnum):
    """Whether a curve has a published trait."""

    AGREES = "agrees"
    DOES_NOT = "does not"
    CANNOT_TELL = "cannot tell"


def shape(looked: Looked) -> dict[str, Reading]:
    """Each published trait, in a clause, and whether this curve has it beyond chance."""
    return {
        "features near the top are specific: what keeps all of them frozen does worse": _top(looked),
        "layers in the middle lean on one another: cutting there does worse than on both sides": _dip(looked),
    }


def shape_table(looked: Looked) -> pd.DataFrame:
    """`shape` as a table. Columns: published, here."""
    found = shape(looked)
    return pd.DataFrame({"published": list(found), "here": [reading.value for reading in found.values()]})


def _top(looked: Looked) -> Reading:
    last, leaders = len(looked.points) - 1, looked.leaders
    if last not in leaders.together:
        return Reading.AGREES
    return Reading.DOES_NOT if leaders.best == last and len(leaders.together) == 1 else Reading.CANNOT_TELL


def _dip(looked: Looked) -> Reading:
    """A dip is a point that is told apart from the best and has points on both sides that are not."""
    together = looked.leaders.together
    inside = range(min(together), max(together))
    if any(place not in together for place in inside):
        return Reading.AGREES
    return Reading.DOES_NOT if len(together) < len(looked.points) else Reading.CANNOT_TELL
