"""Frozen against trainable layers, side by side, filled with a data set's and a run's own figures.

Definition, purpose, use and example are the usual textbook words; every figure beside them is counted or
measured, and the last column says where it comes from.
"""

import numpy as np
import pandas as pd

from core import layers
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.data.datasets import Dataset
from core.results import PhaseResult, RunResult
from core.wording import words

NO_RUN = "no run yet"
TEXTBOOK = "textbook"


def comparison(
    config: ExperimentConfig, dataset: Dataset, train_images: int, result: RunResult | None, run_name: str
) -> pd.DataFrame:
    """The table, indexed by aspect, with columns `frozen`, `trainable` and `figures from`.

    Args:
        config: Where there is no run its unfreeze point counts.
        train_images: Images in the training split.
        result: A finished run of a pretrained base on this data set.
        run_name: As the page calls it.
    """
    tuned = result.last if result else None
    point = tuned.unfreeze_from if tuned else config.fine_tuning.unfreeze_from
    learning = layers.count_trainable(point, config.head, len(dataset.classes))
    kept = layers.count_trainable(0, config.head, len(dataset.classes)).parameters - learning.parameters
    run = f"run {run_name}" if result else NO_RUN
    first = result.phases[0] if result and len(result.phases) > 1 else None
    per_class = train_images / len(dataset.classes)
    rows = {
        "definition": (
            f"Weights stay as they are: {point} layers, {kept:,} numbers that could learn",
            f"Weights are updated: {BACKBONE_LAYERS - point} layers and the head, "
            f"{learning.parameters:,} numbers",
            "layer table",
        ),
        "purpose": (
            "Keep general features, learned from 1.28 million photos",
            f"Adapt to the task: {words.classes(dataset.classes)}",
            f"{TEXTBOOK}, this data set",
        ),
        "learning": (*_learning(tuned, train_images), run),
        "use": (
            "Small or similar data",
            f"Large or different data; here {per_class:,.0f} training images a class",
            f"{TEXTBOOK}, this data set",
        ),
        "cost": (_cost(first), _cost(tuned if tuned and tuned.name == "fine_tuning" else None), run),
        "accuracy": (_accuracy(first), _accuracy(tuned if first else None), run),
        "example": (
            "`Conv1`: 32 kernels of 3 × 3 × 3 that see edges and colours",
            "`block_16`, `Conv_1` and the head: shapes of this task",
            TEXTBOOK,
        ),
    }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=["frozen", "trainable", "figures from"])


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
    return f"{100 * min(changes):.2g} to {100 * max(changes):.2g}%"


def _cost(phase: PhaseResult | None) -> str:
    """Numbers trained and what an epoch takes; the first epoch, which warms things up, is left out."""
    if phase is None or not phase.epochs:
        return "–"
    seconds = float(np.median([epoch.seconds for epoch in phase.epochs[1:] or phase.epochs]))
    return f"{phase.trainable_parameters:,} numbers, {seconds:.2g} s an epoch"


def _accuracy(phase: PhaseResult | None) -> str:
    if phase is None:
        return "–"
    checked = phase.validation
    return f"{words.percent(checked.accuracy)} ({words.interval(*checked.interval)}) of validation images"
