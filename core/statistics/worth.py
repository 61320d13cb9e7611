"""What two learning curves say together, and what one says of sizes it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.statistics.power_law import PowerLaw, fit, scatter_of_means
from core.statistics.withheld import Why, Withheld


@dataclass(frozen=True)
class Worth:
    """How many images of the second curve one image of the first counts for.

    Attributes:
        factor: Images of the second over images of the first, at equal accuracy.
        low, high: Its 95% interval; `high` is infinite where the second may never get there.
        accuracy: The accuracy it is for, in 0..1: the factor changes along the curves.
        first_images, second_images: What each needs for it.
        between: Whether it was read between measured points (`Measured`), not off power laws.
    """

    factor: float
    low: float
    high: float
    accuracy: float
    first_images: float
    second_images: float
    between: bool = False


@dataclass(frozen=True)
class Measured:
    """A curve as it was measured, straight over log size from mean to mean: for one without a power law.

    More images are not taken to harm: where means fall, the curve lies half-way between the highest so far
    and the lowest still to come.

    Attributes:
        images: Sizes that were measured, ascending.
        means: float64 (1 + DRAWS, sizes), non-decreasing: the mean accuracies, and what they might have been.
    """

    images: tuple[int, ...]
    means: np.ndarray = field(repr=False, compare=False)

    def ends(self) -> tuple[float, float]:
        """Accuracy at the smallest and at the largest size."""
        return float(self.means[0, 0]), float(self.means[0, -1])

    def images_for(self, accuracy: float) -> tuple[float, np.ndarray, np.ndarray]:
        """Images for an accuracy between the ends, and by each draw (DRAWS,) the least and the most: a draw
        that is above it at the smallest size needs 0 to so many, one that never gets there the largest to
        infinitely many."""
        logs, sizes = np.log(self.images), (self.images[0], self.images[-1])
        least = np.exp([np.interp(accuracy, row, logs, -np.inf, logs[-1]) for row in self.means])
        most = np.exp([np.interp(accuracy, row, logs, logs[0], np.inf) for row in self.means])
        return float(np.clip(most[0], *sizes)), least[1:], most[1:]


def measured(images: Sequence[int], accuracies: np.ndarray, seed: int = 0) -> Measured:
    """The curve through the means, and as they scatter. Arguments as `fit` takes them."""
    means = np.asarray(accuracies, np.float64).mean(axis=1)
    drawn = np.vstack([means, means - scatter_of_means(accuracies, seed)])
    highest = np.maximum.accumulate(drawn, axis=1)
    lowest = np.minimum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
    return Measured(tuple(images), (highest + lowest) / 2)


def worth(first: PowerLaw | Measured, second: PowerLaw | Measured) -> Worth | Withheld:
    """By what factor the first curve's images count against the second's, such as transfer's against those of
    a network from scratch.

    It is read in the middle of the accuracies that both curves reach between their smallest and largest size,
    where neither is extrapolated. The interval is from the draws of both, taken as independent: where they
    share their resamples, it is rather too wide. What a draw of a measured curve leaves open beyond its sizes
    counts against the interval at both ends.

    Returns:
        `Withheld` where no accuracy is reached by both.
    """
    (first_low, first_high), (second_low, second_high) = first.ends(), second.ends()
    if first_low >= second_high:
        return Withheld(Why.FIRST_AHEAD)
    if second_low >= first_high:
        return Withheld(Why.SECOND_AHEAD)
    accuracy = (max(first_low, second_low) + min(first_high, second_high)) / 2
    first_images, *first_draws = _images_for(first, accuracy)
    second_images, *second_draws = _images_for(second, accuracy)
    factor = second_images / first_images
    return Worth(
        factor, *_interval(factor, first_draws, second_draws), accuracy, first_images, second_images,
        between=isinstance(first, Measured) or isinstance(second, Measured),
    )  # fmt: skip


def _images_for(curve: PowerLaw | Measured, accuracy: float) -> tuple[float, np.ndarray, np.ndarray]:
    """As `Measured.images_for`; a law leaves nothing open."""
    if isinstance(curve, Measured):
        return curve.images_for(accuracy)
    images, draws = curve.images_for(accuracy)
    return images, draws, draws


def _interval(
    factor: float, first: Sequence[np.ndarray], second: Sequence[np.ndarray]
) -> tuple[float, float]:
    """Of a factor, from the least and the most images by each draw of both curves."""
    # Both curves may be drawn with one seed: shifted by one, draws of the same number go together no longer
    (first_least, first_most), (second_least, second_most) = first, (np.roll(each, 1) for each in second)
    with np.errstate(divide="ignore"):
        ratios = second_least / first_most, second_most / first_least
    # No mean with an infinite one
    low, high = (
        float(np.quantile(ratio, share, method="inverted_cdf"))
        for ratio, share in zip(ratios, (0.025, 0.975), strict=True)
    )
    return min(factor, low), max(factor, high)


@dataclass(frozen=True)
class HeldOut:
    """The largest sizes, foretold from the smaller ones.

    Attributes:
        images: Sizes held out, ascending.
        measured: Their mean accuracies, in 0..1.
        low, high: Where the smaller sizes let each mean be expected, with 95%.
        inside: Whether each lies in its band.
    """

    images: tuple[int, ...]
    measured: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    inside: tuple[bool, ...]


def held_out(
    images: Sequence[int], accuracies: np.ndarray, count: int = 2, seed: int = 0
) -> HeldOut | Withheld:
    """Whether a curve through all but the largest sizes foretells those.

    What is measured there is a mean over resamples, too, so its own scatter is in the band, drawn together
    with that of the smaller sizes of the same resamples.

    Args:
        images, accuracies, seed: As `fit` takes them.
        count: Sizes to hold out, at least 1.

    Returns:
        `Withheld` where no curve fits the sizes that are left.

    Raises:
        ValueError: as `fit`, or nothing is held out.
    """
    if count < 1 or count >= len(images):
        raise ValueError(f"Expected 1 to {len(images) - 1} sizes to hold out. Received {count}.")
    law = fit(images[:-count], accuracies[:-count], seed)
    if isinstance(law, Withheld):
        return law
    sizes, held = tuple(images[-count:]), np.asarray(accuracies, np.float64)[-count:]
    foretold = np.column_stack([law.accuracies(size) for size in sizes]) - scatter_of_means(held, seed)
    low, high = (tuple(ends.tolist()) for ends in np.quantile(foretold, [0.025, 0.975], axis=0))
    measured = tuple(held.mean(axis=1).tolist())
    inside = tuple(bottom <= value <= top for bottom, value, top in zip(low, measured, high, strict=True))
    return HeldOut(sizes, measured, low, high, inside)
