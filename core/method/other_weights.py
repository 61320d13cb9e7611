"""A converted network with other weights: they are written into the file that LiteRT reads. No TensorFlow.

Converting takes a second or two, this a few milliseconds, so a network can be had again and again with other
weights. The converter makes one of every convolution and the BatchNorm behind it; so does `_folded`.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.layers import Layer, layer_table

EPSILON = np.float32(1e-3)  # of every BatchNorm layer of MobileNetV2 in Keras
LayerWeights = Sequence[Sequence[np.ndarray]]  # of each of the 154 layers, as `layer.get_weights` gives them


def with_weights(content: bytes, own: LayerWeights, other: LayerWeights, start: int, end: int) -> bytes:
    """The file of a converted part of the backbone, with other weights: what converting Keras's network with
    them gives but for rounding, and the very same file where nothing is different.

    Args:
        content: Of the layers from `start` to `end`, as `core.method.engine.convert` gives it.
        own: The weights that it was converted with.

    Raises:
        ValueError: the file holds other layers.
    """
    schema, given = _schema(), bytearray(content)
    model = schema.Model.GetRootAs(given, 0)
    graph = model.Subgraphs(0)
    kinds = schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D
    operators = [graph.Operators(number) for number in range(graph.OperatorsLength())]
    there = [one for one in operators if model.OperatorCodes(one.OpcodeIndex()).BuiltinCode() in kinds]
    wanted = [layer for layer in layer_table()[start:end] if layer.kind in ("Conv2D", "DepthwiseConv2D")]
    if len(there) != len(wanted):
        raise ValueError(f"Expected {len(wanted)} convolutions in the file. Found {len(there)}.")
    for operator, layer in zip(there, wanted, strict=True):
        if _same(own, other, layer.index) and _same(own, other, layer.index + 1):
            continue
        for place, array in enumerate(_folded(other, layer), start=1):  # after the operator's input
            tensor = graph.Tensors(operator.Inputs(place))
            if tuple(tensor.ShapeAsNumpy()) != array.shape:
                raise ValueError(f"Expected {layer.name} of {array.shape}. Found {tensor.ShapeAsNumpy()}.")
            held = model.Buffers(tensor.Buffer()).DataAsNumpy()  # a view of the file's bytes
            held[:] = np.ascontiguousarray(array, np.float32).view(np.uint8).ravel()
    return bytes(given)


def _schema() -> Any:
    """How the file is laid out; TensorFlow has it, too, and is used where LiteRT has no wheel."""
    there = importlib.util.find_spec("ai_edge_litert") is not None
    package = "ai_edge_litert" if there else "tensorflow.lite.python"
    return importlib.import_module(f"{package}.schema_py_generated")


def _same(own: LayerWeights, other: LayerWeights, index: int) -> bool:
    return all(map(np.array_equal, own[index], other[index]))


def _folded(network: LayerWeights, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a convolution with the BatchNorm behind it in one, as LiteRT has them: output
    channels first, a depthwise kernel (1, 3, 3, channels)."""
    (kernel,), (gamma, beta, mean, variance) = network[layer.index], network[layer.index + 1]
    factor = gamma / np.sqrt(variance + EPSILON)
    scaled = kernel * (factor if layer.kind == "Conv2D" else factor[:, None])
    return np.moveaxis(scaled, 3, 0), beta - mean * factor
