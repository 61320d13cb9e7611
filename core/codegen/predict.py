"""The Keras code that predicts pictures as a run does."""

import json

from core.config import ExperimentConfig
from core.layers import output_units

_LOAD = '''\
{imports}import keras
import numpy as np
from PIL import Image, ImageOps

model = keras.models.load_model("model.keras")  # kept with the run, as it stood after its last phase
classes = {classes}


def pixels(file):
    """The whole picture, upright, squashed to a square: as in training."""
    image = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    return np.asarray(image.resize(({size}, {size}), Image.Resampling.BILINEAR), np.float32)


'''
_ONE = """\
images = pixels("photo.jpg")[None]  # (1, {size}, {size}, 3), 0..255: the model scales them to {scaling}
{probabilities}[0]
best = int(probabilities.argmax())
print(classes[best], f"{{probabilities[best]:.1%}}")
"""
_MANY = """\
files = sorted(Path("photos").glob("*.jpg"))
images = np.stack([pixels(file) for file in files])  # 0..255: the model scales them to {scaling}
{probabilities}  # (n, {count})
for at in probabilities.max(axis=1).argsort():  # the least certain first
    best = int(probabilities[at].argmax())
    print(files[at].name, classes[best], f"{{probabilities[at, best]:.1%}}", sep=", ")
"""
_SOFTMAX = "probabilities = model.predict(images)"
_SIGMOID = """\
second = model.predict(images)  # one sigmoid unit: the probability of the second class
probabilities = np.hstack([1 - second, second])"""


def predict_code(config: ExperimentConfig, classes: tuple[str, ...]) -> str:
    """Load the run's saved model, prepare one picture as in training, predict it.

    Args:
        classes: Names in the order of the model's outputs.
    """
    return _code(_ONE, config, classes)


def predict_many_code(config: ExperimentConfig, classes: tuple[str, ...]) -> str:
    """The same for a folder of pictures, the least certain first."""
    return _code(_MANY, config, classes, "from pathlib import Path\n\n")


def _code(template: str, config: ExperimentConfig, classes: tuple[str, ...], imports: str = "") -> str:
    size = config.data.image_size
    load = _LOAD.format(imports=imports, classes=_listed(classes), size=size)
    one_unit = output_units(len(classes)) == 1
    return load + template.format(
        size=size,
        scaling=config.base.scaling,
        count=len(classes),
        probabilities=_SIGMOID if one_unit else _SOFTMAX,
    )


def _listed(classes: tuple[str, ...]) -> str:
    quoted = [json.dumps(name, ensure_ascii=False) for name in classes]
    line = f"[{', '.join(quoted)}]"
    if len(line) < 90:
        return line
    return "[\n" + "".join(f"    {name},\n" for name in quoted) + "]"
