"""Does a curve over the number of training images foretell its largest sizes, and what is transfer worth?

`python -m benchmarks.learning_curve [--preset digits-quick] [--resamplings 10] [--worth]`: frozen heads in as
many resamplings as asked, each of ten draws of its own, fitted without their two largest sizes; and with
`--worth` the fine-tuned and the from-scratch curve. In an empty store of its own, unless `--home` names one:
then what is there is not trained again.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from core.charts.images_curve import images_table
from core.compare.images_curve import SCRATCH, TUNED, ImagesCurve, of_heads, of_runs, transfer_worth
from core.compare.images_notes import check_line, gain_line, worth_line
from core.config import ExperimentConfig, parse_setting
from core.data import datasets
from core.data.datasets import Dataset
from core.explain import head_curve, studies
from core.method import device
from core.presets import preset
from core.running import jobs
from core.statistics.withheld import Withheld
from core.store import Store
from core.sweeps import training
from core.sweeps.image_counts import RESAMPLES, image_counts, sweep_over


def frozen(config: ExperimentConfig, dataset: Dataset, store: Store) -> ImagesCurve:
    """The frozen curve, computed unless it is stored."""
    asked = head_curve.study_of(config, dataset)
    with jobs.training_lock(store):
        key = studies.request(asked, store, dataset)
        studies.perform(key, store)
    return of_heads(store.record(key), store.arrays(key), config.seed)


def trained(arm: str, config: ExperimentConfig, dataset: Dataset, store: Store) -> ImagesCurve:
    """A curve of runs, three at each number of images."""
    counts = image_counts(dataset, config.data)
    sweep = sweep_over(config, counts, 3)
    with jobs.training_lock(store):
        found = training.train(sweep.points(), dataset, store, told=lambda progress: None)
    there = {one.run_key: one.result for one in found if one.result is not None}
    return of_runs(arm, counts, [one.point for one in found], [one.run_key for one in found], there)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_curve", description=__doc__)
    parser.add_argument("--preset", default="digits-quick")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--resamplings", type=int, default=10)
    parser.add_argument("--worth", action="store_true")
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    config = preset(arguments.preset)
    for setting in arguments.set:
        config = parse_setting(config, setting)
    device.configure(device.fitting(config)[0])
    with tempfile.TemporaryDirectory() as folder:
        store = Store(arguments.home or Path(folder))
        dataset = datasets.find(config.data.name, store.home)
        _foretold(config, dataset, store, arguments.resamplings)
        if arguments.worth:
            _worth(config, dataset, store)


def _foretold(config: ExperimentConfig, dataset: Dataset, store: Store, resamplings: int) -> None:
    inside = 0
    for number in range(resamplings):
        curve = frozen(replace(config, seed=config.seed + RESAMPLES * number), dataset, store)
        held = curve.held
        inside += not isinstance(held, Withheld) and held is not None and all(held.inside)
        print(
            f"{number + 1}: {images_table([curve])['accuracy'].round(3).tolist()} {check_line(curve)}",
            flush=True,
        )
    print(f"held-out sizes inside the band in {inside} of {resamplings} resamplings", flush=True)


def _worth(config: ExperimentConfig, dataset: Dataset, store: Store) -> None:
    curves = [frozen(config, dataset, store)]
    for arm, recipe in ((TUNED, config), (SCRATCH, config.without_transfer())):
        curves.append(trained(arm, recipe, dataset, store))
        print(images_table(curves[-1:]).round(3).to_string(index=False), flush=True)
    for curve in curves:
        print(gain_line(curve, curve.images[-1]), check_line(curve), sep="\n")
    worth = transfer_worth(curves)
    print(worth_line(worth) if worth is not None else "")


if __name__ == "__main__":
    main()
