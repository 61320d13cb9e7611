"""How sure one can be: intervals for an accuracy, and a verdict on two models from the same images."""

from dataclasses import dataclass

import numpy as np

from core.statistics.verdict import Verdict

SIGNIFICANCE = 0.05  # the verdict's level; the A/A rate stays below it
FEWEST_CHANGED = (
    6  # answers that must change, all in one direction, before McNemar's test tells two models apart
)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a share (JASA 1927): (low, high) in 0..1; (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    z2 = 1.959963984540054**2
    share = correct / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


@dataclass(frozen=True)
class PairedVerdict:
    """Two models on the same images.

    Attributes:
        fixed: Images the second gets right and the first wrong.
        broke: The other way round.
        p_value: Two-sided exact McNemar test.
        verdict: Of the second against the first.
    """

    n: int
    fixed: int
    broke: int
    p_value: float
    verdict: Verdict


def mcnemar_p(fixed: np.ndarray | int, broke: np.ndarray | int) -> np.ndarray:
    """Two-sided p-value of the exact McNemar test (Q. McNemar, Psychometrika 1947), element by element.

    Under the null hypothesis each image on which the two models differ is fixed or broken with probability
    1/2, so the smaller count is judged by the lower tail of the binomial distribution, doubled.

    Args:
        fixed, broke: Counts, whole numbers from 0; scalars or arrays of one shape.

    Returns:
        float64 of that shape, in 0..1; 1 where the two never differ.
    """
    from scipy.special import bdtr  # a tenth of a second to import: not at start-up

    fixed, broke = np.asarray(fixed), np.asarray(broke)
    tail = bdtr(np.minimum(fixed, broke).astype(np.float64), fixed + broke, 0.5)
    return np.minimum(1.0, 2 * tail)


def compare(first_right: np.ndarray, second_right: np.ndarray) -> PairedVerdict:
    """The exact McNemar test of the second model against the first. It alone decides the verdict.

    Args:
        first_right, second_right: bool (n,), whether each model got each image right, in one order.

    Raises:
        ValueError: the arrays differ in length.
    """
    if len(first_right) != len(second_right):
        raise ValueError(f"Paired arrays differ in length: {len(first_right)} and {len(second_right)}.")
    fixed = int(np.sum(second_right & ~first_right))
    broke = int(np.sum(first_right & ~second_right))
    p_value = float(mcnemar_p(fixed, broke))
    verdict = Verdict.CANNOT_TELL
    if p_value < SIGNIFICANCE:
        verdict = Verdict.BETTER if fixed > broke else Verdict.WORSE
    return PairedVerdict(len(first_right), fixed, broke, p_value, verdict)
