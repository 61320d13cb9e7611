"""The file of a converted backbone: with other weights, or its upper part alone. No TensorFlow.

Converting takes a second or two, this some milliseconds, so a network can be had again and again with other
weights. The converter makes one of every convolution and the BatchNorm behind it; so does `_folded`.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.layers import Layer, layer_table

EPSILON = np.float32(1e-3)  # of every BatchNorm layer of MobileNetV2 in Keras
OPERATORS = 10  # where a graph of TensorFlow Lite's schema keeps its list of operators, in `vtable` bytes
LayerWeights = Sequence[Sequence[np.ndarray]]  # of each of the 154 layers, as `layer.get_weights` gives them


def with_weights(content: bytes, own: LayerWeights, other: LayerWeights, start: int = 0) -> bytes:
    """The file with other weights: what converting Keras's network with them gives but for rounding, and the
    very same file where nothing is different.

    Args:
        content: Of the layers from `start` up, as `core.method.engine.convert` or `above` gives it.
        own: The weights that it was converted with.

    Raises:
        ValueError: the file holds other layers.
    """
    given = bytearray(content)
    model = _opened(given)
    graph, wanted = model.Subgraphs(0), _convolutions(start)
    there = _operators(model)
    if len(there) != len(wanted):
        raise ValueError(f"Expected {len(wanted)} convolutions in the file. Found {len(there)}.")
    for number, layer in zip(there, wanted, strict=True):
        if _same(own, other, layer.index) and _same(own, other, layer.index + 1):
            continue
        for place, array in enumerate(_folded(other, layer), start=1):  # after the operator's input
            tensor = graph.Tensors(graph.Operators(number).Inputs(place))
            if tuple(tensor.ShapeAsNumpy()) != array.shape:
                raise ValueError(f"Expected {layer.name} of {array.shape}. Found {tensor.ShapeAsNumpy()}.")
            held = model.Buffers(tensor.Buffer()).DataAsNumpy()  # a view of the file's bytes
            held[:] = np.ascontiguousarray(array, np.float32).view(np.uint8).ravel()
    return bytes(given)


def above(content: bytes, start: int) -> bytes:
    """The file of the layers from `start`, the first of a block, up: boundary features go in, and the same
    comes out bit for bit. The weights below stay in the file, unused.

    Args:
        content: Of the whole backbone.
    """
    if start == 0:
        return content
    given = bytearray(content)
    model = _opened(given)
    graph, below = model.Subgraphs(0), len(_convolutions(0)) - len(_convolutions(start))
    first = _operators(model)[below]
    graph.InputsAsNumpy()[:] = graph.Operators(first).Inputs(0)
    # The list of operators: how many, then for each how far behind its own place it lies
    begin = graph._tab.Vector(graph._tab.Offset(OPERATORS))
    distances = np.frombuffer(given, np.uint32, graph.OperatorsLength(), begin)
    kept = len(distances) - first
    distances[:kept] = distances[first:] + np.uint32(4 * first)
    np.frombuffer(given, np.uint32, 1, begin - 4)[:] = kept
    return bytes(given)


def _convolutions(start: int) -> list[Layer]:
    return [layer for layer in layer_table()[start:] if layer.kind in ("Conv2D", "DepthwiseConv2D")]


def _operators(model: Any) -> list[int]:
    """Which operators of the file are convolutions, in the order in which they are computed."""
    kinds = _schema().BuiltinOperator
    wanted, graph = (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D), model.Subgraphs(0)
    codes = [
        model.OperatorCodes(graph.Operators(number).OpcodeIndex()).BuiltinCode()
        for number in range(graph.OperatorsLength())
    ]
    return [number for number, code in enumerate(codes) if code in wanted]


def _opened(content: bytearray) -> Any:
    return _schema().Model.GetRootAs(content, 0)


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
