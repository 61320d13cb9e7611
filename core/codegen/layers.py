"""Parts of the Keras code, for the pages that show one concept: freezing, augmentation, pooled features."""

from core.codegen.keras import augmentation_lines
from core.config import BACKBONE_LAYERS
from core.layers import layer_table, output_shapes
from core.transforms import AugmentationConfig


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
