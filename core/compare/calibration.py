"""Does a network know how sure to be? Its confidence against how often it is right. No TensorFlow.

The confidence is the probability of the class that is named: 1/classes to 1. A network is calibrated if of
the images it is 90% sure of it gets 90% right (Guo et al., "On Calibration of Modern Neural Networks", ICML
2017, section 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from core.method.evaluation import predicted_classes
from core.statistics.means import Mean, mean_interval
from core.statistics.paired import wilson_interval
from core.statistics.temperature import Temperature
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.verdicts import VERDICTS

BINS = 10  # as Naeini et al. have it
STRATEGIES = ("equal width", "equal count")
DRAWS = 1000  # of outcomes by chance, for the error that a calibrated network would measure
FEWEST = 10  # images that a bin needs before it is quoted in words,
FEWEST_SHARE = 0.05  # and the share of all images
MOST_DIGITS = 3


@dataclass(frozen=True)
class Bin:
    """The images whose confidence lies in one part of the axis.

    Attributes:
        low, high: Its edges; a confidence on an edge belongs to the bin below it.
        n, right: Images in it, and of those classified right.
        confidence, accuracy: Their mean confidence, and the share that is right.
        interval: Wilson 95% interval of the accuracy.
    """

    low: float
    high: float
    n: int
    right: int
    confidence: float
    accuracy: float
    interval: tuple[float, float]


class Sureness(StrEnum):
    """Whether a network can be believed as it stands."""

    TOO_SURE = "too_sure"
    NOT_SURE_ENOUGH = "not_sure_enough"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Calibration:
    """How far a network's confidence can be believed on one split.

    Attributes:
        strategy: One of `STRATEGIES`.
        bins: Those that hold images, by confidence.
        n, confidence, accuracy: Number of images, mean confidence, share that is right.
        error: Expected calibration error, 0..1: the mean distance of accuracy and confidence over the bins,
            weighted by their images (Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian
            Binning", AAAI 2015; Guo et al., equation 3).
        error_by_chance: Mean of it, and what 95 in 100 stay below, if every confidence were exactly true and
            only luck decided (consistency resampling, Bröcker and Smith, Weather and Forecasting 2007).
        brier: Brier score (Monthly Weather Review 1950): mean squared distance of the probabilities from the
            truth; for two classes that of the second class, 0..1, for more the sum over the classes, 0..2.
        brier_of_shares: The same for always giving each class its share of these images.
        gap: Mean confidence less accuracy, with its 95% interval over the images.
    """

    strategy: str
    bins: tuple[Bin, ...]
    n: int
    confidence: float
    accuracy: float
    error: float
    error_by_chance: tuple[float, float]
    brier: float
    brier_of_shares: float
    gap: Mean

    @property
    def sureness(self) -> Sureness:
        """By whether the interval of the gap leaves out 0."""
        if self.gap.low > 0:
            return Sureness.TOO_SURE
        return Sureness.NOT_SURE_ENOUGH if self.gap.high < 0 else Sureness.CANNOT_TELL


def confidence(probabilities: np.ndarray) -> np.ndarray:
    """float64 (n,): the probability of the class that each image is taken for.

    Args:
        probabilities: float (n,) of the second class for two classes, else (n, classes).
    """
    values = probabilities.astype(np.float64)
    return np.maximum(values, 1 - values) if values.ndim == 1 else values.max(axis=1)


def calibrate(
    probabilities: np.ndarray, labels: np.ndarray, classes: int, strategy: str = STRATEGIES[0]
) -> Calibration:
    """Measure the calibration of a network.

    Args:
        probabilities: float (n,) of the second class for two classes, else (n, classes).
        labels: int64 (n,), n at least 1.
        strategy: `equal width` divides 0..1 into `BINS` parts; `equal count` divides the images so, as far as
            ties allow.

    Raises:
        ValueError: unknown strategy, or no images.
    """
    if strategy not in STRATEGIES or not len(labels):
        raise ValueError(f"Expected images and one of {STRATEGIES}. Received {len(labels)}, {strategy!r}.")
    sure, right = confidence(probabilities), predicted_classes(probabilities) == labels
    edges = _edges(sure, strategy)
    place = np.searchsorted(edges[1:-1], sure)
    return Calibration(
        strategy=strategy,
        bins=_bins(edges, place, sure, right),
        n=len(labels),
        confidence=float(sure.mean()),
        accuracy=float(right.mean()),
        error=float(_errors(place, sure, right[None])[0]),
        error_by_chance=_by_chance(place, sure),
        brier=brier_score(probabilities, labels, classes),
        brier_of_shares=_brier_of_shares(labels, classes),
        gap=mean_interval(sure - right),
    )


def _edges(sure: np.ndarray, strategy: str) -> np.ndarray:
    """float64 (BINS + 1,): where the bins begin and end."""
    parts = np.linspace(0, 1, BINS + 1)
    return parts if strategy == STRATEGIES[0] else np.quantile(sure, parts)


def _bins(edges: np.ndarray, place: np.ndarray, sure: np.ndarray, right: np.ndarray) -> tuple[Bin, ...]:
    found = []
    for number in np.unique(place):
        here = place == number
        n, correct = int(here.sum()), int(right[here].sum())
        low, high = float(edges[number]), float(edges[number + 1])
        interval = wilson_interval(correct, n)
        found.append(Bin(low, high, n, correct, float(sure[here].mean()), correct / n, interval))
    return tuple(found)


def _errors(place: np.ndarray, sure: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """float64 (m,): the expected calibration error of each of m outcomes, bool (m, n), for the same images.

    A bin's share of the images times its distance of accuracy and confidence is the absolute sum of its
    differences over n.
    """
    member = np.eye(BINS)[place]
    return np.abs((outcomes - sure) @ member).sum(axis=1) / len(sure)


def _by_chance(place: np.ndarray, sure: np.ndarray) -> tuple[float, float]:
    random = np.random.default_rng(0)
    blocks = [
        _errors(place, sure, random.random((DRAWS // 10, len(sure))) < sure) for _ in range(10)
    ]  # a tenth at a time: a large split would need too much memory
    errors = np.concatenate(blocks)
    return float(errors.mean()), float(np.quantile(errors, 0.95))


def brier_score(probabilities: np.ndarray, labels: np.ndarray, classes: int) -> float:
    """The Brier score as `Calibration.brier` says; arguments as in `calibrate`."""
    values = probabilities.astype(np.float64)
    if values.ndim == 1:
        return float(np.mean((values - (labels == 1)) ** 2))
    return float(np.mean(np.sum((values - np.eye(classes)[labels]) ** 2, axis=1)))


def _brier_of_shares(labels: np.ndarray, classes: int) -> float:
    shares = np.bincount(labels, minlength=classes) / len(labels)
    always = np.full(len(labels), shares[1]) if classes == 2 else np.tile(shares, (len(labels), 1))
    return brier_score(always, labels, classes)


# In words


def bin_sentence(found: Calibration) -> str:
    """Such as "When it says 91%, it is right 84% of the time (42 images, 95% interval 70.2 to 92.1%)." of the
    bin that adds most to the error; empty where no bin holds enough images."""
    quotable = [one for one in found.bins if one.n >= max(FEWEST, FEWEST_SHARE * found.n)]
    if not quotable:
        return ""
    told = max(quotable, key=lambda one: one.n * abs(one.accuracy - one.confidence))
    return (
        f"When it says {_whole(told.confidence)}, it is right {_whole(told.accuracy)} of the time "
        f"({told.n:,} images, 95% interval {words.interval(*told.interval)})."
    )


def _whole(share: float) -> str:
    """`90%`, and digits where it would round to 100%: `99.97%`."""
    for digits in range(MOST_DIGITS):
        text = f"{100 * share:.{digits}f}"
        if float(text) < 100 or share == 1:
            return f"{text}%"
    return "over 99.99%"


def gap_sentence(found: Calibration) -> str:
    """Mean confidence against accuracy, and whether the gap is more than luck."""
    doubt = f"95% interval {100 * found.gap.low:+.1f} to {100 * found.gap.high:+.1f}"
    nothing = VERDICTS[Verdict.CANNOT_TELL]
    conclusion = {
        Sureness.TOO_SURE: "**it is too sure of itself**",
        Sureness.NOT_SURE_ENOUGH: "**it is not sure enough**",
        Sureness.CANNOT_TELL: f"**{nothing}** whether it is too sure or not sure enough",
    }[found.sureness]
    return (
        f"On average it is {words.percent(found.confidence)} sure and right on "
        f"{words.percent(found.accuracy)}: {words.points_apart(found.confidence, found.accuracy)} "
        f"({doubt}), so {conclusion}."
    )


def chance_sentence(label: str, found: Calibration) -> str:
    """The error beside what luck alone would make of a calibrated network."""
    mean, most = found.error_by_chance
    beyond = "more than luck explains" if found.error > most else "no more than luck explains"
    return (
        f"The calibration error of {label}, {words.percent(found.error)}, is {beyond}: on {found.n:,} images "
        f"perfect confidences would measure {words.percent(mean)}, and in 95 of 100 cases at most "
        f"{words.percent(most)}."
    )


def temperature_sentence(
    fitted: Temperature | None, before: Calibration, after: Calibration | None, split: str
) -> str:
    """What dividing the logits by a temperature does to a network's certainty.

    Args:
        fitted: On validation images; None where none could be.
        before, after: On the images of `split`, without it and with it.
    """
    if fitted is None or after is None:
        return (
            "No temperature can be fitted: no mistake on the validation images says how sure is too sure, or "
            "its answers are no better than chance."
        )
    was, now = words.percent(before.error), words.percent(after.error)
    did = f"its calibration error goes from {was} to {now}" if was != now else f"its error stays at {now}"
    own = "; they chose it, which flatters it" if split == "validation" else ""
    return (
        f"Fitted on validation images: with its logits divided by {fitted.value:.2f} (its temperature) {did} "
        f"on these {after.n:,} {split} images{own}. Which class it names does not change."
    )


def calibration_table(labels: Sequence[str], found: Sequence[Calibration]) -> pd.DataFrame:
    """One row a network."""
    return pd.DataFrame(
        {
            "network": list(labels),
            "mean confidence": [words.percent(one.confidence) for one in found],
            "accuracy": [words.percent(one.accuracy) for one in found],
            "gap": [words.points_apart(one.confidence, one.accuracy) for one in found],
            "calibration error": [words.percent(one.error) for one in found],
            "by luck, at most": [words.percent(one.error_by_chance[1]) for one in found],
            "Brier score": [round(one.brier, 4) for one in found],
            "Brier of shares": [round(one.brier_of_shares, 4) for one in found],
        }
    )


def bin_table(found: Calibration) -> pd.DataFrame:
    """One row a bin: the numbers behind the diagram."""
    return pd.DataFrame(
        [
            {
                "confidence": f"{100 * one.low:.1f} to {100 * one.high:.1f}%",
                "images": one.n,
                "mean confidence": words.percent(one.confidence),
                "right": one.right,
                "accuracy": words.percent(one.accuracy),
                "95% interval": words.interval(*one.interval),
            }
            for one in found.bins
        ]
    )
