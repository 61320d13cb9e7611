"""MobileNetV2 without its top, and its two halves around a boundary. Imports TensorFlow.

Everything below the unfreeze point is frozen and its BatchNorm infers, so its output for an image is a
constant: `segment` gives the frozen part that computes it, and `tail` what is trained on it. Cut between
blocks this is exact; a test compares it with the whole model in plain Keras, bit for bit.
"""

from typing import Any, cast

import keras
import numpy as np

from core import layers
from core.config import BACKBONE_LAYERS, SCRATCH_MOMENTUM, BaseConfig
from core.method import weights


def build(image_size: int, config: BaseConfig, seed: int) -> keras.Model:
    """The backbone for square images: scaled float32 (n, s, s, 3) in, float32 (n, h, w, 1280) out.

    Keras itself refuses the with-top weights file for `include_top=False` ("Layer count mismatch"), so the
    weights go in array by array; they are the same whatever the image size.

    With random weights the BatchNorm layers get `SCRATCH_MOMENTUM`. MobileNetV2's own .999 suits a million
    steps: after the few hundred of a small data set its moving statistics are still mostly their initial
    0 and 1, so a network that has learned well validates at chance (tensorflow issue 36065).

    Args:
        seed: Of the initial weights, where `config.weights` is `random`.

    Raises:
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    if config.weights == "random":
        keras.utils.set_random_seed(seed)
    base = keras.applications.MobileNetV2(
        include_top=False,
        weights=None,  # pyright: ignore[reportArgumentType]  # allowed, but typed by its default, a name
        input_shape=(image_size, image_size, 3),
        name="mobilenetv2",
    )
    if config.weights == "imagenet":
        base.set_weights([array for layer in weights.of_backbone() for array in layer])
    else:
        for layer in base.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = SCRATCH_MOMENTUM
    return base


def scale(pixels, scaling: str):
    """Pixel values 0..255 as the network gets them, float32; `-1..1` is what it was pretrained with."""
    pixels = cast(Any, keras.ops.cast(pixels, "float32"))  # Keras names every backend's tensor, even None
    return pixels / 127.5 - 1.0 if scaling == "-1..1" else pixels / 255.0


def freeze_below(base: keras.Model, unfreeze_from: int) -> None:
    """Let exactly the layers from `unfreeze_from` on learn.

    Every layer's own flag is set: `base.trainable = True` does nothing when it is already `True`, so
    sliding back from 120 to 100 would leave 34 trainable layers, not 54.
    """
    base.trainable = True
    for index, layer in enumerate(base.layers):
        layer.trainable = index >= unfreeze_from


def segment(base: keras.Model, start: int, end: int) -> keras.Model:
    """The part of `base` between two boundaries, sharing its layers and so its weights.

    Args:
        start: 0 for scaled images (n, s, s, 3), or a block start, whose boundary features go in.
        end: A block start, or 154, after which come pooled features (n, 1280).
    """
    given = base.input if start == 0 else base.layers[start - 1].output
    return keras.Model(given, _output_at(base, end))


def outputs(base: keras.Model, ends: list[int]) -> keras.Model:
    """`base` from scaled images up to the highest of several boundaries, with an output at each of them, in
    the order of `ends`: what `segment` from 0 gives for each, in one model."""
    return keras.Model(base.input, [_output_at(base, end) for end in ends])


def _output_at(base: keras.Model, end: int):
    if end == BACKBONE_LAYERS:
        pool = keras.layers.GlobalAveragePooling2D(name="global_average_pooling2d")
        return pool(base.output)
    return base.layers[end - 1].output


def tail(base: keras.Model, boundary: int) -> keras.Model | None:
    """What is trained above a boundary: boundary features -> pooled features; None above `head only`."""
    return None if boundary == BACKBONE_LAYERS else segment(base, boundary, BACKBONE_LAYERS)


def tail_weights(base: keras.Model, unfreeze_from: int) -> dict[str, np.ndarray]:
    """What training may have changed: every weight of the layers from `unfreeze_from` on, by name."""
    return {
        f"{layer.name}/{index}": value
        for layer in base.layers[unfreeze_from:]
        for index, value in enumerate(layer.get_weights())
    }


def check_counts(base: keras.Model, unfreeze_from: int) -> None:
    """Make sure that Keras lets exactly what the layer table says learn.

    Raises:
        RuntimeError: it does not. A bug in freezing, never a person's mistake.
    """
    expected = sum(layer.trainable_variables for layer in layers.layer_table()[unfreeze_from:])
    if len(base.trainable_variables) != expected:
        raise RuntimeError(
            f"{len(base.trainable_variables)} backbone variables would learn from layer {unfreeze_from}; "
            f"the layer table says {expected}."
        )
