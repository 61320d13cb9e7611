"""The command `sweep`: a question that takes many runs, such as "how deep?", in one go."""

import csv
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from core.commands.printing import print_dataset, print_json
from core.commands.progress_bar import ProgressBar
from core.commands.training import config_of, say_waiting
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import ConfigError, StoreError
from core.results import to_plain
from core.running import jobs
from core.store import Store
from core.sweeps import cluster, plan, training
from core.sweeps.image_counts import over_images
from core.sweeps.plan import Sweep
from core.sweeps.point import Trained
from core.sweeps.training import Progress
from core.wording import words
from core.wording.processors import mixed_note

COLUMNS = ("seed", "run_key", "validation", "validation_low", "validation_high", "test", "test_low",
           "test_high", "seconds", "processor", "problem")  # fmt: skip


def sweep(parsed) -> int:
    """Train every point that is not stored; exit code 1 where one of them could not be."""
    if parsed.json and parsed.csv == "-":
        raise ConfigError(
            "Standard output takes one of --json and --csv -.", fix="Give --csv a file.", field="csv"
        )
    asked, store, scheduler = sweep_of(parsed), Store(), cluster.address(parsed.scheduler)
    dataset = datasets.find(asked.base.data.name, store.home, personal=store.personal)
    if parsed.resampled:
        asked = over_images(asked, len(datasets.split(dataset, asked.base.data)["train"]))
    for point in asked.points():  # a point that cannot be divided is refused before anything is trained
        datasets.split(dataset, point.config.data)
    begin = time.monotonic()
    with jobs.training_lock(store, say_waiting):
        print_dataset(dataset, store.home)
        found, workers = _train(asked, dataset, store, scheduler)
    seconds = round(time.monotonic() - begin, 3)
    if note := mixed_note(one.processor for one in found):
        print(note, file=sys.stderr)
    if parsed.json:
        print_json({"points": list(map(as_plain, found)), "seconds": seconds, "workers": workers})
    elif not parsed.csv:
        _print_table(found)
    if parsed.csv:
        _write_csv(found, list(asked.vary), parsed.csv)
    return int(any(one.result is None for one in found))


def sweep_of(parsed) -> Sweep:
    """What a terminal asks for.

    Raises:
        ConfigError: nothing to vary, a setting named twice, or a value that will not do.
    """
    vary: dict[str, tuple[Any, ...]] = {}
    for text in parsed.vary:
        name, values = plan.parse(text)
        if name in vary:
            raise ConfigError(f"{name} is varied twice.", "Expected each setting once.", field=name)
        vary[name] = values
    if not vary:
        expected = "Expected at least one --vary, such as --vary fine_tuning.unfreeze_from=all."
        raise ConfigError("There is nothing to vary.", expected, field="vary")
    return Sweep(config_of(parsed), vary, plan.check_seeds(parsed.seeds))


def _train(asked: Sweep, dataset: Dataset, store: Store, scheduler: str) -> tuple[list[Trained], int]:
    """All points, and how many processes trained them."""
    from core.method import device

    workers = 1

    print(f"On {device.configure(device.fitting(asked.points()[-1].config)[0])}.", file=sys.stderr)
    with ProgressBar(sys.stderr) as bar:

        def told(progress: Progress) -> None:
            nonlocal workers
            workers = progress.workers
            if progress.latest is not None:
                bar("note", text=_line(progress.latest))
            bar("stage", name="runs", done=progress.done, total=progress.total)
            if not progress.latest:
                by = f" by {progress.workers} processes" if progress.workers > 1 else ""
                bar("note", text=f"{words.plural(progress.total, 'run')}{by}, {_left(progress)}.")
            elif progress.left:
                bar("note", text=f"{progress.done} of {progress.total}, {_left(progress)}.")

        return training.train(asked.points(), dataset, store, told=told, scheduler=scheduler), workers


def _left(progress: Progress) -> str:
    return f"about {words.duration(progress.left)} left" if progress.left else "all of them stored"


def _line(one: Trained) -> str:
    said = ", ".join(f"{name.rpartition('.')[2]} {value}" for name, value in one.point.settings.items())
    if one.result is None:
        return f"{said}, seed {one.point.seed}: {one.problem}"
    accuracy = one.result.last.validation.accuracy
    return f"{said}, seed {one.point.seed}: validation {accuracy:.3f}, {one.seconds:.1f} s"


def as_plain(one: Trained) -> dict[str, Any]:
    """A point as JSON has it; `validation` and `test` as in `run --json`, of the last phase, null where it
    could not be trained."""
    last = to_plain(one.result.last) if one.result is not None else {}
    return {
        "settings": dict(one.point.settings),
        "seed": one.point.seed,
        "run_key": one.run_key,
        "validation": last.get("validation"),
        "test": last.get("test"),
        "seconds": one.seconds,
        "processor": one.processor,
    } | ({"problem": one.problem} if one.problem else {})


def _print_table(found: list[Trained]) -> None:
    for one in found:
        print(_line(one))


def _write_csv(found: list[Trained], names: list[str], path: str) -> None:
    if path == "-":
        _write_rows(found, names, sys.stdout)
        return
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            _write_rows(found, names, file)
    except OSError as error:
        happened = f"{path} could not be written: {error.strerror or error}."
        raise StoreError(happened, fix="The runs are stored: ask again with another --csv.") from error


def _write_rows(found: list[Trained], names: list[str], file: TextIO) -> None:
    writer = csv.DictWriter(file, [*names, *COLUMNS], restval="")
    writer.writeheader()
    for one in found:
        row = {**one.point.settings, "seed": one.point.seed, "run_key": one.run_key, "seconds": one.seconds,
               "processor": one.processor}  # fmt: skip
        if one.result is not None:
            for split in ("validation", "test"):
                checked = getattr(one.result.last, split)
                low, high = checked.interval
                row |= {split: checked.accuracy, f"{split}_low": low, f"{split}_high": high}
        writer.writerow(row | {"problem": one.problem})
