"""BatchNorm's mean and variance estimated anew for given weights. TensorFlow is imported when it is used."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from core.config import BACKBONE_LAYERS
from core.explain import tails
from core.explain.before_after import parted
from core.explain.studies import Context
from core.layers import layer_table
from core.method.converted_file import LayerWeights


class Estimating:
    """Estimates the statistics of thawed BatchNorm layers from training images as they are.

    One pass in which every layer normalises by its batch; the mean over batches of what it saw replaces its
    moving mean and variance, as `torch.optim.swa_utils.update_bn` does.

    Args:
        rows: What enters the first segment, of so many `images`.
    """

    def __init__(self, context: Context, unfreeze_from: int, boundary: int, rows: Any, images: int):
        self._context, self._rows, self._images = context, rows, images
        self._indices = [
            index
            for index in range(unfreeze_from, BACKBONE_LAYERS)
            if layer_table()[index].kind == "BatchNormalization"
        ]
        self._steps = [self._step(start, end) for start, end in pairwise(tails.cuts(unfreeze_from, boundary))]

    def statistics(self, network: LayerWeights) -> LayerWeights:
        """The same weights with the statistics that the images give."""
        sums: dict[int, list[np.ndarray]] = {}
        weights = [step.weights(network) for step in self._steps]
        for here, batch in tails.batches(self._context, self._rows, self._images):
            share, values = (here.stop - here.start) / self._images, batch
            for step, own in zip(self._steps, weights, strict=True):
                values, seen = step.call(own, values)
                inside = [index for index in self._indices if step.start <= index < step.end]
                for index, mean, variance in zip(inside, seen[::2], seen[1::2], strict=True):
                    total = sums.setdefault(index, [np.zeros(len(mean)), np.zeros(len(mean))])
                    total[0] += share * mean.numpy()
                    total[1] += share * variance.numpy()
        found = list(network)
        for index, (mean, variance) in sums.items():
            kept, _ = parted(index, network[index])
            found[index] = [*kept, mean.astype(np.float32), variance.astype(np.float32)]
        return found

    def _step(self, start: int, end: int) -> tails.Step:
        """A segment in training mode: (outputs, what its thawed BatchNorm layers saw of the batch)."""
        import keras
        import tensorflow as tf

        from core.method import backbone, workshop

        config = self._context.config
        size, scaling = config.data.image_size, config.base.scaling if start == 0 else None
        base = workshop.untrained_base(size, config.base, workshop.base_seed(config))
        model, thawed = backbone.segment(base, start, end), [base.layers[i] for i in self._indices]
        inside = [layer for layer in thawed if layer in base.layers[start:end]]
        statistics = [one for layer in inside for one in (layer.moving_mean, layer.moving_variance)]
        variables = [one for layer in base.layers[start:end] for one in layer.weights]
        rates = [1 - layer.momentum for layer in inside for _ in range(2)]

        def run(inputs, mapping):
            # from 0 a moving average becomes (1 - momentum) times what the batch had
            zeros = [(one, tf.zeros(one.shape)) for one in statistics]
            with keras.StatelessScope(state_mapping=mapping + zeros) as scope:
                outputs = model(inputs, training=True)
                moved = [scope.get_current_value(one) for one in statistics]
            return outputs, [one / rate for one, rate in zip(moved, rates, strict=True)]

        flags = [(layer, layer.trainable) for layer in base.layers]
        try:  # a frozen BatchNorm layer infers whatever it is told
            for layer in base.layers:
                layer.trainable = layer in inside
            return tails.Step(tails.traced(run, variables, start, size, scaling), start, end)
        finally:
            for layer, flag in flags:
                layer.trainable = flag
