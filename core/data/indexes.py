"""A data set as an index: which images there are, of which class, and where to read one. No pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PIL import Image

from core.data.checking import sha256
from core.data.levels import Levels
from core.data.listing import PassedOver
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
        sha256: In hex, of the file's bytes as it came; of an array's image, of its pixels' bytes.
        deep: Whether it has more than 8 bits a channel, so that its pixels depend on the set's `levels`.
        stored: In hex, of the bytes that lie here, where they are not those that came: Thaw kept the photo
            without its position. Empty where they are.
    """

    name: str
    label: int
    split: str | None
    sha256: str
    deep: bool = False
    stored: str = ""


@dataclass(frozen=True, eq=False)
class Dataset:
    """An index of images, in the order of names. Can be pickled; compared by identity, so caches can hold it.

    Attributes:
        name: What `datasets.find` finds it by: a known name or a path.
        classes: Names, sorted.
        key: Of the images with their classes and given splits. The same images have the same key,
            wherever they lie and whatever their files are called. `levels` are in it where there are any.
        levels: The range of its images of more than 8 bits a channel; None where there are none, and for
            sets kept before ranges were measured, of which the upper 8 bits are used.
        passed_over: What lies in its folder or zip and is not used.
        top: The folders in its folder or zip that only wrap it, with a slash at the end; the names of the
            items are below it.
        guessed: Class names that may be read wrongly: their zip does not say in which alphabet it writes.
        respelled: Whether a name is other than its folder or zip spells it (`core.data.listing`).
        whole_key: Of the images before any were left out: what the set is known by in links and receipts.
        columns: What tables say of the images besides class and split (`core.data.tables`): column -> name of
            an image -> value.
        near: Of images that have near copies, SHA-256 -> what their group is called (`core.data.looks`); None
            where nobody has looked for any yet.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    items: tuple[ImageItem, ...]
    licence: str
    key: str
    source: FolderSource | ZipSource | ArraySource | SomeOf = field(repr=False)
    levels: Levels | None = None
    passed_over: tuple[PassedOver, ...] = field(default=(), repr=False)
    top: str = ""
    guessed: tuple[str, ...] = ()
    respelled: bool = False
    whole_key: str = ""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    near: Mapping[str, str] | None = field(default=None, repr=False)

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
        if sha256(content) != (item.stored or item.sha256):
            raise DatasetError(
                f"The image {item.name} changed while it was in use.",
                fix="Choose the data set again to take in the change.",
                field="data.name",
            )
        return self.source.decode(content, item.name, self.levels if item.deep else None)

    @cached_property
    def image_ids(self) -> np.ndarray:
        """The first 8 bytes of each image's digest (`digest`), uint64 (n,): its name in random draws, and of
        its features."""
        return np.array([int(self.digest(item)[:16], 16) for item in self.items], np.uint64)

    def digest(self, item: ImageItem) -> str:
        """What the pixels of an image are made from, in hex: its SHA-256, and with more than 8 bits a channel
        the levels, too, so that one file in two sets has the pixels and features of each."""
        if not item.deep or self.levels is None:
            return item.sha256
        return sha256(f"{item.sha256} {self.levels[0]} {self.levels[1]}".encode())

    @cached_property
    def labels(self) -> np.ndarray:
        """int64 (n,)."""
        return np.array([item.label for item in self.items], np.int64)


def index(
    name: str, title: str, licence: str, classes, items, source, levels: Levels | None = None
) -> Dataset:
    """A `Dataset` of `items`, which are in the order of `source`, sorted by name."""
    lines = [list(line) for line in sorted((i.sha256, classes[i.label], i.split or "") for i in items)]
    ranged = [["levels", *levels]] if levels is not None else []
    key = content_key("images-v1", [*lines, *ranged])
    return Dataset(
        name, title, tuple(classes), tuple(items), licence, key, source, levels, whole_key=key
    )  # fmt: skip
