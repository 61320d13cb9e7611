"""What two learning curves say together, and what one says of sizes it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """

    factor: float
    low: float
    high: float
    accuracy: float
    first_images: float
    second_images: float


def worth(first: PowerLaw, second: PowerLaw) -> Worth | Withheld:
    """By what factor the first curve's images count against the second's, such as transfer's against those of
    a network from scratch.

    It is read in the middle of the accuracies that both curves reach between their smallest and largest size,
    where neither is extrapolated. The interval is from the draws of both, taken as independent: where they
    share their resamples, it is rather too wide.

    Returns:
        `Withheld` where no accuracy is reached by both.
    """
    first_low, first_high = (first.accuracy(size).value for size in (first.images[0], first.images[-1]))
    second_low, second_high = (second.accuracy(size).value for size in (second.images[0], second.images[-1]))
    if first_low >= second_high:
        return Withheld(Why.FIRST_AHEAD)
    if second_low >= first_high:
        return Withheld(Why.SECOND_AHEAD)
    accuracy = (max(first_low, second_low) + min(first_high, second_high)) / 2
    (first_images, first_draws), (second_images, second_draws) = (
        law.images_for(accuracy) for law in (first, second)
    )
    # Both curves may be drawn with one seed: shifted by one, draws of the same number go together no longer
    draws = np.roll(second_draws, 1) / first_draws
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")  # no mean with an infinite one
    factor = second_images / first_images
    return Worth(
        factor, min(factor, float(low)), max(factor, float(high)), accuracy, first_images, second_images
    )


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
