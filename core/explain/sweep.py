"""A sweep as the worker does it: many runs that one question asks for (`core.sweeps`).

    record   {"points": [{"settings": {name: value}, "seed", "run_key", "seconds", "problem",
                         "processor"}]}

Runs are stored under their own keys as they finish, so that a page shows each at once, a sweep that was
stopped goes on where it was, and nothing is trained twice. It lets whatever else is asked for go first.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.config import ExperimentConfig, with_setting
from core.data.datasets import Dataset
from core.explain.studies import TRAINING, Context, Kind, Study
from core.log import Log
from core.running.identity import Asked
from core.store import Store
from core.sweeps import training
from core.sweeps.plan import Sweep, of_options
from core.sweeps.point import Trained
from core.sweeps.training import Progress


def study_of(sweep: Sweep) -> Study:
    """The study that trains it. Who asks for the same curve from another recipe of it asks for the same."""
    base = sweep.base
    for name, values in sweep.vary.items():
        base = with_setting(base, name, values[0])
    return Study("sweep", base, sweep.to_options())


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    return sum(training.costs(of_options(config, options).points(), dataset, store))


def _runs(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> list[Asked]:
    return [Asked(point.config, dataset, store) for point in of_options(config, options).points()]


KIND = Kind(
    title="A curve",
    version=1,
    parts=("data", "base", "augmentation", "head", "feature_extraction", "fine_tuning", "seed", "batch_norm",
           "batch_size", *TRAINING),
    images=lambda counts, options: 0,
    price=_price,
    runs=_runs,
    patient=True,
)  # fmt: skip


def of_all_runs(log: Log) -> Callable[..., None]:
    """A `report` for many runs: what is done for all of them together goes into the log of their study, their
    own epochs are in their own logs."""

    def heard(event: str, **values) -> None:
        if event == "note":
            log.note(values["text"])
        elif event == "stage" and values["name"] in ("pixels", "features"):
            log(event, **values)

    return heard


def compute(context: Context) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Train every point that is not stored yet."""
    log = context.log

    def told(progress: Progress) -> None:
        log("stage", name="runs", done=progress.done, total=progress.total)
        log("left", seconds=progress.left, pause=0.0)

    trained = training.train(
        of_options(context.config, context.options).points(), context.dataset, context.store, told=told,
        report=of_all_runs(log), should_stop=log.should_stop, should_give_way=log.should_give_way,
        between_steps=log.between_steps,
    )  # fmt: skip
    return {"points": list(map(_plain, trained))}, {}


def _plain(one: Trained) -> dict[str, Any]:
    return {
        "settings": dict(one.point.settings),
        "seed": one.point.seed,
        "run_key": one.run_key,
        "seconds": one.seconds,
        "problem": one.problem,
        "processor": one.processor,
    }
