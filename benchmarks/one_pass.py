"""Features of all unfreeze points: a pass for each, as single runs make them, against one pass for all.

`python -m benchmarks.one_pass [--rounds 3]`. Both sides take turns in one process, on embedded digits, each
in a store of its own: 600 images at 64 px and 200 at 160 px. "Cold" converts the networks, too, which happens
once on a machine; otherwise they are kept. Points come as a sweep asks for them: the head alone, then from
the middle outwards, so a single run starts from a lower point's features where they are there. "CPU" is the
ratio of processor seconds, which other work on the machine disturbs less.
"""

import argparse
import dataclasses
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from core import layers
from core.config import BACKBONE_LAYERS, DataConfig, ExperimentConfig
from core.data import datasets
from core.log import Log
from core.method import all_stops, device, workshop
from core.method.bank import BankFiles, Recipe
from core.method.features import Bank
from core.method.timing import Seconds
from core.store import Store
from core.transforms import AugmentationConfig

KEY = "run-v1-0123456789abcdef"
SETS = ((64, 600), (160, 200))  # (side in px, images)
ROW = "{:>6} {:>7} {:>5} {:>12} {:>9} {:>6} {:>6} {:>16} {:>14}"


def outwards() -> list[int]:
    """The head alone, then the middle of the other boundaries and on to both ends."""
    inner = [stop for stop in layers.stops(tutorial=False) if 0 < stop < BACKBONE_LAYERS]
    return [BACKBONE_LAYERS, *sorted(inner, key=lambda stop: abs(inner.index(stop) - len(inner) // 2))]


def recipe_at(point: int, config: ExperimentConfig) -> Recipe:
    """How the features of a point are made here."""
    return Recipe.of(config, point, device.engine(device.name()))


def a_pass_a_stop(store: Store, config: ExperimentConfig, splits: datasets.Splits) -> float:
    """As single runs do it; the seconds until the head alone has its features."""
    begin, base = time.perf_counter(), workshop.frozen_base(config.data.image_size, config.base, 0)

    def make(point: int) -> None:
        bank = Bank(store, splits, recipe_at(point, config), base, Seconds(), Log(store, KEY))
        bank.plain(np.arange(len(splits.labels)))

    make(BACKBONE_LAYERS)
    head = time.perf_counter() - begin
    for point in outwards()[1:]:
        make(point)
    return head


def one_pass(store: Store, config: ExperimentConfig, splits: datasets.Splits) -> None:
    """All of them together."""
    kept = all_stops.keep_features(config, splits, store, outwards(), Log(store, KEY))
    if kept.left:
        raise SystemExit(f"No room for the features at {kept.left}: see THAW_CACHE_GB.")


def timed(make, store: Store, config: ExperimentConfig, splits: datasets.Splits):
    """(seconds, processor seconds, what `make` gives) with no features stored."""
    shutil.rmtree(store.home / "features", ignore_errors=True)
    store.path(KEY).mkdir(parents=True, exist_ok=True)
    begin, busy = time.perf_counter(), time.process_time()
    answer = make(store, config, splits)
    return time.perf_counter() - begin, time.process_time() - busy, answer


def stored(store: Store, point: int, config: ExperimentConfig, splits: datasets.Splits) -> np.ndarray | None:
    """The features of a point, float32 (n, ...)."""
    recipe, files = recipe_at(point, config), BankFiles(store.home)
    ids = splits.image_ids
    return files.open(files.path(recipe, None, ids), (len(ids), *recipe.shape))


def compare(size: int, images: int, rounds: int) -> None:
    """Both sides at one size: a line for cold, one for kept networks, and what all of it takes on disk."""
    config = ExperimentConfig(data=DataConfig("digits", size, limit=images))
    config = dataclasses.replace(config, augmentation=AugmentationConfig())
    apart, together = [], []
    with tempfile.TemporaryDirectory() as folder:
        splits = datasets.load(config.data, Path(folder))
        workshop.frozen_base(size, config.base, 0)  # both sides need it, and it is no feature
        stores = Store(Path(folder) / "apart"), Store(Path(folder) / "together")
        for _ in range(rounds + 1):
            apart.append(timed(a_pass_a_stop, stores[0], config, splits))
            together.append(timed(one_pass, stores[1], config, splits))
        pairs = ([stored(store, point, config, splits) for store in stores] for point in outwards())
        same = all(a is not None and b is not None and np.array_equal(a, b) for a, b in pairs)
        taken = sum(file.stat().st_size for file in (stores[1].home / "features").rglob("*.npy"))
    for name, of in (("cold", slice(0, 1)), ("kept", slice(1, None))):
        a, busy_a, head = (median(times) for times in zip(*apart[of], strict=True))
        b, busy_b = (median(times) for times in list(zip(*together[of], strict=True))[:2])
        ratios = (f"{a / b:.1f}", f"{busy_a / busy_b:.1f}")
        rates = (f"{images / seconds:,.0f}" for seconds in (head, b))
        print(ROW.format(f"{size} px", images, name, f"{a:.2f} s", f"{b:.2f} s", *ratios, *rates))
    equal = "the same bits at every point" if same else "THE NUMBERS DIFFER"
    print(f"{'':>6} {taken / images / 1000:,.0f} kB an image on disk; {equal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="with networks kept; one more is cold")
    rounds = parser.parse_args().rounds
    device.configure(None)
    titles = (
        "size",
        "images",
        "",
        "pass a stop",
        "one pass",
        "ratio",
        "CPU",
        "head alone, im/s",
        "one pass, im/s",
    )
    print(ROW.format(*titles))
    for size, images in SETS:
        compare(size, images, rounds)


if __name__ == "__main__":
    main()
