"""How long the views of What mattered? take, beside what was asked of them, and how much memory.

`python -m benchmarks.mattered [digits cats_and_dogs] [--browser] [--home FOLDER]`, with
`cats_and_dogs_filtered.zip` in a folder that `THAW_DATA` names. A run and the one that is tuned at once are
trained first, unless the home has them. Then every question is answered by a process of its own. It has what
the app's worker has after a training, TensorFlow and the untrained network, and nothing traced or answered;
stored are the features and the converted frozen network. Seconds count from the question to the stored
answer; CPU seconds are those of all cores for the whole question; memory is the most that was held.
`--browser`: also from a press on the dial to the redrawn page, in Chromium, for an image of the set and for
another picture.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, served
from core.config import ExperimentConfig, with_setting
from core.data import datasets
from core.explain import robustness, studies
from core.explain.studies import Study
from core.method import device
from core.presets import first_visit, tf_tutorial
from core.running import experiment, jobs
from core.running.identity import ask
from core.store import Store
from core.transforms import AugmentationConfig

MOST_BYTES = 1.5e9  # asked: of the process that answers
MOST_REDRAW = 0.2  # s, asked
MOVES = 12  # of the dial
ROW = "{:<14} {:<28} {:>8} {:>8} {:>8} {:>8} {:>9}"


@dataclass(frozen=True)
class Question:
    """One study of a run.

    Attributes:
        asked: By data set, seconds that it may take.
        since: The stage from which on seconds count; from the question without one.
    """

    title: str
    kind: str
    asked: dict[str, float]
    options: dict[str, Any] = field(default_factory=dict)
    since: str = ""


_BLOCKS, _SHIFT = {"order": "alone", "what": "both"}, {"folder": "", "folder_key": ""}
_BOTH = ("digits", "cats_and_dogs")
QUESTIONS = (
    Question("Rewind, each block alone", "rewind", {"digits": 5, "cats_and_dogs": 30}, _BLOCKS),
    Question("Dial, 13 mixes", "dial", {"digits": 5, "cats_and_dogs": 20}, {"statistics": "mixed"}),
    Question("Similarity, features there", "cka", dict.fromkeys(_BOTH, 2), since="comparing_features"),
    Question("Shift, 200 images", "robustness", dict.fromkeys(_BOTH, 30), _SHIFT | {"images": 200}),
    Question("Shift, all images", "robustness", dict.fromkeys(_BOTH, 120), _SHIFT | {"images": 0}),
)


def recipe(name: str) -> ExperimentConfig:
    """Digits from block 6 on; cats and dogs from layer 98 on, one epoch a phase and not augmented: what is
    asked afterwards takes as long."""
    if name == "digits":
        return with_setting(first_visit(), "fine_tuning.unfreeze_from", 54)
    config = replace(tf_tutorial(), augmentation=AugmentationConfig())
    for setting in ("feature_extraction.epochs", "fine_tuning.epochs"):
        config = with_setting(config, setting, 1)
    return with_setting(config, "fine_tuning.unfreeze_from", 98)


def train(name: str, home: Path) -> dict[str, str]:
    """Keys of the run and of the one tuned at once. In a process of its own."""
    config, store = recipe(name), Store(home)
    device.configure(device.fitting(config)[0])
    both = {"run": config, "at_once": robustness.at_once_config(config)}
    with jobs.training_lock(store):
        return {what: experiment.run(ask(one, store)).run_key for what, one in both.items()}


def answer(name: str, home: Path, number: int, keys: dict[str, str]) -> dict[str, float]:
    """Price, seconds and memory of a question. In a process of its own."""
    question, config, store = QUESTIONS[number], recipe(name), Store(home)
    device.configure(device.fitting(config)[0])
    from core.method import workshop  # it brings TensorFlow, which is configured by now

    workshop.untrained_base(config.data.image_size, config.base, workshop.base_seed(config))
    dataset = datasets.find(config.data.name, home)
    wanted = keys if question.kind == "robustness" else {"run": keys["run"]}
    study = Study(question.kind, config, wanted | question.options)
    shutil.rmtree(store.path(study.key(dataset)), ignore_errors=True)  # of an earlier measuring
    price = studies.predicted_seconds(study, store, dataset)
    with jobs.training_lock(store):
        key = studies.request(study, store, dataset)
        begin, busy = time.time(), time.process_time()
        studies.perform(key, store)
        end, busy = time.time(), time.process_time() - busy
    stages = [event["time"] for event in store.events(key) if event.get("name") == question.since]
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": end - (stages or [begin])[0], "busy": busy, "price": price, "bytes": held}


def in_a_process(verb: str, *arguments: Any) -> dict[str, Any]:
    """What `train` or `answer` gives, computed elsewhere."""
    command = [sys.executable, "-m", "benchmarks.mattered", "--one", json.dumps([verb, *arguments])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measured(name: str, home: Path) -> Iterator[str]:
    """A line a question."""
    keys = in_a_process("train", name, str(home))
    for number, question in enumerate(QUESTIONS):
        found, asked = in_a_process("answer", name, str(home), number, keys), question.asked[name]
        late = "" if found["seconds"] <= asked else "  late"
        much = "" if found["bytes"] <= MOST_BYTES else "  too much memory"
        times = (f"{one:.1f} s" for one in (found["seconds"], asked, found["price"], found["busy"]))
        yield ROW.format(name, question.title, *times, f"{found['bytes'] / 1e9:.2f} GB") + late + much


# In a browser


def redraws(name: str, home: Path) -> Iterator[str]:
    """A line for each kind of picture: from a press of the dial's arrow keys to the answer on the page."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import find_chromium

    link = f"what_mattered?mattered_view=dial&data={name}"
    with served(home, THAW_SWEEP_WORKERS="1") as (_, url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for what, source in (("an image of the set", "data"), ("another picture", "sample")):
            page.goto(f"{url}/{link}&dial_source={source}")
            page.get_by_text("The fine-tuned network").first.wait_for(timeout=60_000)
            page.get_by_text("As it is:").first.wait_for(timeout=60_000)
            seconds = list(_moves(page))
            told = f"median {statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s"
            yield f"{name:<14} dial redrawn, {what}: {told}, asked {MOST_REDRAW} s"
        browser.close()


def _moves(page) -> Iterator[float]:
    """Seconds of single moves, one way and back."""
    dial = page.locator("[data-testid=stSlider]").get_by_role("slider").last
    place = page.get_by_text("validation images right").first
    for number in range(MOVES):
        before = place.inner_text()
        page.wait_for_timeout(400)
        begin = time.perf_counter()
        dial.press("ArrowLeft" if number < MOVES // 2 else "ArrowRight")
        while place.inner_text() == before:
            page.wait_for_timeout(5)
        yield time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mattered", description=__doc__)
    parser.add_argument("sets", nargs="*", default=["digits", "cats_and_dogs"], metavar="SET")
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--home", type=Path, help="a store to use and keep; else an empty one")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.one:
        verb, name, home, *rest = json.loads(parsed.one)
        found = train(name, Path(home)) if verb == "train" else answer(name, Path(home), *rest)
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as aside:
        home = parsed.home or Path(aside)
        print(f"Load {os.getloadavg()[0]:.1f} before.")
        print(ROW.format("images", "question", "took", "asked", "priced", "CPU", "memory"))
        for name in parsed.sets:
            for line in measured(name, home):
                print(line, flush=True)
            for line in redraws(name, home) if parsed.browser else ():
                print(line, flush=True)


if __name__ == "__main__":
    main()
