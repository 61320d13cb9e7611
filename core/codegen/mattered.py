"""The Keras code behind the views of the page What mattered?"""

from core import layers
from core.explain import tails

_BEFORE = """\
import keras
import numpy as np

model = keras.models.load_model("model.keras", compile=False)  # pixels 0..255 in, probabilities out
pretrained = keras.applications.MobileNetV2(
    input_shape=({size}, {size}, 3), include_top=False, weights=None
)
# Weights fit pictures of any size; Thaw always takes those that were learned at 224 px
official = keras.applications.MobileNetV2(
    input_shape=(224, 224, 3), include_top=False, weights="imagenet"
)
pretrained.set_weights(official.get_weights())
"""
_REWIND = '''
BLOCKS = {{
{blocks}
}}


def accuracy(images, labels):
    """images: (n, {size}, {size}, 3), pixels 0..255; labels: (n,)."""
    probabilities = model.predict(images, verbose=0)
    return np.mean({answer} == labels)


def rewind(images, labels):
    """Accuracy lost with each thawed block put back to its pretrained weights, alone."""
    base = model.get_layer("mobilenetv2")
    tuned, lost = accuracy(images, labels), {{}}
    for name, (start, end) in BLOCKS.items():
        kept = [layer.get_weights() for layer in base.layers[start:end]]
        for layer, before in zip(base.layers[start:end], pretrained.layers[start:end]):
            layer.set_weights(before.get_weights())  # BatchNorm's mean and variance are among them
        lost[name] = tuned - accuracy(images, labels)
        for layer, weights in zip(base.layers[start:end], kept):
            layer.set_weights(weights)
    return lost
'''


def _answer(num_classes: int) -> str:
    two = num_classes == 2
    return "(probabilities[:, 0] > 0.5).astype(int)" if two else "probabilities.argmax(axis=1)"


def rewind_code(image_size: int, unfreeze_from: int, num_classes: int) -> str:
    """Each thawed block put back, for a run's `model.keras`."""
    thawed = tails.segments(unfreeze_from) or layers.blocks()[-1:]
    blocks = "\n".join(
        f'    "{block.label}": ({max(block.start, unfreeze_from)}, {block.end}),' for block in thawed
    )
    found = _BEFORE + _REWIND
    return found.format(size=image_size, blocks=blocks, answer=_answer(num_classes))


_SIMILARITY = '''
ENDS = [
{ends}
]
pool = keras.layers.GlobalAveragePooling2D()


def seen_by(base, images):
    """Features at the end of every block. images: (n, {size}, {size}, 3), pixels 0..255."""
    probed = keras.Model(base.input, [pool(base.get_layer(end).output) for end in ENDS])
    return [features.numpy() for features in probed({scale}(images.astype("float32")), training=False)]


def centred(features):
    """The Gram matrix, U-centred, which debiases, and of length 1."""
    features = features - features.mean(axis=0)
    gram, n = features @ features.T.astype("float64"), len(features)
    np.fill_diagonal(gram, 0)
    rows = gram.sum(axis=1) / (n - 2)
    gram += rows.sum() / (n - 1) - rows[:, None] - rows
    np.fill_diagonal(gram, 0)
    return gram / np.linalg.norm(gram)


def similarity(before, after):
    """Debiased linear CKA of every block before (rows) with every block after."""
    return np.array([[np.sum(centred(a) * centred(b)) for b in after] for a in before])


# similarity(seen_by(pretrained, images), seen_by(model.get_layer("mobilenetv2"), images))
'''
_SCALES = {
    "-1..1": "keras.applications.mobilenet_v2.preprocess_input",
    "0..1": "keras.layers.Rescaling(1 / 255)",
}


def similarity_code(image_size: int, scaling: str) -> str:
    """Debiased linear CKA of every block before and after, for a run's `model.keras`."""
    table = layers.layer_table()
    ends = "\n".join(f'    "{table[block.end - 1].name}",  # {block.label}' for block in layers.blocks())
    return (_BEFORE + _SIMILARITY).format(size=image_size, ends=ends, scale=_SCALES[scaling])
