"""Where linear probes stand in the network, and what they said as a table. No TensorFlow."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from core import layers
from core.statistics.paired import PairedVerdict, compare, wilson_interval

PROBE_IMAGES = 1000  # of each split: intervals of 6 points at most, in seconds
SHUFFLES = 10  # controls at each depth: a single one may happen to be far from chance


@dataclass(frozen=True)
class Depth:
    """A place in the network.

    Attributes:
        name: `picture`, or a segment of the thaw bar, at whose end this is.
        layer: Index of the layer whose output is probed, 0 to 153.
        channels: Of that output; as many numbers describe an image here.
    """

    name: str
    layer: int
    channels: int


@cache
def depths() -> tuple[Depth, ...]:
    """The picture itself (its mean colour) and the ends of the 19 segments, input first."""
    table = layers.layer_table()
    ends = [block.end - 1 for block in layers.blocks()]
    found = [Depth("picture", 0, 3)]
    found += [
        Depth(block.label, end, table[end].channels) for block, end in zip(layers.blocks(), ends, strict=True)
    ]
    return tuple(found)


def probe_frame(right: np.ndarray, shuffled: np.ndarray, image_size: int) -> pd.DataFrame:
    """One row a depth, input first.

    Args:
        right: bool (20, n), as `core.explain.probes` stores it.
        shuffled: int (20, k), how many of the n images each control got right.

    Returns:
        Columns: depth, layer (its name), numbers (an image's at this depth), side (of the map, px), right,
        accuracy, low, high (Wilson 95%), control (mean over the shuffles), control_low and control_high (the
        least and the most accurate of them). Accuracies are in 0..1.
    """
    table, shapes, n = layers.layer_table(), layers.output_shapes(image_size), right.shape[1]
    rows = []
    for depth, correct, controls in zip(depths(), right.sum(axis=1), shuffled / n, strict=True):
        low, high = wilson_interval(int(correct), n)
        rows.append(
            {
                "depth": depth.name,
                "layer": table[depth.layer].name,
                "numbers": depth.channels,
                "side": shapes[depth.layer][0],
                "right": int(correct),
                "accuracy": correct / n,
                "low": low,
                "high": high,
                "control": controls.mean(),
                "control_low": controls.min(),
                "control_high": controls.max(),
            }
        )
    return pd.DataFrame(rows)


def best_depth(right: np.ndarray) -> int:
    """Index of the depth with the most images right; of equal ones the first."""
    return int(right.sum(axis=1).argmax())


def best_against_top(right: np.ndarray) -> PairedVerdict:
    """The best depth against the top of the network, on the same images.

    The best of twenty was chosen on these very images, so its lead is flattered a little.
    """
    return compare(right[-1], right[best_depth(right)])
