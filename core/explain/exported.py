"""A trained network as a LiteRT file, for phones and small boards, checked against the Keras model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from core.explain.studies import Context, Kind
from core.method.evaluation import predicted_classes
from core.method.lens import Lens

if TYPE_CHECKING:
    import keras

CHECKED_IMAGES = 500  # validation images on which a converted model is compared with its original
BATCH = 32
KIND = Kind(
    title="Conversion to LiteRT",
    version=1,
    parts=("data", "base"),
    images=lambda counts, options: 3 * min(counts["validation"], CHECKED_IMAGES),  # Keras is the slower one
    fixed=5.0,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run`, a finished run; its stored model, as it stands after its last phase, is converted.

    The file takes one image, float32 (1, s, s, 3) of pixels 0..255, and gives its probabilities.

    Returns:
        record: `images` compared, `largest_difference` of two probabilities of the same class and image,
            `changed`, the number of images whose predicted class differs, and `bytes` of the file.
        arrays: `model`, the file as uint8.

    Raises:
        StoreError: the run is gone.
    """
    from core.method import engine

    model = _model(context, context.options["run"])
    context.log("stage", name="converting")
    content = engine.convert(model, batch=1)
    splits = context.splits
    positions = splits.validation[:CHECKED_IMAGES]
    expected, received = _both(model, content, splits.pixels, positions, context)
    record = {
        "images": len(positions),
        "largest_difference": float(np.abs(expected - received).max()),
        "changed": int((predicted_classes(expected) != predicted_classes(received)).sum()),
        "bytes": len(content),
    }
    return record, {"model": np.frombuffer(content, np.uint8)}


def _model(context: Context, run_key: str) -> keras.Model:
    """A run's whole model from its file, which is made again from the stored weights if it is gone."""
    import keras

    from core.explain import trained
    from core.method import phase

    path = context.store.model_file(run_key)
    if path is not None:
        return cast("keras.Model", keras.models.load_model(path, compile=False))
    base, head, _ = trained.rebuild(context, run_key)
    config = context.store.config(run_key)
    model = phase.whole_model(base, head, config.data.image_size, config.base.scaling)
    phase.write_model(model, context.store.path(run_key) / "model.keras")
    return model


def _both(model: keras.Model, content: bytes, pixels: np.ndarray, positions: np.ndarray, context: Context):
    """Probabilities of the same images by Keras and by LiteRT, (n,) for two classes, else (n, classes)."""
    takes_pixels = {"outputs": ["probabilities"], "image_size": pixels.shape[1], "scaling": None}
    converted = Lens(takes_pixels, {"model": np.frombuffer(content, np.uint8)})
    expected, received = [], []
    for at in range(0, len(positions), BATCH):
        context.log.check_stop()
        images = pixels[positions[at : at + BATCH]]
        expected.append(np.asarray(model(images.astype(np.float32), training=False)))
        received.append(converted.look(images)["probabilities"])
        context.log("stage", name="comparing_with_keras", done=at + len(images), total=len(positions))
    both = np.concatenate(expected), np.concatenate(received)
    return tuple(found[:, 0] if found.shape[1] == 1 else found for found in both)
