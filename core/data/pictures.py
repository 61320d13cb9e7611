"""One picture to look at, wherever it comes from: a data set, the sample photos, a file of one's own."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from core.data import images, sample_photos
from core.data.datasets import Dataset
from core.data.decoding import decode_alone
from core.data.levels import Levels


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, read when it is looked at.

    Attributes:
        title: What it shows, or its file's name; not Markdown.
        image: Gives it upright, RGB or grey. Raises DatasetError.
        image_id: Its name in random draws; of an image of a data set, as in training.
        position: In the data set; None for a picture from elsewhere.
        label: Its class in the data set; None where none is known.
    """

    title: str
    image: Callable[[], Image.Image]
    image_id: int
    position: int | None = None
    label: int | None = None
    _seen: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    def at(self, size: int) -> np.ndarray:
        """As a network of this image size gets it: uint8 (size, size, 3), made once. Raises DatasetError."""
        if size not in self._seen:
            self._seen[size] = images.squash(self.image(), size)
        return self._seen[size]


def of_dataset(dataset: Dataset, position: int) -> Picture:
    """An image of a data set."""
    item = dataset.items[position]
    title = f"Class {dataset.classes[item.label]}, {item.name.rpartition('/')[2]}"
    image_id = int(dataset.image_ids[position])
    return Picture(title, lambda: dataset.image(position), image_id, position, item.label)


def sample(name: str) -> Picture:
    """One of `sample_photos.PHOTOS`."""
    return Picture(sample_photos.TITLES[name], lambda: sample_photos.image(name), _named(name))


def of_file(content: bytes, name: str, levels: Levels | None = None) -> Picture:
    """A file of one's own, as its bytes.

    Args:
        levels: Of the images that the network was trained on which is to see it, where they have any
            (`core.data.levels`); otherwise samples of 16 bits are shown by the picture's own.
    """
    return Picture(name, lambda: decode_alone(content, name, levels), _named(name))


def _named(name: str) -> int:
    """A number for a name, as long as those of `Dataset.image_ids`."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
