"""What is said of a converted model: how well it agrees with the Keras model, and what int8 costs it."""

from typing import Any

from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.verdicts import paired_sentence


def agreement(record: dict[str, Any]) -> str:
    """Of a record of the study `exported`: on how many images the file was compared, how far it is off."""
    changed = record["changed"]
    same = "not one predicted class differs" if not changed else f"{changed:,} predicted classes differ"
    return (
        f"Checked against Keras on {record['images']:,} validation images: probabilities differ by at most "
        f"{_small(record['largest_difference'])}, {same}. It takes one image of pixels 0 to 255, float32."
    )


def quantised(record: dict[str, Any]) -> str:
    """Of the record of an int8 file: its accuracy beside the original's, the verdict on the same images."""
    before, after = record["original"], record["quantised"]
    paired = record["paired"]
    verdict = PairedVerdict(**{**paired, "verdict": Verdict(paired["verdict"])})
    return (
        f"In int8 it is right on {_told(after)} of {record['images']:,} validation images; before that, "
        f"{_told(before)}. Int8 {paired_sentence(verdict)}."
    )


def _told(accuracy: dict[str, Any]) -> str:
    low, high = accuracy["interval"]
    return f"{accuracy['correct']:,} ({words.percent(accuracy['accuracy'])}, {words.interval(low, high)})"


def _small(difference: float) -> str:
    """`0.000138`, or `a millionth` for anything smaller than that."""
    return f"{difference:.6f}".rstrip("0") if difference > 1e-6 else "a millionth"
