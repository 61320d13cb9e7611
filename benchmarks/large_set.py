"""A large set of photos in the app: `python -m benchmarks.large_set [--photos 2500 10000]`.

Makes photos of the cats and dogs (cut out, mirrored, brighter or darker, each another picture; needs
`THAW_DATA`), opens their folder in the app as a browser would, looks through the views of Data, has every
picture checked, trains the recipe that the app begins with, and looks at the result. Prints what was chosen,
what it was to take and took, and the most memory of the app, its worker and its checks of photos. The photos
are not kept. It needs Linux.
"""

import argparse
import asyncio
import io
import json
import random
import shutil
import tempfile
import time
import zipfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image, ImageEnhance, ImageOps

from benchmarks.processes import Watch, served
from benchmarks.tab import Tab
from core.data import datasets
from core.data.datasets import Dataset
from core.data.places import locate
from core.method.bank import budget_bytes
from core.running import price
from core.running.identity import Asked
from core.running.own_recipe import own_recipe
from core.store import FinishedRun, Store

PATIENCE_SECONDS = 5400.0
LEAST_CUT = 0.8  # of a photo's sides
DATA_VIEWS = ("Balance and splits", "Trouble", "Pictures")
PAGES = ("compare", "predict", "bottleneck_features", "augmentation", "")


def make_photos(count: int, folder: Path) -> None:
    """So many photos of two classes, none like another to the byte."""
    source = locate("cats_and_dogs", folder)
    if source is None:
        raise SystemExit("Name the folder of cats_and_dogs_filtered.zip in THAW_DATA.")
    with zipfile.ZipFile(source) as archive:
        contents = {
            name: archive.read(name) for name in sorted(archive.namelist())
            if name.endswith(".jpg")
        }  # fmt: skip
    names = list(contents)
    random.Random(0).shuffle(names)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: _variant(number, names, contents, folder), range(count)))


def _variant(number: int, names: list[str], contents: dict[str, bytes], folder: Path) -> None:
    chance, name = random.Random(number), names[number % len(names)]
    with Image.open(io.BytesIO(contents[name])) as image:
        width, height = image.size
        cut = chance.uniform(LEAST_CUT, 1)
        wide, high = round(width * cut), round(height * cut)
        left, top = chance.randint(0, width - wide), chance.randint(0, height - high)
        photo = image.convert("RGB").crop((left, top, left + wide, top + high))
    photo = ImageOps.mirror(photo) if chance.random() < 0.5 else photo
    photo = ImageEnhance.Brightness(photo).enhance(chance.uniform(0.7, 1.3))
    place = folder / name.split("/")[-2]
    place.mkdir(parents=True, exist_ok=True)
    photo.save(place / f"{number:05d}.jpg", quality=90)


class Visit:
    """A person who brings these photos, and what was noted of it."""

    def __init__(self, folder: Path, home: Path, watch: Watch):
        self.folder, self.store, self.watch = folder, Store(home), watch
        self.answers: defaultdict[str, list[float]] = defaultdict(list)
        self.memory: dict[str, dict[str, float]] = {}
        self.seconds: dict[str, float] = {}
        self.linked = urlencode({"data": str(folder)})  # what a link to these photos says

    async def go(self, url: str) -> FinishedRun:
        """The whole way, one thing after the other, and the run that came of it. Each page is loaded anew."""
        async with self._tab(url) as tab:
            await tab.open("data")
            await tab.choose("data_view", "Data sets", "data sets")
            await tab.choose("intake-way", "On this machine", "on this machine")
            await tab.write("own_path", str(self.folder), "name the folder")
            begin = time.monotonic()
            await tab.press("use-own", "use it")
            await self._until(tab, lambda: "use-looked" in tab.widgets or "stop-own-look" not in tab.widgets)
            if "use-looked" in tab.widgets:
                await tab.press("use-looked", "use what was looked at")
            self._over("opened", begin)
            for view in DATA_VIEWS:
                await tab.choose("data_view", view, f"data, {view}")
                if "check-pictures" in tab.widgets:
                    begin = time.monotonic()
                    await tab.press("check-pictures", "check pictures")
                    await self._until(tab, lambda: "stop-check" not in tab.widgets)
                    self._over("pictures checked", begin)
            self._over("data looked through", begin)
        async with self._tab(url) as tab:
            run = await self._train(tab)
        begin = time.monotonic()
        for page in PAGES:
            async with self._tab(url) as tab:
                await tab.open(page, query=self.linked)
                await tab.look(3.0)
        self._over("result looked at", begin)
        return run

    def _tab(self, url: str) -> Tab:
        return Tab(url, lambda what, seconds: self.answers[what].append(seconds))

    async def _train(self, tab: Tab) -> FinishedRun:
        await tab.open("fine_tuning", query=self.linked)
        if "ask-run" not in tab.widgets:
            raise RuntimeError("No run is offered.")
        begin = time.monotonic()
        await tab.press("ask-run", "ask for the run")
        await self._until(tab, lambda: self._trained() is not None)
        self._over("trained", begin)
        run = self._trained()
        if run is None:
            raise RuntimeError("The run is gone.")
        return run

    def _trained(self) -> FinishedRun | None:
        """The run of both phases once it and all that came with it have finished."""
        listed = self.store.list_runs()
        failed = [run for run in listed if run.status in ("failed", "stopped", "interrupted")]
        if failed:
            raise RuntimeError(f"{failed[0].run_key}: {failed[0].status}")
        done = [run for run in listed if isinstance(run, FinishedRun)]
        here = [run for run in done if run.config.data.name == str(self.folder)]
        if len(here) < len(done):
            raise RuntimeError("Other images were trained on.")
        both = [run for run in here if run.config.fine_tuning.epochs]
        return both[0] if both and len(done) == len(listed) else None

    async def _until(self, tab: Tab, over) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not over():
            if time.monotonic() > deadline:
                raise RuntimeError("It took too long.")
            await tab.look(1.0)

    def _over(self, what: str, begin: float) -> None:
        self.seconds[what] = round(time.monotonic() - begin, 1)
        self.memory[what] = self.watch.memory()


def measure(count: int, scratch: Path) -> dict:
    """Everything about a set of so many photos."""
    folder, home = scratch / f"photos-{count}", scratch / f"home-{count}"
    make_photos(count, folder)
    home.mkdir()
    with served(home, THAW_DATA="", THAW_SWEEP_WORKERS="1") as (process, url):
        watch = Watch(process.pid)
        visit = Visit(folder, home, watch)
        try:
            run = asyncio.run(visit.go(url))
        finally:
            watch.end()
    dataset = datasets.find(run.config.data.name, home)
    return {
        "photos": count,
        "images_used": sum(run.result.dataset.counts.values()),
        "image_size": run.config.data.image_size,
        "price": _priced(dataset, scratch / "nothing"),
        "feature_megabytes_kept": round(sum(p.stat().st_size for p in home.glob("features/*/*")) / 1e6),
        "budget_megabytes": round(budget_bytes() / 1e6),
        "validation_accuracy": round(run.result.last.validation.accuracy, 4),
        "seconds": visit.seconds,
        "slowest_answers": {what: round(max(took), 1) for what, took in visit.answers.items()},
        "memory_megabytes": visit.memory,
        "most_megabytes": {
            role: max(found.get(f"most_{role}", 0) for found in visit.memory.values())
            for role in ("app", "worker", "worker_without_mapped_files", "checking")
        },
        "load": round(sum(watch.loads) / max(1, len(watch.loads)), 1),
    }


def _priced(dataset: Dataset, empty: Path) -> dict[str, float]:
    """What the app says before anything is stored, by the default rates."""
    store = Store(empty)
    found = price.predict(Asked(own_recipe(dataset, store), dataset, store))
    return {
        "seconds": round(found.seconds), "memory_megabytes": round(found.memory_bytes / 1e6),
        "disk_megabytes": round(found.disk_bytes / 1e6),
        "feature_megabytes": round(found.feature_bytes / 1e6),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--photos", type=int, nargs="*", default=[2500, 10_000])
    for count in parser.parse_args().photos:
        scratch = Path(tempfile.mkdtemp(prefix="thaw-large-"))
        try:
            print(json.dumps(measure(count, scratch), indent=1), flush=True)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
