"""Weights between the pretrained network and a fine-tuned one, and a little beyond. No TensorFlow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.explain.before_after import Both, parted
from core.method.converted_file import LayerWeights, with_weights
from core.method.grad_cam import Head
from core.method.lens import Lens

MIXES = tuple(round(0.1 * step, 1) for step in range(13))  # 0 pretrained, 1 fine-tuned, and beyond


def mix(before: Sequence[np.ndarray], after: Sequence[np.ndarray], share: float) -> list[np.ndarray]:
    """(1 - share) before + share after, array by array, in float32: exactly one of them at 0 and at 1."""
    a = np.float32(share)
    return [(np.float32(1) - a) * old + a * new for old, new in zip(before, after, strict=True)]


def mixed_layers(both: Both, unfreeze_from: int, share: float) -> list[Sequence[np.ndarray]]:
    """The backbone's weights at one place of the dial; frozen layers are left alone.

    A variance that would fall below 0 beyond the fine-tuned network is 0.
    """
    found = list(both.after)
    for index in range(unfreeze_from, len(found)):
        weights, statistics = parted(index, mix(both.before[index], both.after[index], share))
        if statistics:
            statistics = [statistics[0], np.maximum(statistics[1], 0)]
        found[index] = weights + statistics
    return found


def mixed_head(both: Both, share: float) -> list[np.ndarray]:
    """Kernels and biases of the head at one place of the dial; there must have been a frozen phase."""
    return mix(both.head_before or [], both.head_after, share)


def answers_of(head: Sequence[np.ndarray], pooled: np.ndarray) -> np.ndarray:
    """What a head says of pooled features (n, 1280), as runs store it: float32 (n,) of the second class for
    two classes, else (n, classes)."""
    known = Head(tuple(head[::2]), tuple(head[1::2]))
    found = known.probabilities(pooled)
    return found[:, 1] if known.kernels[-1].shape[1] == 1 else found


def kept_statistics(networks: Sequence[LayerWeights], unfreeze_from: int) -> dict[str, np.ndarray]:
    """BatchNorm's mean and variance of every thawed layer at every place, to be stored: `statistics/<index>`,
    float32 (places, 2, channels)."""
    found = {}
    for index in range(unfreeze_from, len(networks[0])):
        each = [parted(index, network[index])[1] for network in networks]
        if each[0]:
            found[f"statistics/{index}"] = np.array(each)
    return found


def with_statistics(network: LayerWeights, arrays: Mapping[str, np.ndarray], place: int) -> LayerWeights:
    """The same weights with the statistics that `kept_statistics` stored for a place."""
    found = list(network)
    for name, each in arrays.items():
        if name.startswith("statistics/"):
            index = int(name.removeprefix("statistics/"))
            found[index] = [*parted(index, network[index])[0], *each[place]]
    return found


# Looking through one


@dataclass(frozen=True, eq=False)
class Mixed:
    """The network at one place of the dial, ready to be shown pictures."""

    lens: Lens
    head: list[np.ndarray]

    def answers(self, pixels: np.ndarray) -> np.ndarray:
        """What it says of pictures, uint8 (n, s, s, 3), as runs store it."""
        return answers_of(self.head, self.lens.look(pixels, ("pooled",))["pooled"])


def opened(
    record: dict[str, Any],
    arrays: Mapping[str, np.ndarray],
    both: Both,
    unfreeze_from: int,
    place: int,
    statistics: Mapping[str, np.ndarray],
) -> Mixed:
    """Open the network at a place, in some hundredths of a second.

    Args:
        record, arrays: Of the pretrained network's study `lenses`, by the run's settings.
        place: Number of one of `MIXES`.
        statistics: Arrays of the study `dial`, among them those of `kept_statistics`, if it estimated any.
    """
    share = MIXES[place]
    network = with_statistics(mixed_layers(both, unfreeze_from, share), statistics, place)
    file = with_weights(arrays["model"].tobytes(), both.before, network)
    return Mixed(Lens(record, {"model": np.frombuffer(file, np.uint8)}), mixed_head(both, share))
