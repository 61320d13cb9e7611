"""Trainings through Thaw's engine, each answer kept on disk as soon as it is there."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from core.config import ExperimentConfig
from core.errors import ConfigError, Stopped
from core.files import read_json, write_json
from core.results import RunResult
from core.running import experiment, jobs
from core.running.identity import ask
from core.store import Store

SEEDS = (1, 2, 3)


class Answers:
    """What was measured so far, on disk after every answer."""

    def __init__(self, path: Path):
        self._path = path
        self.known: dict[str, dict] = read_json(path) or {}

    def get(self, name: str, ask: Callable[[], dict]) -> dict:
        if name not in self.known:
            self.known[name] = ask()
            write_json(self._path, self.known)
            print(f"{name}: {json.dumps(self.known[name])}", file=sys.stderr, flush=True)
        return self.known[name]


def train(config: ExperimentConfig, store: Store, give_up: Callable[[dict], bool] | None = None) -> dict:
    """Every epoch's validation numbers and the test's, of one run.

    Args:
        give_up: Given each epoch's event, whether the run is not worth finishing.
    """
    seen, hopeless = [], []

    def report(event: str, **values) -> None:
        if event == "epoch":
            seen.append(values)
            if give_up is not None and give_up(values):
                hopeless.append(True)

    with jobs.training_lock(store):
        try:
            return _numbers(
                experiment.run(ask(config, store), report=report, should_stop=lambda: bool(hopeless))
            )
        except Stopped:
            return {name: [epoch[name] for epoch in seen] for name in ("val_accuracy", "val_loss")}
        except ConfigError as problem:  # the loss is no longer a number
            return {"val_accuracy": [e["val_accuracy"] for e in seen], "refused": str(problem)}


def _numbers(result: RunResult) -> dict:
    epochs = [epoch for phase in result.phases for epoch in phase.epochs]
    return {
        "val_accuracy": [epoch.val_accuracy for epoch in epochs],
        "val_loss": [epoch.val_loss for epoch in epochs],
        "test_accuracy": result.last.test.accuracy,
        "test_loss": result.last.test.loss,
        "seconds": round(sum(phase.seconds_from_nothing for phase in result.phases), 1),
        "run_key": result.run_key,
    }
