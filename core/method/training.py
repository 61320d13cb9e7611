"""The head, and one loop that trains it with or without a tail of the backbone. Imports TensorFlow.

The loop is `Model.fit` written out, for three reasons: it can stop within a batch, it traces in less
than half the time, and it decides what BatchNorm does. (Keras 3's `fit` overrides a
`base(x, training=False)` inside a model, keras issue 20285.) It gives the very numbers `fit` gives; a test
compares them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import keras
import numpy as np
import tensorflow as tf

from core import layers
from core.config import HeadConfig
from core.method import backbone
from core.optimizers import OPTIMIZERS

EVALUATION_BATCH = 64


@dataclass(frozen=True)
class Rows:
    """Some rows of an array that may be too large to copy.

    Attributes:
        array: (m, ...); anything that NumPy positions can index: features on disk, pixels, or pixels that
            are augmented as they are asked for.
        labels: int64 (m,).
        positions: int64 (n,), which rows.
    """

    array: Any
    labels: np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def class_weights(self) -> np.ndarray:
        """float32 (classes,): what an image of each class counts, so that every class counts alike in all:
        n / (classes * images of the class), n of them in all, as scikit-learn's `compute_class_weight` has
        `balanced`. A class without images counts nothing."""
        counts = np.bincount(self.labels[self.positions])
        there = counts > 0
        found = np.zeros(len(counts))
        found[there] = len(self) / (there.sum() * counts[there])
        return found.astype(np.float32)


def build_head(config: HeadConfig, num_classes: int, seed: int) -> keras.Sequential:
    """Pooled features (n, 1280) -> probabilities: sigmoid (n, 1) for two classes, else softmax (n, classes).

    Each layer has its own seed, so the same config gives the same weights and dropout masks whatever
    else the process has drawn.
    """

    def initializer(k: int) -> Any:  # an Initializer; Keras types its argument by the default, a name
        return keras.initializers.GlorotUniform(seed=seed + k)

    dense = [
        keras.layers.Dense(units, activation="relu", kernel_initializer=initializer(k), name=f"hidden_{k}")
        for k, units in enumerate(config.hidden)
    ]
    units = layers.output_units(num_classes)
    output = keras.layers.Dense(
        units,
        activation="sigmoid" if units == 1 else "softmax",
        kernel_initializer=initializer(len(config.hidden)),
        name="predictions",
    )
    dropout = keras.layers.Dropout(config.dropout, seed=seed, name="dropout")
    return keras.Sequential([keras.Input((layers.POOLED_CHANNELS,)), *dense, dropout, output], name="head")


def loss_for(num_classes: int) -> keras.losses.Loss:
    """Cross-entropy on probabilities: binary for two classes, categorical (integer labels) for more."""
    if num_classes == 2:
        return keras.losses.BinaryCrossentropy()
    return keras.losses.SparseCategoricalCrossentropy()


def build_optimizer(name: str, learning_rate: float) -> keras.optimizers.Optimizer:
    """One of `core.optimizers`, with Keras's own defaults but for the rate. A new phase gets a new one, as a
    recompile does."""
    optimizer = getattr(keras.optimizers, OPTIMIZERS[name])(learning_rate=learning_rate)
    # Keras sums gradients over replicas by a custom gradient, and TensorFlow registers that for as long as
    # the process lives, together with the whole traced step: 70 MB for every retrain. There is one replica.
    optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars
    return optimizer


@dataclass
class Network:
    """A tail (or none) and a head, from boundary features, or scaled pixels, to probabilities.

    Attributes:
        base: The whole backbone, sharing its layers with `tail`.
        boundary: Where the input enters: 0 for pixels, 154 for pooled features.
        batch_norm: `batch` runs the unfrozen BatchNorm layers on batch statistics while training.
        scaling: How pixels are scaled, used at boundary 0 only.
    """

    base: keras.Model
    tail: keras.Model | None
    head: keras.Sequential
    boundary: int
    unfreeze_from: int
    num_classes: int
    batch_norm: str
    scaling: str

    def __call__(self, inputs, training: bool):
        if self.boundary == 0:
            inputs = backbone.scale(inputs, self.scaling)
        if self.tail is not None:
            inputs = self.tail(inputs, training=training and self.batch_norm == "batch")
        return self.head(inputs, training=training)

    @property
    def trainable_variables(self) -> list:
        tail = self.tail.trainable_variables if self.tail is not None else []
        return [*tail, *self.head.trainable_variables]

    def input_spec(self, image_size: int) -> tf.TensorSpec:
        """Any number of images, so that an epoch's last, smaller batch needs no second trace."""
        dtype = tf.uint8 if self.boundary == 0 else tf.float32
        return tf.TensorSpec((None, *layers.boundary_shape(self.boundary, image_size)), dtype)


def assemble(
    base: keras.Model,
    head: keras.Sequential,
    *,
    unfreeze_from: int,
    num_classes: int,
    batch_norm: str,
    scaling: str,
    plain: bool = False,
) -> Network:
    """The network to train for an unfreeze point; `plain` means the whole model, from pixels."""
    backbone.freeze_below(base, unfreeze_from)
    backbone.check_counts(base, unfreeze_from)
    boundary = 0 if plain else layers.boundary(unfreeze_from)
    tail = backbone.tail(base, boundary)
    return Network(base, tail, head, boundary, unfreeze_from, num_classes, batch_norm, scaling)


class Trainer:
    """One phase: an optimizer and the traced functions for one network.

    Args:
        weighted: Whether an image's loss counts by its class (`Rows.class_weights`), as by `fit` with
            `class_weight`: the mean of the weighted losses over the images of a batch.
    """

    def __init__(
        self,
        network: Network,
        optimizer: keras.optimizers.Optimizer,
        image_size: int,
        weighted: bool = False,
    ):
        self.network, self.optimizer, self._traced = network, optimizer, False
        self._weighted = weighted
        loss_fn = loss_for(network.num_classes)
        label_spec = tf.TensorSpec((None,), tf.int64)
        input_spec = network.input_spec(image_size)
        weight_specs = [tf.TensorSpec((None,), tf.float32)] if weighted else []
        variables = network.trainable_variables
        optimizer.build(variables)

        @tf.function(
            input_signature=[input_spec, label_spec, *weight_specs], jit_compile=False, autograph=False
        )
        def train_step(inputs, labels, weights=None):
            with tf.GradientTape() as tape:
                probabilities = network(inputs, training=True)
                targets = labels[:, None]
                # Keras says: a tensor of any backend, even None
                loss = cast(Any, loss_fn(targets, probabilities, sample_weight=weights))
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss, count_right(probabilities, labels)

        @tf.function(input_signature=[input_spec], jit_compile=False, autograph=False)
        def predict_step(inputs):
            return network(inputs, training=False)

        self._train_step, self._predict_step = train_step, predict_step

    def trace(self) -> None:
        """Trace both functions, unless they are, so that an epoch's first step is like the others."""
        if self._traced:
            return
        self._traced = True
        self._train_step.get_concrete_function()
        self._predict_step.get_concrete_function()

    def train_batch(self, rows: Rows, batch: np.ndarray) -> tuple[Any, Any]:
        """One step on the images at these positions of `rows.array`: (mean loss, how many it got right).

        Both are scalar tensors, measured before the step, dropout on. Reading them waits for the step.
        """
        labels = rows.labels[batch]
        weights = [rows.class_weights[labels]] if self._weighted else []
        return self._train_step(rows.array[batch], labels, *weights)

    def train_epoch(
        self, rows: Rows, order: np.ndarray, batch_size: int, on_step: Callable[[int], None]
    ) -> tuple[float, float]:
        """(mean loss, accuracy) over one pass in the given order, measured while learning as `fit` does.

        Args:
            order: A permutation of range(len(rows)).
            on_step: Gets the number of images done after each batch; may raise `Stopped`.
        """
        losses, rights, sizes = [], [], []
        for batch in batches(rows.positions[order], batch_size):
            loss, right = self.train_batch(rows, batch)
            losses.append(loss)
            rights.append(right)
            sizes.append(len(batch))
            on_step(sum(sizes))
        mean_loss = float(np.average([float(loss) for loss in losses], weights=sizes))
        return mean_loss, sum(int(right) for right in rights) / len(rows)

    def predict(self, rows: Rows, on_step: Callable[[int], None]) -> np.ndarray:
        """Probabilities, float32: (n,) of the second class for two classes, else (n, classes)."""
        parts, done = [], 0
        for batch in batches(rows.positions, EVALUATION_BATCH):
            parts.append(self._predict_step(rows.array[batch]).numpy())
            done += len(batch)
            on_step(done)
        found = np.concatenate(parts)
        return found[:, 0] if self.network.num_classes == 2 else found


def count_right(probabilities, labels):
    """How many images the highest probability names right, as an int64 scalar tensor."""
    if probabilities.shape[-1] == 1:
        predicted = tf.cast(probabilities[:, 0] > 0.5, tf.int64)
    else:
        predicted = tf.argmax(probabilities, axis=-1)
    return tf.reduce_sum(tf.cast(predicted == labels, tf.int64))


def batches(order: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Slices of `order`; the last one may be shorter."""
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def shuffled(n: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the images in an epoch: a permutation of range(n) that depends on nothing else."""
    return np.random.default_rng([seed, epoch]).permutation(n)
