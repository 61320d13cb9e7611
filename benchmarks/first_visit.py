"""Does the first visit teach what it claims? Its three networks and the control, over seeds and splits.

`python -m benchmarks.first_visit [--seeds 1 2 3 4 5]`, in an empty store of its own. One run goes before that
is not counted, so that the process is warm, as the app's worker is.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from core.compare.comparison import Model, compare_models
from core.config import ExperimentConfig
from core.method import device
from core.presets import first_visit
from core.running import experiment, jobs
from core.running.identity import Asked, ask
from core.store import Store
from core.wording.verdicts import paired_sentence


def timed(config: ExperimentConfig, store: Store) -> tuple[Asked, float]:
    """A run as it is stored now, and the wall seconds it took, its control included."""
    begin, asked = time.perf_counter(), ask(config, store)
    with jobs.training_lock(store):
        experiment.run(asked)
    return asked, time.perf_counter() - begin


def measure(seed: int, store: Store) -> None:
    """Print accuracies, seconds and paired verdicts of one seed, which also divides the images."""
    config = replace(first_visit(), seed=seed, data=replace(first_visit().data, split_seed=seed))
    transfer, seconds = timed(config, store)
    scratch, longer = timed(config.without_transfer(), store)
    frozen, tuned = (Model(transfer.key, name) for name in ("feature_extraction", "fine_tuning"))
    alone = Model(scratch.key, "from_scratch")
    pairs = [
        (alone, frozen, "frozen against from scratch"),
        (alone, tuned, "fine-tuned against from scratch"),
    ]
    networks = {"frozen": (transfer, 0), "fine-tuned": (transfer, -1), "from scratch": (scratch, 0)}
    if transfer.control is not None:
        pairs.append(
            (Model(transfer.control.key, "feature_extraction"), tuned, "fine-tuned against its control")
        )
        networks["control"] = (transfer.control, 0)
    print(f"seed {seed}: transfer and control {seconds:.1f} s, from scratch {longer:.1f} s")
    for name, (asked, number) in networks.items():
        print(f"  {name}: {store.load(asked.key).phases[number].validation.accuracy:.3f}")
    for first, second, said in pairs:
        paired = compare_models(store, first, second)
        print(f"  {said}: {paired_sentence(paired)}, p = {paired.p_value:.2g}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    seeds = parser.parse_args().seeds
    device.configure(device.fitting(first_visit())[0])
    with tempfile.TemporaryDirectory() as home:
        store = Store(Path(home))
        timed(replace(first_visit(), seed=0, data=replace(first_visit().data, split_seed=0)), store)
        for seed in seeds:
            measure(seed, store)


if __name__ == "__main__":
    main()
