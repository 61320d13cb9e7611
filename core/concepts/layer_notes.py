"""What to notice about an unfreeze point: sentences computed from the layer table. No TensorFlow."""

from core import layers
from core.concepts import tables
from core.config import BACKBONE_LAYERS, HeadConfig
from core.wording import words


def layer_notes(unfreeze_from: int, head: HeadConfig, num_classes: int) -> list[str]:
    """How much still learns at an unfreeze point, which positions change nothing, BatchNorm's switches."""
    return [
        _how_much_learns(unfreeze_from, head, num_classes),
        _without_effect(unfreeze_from),
        _two_switches(unfreeze_from),
    ]


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


def _two_switches(unfreeze_from: int) -> str:
    norms = [layer for layer in layers.layer_table() if layer.kind == "BatchNormalization"]
    learning = sum(layer.index >= unfreeze_from for layer in norms)
    return (
        f"And **BatchNorm has two switches**: `trainable` is on in {learning} of its {len(norms)} layers "
        "here, but whose mean and variance they use is up to `training=`, another switch (see Evidence)."
    )


def batch_norm_sentences(unfreeze_from: int) -> list[str]:
    """The two switches of BatchNorm, with the counts at one unfreeze point."""
    norms = [layer for layer in layers.layer_table() if layer.kind == "BatchNormalization"]
    learning = [layer for layer in norms if layer.index >= unfreeze_from]
    if not learning:
        return [
            "**`trainable`** decides whether gradients change a layer's scale and shift: here in none of "
            f"{len(norms)} BatchNorm layers.",
            "**`training=`** decides which mean and variance a layer normalises by: the pretrained ones, or "
            f"those of each batch. Frozen, all {len(norms)} keep theirs either way.",
        ]
    scale = sum(layer.trainable_parameters for layer in learning)
    moving = sum(layer.parameters - layer.trainable_parameters for layer in learning)
    frozen = len(norms) - len(learning)
    return [
        "**`trainable`** decides whether gradients change a layer's scale and shift: here in "
        f"{len(learning)} of {len(norms)} BatchNorm layers, {scale:,} numbers.",
        "**`training=`** decides which mean and variance it normalises by: the pretrained ones, or those of "
        f"each batch, which then also overwrite {moving:,} stored means and variances in the same "
        f"{words.plural(len(learning), 'layer')}."
        + (f" The {frozen} frozen ones keep theirs either way." if frozen else ""),
    ]
