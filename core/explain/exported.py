"""A trained network as a LiteRT file, for phones and small boards, checked against the Keras model.

Two kinds: as it is, in float32; or quantised after training, its weights and what flows between its layers as
int8 (Jacob and others, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018), a quarter of the size and not quite the same network. So the second is judged as
another network would be: on the same images, by McNemar's test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.explain import trained
from core.explain.studies import Context, Counts, Kind
from core.method.evaluation import predicted_classes
from core.method.lens import Lens
from core.results import to_plain
from core.statistics.paired import compare, wilson_interval

if TYPE_CHECKING:
    import keras

CHECKED_IMAGES = 500  # validation images on which a converted model is compared with its original
JUDGED_IMAGES = 5000  # on which a quantised one is judged: all there are, as a rule
REPRESENTATIVE_IMAGES = 100  # training images that say how large values get; TensorFlow's guide has as many
BATCH = 32


def _checked(validation: int, options: dict[str, Any]) -> int:
    return min(validation, JUDGED_IMAGES if options.get("int8") else CHECKED_IMAGES)


def _images(counts: Counts, options: dict[str, Any]) -> int:
    extra = REPRESENTATIVE_IMAGES if options.get("int8") else 0
    return 3 * _checked(counts["validation"], options) + 10 * extra  # Keras is slower; the converter by far


KIND = Kind(title="Conversion to LiteRT", version=1, parts=("data", "base"), images=_images, fixed=5.0)


def options_for(run_key: str, int8: bool = False) -> dict[str, Any]:
    """The study's options for a run's float32 file, or for its int8 file."""
    return {"run": run_key, "int8": True} if int8 else {"run": run_key}


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run`, a finished run; its stored model, as it stands after its last phase, is converted.
    `int8`: quantise it, with training images to say how large values get.

    Either file takes one image, float32 (1, s, s, 3) of pixels 0..255, and gives its probabilities, float32.

    Returns:
        record: `images` compared, `largest_difference` of two probabilities of the same class and image,
            `changed`, the number of images whose predicted class differs, and `bytes` of the file. Of int8
            also `original` and `quantised`, each {`correct`, `accuracy`, `interval` (Wilson 95%)} on these
            images, `paired`, the second against the first (`PairedVerdict`), and `representative`, the number
            of training images.
        arrays: `model`, the file as uint8.

    Raises:
        StoreError: the run is gone.
    """
    from core.method import engine

    model = trained.whole_model(context.store, context.options["run"])
    context.log("stage", name="converting")
    splits, int8 = context.splits, bool(context.options.get("int8"))
    shown = _representative(context) if int8 else None
    content = engine.convert(model, batch=1, representative=shown)
    positions = splits.validation[: _checked(len(splits.validation), context.options)]
    expected, received = _both(model, content, splits.pixels, positions, context)
    record = {
        "images": len(positions),
        "largest_difference": float(np.abs(expected - received).max()),
        "changed": int((predicted_classes(expected) != predicted_classes(received)).sum()),
        "bytes": len(content),
    }
    if shown is not None:
        labels = splits.labels[positions]
        right = [predicted_classes(one) == labels for one in (expected, received)]
        record |= {"original": _accuracy(right[0]), "quantised": _accuracy(right[1])}
        record |= {"paired": to_plain(compare(*right)), "representative": len(shown)}
    return record, {"model": np.frombuffer(content, np.uint8)}


def _representative(context: Context) -> np.ndarray:
    """uint8 (n, s, s, 3): training images, taken evenly from all of them."""
    train = context.splits.train
    which = np.linspace(0, len(train) - 1, min(len(train), REPRESENTATIVE_IMAGES)).astype(int)
    return context.splits.pixels[train[which]]


def _accuracy(right: np.ndarray) -> dict[str, Any]:
    correct, n = int(right.sum()), len(right)
    return {"correct": correct, "accuracy": correct / n, "interval": list(wilson_interval(correct, n))}


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
