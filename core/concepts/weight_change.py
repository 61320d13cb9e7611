"""How far a run moved every layer: the evidence that frozen means frozen. No TensorFlow."""

import pandas as pd

from core import layers
from core.results import PhaseResult
from core.wording import words

KERNELS, SCALE_SHIFT, STATISTICS = (
    "convolution kernels",
    "BatchNorm scale and shift",
    "BatchNorm mean and variance",
)
NUDGE = 0.1  # of a layer's weights; more is another network
PARTS = (KERNELS, SCALE_SHIFT, STATISTICS)


def change_frame(phase: PhaseResult) -> pd.DataFrame:
    """One row a layer and part: relative L2 change since the pretrained weights, |after - before| / |before|.

    Returns:
        Columns: layer, name, part (one of `PARTS`; a BatchNorm layer has two), change (0.0 is bit-identical),
        frozen, says (words).
    """
    rows = []
    for moved in phase.weight_change:
        normalises = layers.layer_table()[moved.layer].kind == "BatchNormalization"
        parts = {SCALE_SHIFT if normalises else KERNELS: moved.trainable}
        if normalises:
            parts[STATISTICS] = moved.statistics
        frozen = moved.layer < phase.unfreeze_from
        rows += [
            {"layer": moved.layer, "name": moved.name, "part": part, "change": change, "frozen": frozen,
             "says": _says(change, frozen)}
            for part, change in parts.items()
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _says(change: float, frozen: bool) -> str:
    how = "frozen" if frozen else "learns"
    return f"{how}: exactly 0" if change == 0 else f"{how}: moved by {100 * change:.2g}%"


def frozen_badge(phase: PhaseResult) -> tuple[bool, str]:
    """Whether every frozen layer is bit-identical, and that in words: `116 frozen layers: exactly 0`."""
    frozen = [moved for moved in phase.weight_change if moved.layer < phase.unfreeze_from]
    changed = [moved.name for moved in frozen if moved.trainable or moved.statistics]
    if changed:
        return False, f"{words.plural(len(changed), 'frozen layer')} changed, {changed[0]} first"
    if not frozen:
        return True, "no layer was frozen"
    return True, f"{phase.unfreeze_from} frozen layers ({len(frozen)} hold numbers): exactly 0"


def change_notes(phase: PhaseResult, batch_norm: str) -> list[str]:
    """What to notice: the frozen part, what moved most, and what became of BatchNorm's statistics."""
    frame = change_frame(phase)
    frozen, learning = frame[frame["frozen"]], frame[~frame["frozen"]]
    notes = []
    if len(frozen) and not frozen["change"].any():
        notes.append(
            "The frozen layers did not come back nearly the same, but **bit for bit the same**: a change "
            "of exactly 0, which is why their output can be computed once for a picture, or a variant of "
            "it, and kept."
        )
    weights = learning[learning["part"] != STATISTICS]
    if weights["change"].any():
        most, half = weights.iloc[weights["change"].argmax()], weights["change"].median()
        trained = "Training from scratch" if phase.name == "from_scratch" else "Fine-tuning"
        size = "is a nudge" if half < NUDGE else "was no nudge"
        notes.append(
            f"{trained} {size} here: half of what learned moved by at most {100 * half:.2g}%; most moved "
            f"`{most['name']}` ({most['part']}), by {100 * most['change']:.2g}%."
        )
    statistics = learning[learning["part"] == STATISTICS]
    if len(statistics):
        notes.append(_about_statistics(statistics, batch_norm))
    return notes


def _about_statistics(statistics: pd.DataFrame, batch_norm: str) -> str:
    moved = int((statistics["change"] > 0).sum())
    if not moved:
        return (
            f"Mean and variance of {words.plural(len(statistics), 'thawed BatchNorm layer')} stayed as they "
            "were before, although the layers are trainable: this run kept them (`training=False`)."
        )
    return (
        f"In {words.plural(moved, 'thawed BatchNorm layer')} mean and variance moved too, by up to "
        f"{100 * statistics['change'].max():.2g}%: no gradient did that, but `training=True` ({batch_norm} "
        "mode)."
    )
