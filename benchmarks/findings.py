"""What papers say of fine-tuning, beside what happens here: `python -m benchmarks.findings [PRESET ...]`.

For each preset and seed (`--seeds 1 2 3`; a seed also divides the images) a run that tunes after a frozen
phase and one that tunes at once from a random head are trained, and What mattered?'s studies asked of them.
Printed is a row a published claim, as `docs/findings.md` has it: each seed's difference, their mean with
Student's 95% interval over seeds, and whether that agrees. `--home` keeps the runs, so that a second call
trains nothing anew. It needs `THAW_DATA` for other sets than the embedded digits.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.config import ExperimentConfig, parse_setting
from core.data import datasets
from core.explain import robustness, studies
from core.explain.mixes import MIXES
from core.explain.rewind import any_apart, most_lost
from core.explain.studies import Study
from core.method import device
from core.presets import preset
from core.running import experiment, jobs
from core.running.identity import ask
from core.statistics.holm import holm
from core.statistics.means import mean_interval
from core.statistics.paired import SIGNIFICANCE
from core.store import Store

HALFWAY = MIXES.index(0.5)  # Wortsman and others recommend one half where nothing chooses the mix
TUNED = MIXES.index(1.0)


@dataclass(frozen=True)
class Records:
    """What the studies say of one seed's runs."""

    rewind: dict[str, Any]
    dial: dict[str, Any]
    shift: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A published claim as a number that one seed gives.

    Attributes:
        measure: Points, or None where a seed has no such number.
        published: Its sign: above 0, or below.
    """

    claim: str
    measure: Callable[[Records], float | None]
    published: int


def _mixed(record: dict[str, Any], under: str) -> float:
    """Accuracy of the halfway mix less the fine-tuned network's, in points."""
    mixes = record["mixes"]
    return 100 * (mixes[HALFWAY][under]["accuracy"] - mixes[TUNED][under]["accuracy"])


def _claim(number: int) -> Callable[[Records], float | None]:
    """Ours beside one of `robustness.CLAIMS`."""
    claim = robustness.CLAIMS[number]

    def measure(records: Records) -> float | None:
        same = (claim.second, claim.first, claim.outside)
        found = (
            row for row in records.shift["claims"] if (row["second"], row["first"], row["outside"]) == same
        )
        return next((row["points"] for row in found), None)

    return measure


def _tau(records: Records) -> float | None:
    return records.rewind["agreement"].get("tau")


ROWS = (
    Row(
        "Wortsman: halfway mix less fine-tuned, under shift (points)", lambda r: _mixed(r.dial, "shifted"), 1
    ),
    Row("Wortsman: halfway mix less fine-tuned, as they are (points)", lambda r: _mixed(r.dial, "clean"), 1),
    Row("Kumar: at once less frozen, as they are (points)", _claim(0), 1),
    Row("Kumar: at once less frozen, under shift (points)", _claim(1), -1),
    Row("Kumar: head first less at once, as they are (points)", _claim(2), 1),
    Row("Kumar: head first less at once, under shift (points)", _claim(3), 1),
    Row("moved most, matters most (Kendall's tau of blocks)", _tau, 1),
)


def trained(config: ExperimentConfig, store: Store) -> str:
    """Key of a run, trained unless it is stored."""
    asked = ask(config, store)
    if not store.finished(asked.key):
        with jobs.training_lock(store):
            experiment.run(asked)
    return asked.key


def asked(question: Study, store: Store) -> dict[str, Any]:
    """A study's record, computed unless it is stored."""
    dataset = datasets.find(question.config.data.name, store.home)
    key = question.key(dataset)
    if not store.whole(key):
        studies.request(question, store, dataset)
        with jobs.training_lock(store):
            studies.perform(key, store)
    return store.record(key)


def records(config: ExperimentConfig, store: Store) -> Records:
    """Everything about one seed; prints it, too."""
    run, at_once = trained(config, store), trained(robustness.at_once_config(config), store)
    shift = {"run": run, "at_once": at_once, "images": 0, "folder": "", "folder_key": ""}
    found = Records(
        asked(Study("rewind", config, {"run": run, "order": "alone", "what": "both"}), store),
        asked(Study("dial", config, {"run": run, "statistics": "mixed"}), store),
        asked(Study("robustness", config, shift), store),
    )
    _print_seed(config, found)
    return found


def _print_seed(config: ExperimentConfig, found: Records) -> None:
    blocks = found.rewind["blocks"]
    adjusted = holm(np.array([row["p_value"] for row in blocks]))
    losing = [row["block"] for row, p in zip(blocks, adjusted, strict=True)
              if row["lost"] > 0 and p < SIGNIFICANCE]  # fmt: skip
    clean = {row["network"]: row for row in found.shift["rows"] if not row["kind"]}
    print(f"seed {config.seed}: " + ", ".join(f"{name} {row['accuracy']:.3f}" for name, row in clean.items()))
    print(f"  blocks whose rewinding loses (Holm): {', '.join(losing) or 'none'} of {len(blocks)}; most: "
          f"{', '.join(row['block'] for row in most_lost(blocks))}; intervals apart: {any_apart(blocks)}; "
          f"moved most: {max(blocks, key=lambda row: row['change'])['block']}")  # fmt: skip
    beats = [row["mix"] for row in found.dial["mixes"] if row["beats_both"]]
    print(f"  mixes that beat both ends under shift: {beats or 'none'}", flush=True)


def table(found: list[Records]) -> None:
    """A row a claim over all seeds."""
    for row in ROWS:
        values = [value for value in map(row.measure, found) if value is not None]
        if not values:
            print(f"| {row.claim} | no seed tells | | cannot tell |")
            continue
        mean = mean_interval(values)
        says = "cannot tell"
        if mean.low > 0 or mean.high < 0:
            says = "agrees" if (mean.mean > 0) == (row.published > 0) else "does not"
        seeds = ", ".join(f"{value:+.2f}" for value in values)
        print(f"| {row.claim} | {seeds} | {mean.mean:+.2f} ({mean.low:+.2f} to {mean.high:+.2f}) | {says} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.findings", description=__doc__)
    parser.add_argument("presets", nargs="*", default=["first-visit"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    device.configure(device.fitting(preset(arguments.presets[0]))[0])
    with tempfile.TemporaryDirectory() as folder:
        store = Store(arguments.home or Path(folder))
        for name in arguments.presets:
            recipe, found = preset(name), []
            for setting in arguments.set:
                recipe = parse_setting(recipe, setting)
            print(f"\n{' '.join([name, *arguments.set])}", flush=True)
            for seed in arguments.seeds:
                found.append(
                    records(replace(recipe, seed=seed, data=replace(recipe.data, split_seed=seed)), store)
                )
            table(found)


if __name__ == "__main__":
    main()
