"""Running the frozen part as fast as this machine can. Imports TensorFlow.

On a CPU LiteRT (XNNPACK) runs it two to three times as fast as a `tf.function`, with features within 1e-5
of Keras's in L2; converting costs a second or two and is kept by content key. On a GPU, and where
LiteRT has no wheel, TensorFlow runs it, which is bit-exact.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import keras
import numpy as np
import tensorflow as tf

from core import checksums, damage
from core.checksums import Sealing
from core.data.images import scale
from core.errors import StoreError
from core.files import replacing
from core.method import device
from core.method.bank import LITERT_BATCH
from core.method.quiet import quiet

TENSORFLOW_BATCH = 32
WORKERS = min(device.cores(), 16)  # calls at a time; beyond, memory costs more than it gains

Forward = Callable[[np.ndarray], np.ndarray]
Several = Callable[[np.ndarray], list[np.ndarray]]


def build(name: str, frozen: keras.Model, scaling: str | None, converted: Path) -> Forward:
    """A function from uint8 pixels (n, s, s, 3), any n, to boundary features, float32 (n, ...).

    Call it from `WORKERS` threads to keep the machine busy: on LiteRT each call runs on one core, and a
    thread that prepares images takes nothing from the others. That is a tenth faster than one call
    that spreads over all cores.

    Args:
        name: `litert` or `tensorflow`; see `core.method.device.engine`.
        scaling: How pixels are scaled; None where lower boundary features, float32, go in instead.
        converted: Where LiteRT's converted file is kept; made if it is missing or broken.
    """
    run = build_several(name, frozen, scaling, converted)
    return lambda pixels: run(pixels)[0]


def build_several(name: str, frozen: keras.Model, scaling: str | None, converted: Path) -> Several:
    """The same for a network of one output or more: a list of what comes out of each, in its order."""
    if name == "tensorflow":
        return _tensorflow(frozen, scaling)
    return _litert(frozen, scaling, converted)


def _tensorflow(frozen: keras.Model, scaling: str | None) -> Several:
    spec = tf.TensorSpec((None, *frozen.input_shape[1:]), tf.float32)

    @tf.function(input_signature=[spec], jit_compile=False, autograph=False)
    def forward(images):
        return tf.nest.flatten(frozen(images, training=False))

    def run(pixels: np.ndarray) -> list[np.ndarray]:
        images = pixels if scaling is None else scale(pixels, scaling)
        starts = range(0, len(images), TENSORFLOW_BATCH)
        batches = [[made.numpy() for made in forward(images[at : at + TENSORFLOW_BATCH])] for at in starts]
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)]

    return run


def _litert(frozen: keras.Model, scaling: str | None, converted: Path) -> Several:
    return running(kept_file(frozen, converted), scaling)


def running(content: bytes, scaling: str | None) -> Several:
    """The same from a file as `convert` makes it.

    Raises:
        ValueError or RuntimeError: LiteRT refuses it.
    """
    free: SimpleQueue = SimpleQueue()  # interpreters that nobody uses: each serves one call at a time
    for interpreter in _loaded(content):
        free.put(interpreter)

    def run(pixels: np.ndarray) -> list[np.ndarray]:
        interpreter = free.get()
        try:
            return _run(interpreter, pixels, scaling)
        finally:
            free.put(interpreter)

    return run


def _run(interpreter, pixels: np.ndarray, scaling: str | None) -> list[np.ndarray]:
    # A view of the input's own memory. Made anew each time: the interpreter refuses to run while one is held.
    given = interpreter.tensor(interpreter.get_input_details()[0]["index"])
    outputs = interpreter.get_output_details()
    batch = outputs[0]["shape"][0]
    features = [np.empty((len(pixels), *made["shape"][1:]), np.float32) for made in outputs]
    for at in range(0, len(pixels), batch):
        part = pixels[at : at + batch]
        if scaling is None:
            given()[: len(part)] = part
        else:
            scale(part, scaling, out=given()[: len(part)])
        interpreter.invoke()  # a last, smaller batch leaves old images behind it; their features are not read
        for rows, made in zip(features, outputs, strict=True):
            rows[at : at + len(part)] = interpreter.get_tensor(made["index"])[: len(part)]
    return features


def _loaded(content: bytes, count: int = WORKERS) -> list:
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        loaded = [Interpreter(model_content=content, num_threads=1) for _ in range(count)]
        for interpreter in loaded:
            interpreter.allocate_tensors()
    return loaded


def kept_file(frozen: keras.Model, converted: Path) -> bytes:
    """The converted file of a network, made and kept if it is missing or broken.

    Args:
        converted: Where it is kept.
    """
    try:
        found = checksums.opened(converted.read_bytes())
        if found is not None:  # else of a version that wrote no checksum
            _loaded(found, 1)
            return found
    except OSError:  # not there yet
        pass
    except (ValueError, RuntimeError):  # its checksum does not fit, or LiteRT refuses it
        damage.set_aside(converted, converted.parents[1], "it cannot be read")
    made = convert(frozen)
    # a full disk costs a second at the next start, no more
    with contextlib.suppress(StoreError), replacing(converted) as aside, aside.open("wb") as stream:
        out = Sealing(stream)
        out.write(made)
        out.finish()
    return made


def convert(model: keras.Model, batch: int = LITERT_BATCH, representative: np.ndarray | None = None) -> bytes:
    """A model as a LiteRT file for batches of this size, weights inside, outputs in their order; float32 goes
    in and comes out.

    Folding the variables into constants first makes converting three times as fast.

    Args:
        representative: Images (n, ...) as the model takes them: every layer then computes in int8, in the
            range that these images use. None: float32 throughout.
    """
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    spec = tf.TensorSpec((batch, *model.input_shape[1:]), tf.float32)
    traced = tf.function(lambda images: model(images, training=False), autograph=False)
    with quiet():
        constant = convert_variables_to_constants_v2(traced.get_concrete_function(spec))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([constant], traced)
        if representative is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.representative_dataset = lambda: (
                [representative[at : at + batch].astype(np.float32)]
                for at in range(0, len(representative) - batch + 1, batch)
            )
        return converter.convert()
