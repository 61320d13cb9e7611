"""The command `study`: what in a stored run mattered, computed or out of the store."""

import sys
from typing import Any

import numpy as np

from core.commands.named import run_key
from core.commands.printing import print_json
from core.commands.training import say_waiting
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.explain import dial, robustness, studies, tails
from core.explain.studies import Study
from core.results import RunResult
from core.running import jobs
from core.running.identity import identify
from core.store import Store
from core.typed_places import read_place
from core.wording import words
from core.wording.run_notes import learned_nothing

KINDS = {  # as a terminal says it -> as `studies.kinds` has it
    "rewind": "rewind",
    "dial": "dial",
    "similarity": "cka",
    "shift": "robustness",
}


def study(parsed) -> None:
    """Compute a study of a run unless it is stored, and print its record."""
    store = Store()
    key = run_key(store, parsed.run_key)
    config, result = store.config(key), store.load(key)
    _refuse(parsed.kind, config, result)
    dataset = datasets.find(config.data.name, store.home, personal=store.personal)
    options = {"run": key, **_options(parsed, config, dataset, store)}
    record, _ = answered(Study(KINDS[parsed.kind], config, options), store, dataset)
    if parsed.json:
        print_json({"kind": parsed.kind, "run_key": key, "record": record})
        return
    for line in _lines(record):
        print(line)


def _refuse(kind: str, config: ExperimentConfig, result: RunResult) -> None:
    """Say at once what can be said before anything is computed. Raises ConfigError for a run of which this
    cannot be asked."""
    if kind == "similarity":
        return
    if kind == "dial":
        dial.require_frozen_phase(config, result)
    else:
        tails.require_thawed(config, result)
    if warning := learned_nothing(result):
        print(warning, file=sys.stderr)


def _options(parsed, config: ExperimentConfig, dataset: Dataset, store: Store) -> dict[str, Any]:
    """What the page would ask, with what the terminal says otherwise."""
    if parsed.kind == "rewind":
        return {"order": parsed.order, "what": parsed.what}
    if parsed.kind == "dial":
        return {"statistics": parsed.statistics}
    if parsed.kind == "similarity":
        return {}
    if parsed.images < 0:
        raise ConfigError(f"--images is {parsed.images}.", "Expected 0 for all, or more.", field="images")
    beside = identify(robustness.at_once_config(config), dataset) if config.two_phases else ""
    folder = read_place(parsed.folder) if parsed.folder else ""
    return {
        "at_once": beside if beside and store.whole(beside) else "",
        "images": parsed.images,
        "folder": folder,
        "folder_key": datasets.find(folder, store.home, personal=store.personal).key if folder else "",
    }


def answered(question: Study, store: Store, dataset: Dataset) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Record and arrays of a study, which is computed now unless it is stored."""
    key = question.key(dataset)
    if not store.whole(key):
        _compute(question, store, dataset)
    return store.record(key), store.arrays(key)


def _compute(question: Study, store: Store, dataset: Dataset) -> None:
    from core.method import device

    seconds = studies.predicted_seconds(question, store, dataset)
    print(f"About {words.duration(seconds)} on this machine.", file=sys.stderr)
    with jobs.training_lock(store, say_waiting):
        print(f"On {device.configure(device.fitting(question.config)[0])}.", file=sys.stderr)
        studies.perform(studies.request(question, store, dataset), store)


def _lines(record: dict[str, Any], indent: str = "") -> list[str]:
    """A record for a person, a line a value, rows of a table a line each."""
    found = []
    for name, value in record.items():
        if isinstance(value, dict):
            found += [f"{indent}{name}", *_lines(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found.append(f"{indent}{name}")
            found += [f"{indent}  " + ", ".join(f"{k} {_short(v)}" for k, v in row.items()) for row in value]
        else:
            found.append(f"{indent}{name}: {_short(value)}")
    return found


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return " to ".join(map(_short, value)) if len(value) == 2 else " ".join(map(_short, value))
    return str(value)
