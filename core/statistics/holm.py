"""Which of many points cannot be told apart from the best, when one has looked at all of them."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.statistics.paired import SIGNIFICANCE


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjusted p-values by Holm's step-down procedure ("A simple sequentially rejective multiple test
    procedure", Scandinavian Journal of Statistics 1979).

    Those below a level are the ones to reject so that, of all hypotheses that are true, any one is rejected
    with at most that probability, however the tests depend on each other.

    Args:
        p_values: (m,), each in 0..1, in any order.

    Returns:
        float64 (m,) in the same order, in 0..1.
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def sign_flip_p(differences: np.ndarray) -> float:
    """Two-sided p-value of the exact sign-flip test (Fisher, "The Design of Experiments", 1935, section 21).

    Under the null hypothesis each image's difference is as likely to be +d as -d. The p-value is the share of
    all 2^n choices of signs whose sum is at least as far from 0 as the one observed; none is drawn, their
    distribution is computed. Where differences are -1, 0 and 1 this is the exact McNemar test.

    Args:
        differences: Whole numbers (n,): how many seeds more of the one got each image right.

    Returns:
        In 0..1, within 1e-12; 1 where all are 0.
    """
    sizes, counts = np.unique(np.abs(differences), return_counts=True)
    total = int(sizes @ counts)  # the sum if every sign were plus; the sums lie in -total..total, 2 apart
    angles = 2 * np.pi * np.arange((total + 1) // 2 + 1) / (total + 1)
    transform = np.ones(len(angles), np.complex128)
    for size, count in zip(sizes, counts, strict=True):  # a sum of coins: their transforms multiply
        transform *= ((1 + np.exp(-1j * angles * size)) / 2) ** int(count)
    chances = np.fft.irfft(transform, total + 1)
    sums = 2 * np.arange(total + 1) - total
    return float(np.clip(chances[np.abs(sums) >= abs(int(np.sum(differences)))].sum(), 0, 1))


@dataclass(frozen=True)
class Leaders:
    """The best of several points and those that cannot be told apart from it.

    Attributes:
        best: Position of the highest mean accuracy; the first of those that tie.
        accuracies: Mean accuracy of each point over seeds and images, in 0..1.
        p_values: Of each point against the best, adjusted for looking at every pair; 1 for the best.
        together: Positions, ascending, of the best and of all points that are not told apart from it at 5%.
            That is no proof that they are equal: more images or seeds may tell some of them apart.
    """

    best: int
    accuracies: tuple[float, ...]
    p_values: tuple[float, ...]
    together: tuple[int, ...]


def indistinguishable(right: np.ndarray) -> Leaders:
    """The points that cannot be told apart from the best one, by paired evidence.

    **The images are the sample**, and all points and seeds share them. So an image counts once: how many
    seeds more of one point got it right than of the other, judged by the exact sign-flip test (McNemar's,
    where there is one seed). That alone speaks of these trained networks on images like these, and would call
    a lucky seed a better point.

    **With several seeds a point must also stand out from their scatter**, so that it speaks of the setting,
    trained again: the mean difference is judged by Student's t with the variance over images plus that over
    seeds, less what the two both hold (as Obuchowski and Rockette do for cases and readers, Communications in
    Statistics 1995). The variance over seeds has few degrees of freedom, so it is pooled over points
    (residuals after the means of points and of seeds), and the pair's own is taken where that is larger. The
    larger of the two p-values counts. With one seed nothing is known of other seeds: then it is these
    networks that are told apart. Nothing here speaks of other splits, data sets or numbers of epochs.

    **The best was found by looking**, which flatters it: of equal points the luckiest leads, and it differs
    from the unluckiest by more than two points named beforehand would. Holm's adjustment is therefore over
    all pairs, not only those with the best: with them all covered, it does not matter which of them led. If
    several tie for the best, a point must be told apart from each of them. All this is careful: of 19 equal
    points any was left out in at most 2 simulated curves of 100.

    Args:
        right: bool (points, seeds, images), whether the network of each point and seed got each image right;
            the same images in the same order everywhere.

    Raises:
        ValueError: `right` has another shape, or is empty.
    """
    right = np.asarray(right, bool)
    if right.ndim != 3 or not right.size:
        raise ValueError(f"Expected (points, seeds, images), none of them 0. Received shape {right.shape}.")
    pairs = list(combinations(range(len(right)), 2))
    by_images, by_seeds = _over_images(right, pairs), _over_seeds(right, pairs)
    between = np.ones((len(right), len(right)))
    for (i, j), p_value in zip(pairs, holm(np.maximum(by_images, by_seeds)), strict=True):
        between[i, j] = between[j, i] = p_value
    counts = right.sum(axis=(1, 2))
    p_values = between[counts == counts.max()].max(axis=0)
    return Leaders(
        best=int(counts.argmax()),
        accuracies=tuple((counts / right[0].size).tolist()),
        p_values=tuple(p_values.tolist()),
        together=tuple(np.flatnonzero(p_values >= SIGNIFICANCE).tolist()),
    )


def against_first(right: np.ndarray) -> np.ndarray:
    """Each further point against the first, which was named beforehand: by the same evidence as in
    `indistinguishable`, and not adjusted for looking at several.

    Args:
        right: bool (points, seeds, images), as there.

    Returns:
        Two-sided p-values, float64 (points - 1,), in 0..1.
    """
    right = np.asarray(right, bool)
    pairs = [(0, place) for place in range(1, len(right))]
    return np.maximum(_over_images(right, pairs), _over_seeds(right, pairs))


def _over_images(right: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """The exact p-value of each pair, (pairs,)."""
    counts = right.sum(axis=1)
    return np.array([sign_flip_p(counts[i] - counts[j]) for i, j in pairs])


def _over_seeds(right: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Each pair's p-value with the scatter of seeds in its variance, (pairs,); 0 where there is one seed."""
    from scipy.special import stdtr  # a tenth of a second to import: not at start-up

    points, seeds, images = right.shape
    if seeds == 1 or not pairs:
        return np.zeros(len(pairs))
    first, second = np.transpose(pairs)
    shares, accuracies = right.mean(axis=1), right.mean(axis=2)
    residuals = accuracies - accuracies.mean(axis=1, keepdims=True) - accuracies.mean(axis=0)
    residuals += accuracies.mean()
    df = (points - 1) * (seeds - 1)
    pooled = 2 * (residuals**2).sum() / df
    own = (accuracies[first] - accuracies[second]).var(axis=1, ddof=1)
    of_seeds = np.maximum(pooled, own) / seeds
    of_images = np.array([(shares[i] - shares[j]).var() for i, j in pairs]) / max(1, images - 1)
    mean = np.abs(accuracies[first].mean(axis=1) - accuracies[second].mean(axis=1))
    # Each of the two holds the part by which seeds differ from image to image: what is left of all squares
    disagree = np.array([np.count_nonzero(right[i] != right[j]) for i, j in pairs])
    rest = disagree / (seeds * images) - mean**2 - own * (seeds - 1) / seeds - of_images * (images - 1)
    of_both = np.maximum(0.0, rest) / ((seeds - 1) * max(1, images - 1))
    variance = np.maximum(of_seeds + of_images - of_both, np.maximum(of_seeds, of_images))
    with np.errstate(divide="ignore", invalid="ignore"):  # no variance at all: the test over images decides
        # Satterthwaite's degrees of freedom of a sum of variances (Biometrics Bulletin 1946)
        joint_df = variance**2 / (of_seeds**2 / df + of_images**2 / max(1, images - 1))
        p_values = 2 * stdtr(joint_df, -mean / np.sqrt(variance))
    return np.where(variance > 0, p_values, 0.0)
