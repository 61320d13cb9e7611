"""What to expect of a data set before anything is trained: the bar to clear and what its test can show."""

from collections.abc import Mapping

import numpy as np

from core.statistics.baseline import commonest_share
from core.statistics.paired import SIGNIFICANCE, wilson_interval
from core.wording.words import part_of, plural

POWER = 0.8
ENOUGH_OF_ONE_CLASS = 10  # validation images: all of them right leaves at most 28% of doubt
DISAGREE = 0.1  # of the images two networks worth comparing usually differ on about this share
_TAILS = 9  # standard deviations of the number of differing images that are summed over


def power(n: int, difference: float, disagree: float = DISAGREE) -> float:
    """How probable it is that McNemar's exact test at 5% finds a difference between two networks.

    Of n images the networks differ on D, binomial with probability `disagree`; of these the better one is
    right on a binomial share (disagree + difference) / (2 disagree). Summed over both, without approximation
    (the model of Miettinen, Biometrics 24, 1968, and Connor, Biometrics 43, 1987, whose formulas approximate
    this sum).

    Args:
        n: Images, from 1.
        difference: Of the two true accuracies, in 0..disagree.
        disagree: Share of images on which exactly one of the two is right, in 0..1.
    """
    from scipy.stats import binom  # half a second to import: not at start-up

    middle, width = n * disagree, _TAILS * np.sqrt(n * disagree * (1 - disagree)) + 1
    differing = np.arange(max(1, int(middle - width)), min(n, int(middle + width)) + 1)
    # the largest count of the rarer kind that is still significant; -1 where none is
    rare = binom.ppf(SIGNIFICANCE / 2, differing, 0.5)
    rare = np.where(2 * binom.cdf(rare, differing, 0.5) < SIGNIFICANCE, rare, rare - 1)
    fixing = (disagree + difference) / (2 * disagree)
    found = binom.cdf(rare, differing, fixing) + binom.sf(differing - rare - 1, differing, fixing)
    return float(np.sum(binom.pmf(differing, n, disagree) * found))


def detectable_difference(n: int, disagree: float = DISAGREE) -> float | None:
    """The smallest difference of two accuracies that n images show with a probability of 80%.

    Args:
        n: Images, from 0.
        disagree: Share of images on which exactly one of the two networks is right; larger where the
            difference itself is.

    Returns:
        In 0..1, to a ten-thousandth; None where so few images cannot show even the largest.
    """

    def shows(difference: float) -> bool:
        return n > 0 and power(n, difference, max(disagree, difference)) >= POWER

    if not shows(1.0):
        return None
    low, high = 0.0, 1.0
    while high - low > 0.0001:
        middle = (low + high) / 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def expected(
    counts: Mapping[str, int],
    test: int,
    noun: str,
    available: int | None = None,
    validation: Mapping[str, int] | None = None,
) -> list[str]:
    """What can be expected, in three sentences, and a fourth where a class has few validation images.

    Args:
        counts: Class -> images in use; the names fit to be shown.
        test: Images in the test split.
        noun: What the images are called, such as "photos".
        available: Images in the data set, where not all are in use.
        validation: Class -> validation images in use.
    """
    total, fewest = sum(counts.values()), min(counts.values())
    smallest = f"; the smallest, {min(counts, key=counts.__getitem__)}, has"
    of_each = " of" if fewest == max(counts.values()) else smallest
    share = commonest_share(list(counts.values()))
    said = [
        f"{part_of(total, available or total)} {noun}, {len(counts)} classes{of_each} {fewest:,}.",
        f"Always naming the commonest class would be right for {100 * share:.0f}%.",
    ]
    least = detectable_difference(test)
    if least is None:
        said.append(f"{test:,} test {noun} are too few to show any difference between two networks.")
    else:
        points = f"{100 * least:.1f}" if least < 0.05 else f"{100 * least:.0f}"
        said.append(
            f"{test:,} test {noun} can show differences between two networks from about {points} points on."
        )
    return [*said, *_of_one_class(validation or {})]


def _of_one_class(validation: Mapping[str, int]) -> list[str]:
    """What its validation images can tell of the smallest class alone; nothing where they are enough."""
    fewest = min(validation.values(), default=ENOUGH_OF_ONE_CLASS)
    if not 0 < fewest < ENOUGH_OF_ONE_CLASS:
        return []
    alike = sum(count == fewest for count in validation.values())
    smallest = min(validation, key=validation.__getitem__)
    whose = f"{alike:,} classes have" if alike > 1 else f"The class {smallest} has"
    low = 100 * wilson_interval(fewest, fewest)[0]
    return [
        f"{whose} {plural(fewest, 'validation image')}: for one class alone, {fewest} of {fewest} right "
        f"leaves anything from {low:.0f}% to 100% possible."
    ]
