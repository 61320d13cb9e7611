"""Small pictures on disk and in zips, for tests of data sets."""

import io
import os
import time
import unicodedata
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


def _turned(orientation: int, kind="JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(photo(orientation, (30, 14)), kind, exif=exif.tobytes())


def odd_pictures() -> dict[str, bytes]:
    """Pictures of every mode and orientation under names that break code which pastes them in."""
    noise = np.random.default_rng(0)
    grey = Image.fromarray(noise.integers(0, 256, (9, 7), np.uint8))
    palette = photo(1).quantize(16)
    alpha = Image.merge("RGBA", [*photo(2).split(), photo(3).getchannel(0)])
    return {
        **{f"turned {orientation}.JPG": _turned(orientation) for orientation in range(1, 9)},
        "damaged exif.webp": _turned(6, "WEBP").replace(b"MM\0*", b"\xff\xff\0*"),
        'it\'s "quoted".png': encoded(palette),
        "back\\slash{0}%s.png": encoded(palette, transparency=3),
        "[brackets] (1) #$`.gif": encoded(palette, "GIF"),
        unicodedata.normalize("NFD", "schön.png"): encoded(alpha),
        unicodedata.normalize("NFC", "schön.png"): encoded(photo(4)),
        "猫 кот \u202egnp.webp": encoded(alpha, "WEBP", lossless=True),
        "\U0001f431.png": encoded(Image.merge("LA", [grey, grey.rotate(180)])),
        f"{'long ' * 40}.png": encoded(grey),
        "-rf.bmp": encoded(grey.convert("1"), "BMP"),
        "line\nbreak.jpg": encoded(photo(5).convert("CMYK"), "JPEG"),
        "16 bits.png": encoded(Image.fromarray(noise.integers(0, 65536, (9, 7), np.uint16))),
        "32 bits.tiff": encoded(Image.fromarray(noise.integers(-9, 70000, (9, 7), np.int32)), "TIFF"),
        "lab.tif": encoded(Image.merge("LAB", photo(6).split()), "TIFF"),
        os.fsdecode(b"no utf-8 \xff.png"): encoded(photo(7)),
    }
