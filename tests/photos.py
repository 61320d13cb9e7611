"""Small pictures on disk and in zips, for tests of data sets."""

import io
import os
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import DataConfig

OLD = time.time() - 3600


def photo(seed: int, size=(12, 10)) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise)


def build(folder: Path, layout: dict[str, int], suffix=".png") -> Path:
    """`layout`: folder of a class -> number of images. Files are an hour old, as files mostly are."""
    seed = 0
    for below, count in layout.items():
        (folder / below).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            seed += 1
            path = folder / below / f"{number:03d}{suffix}"
            photo(seed).save(path)
            os.utime(path, (OLD, OLD))
    return folder


def zipped(folder: Path, path: Path, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, top + file.relative_to(folder).as_posix())
    return path


PETS = {"cats": 8, "dogs": 9}
SPLIT_PETS = {"train/cats": 6, "train/dogs": 6, "val/cats": 4, "val/dogs": 4}


def config(name, **values) -> DataConfig:
    return DataConfig(name=str(name), image_size=32, **values)


def encoded(image: Image.Image, kind="PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
