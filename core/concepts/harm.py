"""When fine-tuning hurts: which runs show it on a person's own images, and what they say. No TensorFlow.

Every run is an ordinary one under its ordinary key, alike but for what it shows.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from core.concepts.weight_change import KERNELS, change_frame
from core.config import BACKBONE_LAYERS, BaseConfig, ExperimentConfig
from core.presets import first_visit
from core.results import PhaseResult, RunResult
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.transforms import AugmentationConfig
from core.wording import words
from core.wording.verdicts import paired_sentence

FACTORS = (1, 3, 10, 100)  # times the rate known to suit these images
HIGHEST = 1.0
MOST_IMAGES = 200  # to learn from: more would take longer than a look
MOST_EPOCHS = 8  # a phase
FEW_A_CLASS, FEWEST = 4, 8  # images to learn from, where there are too few
SHORT, LONG = 5, 40  # epochs


def quick(config: ExperimentConfig, train: int) -> ExperimentConfig:
    """A run like this one that takes seconds: few training images, as they are, few epochs, thawed.

    Args:
        train: Training images that the config has now.
    """
    data, head, tuning = config.data, config.feature_extraction, config.fine_tuning
    point = (
        tuning.unfreeze_from
        if tuning.unfreeze_from < BACKBONE_LAYERS
        else first_visit().fine_tuning.unfreeze_from
    )
    return replace(
        config,
        data=replace(data, train_limit=MOST_IMAGES) if train > MOST_IMAGES else data,
        augmentation=AugmentationConfig() if train > MOST_IMAGES else config.augmentation,
        feature_extraction=replace(head, epochs=min(max(head.epochs, 1), MOST_EPOCHS)),
        fine_tuning=replace(tuning, epochs=min(max(tuning.epochs, 1), MOST_EPOCHS), unfreeze_from=point),
    )


def ladder(config: ExperimentConfig, rate: float, train: int) -> list[ExperimentConfig]:
    """The same fine-tuning at rates from sensible to ruinous, lowest first.

    Measured at seeds 42, 43 and 44 on the 200 digits of the first visit (Adam, from layer 116, 8 epochs), of
    500 validation images: frozen .686 .702 .686; fine-tuned at 1e-4 .852 .830 .792, at 3e-4 .812 .812 .702,
    at 1e-3 .100 three times, which is chance.

    Args:
        rate: That suits these images.
    """
    rates = dict.fromkeys(min(HIGHEST, float(f"{rate * factor:.6g}")) for factor in FACTORS)
    base = quick(config, train)
    return [replace(base, fine_tuning=replace(base.fine_tuning, learning_rate=one)) for one in rates]


def too_long(config: ExperimentConfig, classes: int, train: int) -> tuple[ExperimentConfig, ExperimentConfig]:
    """A few epochs and too many on the same few images: `FEW_A_CLASS` of each class."""
    base = quick(config, train)
    few = min(train, max(FEWEST, FEW_A_CLASS * classes))
    base = replace(base, data=replace(base.data, train_limit=few))
    short, long = (replace(base, fine_tuning=replace(base.fine_tuning, epochs=n)) for n in (SHORT, LONG))
    return short, long


def random_base(config: ExperimentConfig, train: int) -> ExperimentConfig:
    """The bug: random weights in a base that is then frozen, and a head on top of it."""
    base = quick(config, train).first_phase_only()
    return replace(base, base=BaseConfig(weights="random", scaling=config.base.scaling))


# What they say


def change_by_rate(phases: Sequence[tuple[str, PhaseResult]]) -> pd.DataFrame:
    """Columns: layer, name, rate (in words), percent: how far each convolution's kernel moved (relative L2).

    Layers that were frozen are left out, and BatchNorm's: between two kernels they would hide what differs.
    """
    frames = [change_frame(phase).assign(rate=rate) for rate, phase in phases]
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[~frame["frozen"] & (frame["part"] == KERNELS)]
    return frame.assign(percent=100 * frame["change"])[["layer", "name", "rate", "percent"]]


def half_moved(phase: PhaseResult) -> float:
    """By how much, in percent, the middle one of the kernels that learned moved."""
    return float(change_by_rate([("", phase)])["percent"].median())


def rate_notes(before: PhaseResult, tried: Sequence[tuple[float, PhaseResult, PairedVerdict]]) -> list[str]:
    """What the rates did.

    Args:
        before: Feature extraction, which all of them began with.
        tried: Rate, the fine-tuning at it, and its verdict against `before`; lowest rate first.
    """
    low, high = tried[0], tried[-1]
    least, most = (half_moved(phase) for _, phase, _ in (low, high))
    notes = [
        f"At {words.rate(low[0])} half of the kernels that learned moved by at most {least:.2g}%, at "
        f"{words.rate(high[0])} by at most {most:.2g}%."
    ]
    ruined = next((one for one in tried if one[2].verdict == Verdict.WORSE), None)
    if ruined is None:
        return [*notes, "On these images no rate tried did clearly worse than the frozen network."]
    rate, phase, verdict = ruined
    return [
        *notes,
        f"The first rate that did worse than the frozen network is {words.rate(rate)}: "
        f"{paired_sentence(verdict)}, from {words.percent(before.validation.accuracy)} to "
        f"{words.percent(phase.validation.accuracy)}. What it knew before is overwritten, and these images "
        "are too few to learn it again.",
    ]


def long_notes(long: RunResult) -> list[str]:
    """What too many epochs on few images did to the loss."""
    epochs = long.last.epochs
    best, last = min(epochs, key=lambda epoch: epoch.val_loss), epochs[-1]
    notes = [
        f"After {words.plural(len(epochs), 'epoch')} it is right on {words.percent(last.accuracy)} of its "
        f"{long.dataset.counts['train']:,} training images and {words.percent(last.val_accuracy)} of the "
        "validation images."
    ]
    if last.val_loss > best.val_loss:
        notes.append(
            f"Validation loss was lowest in epoch {best.epoch} ({best.val_loss:.2f} nats) and ends at "
            f"{last.val_loss:.2f}: from there on it grew surer of its mistakes."
        )
    else:
        notes.append("Validation loss was lowest in the last epoch: here it was not too long.")
    return notes
