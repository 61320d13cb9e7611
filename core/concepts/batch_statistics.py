"""How far these images lie from what BatchNorm layers were stored with, and what normalising by either does.

A distance is in stored spreads: |mean of a batch - stored mean| / square root of the stored variance and
epsilon, which is by how much the normalised values are off centre.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.statistics.paired import PairedVerdict
from core.wording import words
from core.wording.verdicts import paired_sentence

STORED, OWN = "by the stored statistics", "by each batch's own"


@dataclass(frozen=True)
class Statistics:
    """The study `batch_statistics`, read.

    Attributes:
        names: Of the BatchNorm layers, and `layers`, their indices in the base.
        starts: Where each layer's channels begin, one more for the end.
        mean, spread: Of each batch, float64 (batches, channels); a spread is a standard deviation.
        stored_mean, stored_spread: float64 (channels,); the spread with epsilon, as the layer divides by it.
    """

    names: tuple[str, ...]
    layers: tuple[int, ...]
    starts: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    stored_mean: np.ndarray
    stored_spread: np.ndarray
    epsilon: float
    batch_size: int

    def channels(self, layer: int) -> int:
        """Channels of the layer at a place in `names`."""
        return int(self.starts[layer + 1] - self.starts[layer])


def read(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Statistics:
    """Of the study's answer."""
    return Statistics(
        names=tuple(record["names"]),
        layers=tuple(record["layers"]),
        starts=arrays["starts"],
        mean=arrays["mean"].astype(np.float64),
        spread=np.sqrt(arrays["variance"].astype(np.float64)),
        stored_mean=arrays["stored_mean"].astype(np.float64),
        stored_spread=np.sqrt(arrays["stored_variance"].astype(np.float64) + record["epsilon"]),
        epsilon=record["epsilon"],
        batch_size=record["batch_size"],
    )


def distances(found: Statistics) -> np.ndarray:
    """Of every channel, over the batches, in stored spreads: float64 (channels,)."""
    return np.abs(found.mean.mean(axis=0) - found.stored_mean) / found.stored_spread


def by_layer(found: Statistics) -> pd.DataFrame:
    """Columns: layer, name, middle and far: the distance of half of its channels and of nine in ten is at
    most this; spread: the middle channel's batch variance / its stored one."""
    away = distances(found)
    ratio = (found.spread**2).mean(axis=0) / np.maximum(found.stored_spread**2 - found.epsilon, 1e-12)
    rows = []
    for at, (name, layer) in enumerate(zip(found.names, found.layers, strict=True)):
        mine = slice(found.starts[at], found.starts[at + 1])
        rows.append(
            {"layer": layer, "name": name, "middle": float(np.median(away[mine])),
             "far": float(np.quantile(away[mine], 0.9)), "spread": float(np.median(ratio[mine]))}
        )  # fmt: skip
    return pd.DataFrame(rows)


def farthest(found: Statistics, layer: int) -> int:
    """The channel of a layer that lies farthest from what was stored, from 0."""
    return int(distances(found)[found.starts[layer] : found.starts[layer + 1]].argmax())


def one_channel(found: Statistics, layer: int, channel: int) -> pd.DataFrame:
    """A row a batch and way: columns batch (from 1), how (`raw`, `STORED` or `OWN`), mean, low, high: one
    spread to either side of the mean, before normalising and after it by either statistics."""
    at = int(found.starts[layer]) + channel
    mean, spread = found.mean[:, at], found.spread[:, at]
    stored_mean, stored = found.stored_mean[at], found.stored_spread[at]
    own = np.sqrt(spread**2 + found.epsilon)
    ways = {
        "raw": (mean, spread),
        STORED: ((mean - stored_mean) / stored, spread / stored),
        OWN: (np.zeros_like(mean), spread / own),
    }
    frames = [
        pd.DataFrame(
            {"batch": np.arange(1, len(mean) + 1), "how": how, "mean": middle, "low": middle - wide,
             "high": middle + wide}
        )
        for how, (middle, wide) in ways.items()
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def notes(
    found: Statistics,
    unfreeze_from: int,
    accuracies: Sequence[float] = (),
    verdict: PairedVerdict | None = None,
) -> list[str]:
    """What to notice over the layers that learn, and beside it how the two modes did.

    Args:
        accuracies: With statistics kept and with each batch's; `verdict`, of the second against the first.
    """
    frame = by_layer(found)
    learning = frame[frame["layer"] >= unfreeze_from]
    if not len(learning):
        return ["No BatchNorm layer learns here: all of them keep what they were stored with."]
    most = learning.iloc[learning["middle"].argmax()]
    told = [
        f"In the middle channel of `{most['name']}`, which lies farthest of the layers that learn, these "
        f"images are {most['middle']:.2f} stored spreads off centre, with {most['spread']:.2f} times the "
        "stored variance.",
        "Normalising by each batch's own statistics takes that away, and with it what all images of a batch "
        f"have in common; and what comes out then depends on which {found.batch_size} came together.",
    ]
    if verdict is not None:
        kept, batch = map(words.percent, accuracies)
        told.append(
            f"With the statistics kept validation accuracy is {kept}, with each batch's {batch}: "
            f"{paired_sentence(verdict)}."
        )
    return told
