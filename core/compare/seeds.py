"""One recipe over several seeds: how much of an accuracy is the luck of a seed? No TensorFlow.

A seed decides the head's first weights, the order of the batches, dropout and augmentation. Two networks
trained from one seed each may differ by luck alone; two methods are told apart by the differences they
make seed by seed.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import pandas as pd

from core.config import ExperimentConfig
from core.randomness import SEEDS
from core.results import Evaluation, PhaseResult, RunResult
from core.statistics.means import Mean, mean_interval
from core.wording import words


def repeats(config: ExperimentConfig, k: int) -> list[ExperimentConfig]:
    """The config and its next `k` - 1 seeds. Only `seed` changes: all see the same images and splits."""
    return [replace(config, seed=(config.seed + step) % SEEDS) for step in range(k)]


def first_of_series(config: ExperimentConfig, known: Collection[ExperimentConfig]) -> ExperimentConfig:
    """Where the series of seeds begins that `config` is part of: down from it as far as each is known.

    So every repeat of a run leads to the same series, whichever of them is looked at.
    """
    while config.seed and (before := replace(config, seed=config.seed - 1)) in known:
        config = before
    return config


@dataclass(frozen=True)
class Repeated:
    """A recipe, trained from several seeds, as it stands after one of its phases.

    Attributes:
        phase: A name of `results.PHASES`.
        runs: Seed -> result, those that have finished; of one data set and split.
    """

    label: str
    phase: str
    runs: dict[int, RunResult]

    def phases(self) -> dict[int, PhaseResult]:
        """Seed -> the phase looked at."""
        return {
            seed: next(phase for phase in run.phases if phase.name == self.phase)
            for seed, run in self.runs.items()
        }

    def checked(self, split: str) -> dict[int, Evaluation]:
        """Seed -> how it does on `validation` or `test`."""
        return {seed: getattr(phase, split) for seed, phase in self.phases().items()}

    def mean(self, split: str) -> Mean:
        """Mean accuracy over the seeds with Student's 95% interval. Raises ValueError without runs."""
        return mean_interval([checked.accuracy for checked in self.checked(split).values()])

    def deviation(self, split: str) -> float:
        """Standard deviation of the accuracy over the seeds, n - 1 in the denominator; NaN for one seed."""
        accuracies = [checked.accuracy for checked in self.checked(split).values()]
        return float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else float("nan")


def paired_difference(first: Repeated, second: Repeated, split: str) -> Mean:
    """Mean of the differences in accuracy, second less first, seed by seed, with Student's 95% interval.

    The same seed draws the same order of batches for both, so pairing takes that part of the luck out.

    Raises:
        ValueError: they share no seed, or were checked on different images.
    """
    keys = {run.dataset.split_key for side in (first, second) for run in side.runs.values()}
    shared = sorted(first.runs.keys() & second.runs.keys())
    if not shared or len(keys) > 1:
        raise ValueError("Expected the same images and a seed that both have. Received none.")
    before, after = first.checked(split), second.checked(split)
    return mean_interval([after[seed].accuracy - before[seed].accuracy for seed in shared])


# The band of the learning curves


@dataclass(frozen=True)
class BandEpoch:
    """Validation accuracy after one epoch, over the seeds: lowest, mean and highest."""

    epoch: int
    phase: str
    low: float
    mean: float
    high: float
    seeds: int


def band(runs: Sequence[RunResult]) -> list[BandEpoch]:
    """Lowest, mean and highest validation accuracy of every epoch of runs of one recipe: the first of each
    phase together, and so on, of those that have so many."""
    found: list[BandEpoch] = []
    for phases in zip(*(run.phases for run in runs), strict=True):
        for epochs in zip_longest(*(phase.epochs for phase in phases)):  # some may have stopped early
            values = [epoch.val_accuracy for epoch in epochs if epoch is not None]
            mean = math.fsum(values) / len(values)
            at = len(found) + 1
            found.append(BandEpoch(at, phases[0].name, min(values), mean, max(values), len(values)))
    return found


def band_table(bands: dict[str, list[BandEpoch]]) -> pd.DataFrame:
    """The numbers behind the bands: one row an epoch."""
    return pd.DataFrame(
        [
            {
                "recipe": label,
                "epoch": one.epoch,
                "phase": words.PHASE_NAMES[one.phase],
                "lowest": one.low,
                "mean": one.mean,
                "highest": one.high,
                "seeds": one.seeds,
            }
            for label, epochs in bands.items()
            for one in epochs
        ]
    )


# In words


def seed_table(repeated: Sequence[Repeated], split: str) -> pd.DataFrame:
    """One row a seed, a column a network."""
    seeds = sorted({seed for one in repeated for seed in one.runs})
    rows = []
    for seed in seeds:
        row: dict[str, object] = {"seed": seed}
        for one in repeated:
            checked = one.checked(split).get(seed)
            row[one.label] = (
                f"{words.percent(checked.accuracy)} ({checked.correct:,} of {checked.n:,})" if checked else ""
            )
        rows.append(row)
    return pd.DataFrame(rows)


def mean_table(repeated: Sequence[Repeated], split: str) -> pd.DataFrame:
    """One row a network: the mean over its seeds, its interval and the spread."""
    rows = []
    for one in repeated:
        mean, alone = one.mean(split), len(one.runs) < 2
        accuracies = [checked.accuracy for checked in one.checked(split).values()]
        rows.append(
            {
                "network": one.label,
                "seeds": mean.n,
                f"mean {split} accuracy": words.percent(mean.mean),
                "95% interval of the mean": "-" if alone else words.interval(mean.low, mean.high),
                "standard deviation": "-" if alone else f"{100 * one.deviation(split):.1f} points",
                "lowest to highest": words.interval(min(accuracies), max(accuracies)),
            }
        )
    return pd.DataFrame(rows)


def spread_sentence(one: Repeated, split: str) -> str:
    """How far seeds alone move a network's accuracy, beside what the number of images leaves open."""
    checked = one.checked(split)
    accuracies = [one.accuracy for one in checked.values()]
    spread = words.apart(max(accuracies), min(accuracies))
    low, high = next(iter(checked.values())).interval
    return (
        f"The seed alone moves {one.label} by {spread:.1f} points from lowest to highest; the number of "
        f"images leaves open about {100 * (high - low):.1f} points for each single run."
    )
