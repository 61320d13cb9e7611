"""Every verdict in words: on two models, on two methods over several seeds, and on a person's guess.

A reworded verdict touches this file alone.
"""

import math

from core.config import BACKBONE_LAYERS
from core.statistics.gain import Gain, images_needed
from core.statistics.means import Mean
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict, verdict_of_mean
from core.wording import words

VERDICTS = {Verdict.BETTER: "better", Verdict.WORSE: "worse", Verdict.CANNOT_TELL: "cannot tell"}
GUESSES = VERDICTS | {Verdict.CANNOT_TELL: "no difference"}
MCNEMAR = (  # what the test is, for a help beside a verdict
    "Only images on which the two differ can tell them apart. McNemar's test at 5% asks how often coins "
    "thrown for these images would part them as unevenly: if less than once in 20 times, the two differ."
)
MANY_IMAGES = 1_000_000  # more than this nobody will collect to tell two networks apart


def paired_sentence(paired: PairedVerdict, split: str = "validation") -> str:
    """Such as "fixed 38, broke 12 of 500 validation images: better"."""
    return f"{counts(paired, split)}: {VERDICTS[paired.verdict]}"


def control_sentence(paired: PairedVerdict, unfreeze_from: int, split: str = "validation") -> str:
    """What thawing was worth, whatever its sign: "Thawing from block 13, against the same head trained as
    long: fixed 31, broke 12 of 500 validation images: better"."""
    return f"{against_control(unfreeze_from)}: {paired_sentence(paired, split)}"


def against_control(unfreeze_from: int) -> str:
    """What a verdict is about: "Thawing from block 13, against the same head trained as long"."""
    what = f"Thawing {words.retrain_from(unfreeze_from)}"
    if unfreeze_from == BACKBONE_LAYERS:
        what = "The head at fine-tuning's rate"
    return f"{what}, against the same head trained as long"


def counts(paired: PairedVerdict, split: str = "validation") -> str:
    """What a verdict is made of: "fixed 38, broke 12 of 500 validation images"."""
    return f"fixed {paired.fixed:,}, broke {paired.broke:,} of {paired.n:,} {split} images"


def decision(paired: PairedVerdict) -> str:
    """`better`, `worse`, or `cannot tell from 192 images; about 1,300 would be needed`."""
    said = VERDICTS[paired.verdict]
    if paired.verdict != Verdict.CANNOT_TELL:
        return said
    said += f" from {paired.n:,} images"
    needed = images_needed(paired)
    if needed is None:
        what = "not one tells them apart" if not paired.fixed else "as many were fixed as broken"
        return f"{said}; {what}"
    if needed > MANY_IMAGES:
        return f"{said}; not even a million would be likely to"
    return f"{said}; about {_two_digits(needed):,} would be needed"


def gain_words(gain: Gain) -> str:
    """`gain +5.2 points (95% interval +2.6 to +8.0)`; without an interval where there is none."""
    said = f"gain {words.points(gain.gain)}"
    return said if gain.low == gain.high else f"{said} ({_interval(gain)})"


def guess_answer(guess: Verdict | None, paired: PairedVerdict) -> str:
    """What became of a person's guess; empty where none was made."""
    if guess is None:
        return ""
    if paired.verdict != Verdict.CANNOT_TELL:
        return f"You said {GUESSES[guess]}: {'right' if guess == paired.verdict else 'wrong'}."
    if guess == Verdict.CANNOT_TELL:
        return f"You said {GUESSES[guess]}: right, as far as {paired.n:,} images can tell."
    return f"You said {GUESSES[guess]}: {paired.n:,} images cannot tell."


def seeds_sentence(first: str, second: str, difference: Mean) -> str:
    """The verdict on two methods, from the mean of their differences seed by seed, second less first."""
    said = f"{second} against {first}: {words.points(difference.mean)}"
    if difference.n < 2:
        return f"{said} {_one_seed('difference')}"
    decided = VERDICTS[verdict_of_mean(difference)]
    return f"{said} on average over {difference.n} seeds ({_interval(difference)}): **{decided}**."


def augmentation_sentence(gain: Mean) -> str:
    """Whether augmentation helps, from its mean gain over the seeds."""
    said = words.points(gain.mean)
    if gain.n < 2:
        return f"{said} {_one_seed('gain')}"
    conclusion = {
        Verdict.BETTER: "**it helps here**.",
        Verdict.WORSE: "**it hurts here**.",
        Verdict.CANNOT_TELL: f"**{VERDICTS[Verdict.CANNOT_TELL]}**: the interval holds 0.",
    }[verdict_of_mean(gain)]
    return f"{said} on average, {_interval(gain)}, {gain.n} seeds: {conclusion}"


def together(unfreeze_from: int) -> str:
    """What the plain before and after of a fine-tuning holds."""
    if unfreeze_from == BACKBONE_LAYERS:
        return "Nothing was thawed: that is what more epochs of the head did."
    return "That is what more epochs of the head and thawing did together."


def _one_seed(what: str) -> str:
    said = VERDICTS[Verdict.CANNOT_TELL]
    return f"with one seed: **{said}**, since another seed may give another {what}."


def _two_digits(number: int) -> int:
    """Rounded up to two leading digits: an estimate should not look exact."""
    step = 10 ** max(0, len(str(number)) - 2)
    return math.ceil(number / step) * step


def _interval(found: Gain | Mean) -> str:
    return f"95% interval {100 * found.low:+.1f} to {100 * found.high:+.1f}"
