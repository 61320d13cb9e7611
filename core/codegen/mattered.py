"""The Keras code behind the views of the page What mattered?"""

from core import layers
from core.explain import tails
from core.method.corruptions import CORRUPTIONS

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


_DIAL = '''

def dial(share):
    """The backbone a share of the way from pretrained (0) to fine-tuned (1), for `model` to go on with.

    The head is mixed the same way with that of the frozen phase; BatchNorm's mean and variance are among the
    weights.
    """
    for old, new, mixed in zip(pretrained.layers, tuned.layers, model.get_layer("mobilenetv2").layers):
        pairs = zip(old.get_weights(), new.get_weights())
        mixed.set_weights([(1 - share) * p + share * q for p, q in pairs])


# tuned = keras.models.clone_model(model.get_layer("mobilenetv2")), with its weights, before the first mix
'''


def dial_code(image_size: int) -> str:
    """Weights between the pretrained network and a run's `model.keras`."""
    return (_BEFORE + _DIAL).format(size=image_size)


_SHIFT = '''\
import io

import cv2
import keras
import numpy as np
from PIL import Image


def light(image, amount):  # image: ({size}, {size}, 3), uint8
    hsv = cv2.cvtColor(image.astype("float32") / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 2] = np.clip(hsv[..., 2] + amount, 0, 1)
    return np.clip(np.rint(255 * cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)), 0, 255)


def blur(image, amount):
    return np.rint(cv2.GaussianBlur(image.astype("float32"), (0, 0), amount * {size} / 224))


def noise(image, amount, random=np.random.default_rng(0)):
    return np.clip(np.rint(image + 255 * random.normal(size=image.shape, scale=amount)), 0, 255)


def jpeg(image, amount):
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=amount)
    return np.asarray(Image.open(stream))


def crop(image, amount):
    margin = {size} * (1 - amount) / 2
    box = (margin, margin, {size} - margin, {size} - margin)
    return np.asarray(Image.fromarray(image).resize(({size}, {size}), Image.Resampling.BILINEAR, box=box))


CHANGES = {{
{changes}
}}


def under_shift(model, images, labels):
    """Accuracy by change and strength. images: (n, {size}, {size}, 3), uint8; labels: (n,)."""
    found = {{}}
    for change, amounts in CHANGES.items():
        for amount in amounts:
            changed = np.stack([change(image, amount) for image in images])
            probabilities = model.predict(changed, verbose=0)
            found[change.__name__, amount] = np.mean({answer} == labels)
    return found


# under_shift(keras.models.load_model("model.keras", compile=False), validation_images, validation_labels)
'''


def shift_code(image_size: int, num_classes: int) -> str:
    """Every change at every strength, for a run's `model.keras`."""
    changes = "\n".join(f"    {name}: {one.amounts}," for name, one in CORRUPTIONS.items())
    return _SHIFT.format(size=image_size, changes=changes, answer=_answer(num_classes))
