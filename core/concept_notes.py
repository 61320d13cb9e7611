"""What to notice on the concept pages: sentences computed from the numbers shown."""

import numpy as np

from core import layers, tables, words
from core.config import BACKBONE_LAYERS, AugmentationConfig, HeadConfig
from core.projection import Projection, nearest_neighbour_share


def layer_notes(unfreeze_from: int, head: HeadConfig, num_classes: int) -> list[str]:
    """About one unfreeze point: how much still learns, and which positions change nothing."""
    return [_how_much_learns(unfreeze_from, head, num_classes), _without_effect(unfreeze_from)]


def _how_much_learns(unfreeze_from: int, head: HeadConfig, num_classes: int) -> str:
    learning = layers.count_trainable(unfreeze_from, head, num_classes).parameters
    in_head = layers.head_parameters(head, num_classes)[1]
    if unfreeze_from == BACKBONE_LAYERS:
        share = in_head / (layers.PARAMETERS + in_head)
        return (
            f"All {BACKBONE_LAYERS} layers are frozen: only the head's {in_head:,} numbers learn, "
            f"{share:.2%} of the network."
        )
    if unfreeze_from == 0:
        never = layers.PARAMETERS - (learning - in_head)
        return (
            f"Nothing is frozen, and still {never:,} numbers are out of reach of training: BatchNorm's "
            "moving means and variances, which no gradient touches."
        )
    return (
        f"Freezing **{unfreeze_from / BACKBONE_LAYERS:.0%} of the layers** ({unfreeze_from} of "
        f"{BACKBONE_LAYERS}) leaves **{_share(learning - in_head)} of the parameters** to "
        f"learn. {_where_half_sits()}"
    )


def _share(parameters: int) -> str:
    share = parameters / layers.PARAMETERS
    return f"{share:.0%}" if share >= 0.01 or not parameters else f"{share:.1%}"


def _where_half_sits() -> str:
    shares = tables.by_position()["share"]
    start = int((shares >= 0.5 * shares[0]).to_numpy().nonzero()[0][-1])
    return f"Half of all that can learn sits in the last {BACKBONE_LAYERS - start} layers, from {start} on."


def _without_effect(unfreeze_from: int) -> str:
    nothing = tables.positions_without_effect()
    said = (
        f"{nothing} of the {BACKBONE_LAYERS} positions change nothing, because the layer they freeze (ReLU, "
        "padding, add) holds no numbers"
    )
    if unfreeze_from and not tables.by_position()["changes"][unfreeze_from]:
        last = layers.layer_table()[unfreeze_from - 1]
        return f"{said}; **this is one of them**: the last layer it freezes is `{last.name}`."
    return said + "."


def batch_norm_sentences(unfreeze_from: int) -> list[str]:
    """The two switches of BatchNorm, with the counts at one unfreeze point."""
    norms = [layer for layer in layers.layer_table() if layer.kind == "BatchNormalization"]
    learning = [layer for layer in norms if layer.index >= unfreeze_from]
    scale = sum(layer.trainable_parameters for layer in learning)
    moving = sum(layer.parameters - layer.trainable_parameters for layer in learning)
    return [
        "**`trainable`** decides whether gradients change a layer's scale and shift: here in "
        f"{len(learning)} of {len(norms)} BatchNorm layers, {scale:,} numbers.",
        "**`training=`** decides which mean and variance it normalises by: the pretrained ones, or those of "
        f"each batch, which then also overwrite {moving:,} stored means and variances in the same "
        f"{len(learning)} layers. The {len(norms) - len(learning)} frozen ones keep theirs either way.",
    ]


def augmentation_notes(original: np.ndarray, variants: np.ndarray, config: AugmentationConfig) -> list[str]:
    """How far the variants are from the original, and what the label's part in it is.

    Args:
        original: uint8 (s, s, 3).
        variants: uint8 (n, s, s, 3).
    """
    if not config.active:
        return ["Every transform is off: each variant equals the original, pixel for pixel."]
    moved = np.abs(variants.astype(np.int16) - original.astype(np.int16)).mean()
    same = int((variants == original).all(axis=(1, 2, 3)).sum())
    notes = [
        f"On average a pixel differs from the original's by {moved:.0f} of 255 grey levels, and the label "
        "stays the same: the network must learn to look past all that."
    ]
    if same:
        notes.append(f"{same} of the {len(variants)} came out unchanged: a coin decides on each flip.")
    return notes


def map_notes(projection: Projection, labels: np.ndarray, pooled: np.ndarray) -> list[str]:
    """How well the classes lie apart in the frozen features, in all dimensions and not only in the plane."""
    shown = sum(projection.explained[:2])
    notes = [
        f"The plane shows {shown:.0%} of the spread of the {pooled.shape[1]:,} numbers an image has: clouds "
        "that overlap here may still lie apart in the other directions."
    ]
    if len(labels) > 1:
        share = nearest_neighbour_share(pooled, labels)
        commonest = np.bincount(labels).max() / len(labels)
        notes.append(
            f"For {words.percent(share)} of the images the most similar other image is of the same class "
            f"(always naming the commonest class would be right for {words.percent(commonest)}); the network "
            "has learned nothing from this data set yet."
        )
    return notes


def shape_notes(image_size: int, units: int) -> list[str]:
    """What happens to the numbers on the way, and which bottleneck is meant."""
    flow = tables.flow(image_size, units)
    first, last = flow.iloc[0], flow[flow["part"] == "backbone"].iloc[-1]
    ends = [layers.output_shapes(image_size)[block.end - 1] for block in layers.blocks()[1:-1]]
    widest, most = _widest_layer(image_size)
    notes = [
        f"Of the {first['values']:,} numbers of a picture {layers.POOLED_CHANNELS:,} reach the head. The map "
        f"shrinks from {image_size} × {image_size} to {last['side']} × {last['side']} while the channels "
        f"grow from 3 to {last['channels']:,}; most numbers are in flight inside the blocks, {most:,} after "
        f"`{widest}`.",
        f"**Which bottleneck?** Here, as in the tutorial, it is the last map, {last['shape']}, pooled to "
        f"{layers.POOLED_CHANNELS:,}. In the MobileNetV2 paper a bottleneck is the thin output of a block: "
        f"here those of block 0 to block 16, only {ends[0][2]} to {ends[-1][2]} channels wide.",
    ]
    if last["side"] == 1:
        notes.append(
            f"At {image_size} px the last map is a single position: nothing is left to say where "
            "something was."
        )
    return notes


def _widest_layer(image_size: int) -> tuple[str, int]:
    """Name and number of outputs of the layer with the most; padding aside."""
    shapes = layers.output_shapes(image_size)
    sizes = {
        layer.name: shapes[layer.index][0] ** 2 * layer.channels
        for layer in layers.layer_table()
        if layer.kind != "ZeroPadding2D"
    }
    name = max(sizes, key=sizes.get)
    return name, sizes[name]
