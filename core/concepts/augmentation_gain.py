"""Does augmentation help here? The same recipe with and without it, over several seeds. No TensorFlow.

With one seed a difference may be luck: another order of the batches moves the accuracy, too. So the two
are trained from the same seed, seed by seed, and the mean of the differences is shown with its interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from core.config import ExperimentConfig
from core.results import RunResult, spent_on
from core.statistics.means import Mean, mean_interval
from core.statistics.paired import PairedVerdict
from core.transforms import AugmentationConfig
from core.wording import words
from core.wording.verdicts import paired_sentence

CLEARLY_DEARER = 1.1  # times as long; less than that is chance


@dataclass(frozen=True)
class Pair:
    """Two experiments that differ in augmentation alone."""

    without: ExperimentConfig
    augmented: ExperimentConfig

    @property
    def seed(self) -> int:
        return self.without.seed


def pairs(config: ExperimentConfig, augmentation: AugmentationConfig, seeds: int) -> list[Pair]:
    """So many pairs of a recipe, of the config's seed and the ones after it."""
    found = []
    for seed in range(config.seed, config.seed + seeds):
        plain = replace(config, seed=seed, augmentation=AugmentationConfig())
        found.append(Pair(plain, replace(plain, augmentation=augmentation)))
    return found


@dataclass(frozen=True)
class SeedGain:
    """A finished pair.

    Attributes:
        verdict: Of the augmented model against the other, on the same validation images.
    """

    without: RunResult
    augmented: RunResult
    seed: int
    verdict: PairedVerdict

    @property
    def gain(self) -> float:
        """Validation accuracy with augmentation less that without, -1..1."""
        return self.augmented.last.validation.accuracy - self.without.last.validation.accuracy


def mean_gain(gains: Sequence[SeedGain]) -> Mean:
    """The mean gain over the seeds, with its interval. Raises ValueError where there are none."""
    return mean_interval([gain.gain for gain in gains])


def gain_table(gains: Sequence[SeedGain]) -> pd.DataFrame:
    """The numbers behind the figure: a row a seed."""
    rows = []
    for gain in gains:
        row: dict[str, object] = {"seed": gain.seed}
        for name, result in (("without", gain.without), ("with", gain.augmented)):
            checked = result.last.validation
            row[f"{name} augmentation"] = (
                f"{words.percent(checked.accuracy)} ({checked.correct:,} of {checked.n:,})"
            )
        row |= {"gain": words.points(gain.gain), "same images": paired_sentence(gain.verdict)}
        for name, result in (("without", gain.without), ("with", gain.augmented)):
            row[f"on training images, {name}"] = words.percent(result.last.stands.accuracy)
        rows.append(row)
    return pd.DataFrame(rows)


def gain_notes(gains: Sequence[SeedGain]) -> list[str]:
    """What to notice: how far training and validation lie apart with and without, and what it cost."""
    means = (math.fsum(gaps) / len(gains) for gaps in zip(*map(_gaps, gains), strict=True))
    without, augmented = (round(mean, 3) + 0.0 for mean in means)  # + 0.0: never "-0.0 points"
    narrower = (
        "augmented training images are harder, also to learn by heart."
        if augmented < without
        else "augmentation did not bring the two closer here."
    )
    doubt = (
        "The interval is about other seeds on these same images; other images would add doubt of their own."
        if len(gains) > 1
        else "One seed has no interval: another one may give another gain, and so may other images."
    )
    return [
        f"Training accuracy less validation accuracy is {words.points(without)} without augmentation and "
        f"{words.points(augmented)} with it: {narrower}",
        _dearer(gains),
        doubt,
    ]


def _dearer(gains: Sequence[SeedGain]) -> str:
    """What augmentation costs, had nothing been reused."""
    took = [
        math.fsum(_seconds(run) for run in runs)
        for runs in ([gain.without for gain in gains], [gain.augmented for gain in gains])
    ]
    said = f"From nothing the augmented runs take {took[1] / took[0]:.1f} times as long"
    if took[1] < CLEARLY_DEARER * took[0]:
        return f"{said}."
    if gains[0].augmented.path == "plain":
        return f"{said}, since every picture is changed anew in every epoch."
    return f"{said}, since every epoch has its own variants, and so its own features."


def _gaps(gain: SeedGain) -> tuple[float, float]:
    """Training accuracy of the last epoch less the validation accuracy, without and with augmentation."""
    lasts = (gain.without.last, gain.augmented.last)
    without, augmented = (last.stands.accuracy - last.validation.accuracy for last in lasts)
    return without, augmented


def _seconds(result: RunResult) -> float:
    return max(spent_on(result.phases).from_nothing, 0.1)
