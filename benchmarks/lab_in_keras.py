"""Mistakes in a lab's code that a config cannot express, each trained as plain Keras would.

MobileNetV2 at 160 px, pooling, Dense(128, relu), Dropout(0.5), Dense(1): 5 epochs frozen, 5 more from
layer 100. What a frozen base makes of a photo is a constant, so it is computed once and the head is fitted
on it; fine-tuning fits the whole model. Frozen BatchNorm layers infer whatever `training=` says (Keras 3), so
forgetting `training=False` is no mistake of its own while the base is frozen.
"""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from core.data import datasets
from core.method.weights import find as find_weights
from core.presets import two_layer_head
from core.store import Store

BATCH, EPOCHS, UNFREEZE_FROM = 32, 5, 100
TUNED_RATE = 1e-5  # of Adam, as small as the tutorial's rate for fine-tuning
SCALES = {
    "-1..1": lambda pixels: pixels / 127.5 - 1,
    "0..1": lambda pixels: pixels / 255.0,
    "0..255": lambda pixels: pixels,
    "0..1/255": lambda pixels: pixels / 255.0 / 255.0,
    "-1..-.992": lambda pixels: pixels / 255.0 / 127.5 - 1,
}


@dataclass(frozen=True)
class Mistake:
    """What is done otherwise than it should be.

    Attributes:
        train_scale, val_scale: Names of `SCALES`.
        shuffled: The labels have lost their photos.
        rate: Of Adam in the frozen phase; 1e-3 is its default.
    """

    train_scale: str = "-1..1"
    val_scale: str = "-1..1"
    weights: str = "imagenet"
    output: str = "sigmoid"
    loss: str | keras.losses.Loss = "binary_crossentropy"
    shuffled: bool = False
    rate: float = 1e-3


MISTAKES_IN_CODE = {
    "none": Mistake(),
    "pixels 0..255": Mistake("0..255", "0..255"),
    "pixels 0..255, head's rate 1e-2": Mistake("0..255", "0..255", rate=1e-2),
    "pixels 0..255, head's rate 1e-1": Mistake("0..255", "0..255", rate=1e-1),
    "pixels divided by 255 twice": Mistake("0..1/255", "0..1/255"),
    "pixels divided by 255, then preprocess_input": Mistake("-1..-.992", "-1..-.992"),
    "validation pixels left at 0..255": Mistake("-1..1", "0..255"),
    "training pixels 0..1, validation 0..255": Mistake("0..1", "0..255"),
    "random weights (weights=None)": Mistake(weights="random"),
    "labels out of step with photos": Mistake(shuffled=True),
    "softmax over one unit": Mistake(output="softmax"),
    "categorical_crossentropy over one unit": Mistake(loss="categorical_crossentropy"),
    "from_logits=True above a sigmoid": Mistake(loss=keras.losses.BinaryCrossentropy(from_logits=True)),
}


class Lab:
    """The lab's photos, and what frozen bases made of them so far."""

    def __init__(self, store: Store):
        config = two_layer_head()
        self._size = config.data.image_size
        self._splits = datasets.load(config.data, store.home)
        self._features: dict[tuple, np.ndarray] = {}

    def frozen(self, name: str, seed: int) -> dict:
        """The frozen phase: validation accuracy by epoch."""
        return {"val_accuracy": self._frozen(MISTAKES_IN_CODE[name], seed)[1]}

    def both(self, name: str, seed: int) -> dict:
        """Both phases, the second with the whole model."""
        mistake = MISTAKES_IN_CODE[name]
        head, curve = self._frozen(mistake, seed)
        base = self._base(mistake, seed)
        for index, layer in enumerate(base.layers):
            layer.trainable = index >= UNFREEZE_FROM
        pooled = keras.layers.GlobalAveragePooling2D()(base.output)
        model = keras.Model(base.input, head(pooled))
        tuned = self._fit(model, mistake, TUNED_RATE, self._photos(mistake, seed, "train"),
                          self._photos(mistake, seed, "validation"))  # fmt: skip
        keras.backend.clear_session()
        return {"val_accuracy": [*curve, *tuned]}

    def _frozen(self, mistake: Mistake, seed: int) -> tuple[keras.Model, list[float]]:
        keras.utils.set_random_seed(seed)
        head = keras.Sequential(
            [
                keras.Input((1280,)),
                keras.layers.Dense(128, activation="relu"),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(1, activation=mistake.output),
            ]
        )
        train, validation = (
            tf.data.Dataset.from_tensor_slices(
                (self._pooled(mistake, seed, split), self._labels(mistake, seed, split))
            )
            for split in ("train", "validation")
        )
        train = train.shuffle(len(train), seed=seed).batch(BATCH)
        return head, self._fit(head, mistake, mistake.rate, train, validation.batch(BATCH))

    def _fit(self, model: keras.Model, mistake: Mistake, rate: float, train, validation) -> list[float]:
        model.compile(keras.optimizers.Adam(rate), mistake.loss, metrics=["accuracy"])
        history = model.fit(train, validation_data=validation, epochs=EPOCHS, verbose=0).history
        return [float(value) for value in history["val_accuracy"]]

    def _base(self, mistake: Mistake, seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        shape = (self._size, self._size, 3)
        base = keras.applications.MobileNetV2(input_shape=shape, include_top=False, weights=None)
        if mistake.weights == "imagenet":
            full = keras.applications.MobileNetV2(weights=str(find_weights().path))
            base.set_weights(full.get_weights()[:-2])
        return base

    def _pooled(self, mistake: Mistake, seed: int, split: str) -> np.ndarray:
        """float32 (n, 1280): what the frozen base makes of a split's photos."""
        drawn = seed if mistake.weights == "random" else 0
        key = (mistake.weights, drawn, self._scale(mistake, split), split)
        if key not in self._features:
            base = self._base(mistake, seed)
            pool = keras.layers.GlobalAveragePooling2D()(base.output)
            photos = self._photos(mistake, seed, split, shuffle=False)
            self._features[key] = keras.Model(base.input, pool).predict(photos, verbose=0)
            keras.backend.clear_session()
        return self._features[key]

    def _photos(self, mistake: Mistake, seed: int, split: str, shuffle: bool = True):
        """Batches of scaled photos with their labels, as `fit` takes them."""
        pixels = np.asarray(self._splits.pixels[getattr(self._splits, split)])
        photos = tf.data.Dataset.from_tensor_slices((pixels, self._labels(mistake, seed, split)))
        if shuffle and split == "train":
            photos = photos.shuffle(len(pixels), seed=seed)
        scale = SCALES[self._scale(mistake, split)]
        return photos.batch(BATCH).map(lambda x, y: (scale(tf.cast(x, tf.float32)), y)).prefetch(2)

    def _scale(self, mistake: Mistake, split: str) -> str:
        return mistake.train_scale if split == "train" else mistake.val_scale

    def _labels(self, mistake: Mistake, seed: int, split: str) -> np.ndarray:
        """float32 (n, 1)."""
        labels = self._splits.labels[getattr(self._splits, split)].astype(np.float32)[:, None]
        return np.random.default_rng(seed).permutation(labels) if mistake.shuffled else labels
