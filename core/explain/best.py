"""The best recipe within some minutes (`core.sweeps.search`), as the worker looks for it.

    record   as `core.sweeps.search_record.new_record` describes it

Runs are stored under their own keys as they finish. The record so far is in the study's log, so that a page
shows each step, and a search that was stopped, cut off or gave way goes on with what was left of its time.
"""

import copy
from typing import Any

import numpy as np

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.explain.studies import TRAINING, Context, Kind, Study
from core.explain.sweep import of_all_runs
from core.running import price
from core.running.identity import Asked
from core.store import Store
from core.sweeps import candidates, search
from core.sweeps.point import Asks
from core.sweeps.search import Told
from core.sweeps.search_plan import MORE_SEEDS
from core.sweeps.search_record import Record
from core.sweeps.training import Progress
from core.typed_numbers import read_number
from core.wording import words

MINUTES = (0.5, 600.0)
LEAST_SECONDS = 1.0  # of a search that had used up its time when it was cut off: it decides
TOLD = {  # name of a stage -> what it is called in a log
    "default": "search_default", "sizes": "search_sizes", "depths": "search_depths",
    "neighbours": "search_neighbours", "seeds": "search_seeds",
}  # fmt: skip
EVENT = "search"


def study_of(config: ExperimentConfig, minutes: float) -> Study:
    """The question for a recipe."""
    return Study("best", config, {"minutes": float(minutes)})


def read_minutes(text: str) -> float:
    """Minutes as typed. Raises ConfigError unless it is a number in `MINUTES`."""
    low, high = MINUTES
    try:
        found = read_number(text, percent=False)
    except ValueError:
        found = None
    if found is None or not low <= found <= high:
        expected = f"Expected a number from {low:g} to {high:g}."
        raise ConfigError(f"The number of minutes is {text!r}.", expected, field="minutes")
    return float(found)


def check(config: ExperimentConfig, minutes: float, dataset: Dataset, store: Store) -> None:
    """Refuse a search that could not end with an answer.

    Raises:
        ConfigError: the recipe is none to search from, or alone takes longer.
        DatasetError: the images cannot be divided as it asks.
    """
    candidates.default_of(config)
    seconds = price.predict(Asked(config, dataset, store)).seconds
    if seconds > 60 * minutes:
        raise ConfigError(
            f"The default recipe alone should take {words.duration(seconds)}, and there are "
            f"{words.duration(60 * minutes)}.",
            "Expected time for it and for others to compare with it.",
            "Give more minutes, or take smaller or fewer images.", field="minutes",
        )  # fmt: skip


def record_so_far(store: Store, key: str) -> Record | None:
    """The record of a search under way, stopped or finished; None where it has not begun."""
    if store.finished(key):
        return store.record(key)
    events = reversed(store.log(key).events)
    return next((event["record"] for event in events if event["event"] == EVENT), None)


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    before = record_so_far(store, Study("best", config, options).key(dataset))
    spent = before["seconds"] if before else 0.0
    return max(LEAST_SECONDS, 60 * options["minutes"] - spent)


def _runs(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> list[Asked]:
    """All that it could come to train; where nobody logs in no one asks whose they are."""
    if store.person is None:
        return []
    wanted, steps = candidates.everything(config), (0, *MORE_SEEDS)
    return [Asked(one.config, dataset, store) for each in wanted for one in each.points(config, steps)]


KIND = Kind(
    title="Finding the best",
    version=1,
    parts=("data", "base", "augmentation", "head", "feature_extraction", "fine_tuning", "seed", "batch_norm",
           "batch_size", *TRAINING),
    images=lambda counts, options: 0,
    price=_price,
    runs=_runs,
    patient=True,
)  # fmt: skip


def compute(context: Context) -> tuple[Record, dict[str, np.ndarray]]:
    """Options: `minutes`. Raises as `search.find` does."""
    log, minutes = context.log, context.options["minutes"]

    def progress(name: str, so_far: Progress, left: float) -> None:
        log("stage", name=TOLD[name], done=so_far.done, total=so_far.total)
        log("left", seconds=left, pause=0.0)

    asks = Asks(of_all_runs(log), log.should_stop, log.should_give_way, log.between_steps)
    told = Told(lambda record: log(EVENT, record=record), progress)
    before = copy.deepcopy(record_so_far(context.store, context.key))  # a log's events are not changed
    check(context.config, minutes, context.dataset, context.store)
    return search.find(context.config, minutes, context.dataset, context.store, told, asks, before), {}
