"""The weights of a run before its fine-tuning and after it. No TensorFlow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import layers
from core.method import weights as pretrained
from core.method.converted_file import LayerWeights
from core.results import PhaseResult
from core.store import Store

FROZEN = "feature_extraction"  # the phase whose head belongs to the pretrained network


@dataclass(frozen=True)
class Both:
    """The weights of a run before and after its fine-tuning, by layer of the backbone, and of its head.

    Attributes:
        head_before: As the frozen phase left it; None where there was no such phase.
    """

    before: LayerWeights
    after: LayerWeights
    head_before: list[np.ndarray] | None
    head_after: list[np.ndarray]


def weights_of(store: Store, run_key: str, phase: PhaseResult) -> Both:
    """Read the weights of a run that began from pretrained ones, without TensorFlow.

    Raises:
        StoreError: the run is gone, or its arrays are broken.
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    arrays, before = store.arrays(run_key), pretrained.of_backbone()
    after = left_by(arrays, phase, before)
    heads = {
        name: [arrays[f"{name}/head/{number}"] for number in range(_head_arrays(arrays, name))]
        for name in (FROZEN, phase.name)
    }
    return Both(before, after, heads[FROZEN] or None, heads[phase.name])


def left_by(arrays: Mapping[str, np.ndarray], phase: PhaseResult, before: LayerWeights) -> LayerWeights:
    """The weights that a phase left, out of a run's stored arrays: those of frozen layers are as before."""
    after = list(before)
    for layer in layers.layer_table()[phase.unfreeze_from :]:
        name = f"{phase.name}/tail/{layer.name}"
        after[layer.index] = [arrays[f"{name}/{number}"] for number in range(len(before[layer.index]))]
    return after


def _head_arrays(arrays: Mapping[str, np.ndarray], phase: str) -> int:
    return sum(name.startswith(f"{phase}/head/") for name in arrays)


def parted(index: int, arrays: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A layer's weights that gradients reach, and BatchNorm's moving mean and variance where it has them."""
    cut = layers.layer_table()[index].trainable_variables
    return list(arrays[:cut]), list(arrays[cut:])


def relative_change(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> float:
    """|after - before| / |before| over all arrays together, as `phase.weight_changes` has it for a layer."""
    if not before or all(map(np.array_equal, before, after)):
        return 0.0
    old, new = (np.concatenate([a.ravel() for a in arrays]).astype(np.float64) for arrays in (before, after))
    return float(np.sqrt(np.sum((new - old) ** 2)) / max(np.sqrt(np.sum(old**2)), 1e-12))
