"""A data set as an index: which images there are, of which class, and where to read one. No pixels."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PIL import Image

from core.data.file_hashes import sha256
from core.data.sources import ArraySource, FolderSource, SomeOf, ZipSource
from core.errors import DatasetError
from core.keys import content_key


@dataclass(frozen=True, slots=True)
class ImageItem:
    """One image.

    Attributes:
        name: Path below the data set's own folder, parts separated by `/`: `train/cats/cat.7.jpg`.
        label: Index into the data set's `classes`.
        split: `train`, `validation` or `test` as the source gives it; None where it gives none.
        sha256: In hex, of the file's bytes; of an array's image, of its pixels' bytes.
    """

    name: str
    label: int
    split: str | None
    sha256: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """An index of images, in the order of names. Can be pickled; compared by identity, so caches can hold it.

    Attributes:
        name: What `datasets.find` finds it by: a known name or a path.
        classes: Names, sorted.
        key: Of the images with their classes and given splits. The same images have the same key,
            wherever they lie and whatever their files are called.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    items: tuple[ImageItem, ...]
    licence: str
    key: str
    source: FolderSource | ZipSource | ArraySource | SomeOf = field(repr=False)

    def read(self, position: int) -> np.ndarray:
        """One original image, upright: uint8 RGB (height, width, 3).

        Raises:
            DatasetError: the image is gone or broken.
        """
        return np.asarray(self.image(position).convert("RGB"))

    def image(self, position: int) -> Image.Image:
        """The same as a Pillow image, mode RGB or L (grey).

        Raises:
            DatasetError: the image is gone, broken, or no longer the one that was indexed.
        """
        item = self.items[position]
        content = self.source.content(position)
        if sha256(content) != item.sha256:
            raise DatasetError(
                f"The image {item.name} changed while it was in use.",
                fix="Choose the data set again to take in the change.",
                field="data.name",
            )
        return self.source.decode(content, item.name)

    @cached_property
    def image_ids(self) -> np.ndarray:
        """The first 8 bytes of each image's SHA-256, uint64 (n,): its name in random draws."""
        return np.array([int(item.sha256[:16], 16) for item in self.items], np.uint64)

    @cached_property
    def labels(self) -> np.ndarray:
        """int64 (n,)."""
        return np.array([item.label for item in self.items], np.int64)


def index(name: str, title: str, licence: str, classes, items, source) -> Dataset:
    """A `Dataset` of `items`, which are in the order of `source`, sorted by name."""
    lines = sorted((item.sha256, classes[item.label], item.split or "") for item in items)
    return Dataset(
        name, title, tuple(classes), tuple(items), licence, content_key("images-v1", lines), source
    )
