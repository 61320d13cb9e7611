"""The numbers behind the concept pages' figures, as rows and frames. No TensorFlow, no Streamlit."""

from functools import cache

import pandas as pd

from core import layers
from core.config import BACKBONE_LAYERS, HeadConfig
from core.layers import POOLED_CHANNELS


def shape_text(shape: tuple[int, ...]) -> str:
    """`80 × 80 × 32`."""
    return " × ".join(f"{size:,}" for size in shape)


@cache
def _block_of() -> tuple[str, ...]:
    return tuple(block.label for block in layers.blocks() for _ in range(block.start, block.end))


def layer_rows(image_size: int) -> list[dict]:
    """One row a layer of the backbone: index, name, kind, block, shapes in and out, parameters.

    A layer's `in` is the shape after the layer before it: for the layers that add a shortcut, the
    other branch has the same shape.
    """
    shapes = layers.output_shapes(image_size)
    return [
        {
            "layer": layer.index,
            "name": layer.name,
            "kind": layer.kind,
            "block": _block_of()[layer.index],
            "in": shape_text(shapes[max(0, layer.index - 1)]),
            "out": shape_text(shapes[layer.index]),
            "parameters": layer.parameters,
            "trainable parameters": layer.trainable_parameters,
        }
        for layer in layers.layer_table()
    ]


def layer_frame(unfreeze_from: int, image_size: int) -> pd.DataFrame:
    """The table of all layers with what happens to each at an unfreeze point."""
    frame = pd.DataFrame(layer_rows(image_size))
    learns = (frame["layer"] >= unfreeze_from) & (frame["trainable parameters"] > 0)
    frame["learns"] = learns
    frame["numbers that learn"] = frame["trainable parameters"].where(learns, 0)
    return frame.drop(columns="trainable parameters")


@cache
def by_position() -> pd.DataFrame:
    """What each unfreeze point leaves to learn in the backbone: one row a position, 0 to 154.

    `changes` is whether the position trains other layers than the one before it: freezing one more
    layer that holds no weights changes nothing.
    """
    table = layers.layer_table()
    rows = []
    for frozen in range(BACKBONE_LAYERS + 1):
        learning = sum(layer.trainable_parameters for layer in table[frozen:])
        changes = frozen == 0 or table[frozen - 1].trainable_variables > 0
        rows.append(
            {
                "frozen": frozen,
                "learning": learning,
                "share": learning / layers.PARAMETERS,
                "changes": changes,
                "says": "changes what learns" if changes else "changes nothing",
            }
        )
    return pd.DataFrame(rows)


def positions_without_effect() -> int:
    """How many of the 154 positions only freeze a layer that has nothing to learn."""
    return int((~by_position()["changes"]).sum())


def flow(image_size: int, units: int) -> pd.DataFrame:
    """The shapes through the network, block by block: picture, 19 segments, pooled features, output.

    Columns: step, part (picture, backbone or head), side, channels, shape (without the batch), values
    (numbers for one image), new_side and new_channels (whether it differs from the step before), side_text.
    """
    shapes = layers.output_shapes(image_size)
    steps = [("picture", "picture", (image_size, image_size, 3))]
    steps += [(block.label, "backbone", shapes[block.end - 1]) for block in layers.blocks()]
    steps += [("pooled", "head", (POOLED_CHANNELS,)), ("output", "head", (units,))]
    rows, before = [], (0, 0)
    for step, part, shape in steps:
        side = shape[0] if len(shape) == 3 else 1
        values = 1
        for size in shape:
            values *= size
        rows.append(
            {
                "step": step,
                "part": part,
                "side": side,
                "channels": shape[-1],
                "shape": shape_text(shape),
                "values": values,
                "new_side": side != before[0],
                "new_channels": shape[-1] != before[1],
                "side_text": f"{side}×{side}" if len(shape) == 3 else "",
            }
        )
        before = (side, shape[-1])
    return pd.DataFrame(rows)


def learning_counts(unfreeze_from: int, head: HeadConfig, num_classes: int) -> pd.DataFrame:
    """Layers, variables and BatchNorm layers: how many learn, of how many."""
    learning = layers.count_trainable(unfreeze_from, head, num_classes)
    everything = layers.count_trainable(0, head, num_classes)
    return pd.DataFrame(
        {
            "learn": [learning.backbone_layers, learning.variables, learning.batch_norm_layers],
            "of": [everything.backbone_layers, everything.variables, everything.batch_norm_layers],
        },
        index=["layers of the backbone", "variables, with the head", "BatchNorm layers"],
    )


def batch_norm_switches(unfreeze_from: int) -> pd.DataFrame:
    """What training changes in BatchNorm layers: a row for frozen and learning ones, a column a switch."""
    norms = [layer for layer in layers.layer_table() if layer.kind == "BatchNormalization"]
    learning = sum(layer.index >= unfreeze_from for layer in norms)
    return pd.DataFrame(
        {
            "BatchNorm layers": [len(norms) - learning, learning],
            "scale and shift": ["stay", "learn"],
            "mean and variance, kept (inference)": ["pretrained", "pretrained"],
            "mean and variance, by batch": ["pretrained", "of each batch, overwritten"],
        },
        index=["frozen", "learning"],
    )


def batch_shapes(image_size: int, units: int, batch: int = 32) -> pd.DataFrame:
    """The four shapes a batch has on its way: pictures, last map, pooled features, output."""
    side = layers.output_shapes(image_size)[-1][0]
    shapes = {
        "pictures": (batch, image_size, image_size, 3),
        "last map (bottleneck)": (batch, side, side, POOLED_CHANNELS),
        "pooled features": (batch, POOLED_CHANNELS),
        "output of the head": (batch, units),
    }
    return pd.DataFrame({"shape": [str(shape) for shape in shapes.values()]}, index=list(shapes))
