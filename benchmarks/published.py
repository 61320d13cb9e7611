"""Published runs repeated over three seeds: `python -m benchmarks.published [ROW ...] [--out FOLDER]`.

Rows are the presets of `core.wording.published`, `mnist-search` (which fine-tuning gives the article's
curve?) and `failed-lab` (which mistakes hold a run at 50%?). Every training is kept in `<out>/store` and
every answer in `<out>/answers.json`, so a call that was cut off goes on where it stopped. Without rows all
of them are run; `--report` only prints. It needs `cats_and_dogs_filtered.zip` and `mnist.npz` in a folder
that `THAW_DATA` names.
"""

import argparse
import itertools
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.failing_lab import failed_lab, print_failed_lab
from benchmarks.trainings import SEEDS, Answers, train
from core.config import ExperimentConfig
from core.method import device
from core.presets import mnist_32, two_layer_head
from core.store import Store
from core.wording import published
from core.wording.published import PUBLISHED, Expected

SEARCH_STOPS = (134, 54, 100, 116, 143, 151, 0)
SEARCH_RATES = (1e-3, 1e-4, 1e-5)
COLLAPSED = (0.50, 4.0)  # after one epoch: accuracy at most, loss at least

# The presets


def repeat(name: str, config: ExperimentConfig, store: Store, answers: Answers) -> None:
    """One recipe over the seeds."""
    for seed in SEEDS:
        answers.get(f"{name}, seed {seed}", lambda seed=seed: train(replace(config, seed=seed), store))


def print_repeats(store: Store, answers: Answers) -> None:
    """Printed, expected and measured, a row a number."""
    print("\n| preset | number | published | agrees if | measured: mean (min to max) | seeds agreeing |")
    print("|---|---|---|---|---|---|")
    for preset, entry in PUBLISHED.items():
        keys = [answers.known.get(f"{preset}, seed {seed}", {}).get("run_key") for seed in SEEDS]
        results = [store.load(key) for key in keys if key and store.finished(key)]
        for expected in entry.expected:
            values = [expected.measured(result) for result in results]
            if values:
                print(f"| `{preset}` | {' | '.join(_cells(expected, values))} |")


def _cells(expected: Expected, values: list[float]) -> Iterator[str]:
    yield expected.quantity
    yield expected.printed
    yield published.spread(expected)
    mean, low, high = statistics.mean(values), min(values), max(values)
    shown = [published.number(expected, value) for value in (mean, low, high)]
    yield f"{shown[0]} ({shown[1]} to {shown[2]})"
    yield f"{sum(map(expected.agrees, values))} of {len(values)}"


# Which fine-tuning gives the article's curve?


def searched() -> Iterator[tuple[str, ExperimentConfig]]:
    """Settings worth trying, by name: where to thaw, how fast, and what BatchNorm does."""
    for rate, stop, mode in itertools.product(SEARCH_RATES, SEARCH_STOPS, ("batch", "inference")):
        if stop == 0 and (mode == "inference" or rate != SEARCH_RATES[0]):
            continue  # the whole network on every image takes minutes
        if mode == "inference" and (stop not in (134, 100) or rate == SEARCH_RATES[-1]):
            continue  # statistics that stay cannot be out of step: a few samples are enough
        config = replace(mnist_32(), seed=SEEDS[0], batch_norm=mode)
        tuning = replace(config.fine_tuning, unfreeze_from=stop, learning_rate=rate)
        yield f"from {stop}, Adam {rate:g}, {mode}", replace(config, fine_tuning=tuning)


def search(store: Store, answers: Answers) -> None:
    """One fine-tuned epoch of each, and all five of those that collapse as the article's does."""
    frozen = mnist_32().feature_extraction.epochs

    def not_collapsed(epoch: dict) -> bool:
        accuracy, loss = COLLAPSED
        return epoch["epoch"] == frozen + 1 and (epoch["val_accuracy"] > accuracy or epoch["val_loss"] < loss)

    for name, config in searched():
        answers.get(f"mnist-search, {name}", lambda config=config: train(config, store, not_collapsed))


def print_search(answers: Answers) -> None:
    """First and last fine-tuned epoch of every setting that was tried."""
    print("\n| MNIST, fine-tuned | first epoch: accuracy, loss | accuracy by epoch | test |")
    print("|---|---|---|---|")
    frozen = mnist_32().feature_extraction.epochs
    for name, config in searched():
        known = answers.known.get(f"mnist-search, {name}")
        if known is None or len(known["val_accuracy"]) <= frozen:
            continue
        curve = known["val_accuracy"][frozen:]
        rest = ", ".join(f"{value:.3f}" for value in curve) if len(curve) > 1 else "not gone on with"
        test = f"{known['test_accuracy']:.3f}" if len(curve) == config.fine_tuning.epochs else ""
        print(f"| {name} | {curve[0]:.3f}, {known['val_loss'][frozen]:.2f} | {rest} | {test} |")


def measure(row: str, store: Store, answers: Answers) -> None:
    """Every training of one row that is not there yet."""
    others = {"mnist-search": mnist_32, "failed-lab": two_layer_head}
    config = PUBLISHED[row].config if row in PUBLISHED else others[row]()
    device.configure(device.fitting(config)[0])
    if row in PUBLISHED:
        repeat(row, config, store, answers)
    elif row == "mnist-search":
        search(store, answers)
    else:
        failed_lab(store, answers)


def main() -> None:
    rows = (*PUBLISHED, "mnist-search", "failed-lab")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.published", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"any of {', '.join(rows)}")
    parser.add_argument("--report", action="store_true", help="only print what was measured so far")
    parser.add_argument("--out", type=Path, default=Path("bench-results/published"))
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - set(rows)
    if unknown:
        parser.error(f"There is no row named {', '.join(sorted(unknown))}; there are {', '.join(rows)}.")
    store, wanted = Store(arguments.out / "store"), arguments.rows or rows
    if not arguments.report and len(wanted) > 1:
        for row in wanted:  # each in a process of its own: how many threads one has is settled for good
            command = [sys.executable, "-m", "benchmarks.published", row, "--out", str(arguments.out)]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    answers = Answers(arguments.out / "answers.json")
    if not arguments.report and len(wanted) == 1:
        measure(wanted[0], store, answers)
    print_repeats(store, answers)
    print_search(answers)
    print_failed_lab(answers)


if __name__ == "__main__":
    main()
