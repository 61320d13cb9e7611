"""What a comparison ends in. `core.wording.verdicts` says it in words; nothing compares words."""

from enum import StrEnum

from core.statistics.means import Mean


class Verdict(StrEnum):
    """Of a second model or method against a first."""

    BETTER = "better"
    WORSE = "worse"
    CANNOT_TELL = "cannot_tell"


def verdict_of_mean(difference: Mean) -> Verdict:
    """By whether the interval of a mean difference, second less first, leaves out 0."""
    if difference.low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if difference.high < 0 else Verdict.CANNOT_TELL  # NaN, of one value, is neither
