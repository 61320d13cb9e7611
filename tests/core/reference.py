"""Plain Keras, written the usual way, sharing nothing with `core.method`: what tests compare with."""

import keras
import numpy as np
from PIL import Image
from skimage import data


def photo_crops(size, n=40):
    """uint8 (n, size, size, 3): crops of scikit-image's own photos; int64 labels 0 to 2 by photo."""
    rng, crops, labels = np.random.default_rng(0), [], []
    for i in range(n):
        photo = (data.astronaut(), data.coffee(), data.rocket())[i % 3]
        side = int(rng.integers(120, 300))
        top, left = (int(rng.integers(0, extent - side)) for extent in photo.shape[:2])
        crop = Image.fromarray(photo[top : top + side, left : left + side])
        crops.append(np.asarray(crop.resize((size, size), Image.Resampling.BILINEAR)))
        labels.append(i % 3)
    return np.stack(crops), np.array(labels)


class InferenceBase(keras.layers.Layer):
    """Runs a backbone with `training=False` whatever `fit` says (keras issue 20285)."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def call(self, inputs):
        return self.base(inputs, training=False)


def plain_model(
    weights,
    image_size,
    unfreeze_from,
    batch_norm,
    num_classes,
    dropout,
    dropout_seed,
    hidden=(),
    momentum=None,
):
    """Whole model on scaled pixels, frozen below `unfreeze_from`; (model, base, its head layers).

    `momentum` replaces that of the BatchNorm layers' moving statistics.
    """
    base = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(image_size, image_size, 3)
    )
    base.set_weights(weights)
    for index, layer in enumerate(base.layers):
        layer.trainable = index >= unfreeze_from
        if momentum is not None and isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    inputs = keras.Input((image_size, image_size, 3))
    x = base(inputs, training=False) if batch_norm == "batch" else InferenceBase(base)(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    head = [keras.layers.Dense(units, activation="relu") for units in hidden]
    head.append(keras.layers.Dropout(dropout, seed=dropout_seed))
    head.append(
        keras.layers.Dense(1, activation="sigmoid")
        if num_classes == 2
        else keras.layers.Dense(num_classes, activation="softmax")
    )
    for layer in head:
        x = layer(x)
    return keras.Model(inputs, x), base, head


def plain_fit(model, optimizer, pixels, labels, orders, batch_size, num_classes, run_eagerly=False):
    """One `fit` an epoch in the given order of the images; (losses, accuracies).

    `run_eagerly` spares the trace, which takes longest where everything learns.
    """
    loss = "binary_crossentropy" if num_classes == 2 else "sparse_categorical_crossentropy"
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], jit_compile=False,
                  run_eagerly=run_eagerly)  # fmt: skip
    scaled = pixels.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    history = [
        model.fit(
            scaled[order], labels[order], batch_size=batch_size, shuffle=False, epochs=1, verbose=0
        ).history
        for order in orders
    ]
    return [h["loss"][0] for h in history], [h["accuracy"][0] for h in history]
