"""The thawed part of a network by LiteRT, in as many weights as one likes: it is converted once.

Twice as fast as `tails.through`, and the same but for rounding. TensorFlow is imported when it is converted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.config import BACKBONE_LAYERS
from core.explain.studies import Context
from core.method import device
from core.method.bank import Recipe
from core.method.converted_file import LayerWeights, above, with_weights
from core.method.features import BATCH, in_order
from core.running import price
from core.store import Store


def possible() -> bool:
    """Whether LiteRT computes what is frozen on this machine."""
    return device.engine(device.name()) == "litert"


def seconds(store: Store, macs: float) -> float:
    """Seconds of so many MACs through converted networks, the first of which is converted."""
    rates = price.read_rates(store)
    return rates.convert + macs / rates.forward


class Converted:
    """What lies between a boundary and the pooled features, out of the file that feature extraction uses.

    Args:
        own: The weights of the untrained network, by which it is converted.
    """

    def __init__(self, context: Context, boundary: int, own: LayerWeights):
        from core.method import backbone, engine, workshop

        config = context.config
        recipe = Recipe.of(config, BACKBONE_LAYERS, device.engine(device.name()))
        base = workshop.untrained_base(config.data.image_size, config.base, workshop.base_seed(config))
        kept = context.store.cache / "engines" / f"{recipe.engine_key(0)}.tflite"
        self._file = above(engine.kept_file(backbone.segment(base, 0, BACKBONE_LAYERS), kept), boundary)
        self._scaling = None if boundary else config.base.scaling
        self._log, self._boundary, self._own = context.log, boundary, own

    def pooled(self, network: LayerWeights, several: Sequence[Any], images: int) -> list[np.ndarray]:
        """Pooled features by other weights, float32 (n, 1280), of each of several sets of rows.

        Args:
            several: What enters, a row an image, as `tails.inputs` gives it.
        """
        from core.method import engine

        file = with_weights(self._file, self._own, network, self._boundary)
        forward = engine.running(file, self._scaling)

        def pooled(rows: Any) -> np.ndarray:
            def batch(at: int) -> np.ndarray:
                return forward(np.asarray(rows[at : min(at + BATCH, images)]))[0]

            return np.concatenate([each for _, each in in_order(batch, range(0, images, BATCH), self._log)])

        return [pooled(rows) for rows in several]
