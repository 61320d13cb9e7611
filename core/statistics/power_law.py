"""Accuracy by the number of training images: a power law with a band, where one fits.

error = a + b * n^-c is the shape that learning curves of networks were found to have (Cortes and others,
"Learning curves: asymptotic values and rate of convergence", NIPS 1993; Hestness and others, "Deep learning
scaling is predictable, empirically", 2017): a is what no number of images mends, c how fast the rest goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.statistics.withheld import Why, Withheld

FEWEST_SIZES, FEWEST_RESAMPLES = 4, 3
DRAWS = 1000  # the ends of the band then move by a twentieth of its width
_SLOWEST, _FASTEST = 0.01, 2.0  # bounds of c
_MISFIT_LEVEL = 0.01  # of true laws, one in a hundred is withheld; of three resamples up to three


@dataclass(frozen=True)
class Expected:
    """A value of the curve, or a difference of two, with its 95% interval.

    Attributes:
        images: Training images it is for.
        value, low, high: An accuracy in 0..1, or a gain in -1..1.
    """

    images: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PowerLaw:
    """error = a + b * n^-c, with what it might have been.

    What it says is for the mean over resamples, on the test images that the accuracies are from; other
    resamples are in its doubt, other test images are not. Where the largest size is most of the images there
    are, its resamples are nearly one, and the doubt there is too small. Beyond the largest size it is right
    only if the law goes on, which no interval covers (`held_out` tries it where that can be tried).

    Attributes:
        images: Sizes that were measured, ascending.
        measured: Mean accuracy at each, in 0..1.
        a, b, c: 0 <= a <= 1, b >= 0, 0.01 <= c <= 2.
        misfit_p: p-value of the lack-of-fit test; small where the points do not follow the law.
        draws: float64 (DRAWS, 3), a, b and c as they might have been; a may be below 0 there.
    """

    images: tuple[int, ...]
    measured: tuple[float, ...]
    a: float
    b: float
    c: float
    misfit_p: float
    draws: np.ndarray = field(repr=False, compare=False)

    def accuracy(self, images: float) -> Expected:
        """Accuracy with so many training images, at least 1."""
        return _expected(images, 1 - self._error(images), self.accuracies(images))

    def ends(self) -> tuple[float, float]:
        """Accuracy at the smallest and at the largest size measured."""
        return self.accuracy(self.images[0]).value, self.accuracy(self.images[-1]).value

    def accuracies(self, images: float) -> np.ndarray:
        """What `accuracy` might be by each draw (DRAWS,), in 0..1."""
        return 1 - np.clip(self.draws[:, 0] + self.draws[:, 1] * images ** -self.draws[:, 2], 0, 1)

    def gain(self, more: float) -> Expected:
        """What `more` images than the largest size measured would add to its accuracy."""
        now, then = self.images[-1], self.images[-1] + more
        draws = self.accuracies(then) - self.accuracies(now)
        return _expected(then, self._error(now) - self._error(then), draws)

    def enough(self, difference: float) -> float:
        """From how many images on twice as many would gain less than a difference in 0..1; infinite where no
        number can be written down."""
        whole = self.b * (1 - 2**-self.c)  # what the first image's doubling gains
        with np.errstate(over="ignore"):
            return float(np.maximum(1.0, np.float64(whole / difference) ** (1 / self.c)))

    def images_for(self, accuracy: float) -> tuple[float, np.ndarray]:
        """Images for an accuracy in 0..1, by the law and by each draw (DRAWS,); infinite where it is never
        reached."""
        everyone = np.vstack([[self.a, self.b, self.c], self.draws])
        above = np.maximum(0.0, 1 - accuracy - everyone[:, 0])
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            images = (everyone[:, 1] / above) ** (1 / everyone[:, 2])
        images = np.where(above > 0, images, np.inf)
        return float(images[0]), images[1:]

    def _error(self, images: float) -> float:
        return self.a + self.b * images**-self.c


def _expected(images: float, value: float, draws: np.ndarray) -> Expected:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Expected(images, value, min(value, float(low)), max(value, float(high)))


def fit(images: Sequence[int], accuracies: np.ndarray, seed: int = 0) -> PowerLaw | Withheld:
    """The power law through accuracies of several resamples a size, by weighted least squares on their means.

    **Weights** are the inverse of the variance between resamples. Each size's own is poor with few of them,
    so a line through log variance over log size is used (Carroll and Ruppert, "Transformation and Weighting
    in Regression", 1988, chapter 3).

    **The band** is a bootstrap over resamples, each with all its sizes, since a small subset is usually part
    of the larger one and their accuracies move together. Drawing 3 of 3 would know ten outcomes and be too
    narrow; so their deviations from the mean get random weights, normal ones (Wu, "Jackknife, bootstrap and
    other resampling methods", Annals of Statistics 1986) over the root of a mean chi-square. The means then
    scatter as Student's t does, and any weighted sum of them has Student's interval. Only the law itself is
    bound to a >= 0: draws that were, too, would be too narrow where a is 0 or near it (Andrews,
    "Inconsistency of the bootstrap when a parameter is on the boundary", Econometrica 2000).

    **It is withheld** where there are fewer than four sizes or three resamples; where the slope of accuracy
    over log size has a 95% interval that holds 0 (flat) or lies below it (falling); and where the means lie
    further from the law than the spread between resamples explains, by the F test for lack of fit at 1%
    (Draper and Smith, "Applied Regression Analysis", 1998, section 2.1). Below that level, where its F is
    above 1, the scatter is widened by the root of F, as the Particle Data Group does.

    Args:
        images: (k,) numbers of training images, ascending, at least 1.
        accuracies: (k, resamples), in 0..1: a column is one resample (a seed) at every size.
        seed: Of the band: the same accuracies give the same.

    Raises:
        ValueError: sizes or accuracies are not as above.
    """
    sizes, accuracies = np.asarray(images, np.float64), np.asarray(accuracies, np.float64)
    _check(sizes, accuracies)
    k, resamples = accuracies.shape
    unusable = _unusable(sizes, accuracies)
    if unusable:
        return Withheld(unusable)
    errors = 1 - accuracies.mean(axis=1)
    variances = _smooth_variances(sizes, accuracies)
    a, b, c = _least_squares(sizes, 1 / variances, errors[None], bounded=True)[0].tolist()
    residuals = errors - a - b * sizes**-c
    misfit, misfit_p = _lack_of_fit(residuals, variances, resamples)
    if misfit_p < _MISFIT_LEVEL:
        return Withheld(Why.MISFIT)

    scattered = errors - max(1.0, misfit) ** 0.5 * scatter_of_means(accuracies, seed)
    draws = _least_squares(sizes, 1 / variances, scattered, bounded=False)
    return PowerLaw(
        tuple(int(size) for size in sizes), tuple((1 - errors).tolist()), a, b, c, misfit_p, draws
    )


def scatter_of_means(accuracies: np.ndarray, seed: int) -> np.ndarray:
    """By how much the means of accuracies (k, resamples) may be off, as (DRAWS, k); `fit` says how.

    Rows of one seed and number of resamples go together, whichever sizes they are for.
    """
    resamples = accuracies.shape[1]
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((DRAWS, resamples)) / np.sqrt(resamples * (resamples - 1))
    weights /= np.sqrt(rng.chisquare(resamples - 1, (DRAWS, 1)) / (resamples - 1))
    return weights @ (accuracies - accuracies.mean(axis=1, keepdims=True)).T


def _check(sizes: np.ndarray, accuracies: np.ndarray) -> None:
    if sizes.ndim != 1 or accuracies.ndim != 2 or len(accuracies) != len(sizes) or not accuracies.size:
        raise ValueError(f"Expected (k,) and (k, resamples). Received {sizes.shape} and {accuracies.shape}.")
    if sizes[0] < 1 or (np.diff(sizes) <= 0).any():
        raise ValueError(f"Expected numbers of images from 1, ascending. Received {sizes.tolist()}.")
    if not ((accuracies >= 0) & (accuracies <= 1)).all():
        raise ValueError("Expected accuracies in 0..1. Received one outside, or NaN.")


def _unusable(sizes: np.ndarray, accuracies: np.ndarray) -> Why | None:
    """Why no curve can be put through these points at all."""
    if len(sizes) < FEWEST_SIZES:
        return Why.TOO_FEW_SIZES
    if accuracies.shape[1] < FEWEST_RESAMPLES:
        return Why.TOO_FEW_RESAMPLES
    if not accuracies.var(axis=1).any():
        return Why.NO_SPREAD
    slope, half = _slope(sizes, accuracies)
    if slope + half < 0:
        return Why.FALLING
    return Why.FLAT if slope - half <= 0 else None


def _slope(sizes: np.ndarray, accuracies: np.ndarray) -> tuple[float, float]:
    """Slope of mean accuracy over log size by weighted least squares, and half its 95% interval, of the
    spread between resamples alone (k (resamples - 1) degrees of freedom)."""
    from scipy.special import stdtrit  # a tenth of a second to import: not at start-up

    k, resamples = accuracies.shape
    weights = resamples / _smooth_variances(sizes, accuracies)
    x = np.log(sizes) - np.average(np.log(sizes), weights=weights)
    squares = float(weights @ x**2)
    slope = float((weights * x) @ accuracies.mean(axis=1)) / squares
    return slope, float(stdtrit(k * (resamples - 1), 0.975)) / squares**0.5


def _smooth_variances(sizes: np.ndarray, accuracies: np.ndarray) -> np.ndarray:
    """Variance between resamples at each size (k,), positive, from a line in log size."""
    variances = accuracies.var(axis=1, ddof=1)
    logs = np.log(np.maximum(variances, variances.mean() / 100))  # one that is 0 by chance bends no line
    smooth = np.exp(np.polyval(np.polyfit(np.log(sizes), logs, 1), np.log(sizes)))
    return smooth * (variances / smooth).mean()  # the mean of logs is less than the log of the mean


def _lack_of_fit(residuals: np.ndarray, variances: np.ndarray, resamples: int) -> tuple[float, float]:
    """F of the means about the best power law, with k - 3 degrees of freedom, and its p-value."""
    from scipy.special import fdtrc  # a tenth of a second to import: not at start-up

    k = len(residuals)
    ratio = resamples * (residuals**2 / variances).sum() / (k - 3)
    return float(ratio), float(fdtrc(k - 3, k * (resamples - 1), ratio))


def _least_squares(sizes: np.ndarray, weights: np.ndarray, errors: np.ndarray, bounded: bool) -> np.ndarray:
    """a, b and c of the least weighted squares for each row of `errors` (m, k), as (m, 3).

    For a given c the law is linear in a and b, so only c is searched: over a grid, and twice between its
    neighbours. b is at least 0, and a too where `bounded`.
    """
    logs = np.log(sizes / sizes[0])  # from 0, so that the powers are of the order of 1
    step = (_FASTEST / _SLOWEST) ** (1 / 49)
    powers = np.geomspace(_SLOWEST, _FASTEST, 50)[None]
    a, b, squares = _linear(logs, weights, errors, powers, bounded)
    for _ in range(2):
        nearest = np.take_along_axis(np.broadcast_to(powers, squares.shape), _least(squares), axis=1)
        powers = np.clip(nearest * np.geomspace(1 / step, step, 21), _SLOWEST, _FASTEST)
        step **= 0.1
        a, b, squares = _linear(logs, weights, errors, powers, bounded)
    a, b, c = (np.take_along_axis(each, _least(squares), axis=1)[:, 0] for each in (a, b, powers))
    return np.column_stack([a, b * sizes[0] ** c, c])


def _least(squares: np.ndarray) -> np.ndarray:
    """Position of the least of each row, (m, 1)."""
    return squares.argmin(axis=1, keepdims=True)


def _linear(
    logs: np.ndarray, weights: np.ndarray, errors: np.ndarray, powers: np.ndarray, bounded: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """a, b and the weighted squares left, each (m, p), of errors (m, k) at powers (m or 1, p)."""
    weights = weights / weights.sum()
    x = np.exp(-powers[..., None] * logs)  # (m or 1, p, k)
    mean_x, mean_y = x @ weights, (errors @ weights)[:, None]
    from_mean = errors - mean_y
    products = ((x * weights) @ from_mean[:, :, None])[..., 0]
    squares_x, squares_y = (x**2) @ weights - mean_x**2, (from_mean**2 @ weights)[:, None]
    b = np.maximum(0.0, products / squares_x)
    a = mean_y - b * mean_x
    # Where that a is below 0 the best is 0, and b that of a line through it
    b_alone = (products + mean_x * mean_y) / (squares_x + mean_x**2)
    through_0 = (a < 0) & bounded
    squares = np.where(
        through_0,
        squares_y + mean_y**2 - b_alone**2 * (squares_x + mean_x**2),
        squares_y - b**2 * squares_x,
    )
    return np.where(through_0, 0.0, a), np.where(through_0, b_alone, b), squares
