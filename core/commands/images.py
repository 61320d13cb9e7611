"""The command `images`: accuracy by the number of training images, and what more of them would bring."""

import sys
import time
from collections.abc import Sequence
from typing import Any

from core.commands.printing import print_dataset, print_json
from core.commands.progress_bar import ProgressBar
from core.commands.training import config_of, say_waiting
from core.compare.images_curve import (
    FROZEN,
    MOST_MORE,
    SCRATCH,
    TUNED,
    ImagesCurve,
    of_heads,
    of_runs,
    transfer_worth,
)
from core.compare.images_notes import check_line, gain_line, worth_line
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.explain import head_curve, studies
from core.results import to_plain
from core.running import jobs
from core.settings import as_whole
from core.statistics.power_law import PowerLaw
from core.statistics.withheld import Withheld
from core.store import Store
from core.sweeps import plan, training
from core.sweeps.image_counts import RESAMPLES, image_counts, sweep_over
from core.sweeps.training import Progress
from core.typed_numbers import read_number
from core.wording import words

LEAST_SEEDS = 3  # with fewer the spread is not known


def images(parsed) -> int:
    """Train what is not stored and tell the curves; exit code 1 where a run could not be trained."""
    config, store, begin = config_of(parsed), Store(), time.monotonic()
    more = _whole(parsed.more, "more", 1, MOST_MORE)
    seeds = _whole(parsed.seeds, "seeds", LEAST_SEEDS, plan.MOST_SEEDS)
    dataset = datasets.find(config.data.name, store.home, personal=store.personal)
    counts = image_counts(dataset, config.data)
    recipes = {TUNED: config} if parsed.fine_tuned else {}
    recipes |= {SCRATCH: config.without_transfer()} if parsed.from_scratch else {}
    with jobs.training_lock(store, say_waiting):
        print_dataset(dataset, store.home)
        _say_price(config, recipes, dataset, store, seeds)
        curves = {split: [] for split in ("validation", "test")}
        complete = True
        with ProgressBar(sys.stderr) as bar:
            record, arrays = _heads(config, dataset, store, bar)
            for split, found in curves.items():
                found.append(of_heads(record, arrays, config.seed, split))
            for arm, recipe in recipes.items():
                points = _runs(recipe, dataset, store, seeds, bar)
                there = {one.run_key: one.result for one in points if one.result is not None}
                complete = complete and len(there) == len(points)
                asked, keys = [one.point for one in points], [one.run_key for one in points]
                for split, found in curves.items():
                    found.append(of_runs(arm, counts, asked, keys, there, split))
    if parsed.json:
        print_json(_plain(curves, more) | {"seconds": round(time.monotonic() - begin, 3)})
    else:
        _print(curves["validation"], more)
    return int(not complete)


def _whole(text: str, name: str, low: int, high: int) -> int:
    try:
        return as_whole(read_number(text, percent=False), low, high)
    except ValueError:
        expected = f"Expected a whole number from {low} to {high:,}."
        raise ConfigError(f"--{name} is {text!r}.", expected, field=name) from None


def _say_price(
    config: ExperimentConfig, recipes: dict[str, ExperimentConfig], dataset: Dataset, store: Store, seeds: int
) -> None:
    counts = image_counts(dataset, config.data)
    prices = {FROZEN: studies.predicted_seconds(head_curve.study_of(config, dataset), store, dataset)}
    for arm, recipe in recipes.items():
        prices[arm] = sum(training.costs(sweep_over(recipe, counts, seeds).points(), dataset, store))
    said = ", ".join(f"{arm} {words.price(seconds, not seconds)}" for arm, seconds in prices.items())
    print(f"{words.plural(len(counts), 'number')} of training images: {said}.", file=sys.stderr)


def _heads(config: ExperimentConfig, dataset: Dataset, store: Store, bar: ProgressBar):
    """Record and arrays of the frozen heads, computed now unless they are stored."""
    from core.method import device

    asked = head_curve.study_of(config, dataset)
    key = asked.key(dataset)
    if not store.whole(key):
        device.configure(device.fitting(config)[0])
        bar("stage", name="heads", done=0, total=RESAMPLES * len(asked.options["images"]))
        studies.request(asked, store, dataset)
        studies.perform(key, store)
    return store.record(key), store.arrays(key)


def _runs(recipe: ExperimentConfig, dataset: Dataset, store: Store, seeds: int, bar: ProgressBar):
    from core.method import device

    device.configure(device.fitting(recipe)[0])

    def told(progress: Progress) -> None:
        bar("stage", name="runs", done=progress.done, total=progress.total)
        if progress.latest is not None and progress.latest.problem:
            bar("note", text=progress.latest.problem)

    return training.train(
        sweep_over(recipe, image_counts(dataset, recipe.data), seeds).points(), dataset, store, told=told
    )


def _print(curves: Sequence[ImagesCurve], more: int) -> None:
    worth = transfer_worth(curves)
    for curve in curves:
        print(f"{curve.arm}: validation accuracy, mean of resamples")
        for count in curve.images:
            mean = curve.mean(count)
            if mean is not None:
                print(f"  {count:>7,}  {mean.mean:.3f} ({mean.low:.3f} to {mean.high:.3f})")
    lines = [worth_line(worth)] if worth is not None else []
    for curve in curves:
        lines += [gain_line(curve, more), check_line(curve)]
    for line in filter(None, lines):
        print(line.replace("**", ""))


def _plain(curves: dict[str, list[ImagesCurve]], more: int) -> dict[str, Any]:
    """The curves as JSON has them; accuracies a row a number of images, a column a resample."""
    arms = {}
    for checked, tested in zip(curves["validation"], curves["test"], strict=True):
        law, held = checked.law, checked.held
        told: dict[str, Any] = {
            "validation": None if checked.table is None else checked.table.tolist(),
            "test": None if tested.table is None else tested.table.tolist(),
            "law": None, "gain": None, "held_out": None, "withheld": "",
        }  # fmt: skip
        if isinstance(law, PowerLaw):
            told["law"] = {"a": law.a, "b": law.b, "c": law.c, "misfit_p": law.misfit_p}
            told["gain"] = to_plain(law.gain(more))
        elif isinstance(law, Withheld):
            told["withheld"] = str(law.why)
        if held is not None and not isinstance(held, Withheld):
            told["held_out"] = to_plain(held)
        arms[checked.arm] = told
    first, worth = curves["validation"][0], transfer_worth(curves["validation"])
    found = None if worth is None else worth.found
    return {
        "images": list(first.images),
        "checked": {split: some[0].checked for split, some in curves.items()},
        "more": more,
        "arms": arms,
        "worth": None if found is None or isinstance(found, Withheld) else _finite(to_plain(found)),
        "worth_withheld": str(found.why) if isinstance(found, Withheld) else "",
    }


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinity: an end that there is not is null."""
    return {name: None if value == float("inf") else value for name, value in plain.items()}
