"""Whether the best recipe that some minutes find is ever worse than the default one.

    python -m benchmarks.find_best [SET] [--minutes 5] [--seeds 3]

A search from the default recipe of a set at each seed, each in a new store. What it names is set against the
default recipe, network by network, on the test images, which had no say in the choice: McNemar's test.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from core.compare.best import Search, Tried, gather
from core.compare.best_notes import headline, name
from core.compare.comparison import Model, compare_models
from core.data import datasets
from core.explain import best, studies
from core.method import device
from core.running import jobs
from core.running.own_recipe import own_recipe
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.store import Store
from core.sweeps.search_record import run_keys
from core.wording.verdicts import paired_sentence


def search(place: str, minutes: float, step: int, home: Path) -> tuple[Store, Search]:
    """What a search finds from the default recipe, its seed so many steps on."""
    store = Store(home)
    dataset = datasets.find(place, home)
    recipe = own_recipe(dataset, store)
    recipe = replace(recipe, seed=recipe.seed + step)
    with jobs.training_lock(store):
        key = studies.request(best.study_of(recipe, minutes), store, dataset)
        studies.perform(key, store)
    record = store.record(key)
    return store, gather(record, {key: store.load(key) for key in run_keys(record)})


def against_default(store: Store, found: Search, split: str) -> PairedVerdict:
    """What was named against the default recipe, both from the recipe's own seed."""
    pair = [one.first for one in (found.default, found.named) if one is not None]
    return compare_models(store, *(Model(one.run_key, one.last.name) for one in pair), split)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("set", nargs="?", default="bccd_cells")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parsed = parser.parse_args()
    device.configure(1)
    worse = 0
    for step in range(parsed.seeds):
        with tempfile.TemporaryDirectory() as home:
            store, found = search(parsed.set, parsed.minutes, step, Path(home))
            print(f"seed {step + 1} of {parsed.seeds}: {found.seconds:.0f} s. {headline(found)}")
            for title, one in (("default", found.default), ("named", found.named)):
                print(f"  {title}: {_line(one)}")
            for split in ("validation", "test"):
                verdict = against_default(store, found, split)
                print(f"  named against default, {paired_sentence(verdict, split)}", flush=True)
            worse += against_default(store, found, "test").verdict == Verdict.WORSE
    print(f"Worse than the default recipe on test images: {worse} of {parsed.seeds}.")


def _line(one: Tried | None) -> str:
    if one is None:
        return "not there"
    last, checked = one.first.last, []
    for split, evaluation in (("validation", last.validation), ("test", last.test)):
        low, high = evaluation.interval
        checked.append(f"{split} {evaluation.accuracy:.3f} ({low:.3f} to {high:.3f})")
    return f"{name(one.candidate)}: {', '.join(checked)}, {one.seconds:.0f} s of training"


if __name__ == "__main__":
    main()
