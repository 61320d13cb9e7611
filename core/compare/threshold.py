"""A class that must not be missed: which probability should raise the alarm, and what that costs.

A network names a class when its probability is above a half. Where missing it is worse than a false alarm,
say a sick cell taken for a healthy one, a lower threshold finds more of the class and raises more false
alarms. With more than two classes the question is "this class or not?", one against the rest. The threshold
is chosen on validation images; only images that had no say in it tell what it is worth. No TensorFlow.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.statistics.paired import wilson_interval
from core.wording import words

USUAL = 0.5  # the threshold that accuracy is told by, for two classes
TARGETS = (0.95, 0.98, 0.99, 1.0)  # recalls to choose from


def scores_of(probabilities: np.ndarray, label: int) -> np.ndarray:
    """float64 (n,): how probable each image is of the class `label`.

    Args:
        probabilities: float (n,) of the second class for two classes, else (n, classes).
    """
    values = probabilities.astype(np.float64)
    if values.ndim == 2:
        return values[:, label]
    return values if label == 1 else 1 - values


@dataclass(frozen=True)
class Alarms:
    """What a threshold does: an alarm is a probability at or above it.

    Attributes:
        found, missed: Images of the class with an alarm and without.
        false, quiet: Images of other classes with an alarm and without.
    """

    threshold: float
    found: int
    missed: int
    false: int
    quiet: int

    @property
    def of_class(self) -> int:
        return self.found + self.missed

    @property
    def others(self) -> int:
        return self.false + self.quiet

    @property
    def alarms(self) -> int:
        return self.found + self.false

    @property
    def recall(self) -> float:
        """Share of the class that is found; NaN where there is none of it."""
        return _share(self.found, self.of_class)

    @property
    def precision(self) -> float:
        """Share of the alarms that are right; NaN where there are none."""
        return _share(self.found, self.alarms)

    @property
    def false_alarm_rate(self) -> float:
        """Share of the other images that raise an alarm; NaN where there are none."""
        return _share(self.false, self.others)

    @property
    def accuracy(self) -> float:
        """Share of right answers to "this class or not?"."""
        return _share(self.found + self.quiet, self.of_class + self.others)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval."""
        return wilson_interval(self.found, self.of_class)

    @property
    def precision_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval."""
        return wilson_interval(self.found, self.alarms)

    @property
    def false_alarm_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval."""
        return wilson_interval(self.false, self.others)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def alarms(scores: np.ndarray, truth: np.ndarray, threshold: float) -> Alarms:
    """Count what a threshold does.

    Args:
        scores: float (n,), as `scores_of` gives them.
        truth: bool (n,), whether each image is of the class.
    """
    raised = scores >= threshold
    return Alarms(
        threshold,
        found=int(np.sum(raised & truth)),
        missed=int(np.sum(~raised & truth)),
        false=int(np.sum(raised & ~truth)),
        quiet=int(np.sum(~raised & ~truth)),
    )


def threshold_for(scores: np.ndarray, truth: np.ndarray, target: float) -> float:
    """The highest threshold that finds at least a share `target` of the class.

    Raises:
        ValueError: there are no images of the class, or the target is not above 0 and at most 1.
    """
    of_class = np.sort(scores[truth])[::-1]
    if not len(of_class) or not 0 < target <= 1:
        raise ValueError(f"Expected images of the class and 0 < target <= 1. Received {target}.")
    wanted = math.ceil(target * len(of_class) - 1e-9)
    return float(of_class[wanted - 1])


@dataclass(frozen=True)
class PrecisionRecall:
    """What every threshold would do; thresholds ascend, so recall falls. float64 (m,) each."""

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray


def precision_recall(scores: np.ndarray, truth: np.ndarray) -> PrecisionRecall:
    """Precision and recall at every threshold that changes an alarm: each score that occurs.

    Raises:
        ValueError: there are no images of the class, so it has no recall.
    """
    if not truth.any():
        raise ValueError("Expected images of the class. Received none.")
    thresholds, of_class = np.unique(scores), np.sort(scores[truth])
    raised = len(scores) - np.searchsorted(np.sort(scores), thresholds)
    found = len(of_class) - np.searchsorted(of_class, thresholds)
    return PrecisionRecall(thresholds, found / raised, found / len(of_class))


# In words


def alarm_sentences(chosen: Alarms, usual: Alarms, name: str) -> list[str]:
    """What the threshold costs against the usual one, on the same images."""
    few = (
        f"{words.plural(chosen.of_class, 'image')} here {'is' if chosen.of_class == 1 else 'are'} of "
        f"{name}: on many more the recall may be as low as {words.percent(chosen.recall_interval[0])}."
    )
    if chosen.threshold == usual.threshold:
        return [few]
    more_found, more_false = chosen.found - usual.found, chosen.false - usual.false
    gained = (
        f"finds {words.plural(more_found, 'image')} of {name} more" if more_found > 0
        else f"misses {words.plural(-more_found, 'image')} of {name} more" if more_found
        else f"finds as many images of {name}"
    )  # fmt: skip
    paid = f"{abs(more_false):,} {'more' if more_false > 0 else 'fewer'}" if more_false else "as many"
    was, now = words.percent(usual.accuracy), words.percent(chosen.accuracy)
    accuracy = f"goes from {was} to {now}" if was != now else f"stays at {now}"
    return [f"Against the usual 50% it {gained}, with {paid} false alarms; accuracy {accuracy}.", few]


def alarm_table(rows: list[tuple[str, Alarms]]) -> pd.DataFrame:
    """One row a network, or a threshold."""
    return pd.DataFrame(
        [
            {
                "network": label,
                "threshold": percent_of(one.threshold),
                "recall": words.percent(one.recall),
                "recall, 95% interval": words.interval(*one.recall_interval),
                "missed": one.missed,
                "precision": precision_words(one),
                "precision, 95% interval": words.interval(*one.precision_interval),
                "false alarms": one.false,
                "per 100 others": f"{100 * one.false_alarm_rate:.1f}",
                "accuracy": words.percent(one.accuracy),
            }
            for label, one in rows
        ]
    )


def precision_words(one: Alarms) -> str:
    """`84.2%`, or `no alarm` where there is nothing to be right about."""
    return words.percent(one.precision) if one.alarms else "no alarm"


def percent_of(threshold: float) -> str:
    """A threshold as a percentage of two significant digits or more: `37%`, `0.042%`, `99.98%`."""
    share = 100 * threshold
    if 1 <= share <= 99:
        return f"{share:.0f}%"
    if share > 99:
        return f"{share:.2f}%" if share < 99.995 else "over 99.99%"
    return f"{share:.2g}%"
