"""The layer table of MobileNetV2 without its top, and what an unfreeze point means. No TensorFlow.

The table (`layer_table.json`) was read off `keras.applications.MobileNetV2(include_top=False)`; a test
compares it with the real model. "Block" is an inverted residual block (arXiv 1801.04381); Keras calls
the first `expanded_conv` and the others `block_1` to `block_16`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.config import BACKBONE_LAYERS, HeadConfig

PARAMETERS = 2_257_984  # of the whole backbone, BatchNorm's moving statistics included
POOLED_CHANNELS = 1280
IMAGENET_CLASSES = 1000
IMAGENET_IMAGES = 1_281_167  # training images of ILSVRC-2012 (Russakovsky et al., IJCV 2015)
OVERHEAD_MACS = 1.5e5  # a layer's fixed cost for one image: small pictures are not free
TUTORIAL_STOP = 100  # TensorFlow's "Transfer learning and fine-tuning" freezes layers[:100]


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    Attributes:
        index: Position in `base.layers`, 0 to 153.
        parameters: All of the layer's numbers; a BatchNorm layer's moving statistics count.
        trainable_parameters, trainable_variables: Those that gradients can reach.
    """

    index: int
    name: str
    kind: str
    channels: int
    stride: int
    parameters: int
    trainable_parameters: int
    trainable_variables: int


@dataclass(frozen=True)
class Block:
    """A run of layers that the thaw bar draws as one segment: stem, a block, or Conv_1.

    `start` and `end` are layer indices, `end` excluded.
    """

    label: str
    start: int
    end: int

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in layer_table()[self.start : self.end])


@dataclass(frozen=True)
class TrainableCount:
    """What would learn at one unfreeze point, the head included.

    `backbone_layers` counts the positions from the unfreeze point up, `batch_norm_layers` the
    BatchNorm layers among them (of 52).
    """

    variables: int
    parameters: int
    backbone_layers: int
    batch_norm_layers: int


@cache
def layer_table() -> tuple[Layer, ...]:
    """The 154 layers in the order of `base.layers`."""
    rows = json.loads(Path(__file__).with_name("layer_table.json").read_text())
    return tuple(Layer(index=index, **row) for index, row in enumerate(rows))


@cache
def blocks() -> tuple[Block, ...]:
    """The 19 segments: stem, block 0 (`expanded_conv`) to block 16, Conv_1."""
    starts = {"stem": 0, "block 0": 4}
    for layer in layer_table():
        if layer.name.endswith("_expand"):
            starts["block " + layer.name.split("_")[1]] = layer.index
    starts["Conv_1"] = next(layer.index for layer in layer_table() if layer.name == "Conv_1")
    ends = [*list(starts.values())[1:], BACKBONE_LAYERS]
    return tuple(Block(label, start, end) for (label, start), end in zip(starts.items(), ends, strict=True))


def stops(tutorial: bool = True) -> list[int]:
    """Unfreeze points the slider stops at, ascending: block starts, `head only` and the tutorial's 100."""
    found = {block.start for block in blocks()} | {BACKBONE_LAYERS}
    return sorted(found | {TUTORIAL_STOP} if tutorial else found)


def boundary(unfreeze_from: int) -> int:
    """Where to cut for an unfreeze point: the start of the block that holds it.

    The network is exact when cut between blocks; inside a residual block two tensors would be needed.
    The few frozen layers between the boundary and the unfreeze point are recomputed while training.
    """
    return max(start for start in stops(tutorial=False) if start <= unfreeze_from)


def stop_label(unfreeze_from: int) -> str:
    """Words for an unfreeze point: `head only`, `block 11`, `layer 100 (in block 11)`, `everything`."""
    if unfreeze_from == BACKBONE_LAYERS:
        return "head only"
    if unfreeze_from == 0:
        return "everything"
    block = next(b for b in blocks() if b.start <= unfreeze_from < b.end)
    if unfreeze_from == block.start:
        return block.label
    return f"layer {unfreeze_from} (in {block.label})"


def head_parameters(head: HeadConfig, num_classes: int) -> tuple[int, int]:
    """(variables, parameters) of the head: two variables a Dense layer; one sigmoid unit for two classes."""
    widths = [POOLED_CHANNELS, *head.hidden, output_units(num_classes)]
    parameters = sum((a + 1) * b for a, b in zip(widths, widths[1:], strict=False))
    return 2 * (len(widths) - 1), parameters


def output_units(num_classes: int) -> int:
    """One sigmoid unit for two classes, a softmax unit a class for more."""
    return 1 if num_classes == 2 else num_classes


def count_trainable(unfreeze_from: int, head: HeadConfig, num_classes: int) -> TrainableCount:
    """What learns at an unfreeze point. With one sigmoid unit: 2 / 1,281 at 154, 56 / 1,862,721 at 100."""
    variables, parameters = head_parameters(head, num_classes)
    learning = layer_table()[unfreeze_from:]
    return TrainableCount(
        variables=variables + sum(layer.trainable_variables for layer in learning),
        parameters=parameters + sum(layer.trainable_parameters for layer in learning),
        backbone_layers=len(learning),
        batch_norm_layers=sum(layer.kind == "BatchNormalization" for layer in learning),
    )


@cache
def output_shapes(image_size: int) -> tuple[tuple[int, int, int], ...]:
    """(height, width, channels) after every layer for square images of `image_size` px.

    A stride of 2 gives half the side, rounded up; before it `ZeroPadding2D` adds one row and column to
    an even side, two to an odd one.
    """
    side, shapes = image_size, []
    for layer in layer_table():
        if layer.stride == 2:
            side = -(-side // 2)
        padded = side + 2 - (side + 1) % 2 if layer.kind == "ZeroPadding2D" else side
        shapes.append((padded, padded, layer.channels))
    return tuple(shapes)


def boundary_shape(cut: int, image_size: int) -> tuple[int, ...]:
    """Shape of what is stored for one image at a boundary; pooled (1280,) for `head only`."""
    if cut == BACKBONE_LAYERS:
        return (POOLED_CHANNELS,)
    if cut == 0:
        return (image_size, image_size, 3)
    return output_shapes(image_size)[cut - 1]


@cache
def macs(image_size: int) -> tuple[float, ...]:
    """Work of each of the 154 layers for one image: its convolution's MACs and a fixed overhead.

    A convolution without bias does one MAC per kernel weight and output position.
    """
    shapes = output_shapes(image_size)
    return tuple(
        OVERHEAD_MACS * bool(layer.parameters)
        + (layer.parameters * shapes[layer.index][0] ** 2 if "Conv2D" in layer.kind else 0)
        for layer in layer_table()
    )
