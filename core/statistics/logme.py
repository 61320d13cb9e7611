"""LogME: what features promise for a task, before anything is trained on them."""

from dataclasses import dataclass

import numpy as np

from core.errors import DatasetError

STEPS, SETTLED = 1000, 1e-10  # of the iteration; the evidence is flat at its top, so its error is far smaller
# Bounds of alpha / beta, in squares of the largest singular value. Features that determine a class exactly
# have no best noise: beyond the bound they would have to be right to six digits.
_FLATTEST, _STEEPEST = 1e-12, 1e12


@dataclass(frozen=True)
class LogME:
    """Log of the maximum evidence per image: the higher, the more a linear model explains of the labels.

    Attributes:
        score: Mean of `of_class`.
        of_class: Of each class against the rest. Comparable only for the same images and labels.
    """

    score: float
    of_class: tuple[float, ...]


def logme(features: np.ndarray, labels: np.ndarray, classes: int) -> LogME:
    """LogME (You, Liu, Wang and Long, "LogME: Practical Assessment of Pre-trained Models for Transfer
    Learning", ICML 2021).

    Each class is a Bayesian linear regression of its 0/1 labels y on the features F: w ~ N(0, I / alpha),
    y ~ N(F w, I / beta). What counts is log p(y | F, alpha, beta) / n at its maximum over alpha and beta. It
    is computed in float64 from one singular value decomposition of F.

    As in the paper, there is no intercept, and features are neither centred nor scaled.

    Args:
        features: (n, d), finite, any n and d; a row an image.
        labels: Whole numbers (n,) in 0..classes-1.
        classes: At least 2.

    Raises:
        DatasetError: a class has no image: there is nothing to tell it from.
        ValueError: shapes, labels or values are not as above.
    """
    features, labels = np.asarray(features, np.float64), np.asarray(labels)
    if features.ndim != 2 or labels.shape != features.shape[:1] or not features.size:
        raise ValueError(f"Expected (n, d) and (n,). Received {features.shape} and {labels.shape}.")
    if not np.isfinite(features).all():
        raise ValueError("Expected finite features. Received NaN or infinity.")
    if classes < 2 or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"Expected at least 2 classes and labels from 0 below it. Received {classes}.")
    empty = np.flatnonzero(np.bincount(labels, minlength=classes) == 0)
    if len(empty):
        raise DatasetError(
            f"Class {empty[0]} has no image among the {len(labels)}.",
            "LogME needs at least one image of each class.",
            "Use more images, or leave the class out.",
        )
    targets = (labels[:, None] == np.arange(classes)).astype(np.float64)
    of_class = _evidence(features, targets) / len(labels)
    return LogME(float(of_class.mean()), tuple(of_class.tolist()))


def _evidence(features: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Maximum log evidence of each column of `targets` (n, k), as (k,).

    With F = U S V', z = U' y and ratio = alpha / beta, all that is asked of alpha and beta is a sum over
    singular values, and the best beta for a ratio is n / (|F m - y|^2 + ratio |m|^2), m the posterior mean.
    """
    n = len(features)
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    squares = singular[:, None] ** 2  # (r, 1)
    scale = squares.max() or 1.0
    projected = (left.T @ targets) ** 2  # (r, k)
    outside = np.maximum(0.0, (targets**2).sum(axis=0) - projected.sum(axis=0))  # |y|^2 that no weights reach
    outside[outside < 1e-12 * n] = 0.0  # rounding
    low, high = _FLATTEST * scale, _STEEPEST * scale

    def evidence(ratio: np.ndarray) -> np.ndarray:
        misfit = (projected * ratio / (ratio + squares)).sum(axis=0) + outside
        log_beta = np.log(n / misfit)
        return n / 2 * (log_beta - np.log(2 * np.pi) - 1) - np.log1p(squares / ratio).sum(axis=0) / 2

    # The paper starts from a ratio of 1; from the best of a coarse grid a lesser maximum is not taken
    grid = np.geomspace(low, high, 97)
    ratio = grid[np.argmax([evidence(np.full(targets.shape[1], one)) for one in grid], axis=0)]
    for _ in range(STEPS):
        before = ratio
        explained = (squares / (ratio + squares)).sum(axis=0)  # gamma, of n
        weights = (squares * projected / (ratio + squares) ** 2).sum(axis=0)  # |m|^2
        residual = (projected * (ratio / (ratio + squares)) ** 2).sum(axis=0) + outside
        unexplained = (ratio / (ratio + squares)).sum(axis=0) + (n - len(squares))  # n - gamma, to all digits
        with np.errstate(divide="ignore", invalid="ignore"):  # no weights at all: alpha is infinite
            ratio = (explained / weights) * residual / unexplained
        ratio = np.clip(np.nan_to_num(ratio, nan=high), low, high)
        if np.all(np.abs(ratio - before) <= SETTLED * before):
            break
    return evidence(ratio)
