"""The Keras code for exactly these settings: short, plain, and ready to paste.

The whole recipe first (`keras_code`), then parts of it for the pages that show one concept, then the four
pieces that the lab asks for, which build the model when pasted in order (`lab_pieces`). The names in those
are of TensorFlow's tutorial "Transfer learning and fine-tuning"
(tensorflow.org/tutorials/images/transfer_learning): `base_model`, `data_augmentation`, `inputs`, `outputs`.
"""

from core import optimizers
from core.codegen import fitting
from core.config import (
    BACKBONE_LAYERS,
    SCRATCH_MOMENTUM,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    HeadConfig,
)
from core.layers import POOLED_CHANNELS, layer_table, output_shapes, output_units
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
    inference = config.batch_norm == "inference" and config.thaws
    parts = [
        "import keras\nfrom keras import layers\n",
        f"keras.utils.set_random_seed({config.seed})\n"
        "# train, validation: tf.data.Datasets of (images 0..255, class numbers), in batches of "
        f"{config.batch_size}\n",
        _base(config),
        INFERENCE_BASE if inference else "",
        _model(config, num_classes, inference),
    ]
    if weights := fitting.class_weight_lines(config, "np.concatenate([labels for _, labels in train])"):
        parts[0] = parts[0].replace("import keras\n", "import keras\nimport numpy as np\n")
        parts.append(weights)
    head, tuning = config.feature_extraction, config.fine_tuning
    if head.epochs:
        parts.append(_fit("Feature extraction: only the head learns", config, head, num_classes))
    if config.from_scratch:
        parts.append(_fit("From scratch: every layer learns", config, tuning, num_classes))
    elif tuning.epochs:
        parts.append(_thaw(config))
        parts.append(
            _fit("Recompile, or the new flags are ignored", config, tuning, num_classes, head.epochs)
        )
    return "\n".join(part.strip("\n") + "\n" for part in parts if part).replace("\nclass ", "\n\nclass ")


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
        lines.append(f"x = layers.Dropout({head.dropout!r})(x)")
    return [*lines, f'outputs = layers.Dense({units}, activation="{activation}")(x)']


def _fit(
    title: str,
    config: ExperimentConfig,
    phase: FeatureExtractionConfig | FineTuningConfig,
    num_classes: int,
    after: int = 0,
) -> str:
    loss = "binary_crossentropy" if output_units(num_classes) == 1 else "sparse_categorical_crossentropy"
    early = config.may_stop_early
    done = "len(first.epoch)" if early else str(after)
    last = f"{done} + {phase.epochs}" if after and early else str(after + phase.epochs)
    how = [f"epochs={last}" + (f", initial_epoch={done}" if after else "")]
    if stop := fitting.stopping(config, phase.epochs):
        how.append(f"callbacks=[{stop}]")
    if config.class_weight != "none":
        how.append("class_weight=class_weight")
    fit = f"model.fit(train, validation_data=validation, {how[0]})"
    if len(how) > 1:
        lines = "".join(f"    {one},\n" for one in ("train", "validation_data=validation", *how))
        fit = f"model.fit(\n{lines})"
    if early and config.two_phases and not after:
        fit = f"first = {fit}"
    return (
        f"# {title}\n"
        f"model.compile(\n"
        f"    optimizer={optimizers.code(phase.optimizer, phase.learning_rate)},\n"
        f'    loss="{loss}",\n    metrics=["accuracy"],\n)\n'
        f"{fit}\n"
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


# Parts, for the pages that show one concept


def freeze_code(unfreeze_from: int, image_size: int) -> str:
    """Load the base and set every layer's flag: setting `base.trainable` again may do nothing."""
    learns = "False" if unfreeze_from == BACKBONE_LAYERS else f"index >= {unfreeze_from}"
    variables = sum(layer.trainable_variables for layer in layer_table()[unfreeze_from:])
    return (
        "import keras\n\n"
        f"base = keras.applications.MobileNetV2(\n"
        f'    input_shape=({image_size}, {image_size}, 3), include_top=False, weights="imagenet"\n)\n'
        "# Set the flag of every layer: `base.trainable = True` does nothing where it is True already.\n"
        f"for index, layer in enumerate(base.layers):\n    layer.trainable = {learns}\n\n"
        f"assert len(base.trainable_variables) == {variables}\n"
        "# Then compile (again): a model keeps the flags it was compiled with.\n"
    )


def inside_code(layer: str, image_size: int) -> str:
    """The activation maps of one layer for a batch of pictures."""
    return (
        "import keras\n\n"
        "base = keras.applications.MobileNetV2(\n"
        f'    input_shape=({image_size}, {image_size}, 3), include_top=False, weights="imagenet"\n)\n'
        f'inside = keras.Model(base.input, base.get_layer("{layer}").output)\n'
        "scaled = keras.applications.mobilenet_v2.preprocess_input(images)  # 0..255 becomes -1..1\n"
        "maps = inside(scaled, training=False)  # (n, height, width, channels)\n"
        'kernels = base.get_layer("Conv1").kernel  # (3, 3, 3, 32)\n'
    )


def augmentation_code(augmentation: AugmentationConfig) -> str:
    """The Keras layers that draw like this, as one model of pixels 0..255."""
    steps = augmentation_lines(augmentation)
    if not steps:
        return "# Every transform is off: the network sees each image as it is, in every epoch.\n"
    inside = "".join(f"    {step},\n" for step in steps)
    return (
        "import keras\nfrom keras import layers\n\n"
        f"augment = keras.Sequential([\n{inside}])\n\n"
        "variants = augment(images, training=True)  # pixels 0..255; without training=True nothing happens\n"
    )


def shift_code(augmentation: AugmentationConfig, image_size: int, scaling: str = "-1..1") -> str:
    """How far these layers move the pooled features of images, in Keras."""
    if not augmentation.active:
        return augmentation_code(augmentation)
    features = features_code(image_size, scaling).removeprefix("import keras\n")
    again = features[features.index("scaled =") :].replace("(images)", "(variants)")
    return (
        augmentation_code(augmentation).replace("import keras\n", "import keras\nimport numpy as np\n")
        + features
        + "\n# The same for the variants, then how far each moved: Euclidean, in 1280 dimensions\n"
        + again.replace("images /", "variants /").replace("pooled =", "moved =")
        + "distance = np.linalg.norm(moved - pooled, axis=1)  # (32,)\n"
    )


def features_code(image_size: int, scaling: str = "-1..1") -> str:
    """Pooled features of images by the frozen base, with the shapes that come out."""
    side = output_shapes(image_size)[-1][0]
    scale = "keras.applications.mobilenet_v2.preprocess_input(images)  # to -1..1"
    if scaling != "-1..1":
        scale = "images / 255  # to 0..1; the base was pretrained with -1..1"
    return (
        "import keras\n\n"
        f"base = keras.applications.MobileNetV2(\n"
        f'    input_shape=({image_size}, {image_size}, 3), include_top=False, weights="imagenet"\n)\n'
        f"# images: (32, {image_size}, {image_size}, 3), pixels 0..255\n"
        f"scaled = {scale}\n"
        f"maps = base(scaled, training=False)  # (32, {side}, {side}, 1280)\n"
        "pooled = keras.layers.GlobalAveragePooling2D()(maps)  # (32, 1280)\n"
    )


# The lab's four pieces


def _lab_load(config: ExperimentConfig) -> str:
    """Load MobileNetV2 without its top."""
    size = config.data.image_size
    weights = '"imagenet"' if config.base.weights == "imagenet" else "None"
    return (
        "import keras\nfrom keras import layers\n\n"
        f"IMG_SHAPE = ({size}, {size}, 3)\n"
        "base_model = keras.applications.MobileNetV2(\n"
        f"    input_shape=IMG_SHAPE, include_top=False, weights={weights}\n)\n"
    )


def _lab_freeze() -> str:
    """Make it non-trainable: the flag goes to every layer of it."""
    return "base_model.trainable = False\n"


def _lab_augmentation(augmentation: AugmentationConfig) -> str:
    """Define the augmentation layers."""
    steps = augmentation_lines(augmentation) or ["layers.Identity()"]
    inside = "".join(f"    {step},\n" for step in steps)
    note = "" if augmentation.active else "# Every transform is off: images pass as they are.\n"
    return f"{note}data_augmentation = keras.Sequential([\n{inside}])\n"


def _lab_mode(config: ExperimentConfig) -> str:
    """What BatchNorm does once layers are thawed, in comments; nothing where none ever is."""
    if not config.thaws:
        return ""
    if config.batch_norm == "batch":
        return (
            "# Frozen, BatchNorm keeps its statistics. Thawed, it uses each batch's:\n"
            "# Keras 3's fit overrides training=False, and this recipe lets it\n"
        )
    return (
        "# Frozen, BatchNorm keeps its statistics.\n"
        "# This recipe keeps them after thawing, too: then base_model must be called\n"
        "# in a layer of its own, as Keras 3's fit overrides training=False\n"
    )


def _lab_classifier(config: ExperimentConfig, num_classes: int) -> str:
    """Add the new classifier, with the shapes of a batch beside it."""
    size, batch = config.data.image_size, config.batch_size
    side = output_shapes(size)[-1][0]
    scale = (
        "keras.applications.mobilenet_v2.preprocess_input(x)"
        if config.base.scaling == "-1..1"
        else "layers.Rescaling(1 / 255)(x)"
    )
    head = "\n".join(head_lines(config.head, num_classes)[1:])  # without its comment
    head = head.replace(
        "layers.GlobalAveragePooling2D()(x)",
        f"layers.GlobalAveragePooling2D()(x)  # ({batch}, {POOLED_CHANNELS})",
    )
    augmented = (
        "data_augmentation(inputs)" if config.augmentation.active else "inputs  # nothing is augmented"
    )
    return (
        f"inputs = keras.Input(shape=IMG_SHAPE)  # ({batch}, {size}, {size}, 3), pixels 0..255\n"
        f"x = {augmented}\n"
        f"x = {scale}  # to {config.base.scaling}\n"
        f"{_lab_mode(config)}"
        f"x = base_model(x, training=False)  # ({batch}, {side}, {side}, {POOLED_CHANNELS})\n"
        f"{head}  # ({batch}, {output_units(num_classes)})\n"
        "model = keras.Model(inputs, outputs)\n"
    )


def lab_pieces(config: ExperimentConfig, num_classes: int) -> dict[int, str]:
    """Number of the question -> its code, in the order in which they run."""
    return {
        5: _lab_load(config),
        6: _lab_freeze(),
        7: _lab_augmentation(config.augmentation),
        8: _lab_classifier(config, num_classes),
    }
