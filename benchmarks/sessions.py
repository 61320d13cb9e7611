"""Many people at once on one app: `python -m benchmarks.sessions [--minutes 10] [--rounds 1]`.

Starts the app on a store of its own, then opens thirty sessions (`--sessions`) in the app's own protocol (web
socket and protocol buffers, as a browser does). Each first goes the way of a lesson, from Start to a training
and its comparison, and then does as it likes until its time is over: looks at pages, slides, trains, uploads
a zip of photos, looks at the preview, keeps it or not. The worker always has something to train.

Prints how long the answers took, by what was done; what failed; what the app, the worker and the checks of
photos took of the processors, beside the machine's load; that one training ran at a time, and that every run
that was asked for is there in the end. After each round all leave and as many come anew, and the app's memory
is noted. A refusal of the app ("you keep 10 sets") is an answer. `THAW_SHARED=open` is measured where it is
set, else a Thaw of one's own. It needs Linux.
"""

import argparse
import asyncio
import io
import json
import random
import re
import statistics
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from benchmarks.processes import Watch, served
from benchmarks.tab import Tab
from core import layers
from core.config import BACKBONE_LAYERS, with_setting
from core.people.serving import decide
from core.presets import digits_quick
from core.running import jobs
from core.running.identity import ask
from core.store import Store
from core.wording import words

STOPS = [stop for stop in layers.stops() if 90 < stop < BACKBONE_LAYERS]  # many ask for the same run
PAGES = ("", "data", "layers", "augmentation", "bottleneck_features", "fine_tuning", "compare", "predict",
         "lab_questions")  # fmt: skip
PAUSE_SECONDS = (0.5, 3.0)  # a person looks before the next click
PHOTOS, KINDS = 24, ("cups", "keys", "shoes")  # in a zip
KEPT_SHARE = 0.2  # of the zips that are looked at
REDRAWN = "redraws itself"  # the answers that nobody waits for
PATIENCE_SECONDS = 900.0  # until the last run has ended


@dataclass
class Record:
    """What all sessions together met."""

    answers: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    pressed: int = 0  # how often a training was asked for
    kept: int = 0

    def note(self, what: str, seconds: float) -> None:
        self.answers[what].append(seconds)


class Person:
    """Someone who clicks, and what they make of it."""

    def __init__(self, tab: Tab, number: int, record: Record):
        self._tab, self._record, self._chance = tab, record, random.Random(number)

    async def stay(self, seconds: float) -> None:
        """Go the way of a lesson, then do as one likes until so many seconds have passed."""
        end = time.monotonic() + seconds
        await self._tab.open("", "first page")
        for act in (self._read, self._train, self._compare, self._bring_photos):
            await act()
        acts = (self._read, self._read, self._slide, self._train, self._compare, self._bring_photos)
        while time.monotonic() < end:
            await self._chance.choice(acts)()

    async def _pause(self) -> None:
        await self._tab.look(self._chance.uniform(*PAUSE_SECONDS))

    async def _read(self) -> None:
        for page in self._chance.sample(PAGES, 3):
            await self._pause()
            await self._tab.open(page)

    async def _slide(self) -> None:
        await self._pause()
        await self._tab.open("fine_tuning")
        for stop in self._chance.sample(STOPS, 3):
            await self._pause()
            await self._tab.choose("unfreeze", words.thaw_from(stop), "slide")

    async def _train(self) -> None:
        await self._slide()
        await self._pause()
        if "ask-run" in self._tab.widgets:  # Stop stands there while that very run is under way
            self._record.pressed += 1
            await self._tab.press("ask-run", "ask for a run")
        await self._pause()

    async def _compare(self) -> None:
        for page in ("layers", "compare", "fine_tuning"):
            await self._pause()
            await self._tab.open(page)

    async def _bring_photos(self) -> None:
        tab = self._tab
        await self._pause()
        await tab.open("data")
        await self._pause()
        await tab.choose("data_view", "Data sets", "data sets")
        if (uploader := _widget(tab, "intake-zip-")) is None:
            return  # photos of before are still being looked at
        await self._pause()
        content = zip_of_photos(self._chance.randrange(8))
        await tab.upload(uploader, "photos.zip", content, "upload a zip")
        while "stop-intake" in tab.widgets:
            await tab.look(1.0)
        await self._pause()
        await self._keep_or_not()

    async def _keep_or_not(self) -> None:
        tab = self._tab
        if self._chance.random() < KEPT_SHARE and "keep-photos" in tab.widgets:
            title = f"photos {self._chance.randrange(10**9)}"
            await tab.write("intake-name", title, "name photos")
            await tab.press("keep-photos", "keep photos")
            self._record.kept += "keep-photos" not in tab.widgets  # else it was refused
        if "discard-photos" in tab.widgets:
            await tab.press("discard-photos", "discard photos")
        elif "intake-again" in tab.widgets:
            raise RuntimeError("Photos did not come through their check.")


def _widget(tab: Tab, beginning: str) -> str | None:
    return next((key for key in tab.widgets if key.startswith(beginning)), None)


@cache
def zip_of_photos(seed: int) -> bytes:
    """A zip of photos as a phone makes them, but smaller: 1024 x 768, in three folders."""
    chance, packed = np.random.default_rng(seed), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(PHOTOS):
            coarse = chance.integers(0, 256, (12, 16, 3), np.uint8)
            photo = cv2.resize(coarse, (1024, 768), interpolation=cv2.INTER_CUBIC)
            kind = KINDS[number % len(KINDS)]
            archive.writestr(f"photos/{kind}/{number}.jpg", cv2.imencode(".jpg", photo)[1].tobytes())
    return packed.getvalue()


async def everyone(url: str, people: Sequence[int], seconds: float, store: Store, record: Record) -> None:
    """All of them at once, and something that trains beside them."""

    async def one(number: int) -> None:
        try:
            async with Tab(url, record.note) as tab:
                await Person(tab, number, record).stay(seconds)
        except Exception as error:  # whatever went wrong, the others go on and it is counted
            record.failures.append(f"session {number}: {type(error).__name__}: {error}")

    busy = asyncio.create_task(keep_busy(store))
    await asyncio.gather(*(one(number) for number in people))
    busy.cancel()
    with suppress(asyncio.CancelledError):
        await busy


async def keep_busy(store: Store) -> None:
    """Ask for one more run whenever none waits."""
    seed = sum(run.config.seed > 0 for run in store.list_runs())
    while True:
        if not jobs.waiting(store):
            seed += 1
            config = with_setting(digits_quick(), "seed", seed)
            jobs.enqueue(store, ask(config, store).key, config)
        await asyncio.sleep(2)


def trainings(store: Store) -> list[tuple[float, float]]:
    """Begin and end of every training in the store, in seconds since the epoch, in order."""
    spans = []
    for run in store.list_runs():
        events = store.events(run.run_key)
        begins = [e["time"] for e in events if e.get("status") == "running"]
        if begins and run.config.fine_tuning.epochs:
            spans.append((begins[-1], events[-1]["time"]))
    return sorted(spans)


def wait_for_runs(store: Store, record: Record) -> None:
    """Until nothing waits or trains."""
    end = time.monotonic() + PATIENCE_SECONDS
    while any(run.status in ("queued", "running") for run in store.list_runs()):
        if time.monotonic() > end:
            record.failures.append("Some runs did not finish in time.")
            return
        time.sleep(0.5)


def measure(sessions: int, minutes: float, rounds: int) -> dict:
    """Run it all on a fresh store and say what happened."""
    for seed in range(8):
        zip_of_photos(seed)
    record, memory = Record(), []
    with tempfile.TemporaryDirectory(prefix="thaw-sessions-") as folder:
        home, store = Path(folder), Store(Path(folder))
        with served(home) as (process, url):
            watch = Watch(process.pid)
            for number in range(rounds):
                people = range(number * sessions, (number + 1) * sessions)
                asyncio.run(everyone(url, people, minutes * 60, store, record))
                memory.append(watch.memory())
            watch.end()
            cpu = watch.cpu_seconds() | {"these sessions": round(time.process_time(), 1)}
            wait_for_runs(store, record)
            runs, spans = store.list_runs(), trainings(store)
        log = (home / "app.log").read_text(errors="replace")
    record.failures += re.findall(r"^(?:\w+\.)*\w+(?:Error|Exception)\b.*", log, re.MULTILINE)
    waited = [seconds for what, found in record.answers.items() if what != REDRAWN for seconds in found]
    return {
        "mode": decide(login=False, address="127.0.0.1").value,
        "sessions": sessions,
        "minutes": minutes,
        "answers": figures(waited),
        "by_action": {what: figures(found) for what, found in sorted(record.answers.items())},
        "failures": record.failures,
        "load_average": {"least": min(watch.loads), "mean": round(statistics.mean(watch.loads), 1),
                         "most": max(watch.loads)},
        "cpu_seconds": cpu,
        "app_cpu_ms_an_answer": round(1000 * cpu["app"] / len(waited)),
        "megabytes_after_rounds": memory,
        "asked_for": record.pressed,
        "sets_kept": record.kept,
        "runs": {status: sum(run.status == status for run in runs) for status in {r.status for r in runs}},
        "at_once": sum(
            later[0] < earlier[1] - 0.01 for earlier, later in zip(spans, spans[1:], strict=False)
        ),
    }  # fmt: skip


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """How many, and how long they took."""
    times = sorted(seconds)
    return {
        "count": len(times),
        "median": round(statistics.median(times), 2),
        "p95": round(times[int(0.95 * (len(times) - 1))], 2),
        "slowest": round(times[-1], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    found = measure(asked.sessions, asked.minutes, asked.rounds)
    by_action = found.pop("by_action")
    print(json.dumps(found, indent=1))
    print(f"{'what':24}{'count':>8}{'median':>8}{'95%':>8}{'slowest':>9}   seconds")
    for what, one in by_action.items():
        print(f"{what:24}{one['count']:8}{one['median']:8}{one['p95']:8}{one['slowest']:9}")
    return 1 if found["failures"] or found["at_once"] else 0


if __name__ == "__main__":
    sys.exit(main())
