"""How long a look takes while something trains: `python -m benchmarks.looking [--rounds 3]`.

The app's own worker trains one run twice, each time in a new store on embedded digits: left alone, and with
looks asked for by two persons, each two seconds after the answer to the one before. A look's seconds count
from asking to the answer, with what it waits for while the training traces or converts.
"""

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

from core.config import ExperimentConfig
from core.explain import studies
from core.explain.studies import LOOK_SECONDS, Study
from core.presets import first_visit
from core.results import ACTIVE, RunResult
from core.running.identity import ask
from core.running.supervisor import Jobs
from core.store import Store

BETWEEN = 2.0  # s from an answer to the next question: a person reads
ROW = "{:<22} {:>7} {:>9} {:>9} {:>9}   {}"


@dataclass(frozen=True)
class Answer:
    """A look that was asked for and answered while the run trained; seconds."""

    what: str
    price: float
    seconds: float


def questions(config: ExperimentConfig) -> Iterator[tuple[str, Study]]:
    """Kinds in turns, each time another question of its kind, so that none is stored already."""
    for number in count():
        other = replace(config, data=replace(config.data, split_seed=1000 + number))
        yield "every layer (lens)", Study("lenses", config, {"inside": True, "number": number})
        yield "heat map (lens)", Study("lenses", config, {"maps": True, "number": number})
        yield "feature map", Study("maps", other)
        yield "pretrained or random", Study("pretrained_or_random", other)
        yield "probes by depth", Study("probes", other)


def wait_for(jobs: Jobs, key: str) -> float:
    """Seconds until a run or study has ended."""
    begin = time.perf_counter()
    while jobs.store.status(key) in ACTIVE:
        jobs.ensure_worker()
        time.sleep(0.02)
    return time.perf_counter() - begin


def train(config: ExperimentConfig, home: Path, looks: int) -> tuple[RunResult, list[Answer]]:
    """A run by a warm worker, and so many looks at the most that were answered while it trained."""
    store, found = Store(home), []
    asked, jobs = ask(config, store), Jobs(store)
    try:
        wait_for(jobs, studies.request(Study("lenses", config), store, asked.dataset))
        jobs.submit(asked.key, config, "ann", 600.0)
        for number, (what, study) in enumerate(islice(questions(config), looks)):
            while store.status(asked.key) == "queued":
                time.sleep(0.02)
            price = studies.predicted_seconds(study, store, asked.dataset)
            if price >= LOOK_SECONDS:
                found.append(Answer(what, price, math.nan))
                continue
            key = studies.request(study, store, asked.dataset, ("bob", "cy")[number % 2])
            seconds = wait_for(jobs, key)
            if store.status(asked.key) != "running":
                break
            found.append(Answer(what, price, seconds))
            time.sleep(BETWEEN)
        wait_for(jobs, asked.key)
    finally:
        jobs.close()
    return store.load(asked.key), found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.looking", description=__doc__)
    parser.add_argument("--size", type=int, default=96, help="image size in px")
    parser.add_argument("--limit", type=int, default=1000, help="images in all")
    parser.add_argument("--epochs", type=int, default=20, help="of fine-tuning")
    parser.add_argument("--looks", type=int, default=10, help="at the most in a round, five kinds in turns")
    parser.add_argument("--rounds", type=int, default=1)
    parsed = parser.parse_args()
    base = first_visit()
    config = replace(
        base,
        data=replace(base.data, image_size=parsed.size, limit=parsed.limit),
        fine_tuning=replace(base.fine_tuning, epochs=parsed.epochs),
    )
    found: list[Answer] = []
    total: dict[bool, list[float]] = {False: [], True: []}
    for number in range(parsed.rounds):
        for looks in (0, parsed.looks) if number % 2 == 0 else (parsed.looks, 0):
            with tempfile.TemporaryDirectory() as home:
                load = os.getloadavg()[0]
                result, seen = train(config, Path(home), looks)
            found += seen
            total[bool(looks)].append(result.seconds["total"])
            print(
                f"{said(result)}, {'with' if looks else 'without'} looks; load {load:.1f} before", flush=True
            )
    print(ROW.format("look", "answers", "price", "median", "longest", "within its price and 4 s"))
    for what in dict.fromkeys(answer.what for answer in found):
        print(row(what, [answer for answer in found if answer.what == what]))
    means = {looks: statistics.mean(each) for looks, each in total.items()}
    print(f"The run's own seconds: {means[False]:.1f} without looks, {means[True]:.1f} with them.")


def said(result: RunResult) -> str:
    """A run's own seconds, all of them and an epoch's."""
    epoch = statistics.median(epoch.seconds for epoch in result.last.epochs)
    return f"{result.seconds['total']:.1f} s of its own, {epoch:.2f} s an epoch"


def row(what: str, answers: list[Answer]) -> str:
    """One kind of look: how many, what they were priced at and took."""
    price = statistics.median(answer.price for answer in answers)
    if price >= LOOK_SECONDS:
        return ROW.format(what, len(answers), f"{price:.1f} s", "", "", "too dear to be a look")
    seconds = [answer.seconds for answer in answers]
    within = sum(answer.seconds <= answer.price + 4 for answer in answers)
    times = (f"{number:.1f} s" for number in (price, statistics.median(seconds), max(seconds)))
    return ROW.format(what, len(answers), *times, f"{within} of {len(answers)}")


if __name__ == "__main__":
    main()
