"""The plain recipe, written the usual way: what the TensorFlow tutorial and the MNIST article do.

It shares nothing with Thaw. Times are those of the `fit` calls: tracing and validation are in them, importing
and building the data sets are not. One process answers a request a line on standard input.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

BATCH = 32


class FirstEpoch(keras.callbacks.Callback):
    """Notes when the first epoch ended."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.ended = time.perf_counter()


def timed_fit(model, train, validation, epochs):
    first, begin = FirstEpoch(), time.perf_counter()
    history = model.fit(
        train, validation_data=validation, epochs=epochs, verbose=0, callbacks=[first]
    ).history
    return {
        "seconds": time.perf_counter() - begin,
        "first_epoch": first.ended - begin,
        "val_accuracy": history["val_accuracy"][-1],
    }


class CatsAndDogs:
    """The tutorial at 160 px."""

    def __init__(self, folder: Path, weights: str, limit: int, seed: int):
        keras.utils.set_random_seed(seed)
        load = keras.utils.image_dataset_from_directory
        take = limit // BATCH
        train = load(folder / "train", shuffle=True, seed=seed, batch_size=BATCH, image_size=(160, 160))
        validation = load(
            folder / "validation", shuffle=True, seed=seed, batch_size=BATCH, image_size=(160, 160)
        )
        batches = len(validation)
        validation = validation.skip(batches // 5)
        if limit < 2000:
            train = train.take(take)
            validation = validation.take(max(take // 2, 4))
        self.train, self.validation = (d.prefetch(tf.data.AUTOTUNE) for d in (train, validation))
        self.base = keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None)
        self.base.set_weights(keras.applications.MobileNetV2(weights=weights).get_weights()[:-2])
        self.base.trainable = False
        inputs = keras.Input((160, 160, 3))
        x = layers.RandomFlip("horizontal")(inputs)
        x = layers.RandomRotation(0.2)(x)
        x = keras.applications.mobilenet_v2.preprocess_input(x)
        x = self.base(x, training=False)
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dropout(0.2)(x)
        self.model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
        self.after_first_phase = None

    def feature_extraction(self, epochs: int):
        self.model.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy", metrics=["accuracy"])
        answer = timed_fit(self.model, self.train, self.validation, epochs)
        self.after_first_phase = self.model.get_weights()
        return answer

    def fine_tuning(self, epochs: int, unfreeze_from: int):
        self.model.set_weights(self.after_first_phase)
        for index, layer in enumerate(self.base.layers):
            layer.trainable = index >= unfreeze_from
        self.model.compile(keras.optimizers.RMSprop(1e-5), "binary_crossentropy", metrics=["accuracy"])
        return timed_fit(self.model, self.train, self.validation, epochs)

    def predict(self, images: int):
        pixels = np.random.default_rng(0).uniform(-1, 1, (images, 160, 160, 3)).astype(np.float32)
        self.base.predict(pixels[:64], batch_size=BATCH, verbose=0)
        begin = time.perf_counter()
        self.base.predict(pixels, batch_size=BATCH, verbose=0)
        return {"seconds": time.perf_counter() - begin}


def mnist(file: Path, weights: str, epochs: int, limit: int):
    """The article's frozen phase at 32 px: `fit` through the base, 80% train, 20% validation."""
    with np.load(file) as stored:
        digits, labels = stored["x_train"], stored["y_train"]
    images = tf.image.resize(np.repeat(digits[..., None], 3, axis=-1)[:limit], (32, 32)).numpy() / 255.0
    cut = int(0.8 * len(images))
    base = keras.applications.MobileNetV2(input_shape=(32, 32, 3), include_top=False, weights=None)
    base.set_weights(keras.applications.MobileNetV2(weights=weights).get_weights()[:-2])
    base.trainable = False
    x = layers.GlobalAveragePooling2D()(base.output)
    model = keras.Model(base.input, layers.Dense(10, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    labels = labels[: len(images)]
    first, begin = FirstEpoch(), time.perf_counter()
    history = model.fit(
        images[:cut],
        labels[:cut],
        validation_data=(images[cut:], labels[cut:]),
        batch_size=BATCH,
        epochs=epochs,
        verbose=0,
        callbacks=[first],
    ).history
    return {"seconds": time.perf_counter() - begin, "val_accuracy": history["val_accuracy"][-1]}


def main() -> None:
    tutorial = None
    answers, sys.stdout = sys.stdout, sys.stderr  # Keras prints; answers go alone
    for line in sys.stdin:
        request = json.loads(line)
        verb = request.pop("verb")
        if verb == "open":
            tutorial = CatsAndDogs(Path(request.pop("folder")), **request)
            answer = {}
        elif verb == "mnist":
            answer = mnist(Path(request.pop("file")), **request)
        else:
            answer = getattr(tutorial, verb)(**request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
