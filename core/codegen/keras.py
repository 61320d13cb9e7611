"""The Keras code for exactly these settings: short, plain, and ready to paste."""

from core import optimizers
from core.config import BACKBONE_LAYERS, SCRATCH_MOMENTUM, ExperimentConfig, HeadConfig
from core.layers import output_units
from core.transforms import TRANSFORMS, AugmentationConfig

KERAS_SIZES = (96, 128, 160, 192)  # px; sizes with weights of their own beside the usual 224

INFERENCE_BASE = '''
class InferenceBase(keras.layers.Layer):
    """The base with training=False, which Keras 3's fit would override: BatchNorm keeps its statistics."""

    def __init__(self, base, **kwargs):
        super().__init__(**kwargs)
        self.base = base

    def call(self, images):
        return self.base(images, training=False)

'''


def keras_code(config: ExperimentConfig, num_classes: int) -> str:
    """Plain Keras for a config: load without top, freeze, augment, head, fit, thaw, recompile, fit.

    From scratch nothing is pretrained or frozen, and one fit does it. `train`, `validation` are `tf.data`
    sets of (images 0..255, labels) batched by `config.batch_size`.
    """
    inference = config.batch_norm == "inference" and _fine_tunes(config)
    parts = [
        "import keras\nfrom keras import layers\n",
        f"keras.utils.set_random_seed({config.seed})\n"
        "# train, validation: tf.data.Datasets of (images 0..255, class numbers), in batches of "
        f"{config.batch_size}\n",
        _base(config),
        INFERENCE_BASE if inference else "",
        _model(config, num_classes, inference),
    ]
    if config.feature_extraction.epochs:
        parts.append(_fit("Feature extraction: only the head learns", config.feature_extraction, num_classes))
    if config.from_scratch:
        parts.append(_fit("From scratch: every layer learns", config.fine_tuning, num_classes))
    elif config.fine_tuning.epochs:
        parts.append(_thaw(config))
        first = config.feature_extraction.epochs
        parts.append(
            _fit("Recompile, or the new flags are ignored", config.fine_tuning, num_classes, after=first)
        )
    return "\n".join(part.strip("\n") + "\n" for part in parts if part).replace("\nclass ", "\n\nclass ")


def _fine_tunes(config: ExperimentConfig) -> bool:
    return config.fine_tuning.epochs > 0 and config.fine_tuning.unfreeze_from < BACKBONE_LAYERS


def _base(config: ExperimentConfig) -> str:
    size, pretrained = config.data.image_size, config.base.weights == "imagenet"
    said = "with random weights" if config.from_scratch else "frozen"
    text = f"# The convolutional base: MobileNetV2 without its top, {said}\n"
    if pretrained and size in KERAS_SIZES:
        text += f"# (Keras picks weights trained at {size} px here; Thaw always uses those of 224 px)\n"
    weights = '"imagenet"' if pretrained else "None"
    text += (
        f"base = keras.applications.MobileNetV2(\n"
        f"    input_shape=({size}, {size}, 3), include_top=False, weights={weights}\n)\n"
    )
    if not pretrained:
        text += "\n".join(momentum_lines()) + "\n"
    if not config.from_scratch:
        text += "for layer in base.layers:\n    layer.trainable = False\n"
    return text


def momentum_lines() -> list[str]:
    """What a base with random weights needs, or its validation stays at chance."""
    return [
        "# Its BatchNorm momentum of .999 suits a million steps: after a few hundred the moving",
        "# statistics are still near their initial 0 and 1, and validation stays at chance",
        "for layer in base.layers:",
        "    if isinstance(layer, layers.BatchNormalization):",
        f"        layer.momentum = {SCRATCH_MOMENTUM:g}",
    ]


def augmentation_lines(augmentation: AugmentationConfig) -> list[str]:
    """The `layers.Random...` lines, in the order Thaw applies them."""
    fill_mode = augmentation.fill_mode
    return [TRANSFORMS[name].code(value, fill_mode) for name, value in augmentation.on.items()]


def _model(config: ExperimentConfig, num_classes: int, inference: bool) -> str:
    size = config.data.image_size
    lines = [f"inputs = keras.Input(({size}, {size}, 3))  # pixels 0..255", "x = inputs"]
    steps = augmentation_lines(config.augmentation)
    if steps:
        lines.append("# Augmentation acts while training only")
        lines += [f"x = {step}(x)" for step in steps]
    scale = "1 / 127.5, offset=-1" if config.base.scaling == "-1..1" else "1 / 255"
    lines.append(f"x = layers.Rescaling({scale})(x)")
    if inference:
        lines.append("x = InferenceBase(base)(x)")
    else:
        lines.append("x = base(x)" if config.from_scratch else "x = base(x, training=False)")
    lines += head_lines(config.head, num_classes)
    lines.append("model = keras.Model(inputs, outputs)")
    return "\n".join(lines)


def head_lines(head: HeadConfig, num_classes: int) -> list[str]:
    """From the last map to the output: pooling, hidden layers, dropout, the output layer."""
    units = output_units(num_classes)
    activation = "sigmoid" if units == 1 else "softmax"
    lines = ["# The new classifier", "x = layers.GlobalAveragePooling2D()(x)"]
    lines += [f'x = layers.Dense({width}, activation="relu")(x)' for width in head.hidden]
    if head.dropout:
        lines.append(f"x = layers.Dropout({head.dropout:g})(x)")
    return [*lines, f'outputs = layers.Dense({units}, activation="{activation}")(x)']


def _fit(title: str, phase, num_classes: int, after: int = 0) -> str:
    loss = "binary_crossentropy" if output_units(num_classes) == 1 else "sparse_categorical_crossentropy"
    epochs = f"epochs={after + phase.epochs}" + (f", initial_epoch={after}" if after else "")
    return (
        f"# {title}\n"
        f"model.compile(\n"
        f"    optimizer={optimizers.code(phase.optimizer, phase.learning_rate)},\n"
        f'    loss="{loss}",\n    metrics=["accuracy"],\n)\n'
        f"model.fit(train, validation_data=validation, {epochs})\n"
    )


def _thaw(config: ExperimentConfig) -> str:
    point = config.fine_tuning.unfreeze_from
    if point == BACKBONE_LAYERS:
        return "# Fine-tuning with every layer of the base still frozen: the head goes on learning\n"
    mode = (
        "# BatchNorm keeps its pretrained statistics (InferenceBase)."
        if config.batch_norm == "inference"
        else "# BatchNorm of the thawed layers uses each batch's statistics: fit overrides training=False."
    )
    return (
        f"# Fine-tuning: thaw layer {point} and all above, flag by flag:\n"
        f"# base.trainable = True does nothing where it already is True\n{mode}\n"
        f"for index, layer in enumerate(base.layers):\n    layer.trainable = index >= {point}\n"
    )
