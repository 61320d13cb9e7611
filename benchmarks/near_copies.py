"""Does the check of the images find planted copies and odd pictures, and leave good pictures alone?

`python -m benchmarks.near_copies [--quick] [--features]`. Real sets are taken from a folder that `THAW_DATA`
names, where they are there; the others are drawn (`benchmarks.drawn_sets`). Into each set go copies: halved,
saved as JPEG at quality 40, 25% brighter, 25% darker. Then, without those, go placeholders, screenshots and
photos whose lower part is grey. `--features` compares by features of the pretrained network, too, and so
imports TensorFlow.
"""

import argparse
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from benchmarks.drawn_sets import SETS, screenshot
from core.data import datasets, looks
from core.data.datasets import Dataset
from core.data.looks import LEAST_SIDE
from core.intake import copies, oddities

REAL = ("cats_and_dogs_filtered", "bccd_cells")
KINDS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "halved": lambda image: image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS),
    "quality 40": lambda image: image,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.25),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.75),
}


def placeholder(number: int) -> Image.Image:
    """What a server sends for a picture that is gone; five different ones."""
    random = np.random.default_rng([29, number])
    width, height = int(random.integers(130, 500)), int(random.integers(90, 380))
    dark = number == 3
    image = Image.new("RGB", (width, height), (30, 30, 30) if dark else (255 - 9 * number,) * 3)
    draw, ink = ImageDraw.Draw(image), (200, 200, 200) if dark else (120, 120, 120)
    said = ("image not found", "404", "no longer available", "no image", "not available")[number]
    draw.text((width * 0.3, height * 0.5), said, ink, font_size=max(12, height // 14))
    if number % 2:
        draw.rectangle([width * 0.42, height * 0.2, width * 0.58, height * 0.4], outline=ink, width=3)
    return image


def cut_short(image: Image.Image, number: int) -> Image.Image:
    """As it is decoded where a download ended early."""
    pixels = np.asarray(image).copy()
    pixels[round(image.height * (0.3 + 0.15 * (number % 4))) :] = 128
    return Image.fromarray(pixels)


@dataclass
class Case:
    """One set on disk; `truth`: name of a planted picture -> name of the one it was made of, and how."""

    name: str
    folder: Path
    truth: dict[str, tuple[str, str]] = field(default_factory=dict)

    def dataset(self, home: Path) -> Dataset:
        return datasets.find(str(self.folder), home)

    def plant(self, label: str, name: str, image: Image.Image, quality: int = 95) -> str:
        """Save a picture among those of a class; its name in the data set."""
        path = next(p for p in sorted(self.folder.rglob("*")) if p.is_dir() and p.name == label) / name
        image.save(path, quality=quality)
        return path.relative_to(self.folder).as_posix()


def drawn(name: str, count: int, folder: Path) -> Case:
    """A drawn set in two classes."""
    for number in range(count):
        path = folder / "ab"[number % 2] / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        SETS[name](number).save(path)
    return Case(name, folder)


def real(path: Path, count: int, folder: Path) -> Case:
    """A set of `THAW_DATA`, or of each of its folders the first `count`."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    for below in [p for p in folder.rglob("*") if p.is_dir()]:
        for file in sorted(p for p in below.iterdir() if p.is_file())[count:]:
            file.unlink()
    tops = [p for p in folder.iterdir() if p.is_dir()]
    return Case(path.stem, tops[0] if len(tops) == 1 else folder)


# What is measured


def copies_found(case: Case, planted: int, home: Path) -> None:
    """Plant copies, `planted` of each kind, and print recall; false pairs without them and among them."""
    plain = case.dataset(home)
    seen, seconds = _look(plain, home)
    near = [group for group in copies.groups(plain, seen) if not group.exact]
    print(f"{case.name}: {len(plain.items):,} pictures, {1000 * seconds / len(plain.items):.2f} ms each")
    print(f"  nearly the same as it is: {len(near)} " + _named(plain, near))
    large = np.flatnonzero(np.minimum(seen.width, seen.height) >= LEAST_SIDE)
    sources = np.random.default_rng(1).permutation(large)[: planted * len(KINDS)]
    kinds = list(KINDS)
    for number, position in enumerate(sources.tolist()):
        item, kind = plain.items[position], kinds[number % len(kinds)]
        made, label = KINDS[kind](plain.image(position).convert("RGB")), plain.classes[item.label]
        name = case.plant(label, f"copy-{number}.jpg", made, 40 if kind == "quality 40" else 95)
        case.truth[name] = (item.name, kind)
    dataset = case.dataset(home)
    seen, _ = _look(dataset, home)
    side = np.minimum(seen.width, seen.height)
    asked = dict.fromkeys(kinds, 0)
    for position, item in enumerate(dataset.items):
        if item.name in case.truth and side[position] >= LEAST_SIDE:
            asked[case.truth[item.name][1]] += 1
    hits, wrong = dict.fromkeys(kinds, 0), 0
    for first, second in _pairs(copies.groups(dataset, seen)):
        names = {dataset.items[first].name, dataset.items[second].name}
        made = [name for name in names if name in case.truth]
        if len(made) == 1 and case.truth[made[0]][0] in names:
            hits[case.truth[made[0]][1]] += 1
        else:
            wrong += 1
    told = ", ".join(f"{kind} {hits[kind]}/{asked[kind]}" for kind in kinds)
    print(f"  found of the planted: {told}; other pairs {wrong}", flush=True)
    for name in case.truth:
        (case.folder / name).unlink()


def odd_found(case: Case, home: Path) -> None:
    """False alarms without, and what is found of planted placeholders, screenshots and half pictures."""
    plain = case.dataset(home)
    alarms = sum(map(len, oddities.odd(_look(plain, home)[0]).values()))
    label = plain.classes[0]
    random = np.random.default_rng(2)
    made = {
        "placeholder": [placeholder(number) for number in range(5)],
        "one of 12 same placeholders": [placeholder(1)] * 12,
        "screenshot": [screenshot(1000 + number) for number in range(3)],
        "cut short": [
            cut_short(plain.image(int(position)).convert("RGB"), number)
            for number, position in enumerate(random.integers(0, len(plain.items), 8))
        ],
    }
    names = {
        case.plant(label, f"odd-{kind}-{number}.png", image): kind
        for kind, images in made.items()
        for number, image in enumerate(images)
    }
    dataset = case.dataset(home)
    told = [dataset.items[p].name for found in oddities.odd(_look(dataset, home)[0]).values() for p in found]
    shares = ", ".join(
        f"{kind} {sum(names.get(name) == kind for name in told)}/{len(images)}"
        for kind, images in made.items()
    )
    print(f"  odd as it is: {alarms}; of the planted: {shares}; others {sum(n not in names for n in told)}")
    for name in names:
        (case.folder / name).unlink()


def _look(dataset: Dataset, home: Path) -> tuple[looks.Looks, float]:
    shutil.rmtree(home / "looks", ignore_errors=True)
    begin = time.perf_counter()
    return looks.look(dataset, home), time.perf_counter() - begin


def _pairs(groups: Iterable[copies.Group]) -> set[tuple[int, int]]:
    together = [group.positions for group in groups if not group.exact]
    return {(a, b) for group in together for at, a in enumerate(group) for b in group[at + 1 :]}


def _named(dataset: Dataset, groups: list[copies.Group]) -> str:
    shown = [" and ".join(dataset.items[p].name for p in group.positions) for group in groups[:3]]
    return f"({'; '.join(shown)})" if shown else ""


def by_features(case: Case, size: int, planted: int, home: Path) -> None:
    """How the pretrained network's pooled features would tell copies: print how many planted ones lie farther
    from their original than the nearest different picture of the set lies from its neighbour."""
    import keras

    from core.config import BaseConfig
    from core.data.images import squash
    from core.method import backbone, device, engine
    from core.method.lens import Lens

    device.configure(None)
    base = backbone.build(size, BaseConfig(), 0)
    model = keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(base.output))
    content = np.frombuffer(engine.convert(model, batch=1), np.uint8)
    record = {"outputs": ["pooled"], "image_size": size, "scaling": BaseConfig().scaling}
    lens, dataset = Lens(record, {"model": content}), case.dataset(home)

    def features(image: Image.Image) -> np.ndarray:
        pooled = lens.look(squash(image.convert("RGB"), size)[None])["pooled"][0]
        return pooled / np.linalg.norm(pooled)

    images = [dataset.image(position).convert("RGB") for position in range(min(300, len(dataset.items)))]
    plain = np.stack([features(image) for image in images])
    apart = np.sqrt(np.maximum(2 - 2 * plain @ plain.T, 0)) + 9 * np.eye(len(plain))
    told = []
    for kind, change in KINDS.items():
        path = home / "changed.jpg"
        distances = []
        for row, image in enumerate(images[:planted]):
            change(image).save(path, quality=40 if kind == "quality 40" else 95)
            distances.append(np.linalg.norm(features(Image.open(path)) - plain[row]))
        told.append(f"{kind} {int((np.array(distances) > apart.min()).sum())}/{len(distances)}")
    nearest = f"the nearest different pair ({apart.min():.2f})"
    print(f"  features at {size} px, planted copies farther apart than {nearest}: {', '.join(told)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.near_copies", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pictures: under a minute")
    parser.add_argument("--features", action="store_true", help="compare with the network's features, too")
    arguments = parser.parse_args()
    count, each, planted = (120, 60, 15) if arguments.quick else (300, 10_000, 100)
    folders = [Path(folder) for folder in os.environ.get("THAW_DATA", "").split(os.pathsep) if folder]
    found = {name: path for name in REAL for f in folders if (path := f / f"{name}.zip").exists()}
    with tempfile.TemporaryDirectory() as place:
        home = Path(place, "home")
        home.mkdir()
        for name in (*SETS, *REAL):
            folder = Path(place, name)
            if name in SETS:
                case = drawn(name, count, folder)
            elif name in found:
                case = real(found[name], each, folder)
            else:
                print(f"{name}: not in a folder of THAW_DATA")
                continue
            copies_found(case, planted if name in REAL else planted // 2 + 10, home)
            odd_found(case, home)
            if arguments.features:
                by_features(case, 160, planted, home)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
