"""Frozen against trainable layers, side by side, filled with a data set's and a run's own figures.

Definition, purpose, use and example are the usual textbook words; every figure beside them is counted or
measured, and the last column says where it comes from.
"""

import pandas as pd

from core import layers
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.data.datasets import Dataset
from core.results import PhaseResult, RunResult
from core.wording import words

NO_RUN = "no run yet"
FIRST_KERNELS = 1  # index of `Conv1`
TEXTBOOK = "textbook"


def comparison(
    config: ExperimentConfig, dataset: Dataset, train_images: int, result: RunResult | None, run_name: str
) -> pd.DataFrame:
    """The table, indexed by aspect, with columns `frozen`, `trainable` and `figures from`.

    Args:
        config: Where there is no run its unfreeze point and head count.
        train_images: Images in the training split, where there is no run.
        result: A finished run of a pretrained base on this data set.
        run_name: As the page calls it.
    """
    last = result.last if result else None
    point = last.unfreeze_from if last else config.fine_tuning.unfreeze_from
    learning = layers.count_trainable(point, config.head, len(dataset.classes)).parameters
    kept = layers.count_trainable(0, config.head, len(dataset.classes)).parameters - learning
    if result and last:  # its images and its head, whatever the controls say now
        learning, train_images = last.trainable_parameters, result.dataset.counts["train"]
    run = f"run {run_name}" if result else NO_RUN
    by_name = {phase.name: phase for phase in result.phases} if result else {}
    first, tuned = by_name.get("feature_extraction"), by_name.get("fine_tuning")
    per_class = train_images / len(dataset.classes)
    rows = {
        "definition": (
            f"Weights stay as they are: {point} layers, {kept:,} numbers that could learn",
            f"Weights are updated: {_thawed(point)}, {learning:,} numbers",
            "layer table",
        ),
        "purpose": (
            f"Keep general features, learned from {words.IMAGENET_PHOTOS}",
            f"Adapt to the task: {words.classes(dataset.classes)}",
            f"{TEXTBOOK}, this data set",
        ),
        "learning": (*_learning(last, train_images), run),
        "use": (
            "Small or similar data",
            f"Large or different data; here {per_class:,.0f} training images a class",
            f"{TEXTBOOK}, this data set",
        ),
        "cost": (_cost(first), _cost(tuned), run),
        "accuracy": (_accuracy(first), _accuracy(tuned), run),
        "example": (*_examples(point), TEXTBOOK),
    }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=["frozen", "trainable", "figures from"])


def _thawed(point: int) -> str:
    """`38 layers and the head`, or the head alone."""
    thawed = BACKBONE_LAYERS - point
    return f"{words.plural(thawed, 'layer')} and the head" if thawed else "the head"


def _examples(point: int) -> tuple[str, str]:
    """A frozen layer and trainable ones, as far as an unfreeze point leaves any."""
    frozen = (
        "`Conv1`: 32 kernels of 3 × 3 × 3 that see edges and colours" if point > FIRST_KERNELS else "none"
    )
    block_16, conv_1 = (block.start for block in layers.blocks()[-2:])
    thawed = ["`block_16`"] * (point <= block_16) + ["`Conv_1`"] * (point <= conv_1)
    learns = f"{', '.join(thawed)} and the head" if thawed else "the head"
    return frozen, f"{learns}: shapes of this task"


def _learning(tuned: PhaseResult | None, train_images: int) -> tuple[str, str]:
    if tuned is None:
        return "No updates by backpropagation", f"Updated from {train_images:,} images"
    frozen = [moved.trainable for moved in tuned.weight_change if moved.layer < tuned.unfreeze_from]
    moved = [moved.trainable for moved in tuned.weight_change if moved.layer >= tuned.unfreeze_from]
    kept = f"No updates: {len(frozen)} layers with weights moved by {_range(frozen)}"
    if not moved:
        return kept, f"Only the head is updated, from {train_images:,} images"
    return kept, f"Updated from {train_images:,} images: {len(moved)} layers moved by {_range(moved)}"


def _range(changes: list[float]) -> str:
    if not any(changes):
        return "exactly 0"
    low, high = (f"{100 * end(changes):.2g}" for end in (min, max))
    return f"{low} to {high}%" if low != high else f"{high}%"


def _cost(phase: PhaseResult | None) -> str:
    """Numbers trained, seconds of training an epoch, and, apart from those, of computing features."""
    if phase is None or not phase.epochs:
        return "–"
    said, seconds = f"{phase.trainable_parameters:,} numbers", phase.seconds
    in_epochs = seconds["features"] + seconds["trace"] + seconds["train"] + seconds["evaluate"]
    if sum(epoch.seconds for epoch in phase.epochs) > 1.01 * in_epochs:
        return f"{said}; its seconds are not known apart, because it went on from an earlier attempt"
    said += f", {seconds['train'] / len(phase.epochs):.2g} s of training an epoch"
    if phase.path == "plain":
        return f"{said}, the whole network on every image"
    computed = seconds["features"]
    return (
        f"{said}; features {words.duration(computed)} in all" if computed else f"{said}; features were there"
    )


def _accuracy(phase: PhaseResult | None) -> str:
    if phase is None:
        return "–"
    checked = phase.validation
    return f"{words.percent(checked.accuracy)} ({words.interval(*checked.interval)}) of validation images"
