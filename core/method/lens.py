"""Looking through a network at single pictures, at once and without TensorFlow.

The worker converts a network into a lens (`core.explain.lenses`); LiteRT opens it in milliseconds. Where
LiteRT has no wheel, TensorFlow's own interpreter opens it, after the seconds that importing takes.
"""

import importlib.util
from functools import cache
from threading import Lock
from typing import Any, cast

import h5py
import numpy as np

from core.config import ExperimentConfig
from core.data.images import scale
from core.method import weights
from core.method.quiet import quiet


def maps_options(config: ExperimentConfig, run_key: str, phase: str) -> dict[str, Any]:
    """Options of the study `lenses` for a run as it stood after a phase: outputs `out_relu` and `pooled`.

    Feature extraction leaves the backbone as it was, so all such runs of pretrained weights share one lens
    of that backbone; the run's own head makes the answer of `pooled` (`core.method.grad_cam.Head`).

    Args:
        config: The run's; name it in the study, too.
        phase: One of `results.PHASES` that the run has.
    """
    if phase == "feature_extraction" and config.base.weights == "imagenet":
        return {"maps": True}
    return {"run": run_key, "phase": phase, "maps": True}


class Lens:
    """An opened lens.

    Args:
        record, arrays: What the store has of the study `lenses`.
    """

    def __init__(self, record: dict, arrays: dict[str, np.ndarray]):
        self.outputs: tuple[str, ...] = tuple(record["outputs"])
        self.image_size: int = record["image_size"]
        self._scaling = record["scaling"]
        self._interpreter = _interpreter(arrays["model"].tobytes())
        self._lock = Lock()  # an interpreter serves one caller at a time, and pages share it

    def look(self, pixels: np.ndarray, wanted: tuple[str, ...] | None = None) -> dict[str, np.ndarray]:
        """What comes out for each image, by output name.

        Args:
            pixels: uint8 (n, s, s, 3), s the lens's `image_size`.
            wanted: Names from `outputs`; all where it is None.

        Returns:
            float32 (n, ...) each: maps (n, h, w, c), `pooled` (n, 1280), `probabilities` (n, classes or 1).

        Raises:
            ValueError: the pixels have another shape.
        """
        side = self.image_size
        if pixels.shape[1:] != (side, side, 3) or not len(pixels):
            raise ValueError(f"Expected images of shape (n, {side}, {side}, 3). Received {pixels.shape}.")
        names = self.outputs if wanted is None else wanted
        with self._lock:
            rows = [self._one(image, names) for image in self._scaled(pixels)]
        return {name: np.stack([row[name] for row in rows]) for name in names}

    def _scaled(self, pixels: np.ndarray) -> np.ndarray:
        """float32 as the network takes them: None for a scaling says that it scales by itself."""
        return pixels.astype(np.float32) if self._scaling is None else scale(pixels, self._scaling)

    def _one(self, image: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        inner = self._interpreter
        inner.set_tensor(inner.get_input_details()[0]["index"], image[None])
        inner.invoke()
        places = dict(zip(self.outputs, inner.get_output_details(), strict=True))
        return {name: inner.get_tensor(places[name]["index"])[0] for name in names}


def _interpreter(content: bytes):
    if importlib.util.find_spec("ai_edge_litert") is not None:
        from ai_edge_litert.interpreter import Interpreter
    else:
        import tensorflow as tf

        Interpreter = tf.lite.Interpreter
    with quiet():
        interpreter = Interpreter(model_content=content, num_threads=2)
        interpreter.allocate_tensors()
    return interpreter


@cache
def _imagenet_head() -> tuple[np.ndarray, np.ndarray]:
    """Kernel (1280, 1000) and bias (1000,) of the pretrained 1000-class layer."""
    with h5py.File(weights.find().path) as file:
        kernel, bias = (cast(h5py.Dataset, file[f"Logits/Logits/{name}:0"]) for name in ("kernel", "bias"))
        return kernel[()], bias[()]


def imagenet_probabilities(pooled: np.ndarray) -> np.ndarray:
    """What the pretrained network says: float32 (n, 1000), from its own pooled features (n, 1280).

    The 1000-class head is a softmax over one dense layer on pooled features, so it works at any image size.

    Raises:
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    kernel, bias = _imagenet_head()
    logits = pooled @ kernel + bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
