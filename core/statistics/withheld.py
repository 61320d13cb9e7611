"""Why a number is not given. A caller compares the member; its value is the clause that a person reads."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What stands in the way, as a clause that fits behind "not given: "."""

    TOO_FEW_POINTS = "an order of fewer than five points says nothing with certainty"
    ALL_TIED = "all points of one order are tied, so it puts none before another"
    TOO_FEW_SIZES = "a curve of three unknowns needs at least four numbers of images"
    TOO_FEW_RESAMPLES = "at least three networks at each number of images are needed to know their spread"
    NO_SPREAD = "the networks at each number of images all do the same, so their spread is not known"
    FLAT = "more images brought no gain that stands out from the spread between networks"
    FALLING = "accuracy fell with more images"
    MISFIT = "the points lie further from the best power law than the spread between networks explains"
    FIRST_AHEAD = "the first curve is higher with its fewest images than the second with its most"
    SECOND_AHEAD = "the second curve is higher with its fewest images than the first with its most"


@dataclass(frozen=True)
class Withheld:
    """Stands where a result would: there is none, and why."""

    why: Why
