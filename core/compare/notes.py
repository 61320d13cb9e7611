"""What to notice when two networks are compared, from their numbers."""

from core.compare.networks import Compared
from core.statistics.gain import paired_gain
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording import words


def compare_notes(first: Compared, second: Compared, verdict: PairedVerdict, split: str) -> list[str]:
    """Sentences about the second network against the first.

    Args:
        verdict: Of `second` against `first` on `split`.
    """
    notes = [_intervals(first, second, verdict, split), _cost(first, second), _seeds(verdict)]
    if first.split_key != second.split_key:
        notes.insert(
            0,
            f"Each accuracy is on all {split} images of its own run; the verdict is on the {verdict.n:,} "
            "that both have under the same label.",
        )
    return notes


def _intervals(first: Compared, second: Compared, verdict: PairedVerdict, split: str) -> str:
    one, other = (compared.checked(split).interval for compared in (first, second))
    overlap = one[0] <= other[1] and other[0] <= one[1]
    differ = verdict.fixed + verdict.broke
    if not differ:
        return (
            f"The two networks are right and wrong on the very same of the {verdict.n:,} images: not one "
            "tells them apart."
        )
    if verdict.verdict == Verdict.CANNOT_TELL:
        return (
            f"The two networks answer differently right or wrong on {differ:,} of {verdict.n:,} images, and "
            f"only those can tell them apart: {verdict.fixed:,} against {verdict.broke:,} could be chance."
        )
    if overlap:
        return (
            f"The intervals of the two accuracies overlap, and still the verdict is clear: both saw the same "
            f"images, so the {verdict.n - differ:,} on which they agree cancel out and only "
            f"{verdict.fixed:,} fixed against {verdict.broke:,} broken count."
        )
    return "The difference is so large that even the intervals of the two accuracies do not overlap."


def _cost(first: Compared, second: Compared) -> str:
    return f"From nothing {_took(second)}; {_took(first)}."


def _took(one: Compared) -> str:
    """`B · from block 11 · 1e-5 took 53 s in both phases and trained 1.69 M numbers in the last`."""
    result, trained = one.run.result, words.count(one.phase.trainable_parameters)
    said = f"{one.label} took {words.from_nothing(result, one.phase)}"
    if len(result.up_to(one.phase)) > 1:
        return f"{said} in both phases and trained {trained} numbers in the second"
    return f"{said} and trained {trained} numbers"


def _seeds(verdict: PairedVerdict) -> str:
    if verdict.verdict != Verdict.CANNOT_TELL:
        return (
            "This holds for these two trained networks; whether one method is better than the other, other "
            "seeds must say."
        )
    gained = paired_gain(verdict)
    if gained.low > 0 or gained.high < 0:
        return (
            "The gain's interval leaves zero out all the same: with so few images that differ a bootstrap "
            "is too sure of itself, which is why the exact test decides."
        )
    return "No difference found does not mean that there is none."
