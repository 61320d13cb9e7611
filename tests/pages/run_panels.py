"""Runs the code of pages' panels as somebody would who pastes it: a process that knows nothing of Thaw.

    python run_panels.py    in a folder with panels.json, {page: code}; writes found.json, {page: {...}}

What a panel leaves to its reader (images, labels, a model's file) is there, tiny. One epoch stands for all of
them, run step by step, since a trace takes longer than the steps; and random weights stand for ImageNet's,
which would be downloaded.
"""

import json
import re
from functools import cache
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

SIZE, CLASSES, N = 64, 10, 40

asked: list[tuple[int, int]] = []
mobilenet = keras.applications.MobileNetV2
fit, compiled = keras.Model.fit, keras.Model.compile


def without_download(weights=None, **how):
    return mobilenet(weights=None, **how)


def one_epoch(model, *data, epochs, initial_epoch=0, **how):
    asked.append((initial_epoch, epochs))
    return fit(model, *data, epochs=initial_epoch + 1, initial_epoch=initial_epoch, **how)


def without_trace(model, *settings, **how):
    return compiled(model, *settings, **how, run_eagerly=True)


keras.applications.MobileNetV2 = without_download
keras.Model.fit, keras.Model.compile = one_epoch, without_trace


def given(size: int) -> dict:
    """Names that comments in the panels ask for; images of this size in px."""
    chance = np.random.default_rng(0)
    images = chance.integers(0, 256, (N, size, size, 3), np.uint8)
    labels = np.arange(N) % CLASSES
    answers = chance.dirichlet(np.ones(CLASSES), N)
    batches = tf.data.Dataset.from_tensor_slices((images[:8], labels[:8])).batch(8)
    return {
        "images": images[:32], "labels": labels, "train": batches, "validation": batches,
        "train_images": images, "train_labels": labels,
        "validation_images": images, "validation_labels": labels, "test_labels": labels,
        "features": chance.normal(size=(N, 1280)).astype(np.float32),
        "tuned": chance.normal(size=(32, 1280)), "probabilities": answers,
        "query": chance.random(1280), "maps": chance.random((2, 2, 1280)),
    }  # fmt: skip


def files() -> None:
    """What the panels open: photos, and a model of this many classes."""
    Path("photos").mkdir()
    for name in ("photo.jpg", "photos/a.jpg", "photos/b.png"):
        Image.effect_noise((50, 40), 90).save(name)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.GlobalAveragePooling2D()]
    outputs = keras.layers.Dense(CLASSES, activation="softmax")
    keras.Sequential([keras.Input((SIZE, SIZE, 3)), *layers, outputs]).save("model.keras")


def facts(space: dict) -> dict:
    """What a panel defined, in numbers."""
    found: dict = {"asked": list(asked)}
    for name, value in space.items():
        if isinstance(value, (np.ndarray, tf.Tensor)):
            found[name] = {"shape": list(value.shape)}
        elif isinstance(value, keras.Model):
            found[name] = {"trainable": len(value.trainable_variables)}
        elif isinstance(value, (int, float, str)):
            found[name] = value
    return found


def run(code: str) -> dict:
    """The facts of what a panel defines."""
    asked.clear()
    keras.utils.set_random_seed(0)
    shape = re.search(r"\((\d+), \1, 3\)", code)
    space = given(int(shape[1]) if shape else SIZE)
    if "thresholds" in code:  # there they are what `predict` gave
        space["validation"] = space["test"] = space["probabilities"]
    before = dict(space)
    try:
        exec(compile(code, "panel", "exec"), space)
    except Exception as error:
        raise RuntimeError(f"This code does not run:\n{code}") from error
    return facts({name: value for name, value in space.items() if before.get(name) is not value})


def main() -> None:
    files()
    once = cache(run)  # several pages show the same
    panels = json.loads(Path("panels.json").read_text(encoding="utf-8"))
    Path("found.json").write_text(json.dumps({page: once(code) for page, code in panels.items()}))


if __name__ == "__main__":
    main()
