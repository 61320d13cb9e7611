"""Learning rates with sense: how a range test is made and read, and which rates are known to wreck.

No TensorFlow: `core.explain.lr_finder` runs the test.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.config import ExperimentConfig

STEPS = 100
LOWEST, HIGHEST = 1e-7, 1.0
WARM_UP = 10  # steps before a low loss counts as the lowest: single batches can be lucky
KEPT = 0.9  # share of the running mean that each step keeps: it looks back about ten steps
DIVERGED = 4.0  # times the lowest running mean: from here on a higher rate only destroys
KERNEL = 2.0  # steps: standard deviation of the smoothing that slopes are read from
CLEAR_FALL = 0.02  # of the untrained loss: a smaller fall singles out no rate


def sweep() -> np.ndarray:
    """The rates of a range test, float64 (STEPS,): each the same factor above the one before."""
    return np.geomspace(LOWEST, HIGHEST, STEPS)


def as_run(config: ExperimentConfig, counts: dict[str, int]) -> ExperimentConfig:
    """A run that trains on as many batches as a range test does, for its price."""
    epochs = math.ceil(2 * STEPS * config.batch_size / counts["train"])  # with training, and without
    tuning = replace(config.fine_tuning, epochs=min(epochs, 1000), learning_rate=LOWEST)
    return replace(config, fine_tuning=tuning)


def diverged(losses: Sequence[float]) -> bool:
    """Whether the running mean of the losses stands at four times its lowest value: time to stop.

    The running mean is exponential and corrected for its start, as Adam's moments are.
    """
    mean, means = 0.0, []
    for step, loss in enumerate(losses, 1):
        mean = KEPT * mean + (1 - KEPT) * loss
        means.append(mean / (1 - KEPT**step))
    settled = means[WARM_UP:]
    return bool(settled) and settled[-1] > DIVERGED * min(settled)


@dataclass(frozen=True)
class Reading:
    """What a range test says.

    Attributes:
        rates: float64 (steps,), ascending.
        losses: float64 (steps,), nats: each batch's loss, less what the same batch costs without
            training, plus the mean of that over all batches. Hard and easy batches cancel.
        smooth: `losses` under a Gaussian kernel.
        untrained: Mean loss without training, nats.
        steepest: The rate at which `smooth` falls fastest for each power of ten, before its lowest point;
            None where it hardly falls.
        lowest: The rate of the lowest point of `smooth`.
        harms_from: The first rate from which on `smooth` stays above `untrained`; None if it ends below.
    """

    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray
    untrained: float
    steepest: float | None
    lowest: float
    harms_from: float | None


def read(rates: np.ndarray, losses: np.ndarray, untrained: np.ndarray) -> Reading:
    """Read a range test.

    Args:
        rates, losses, untrained: float64 (steps,) each, as `core.explain.lr_finder` gives them.

    Raises:
        ValueError: there are fewer than two steps, which have no slope.
    """
    if len(rates) < 2:
        raise ValueError(f"Expected at least two steps. Received {len(rates)}.")
    level = float(untrained.mean())
    change = losses - untrained
    smooth = level + _kernel(len(rates)) @ change
    lowest = int(smooth.argmin())
    slopes = np.gradient(smooth, np.log10(rates))[: lowest + 1]
    falls = level - smooth[lowest] > CLEAR_FALL * level
    below = np.flatnonzero(smooth <= level)
    after = int(below[-1]) + 1 if len(below) else 0
    return Reading(
        rates=rates,
        losses=level + change,
        smooth=smooth,
        untrained=level,
        steepest=float(rates[slopes.argmin()]) if falls else None,
        lowest=float(rates[lowest]),
        harms_from=float(rates[after]) if after < len(rates) else None,
    )


def _kernel(steps: int) -> np.ndarray:
    """Weights (steps, steps) of a Gaussian mean, rows adding up to 1, also near both ends."""
    apart = np.arange(steps)[:, None] - np.arange(steps)
    weights = np.exp(-0.5 * (apart / KERNEL) ** 2)
    return weights / weights.sum(axis=1, keepdims=True)


def nearest(rate: float, choices: Sequence[float]) -> float:
    """The choice that differs from `rate` by the smallest factor."""
    return min(choices, key=lambda choice: abs(np.log(choice / rate)))
