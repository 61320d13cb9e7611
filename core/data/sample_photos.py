"""Photographs that scikit-image carries, to look at where a data set's own pictures are plain signs."""

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

from core.data import images
from core.data.decoding import decode_upright
from core.errors import DatasetError

PHOTOS = {
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "astronaut": "astronaut.png",
    "rocket": "rocket.jpg",
}
TITLES = {"chelsea": "Cat", "coffee": "Coffee", "astronaut": "Astronaut", "rocket": "Rocket"}


def photo(name: str, size: int) -> np.ndarray:
    """A photo as the network gets it: uint8 (size, size, 3). Raises DatasetError."""
    return images.squash(image(name), size)


def image(name: str) -> Image.Image:
    """A photo as it is, RGB.

    The package is looked into and not imported, which would take a second.

    Raises:
        DatasetError: scikit-image is not there or has lost the file.
    """
    spec = importlib.util.find_spec("skimage")
    folders = spec.submodule_search_locations if spec is not None else []
    for folder in folders or []:
        path = Path(folder) / "data" / PHOTOS[name]
        if path.exists():
            return decode_upright(path.read_bytes(), path.name)
    raise DatasetError(
        f"The sample photo {name} is not there.", "Expected scikit-image to carry it.",
        "Install the packages of requirements.txt again.",
    )  # fmt: skip
