"""The four pieces of Keras code that the lab asks for. Pasted in order they build the model.

The names are those of TensorFlow's tutorial "Transfer learning and fine-tuning"
(tensorflow.org/tutorials/images/transfer_learning): `base_model`, `data_augmentation`, `inputs`, `outputs`.
"""

from core.codegen.keras import augmentation_lines, head_lines
from core.config import ExperimentConfig
from core.layers import POOLED_CHANNELS, output_shapes, output_units
from core.transforms import AugmentationConfig


def load_code(config: ExperimentConfig) -> str:
    """Load MobileNetV2 without its top."""
    size = config.data.image_size
    weights = '"imagenet"' if config.base.weights == "imagenet" else "None"
    return (
        "import keras\nfrom keras import layers\n\n"
        f"IMG_SHAPE = ({size}, {size}, 3)\n"
        "base_model = keras.applications.MobileNetV2(\n"
        f"    input_shape=IMG_SHAPE, include_top=False, weights={weights}\n)\n"
    )


def freeze_code() -> str:
    """Make it non-trainable: the flag goes to every layer of it."""
    return "base_model.trainable = False\n"


def augmentation_code(augmentation: AugmentationConfig) -> str:
    """Define the augmentation layers."""
    steps = augmentation_lines(augmentation) or ["layers.Identity()"]
    inside = "".join(f"    {step},\n" for step in steps)
    note = "" if augmentation.active else "# Every transform is off: images pass as they are.\n"
    return f"{note}data_augmentation = keras.Sequential([\n{inside}])\n"


def classifier_code(config: ExperimentConfig, num_classes: int) -> str:
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
    return (
        f"inputs = keras.Input(shape=IMG_SHAPE)  # ({batch}, {size}, {size}, 3), pixels 0..255\n"
        "x = data_augmentation(inputs)\n"
        f"x = {scale}  # to {config.base.scaling}\n"
        f"x = base_model(x, training=False)  # ({batch}, {side}, {side}, {POOLED_CHANNELS})\n"
        f"{head}  # ({batch}, {output_units(num_classes)})\n"
        "model = keras.Model(inputs, outputs)\n"
    )


def pieces(config: ExperimentConfig, num_classes: int) -> dict[int, str]:
    """Number of the question -> its code, in the order in which they run."""
    return {
        5: load_code(config),
        6: freeze_code(),
        7: augmentation_code(config.augmentation),
        8: classifier_code(config, num_classes),
    }
