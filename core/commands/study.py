"""The command `study`: what in a stored run mattered, computed or out of the store."""

import sys
from dataclasses import dataclass
from typing import Any

from core.commands.printing import print_json
from core.commands.training import say_waiting
from core.data import datasets
from core.explain import rewind, studies
from core.explain.studies import Study
from core.running import jobs
from core.store import Store
from core.wording import words


@dataclass(frozen=True)
class Asked:
    """How a terminal names a kind of study.

    Attributes:
        kind: As `studies.kinds` has it.
        options: Names of its options besides `run` -> the usual value.
    """

    kind: str
    options: dict[str, Any]


KINDS = {
    "rewind": Asked("rewind", {"order": rewind.ORDERS[0], "what": rewind.WHAT[0]}),
    "similarity": Asked("cka", {}),
}


def study(parsed) -> None:
    """Compute a study of a run unless it is stored, and print its record."""
    asked, store = KINDS[parsed.kind], Store()
    config, _ = store.config(parsed.run_key), store.load(parsed.run_key)  # the second: it has finished
    dataset = datasets.find(config.data.name, store.home, personal=store.personal)
    given = {name: getattr(parsed, name, None) for name in asked.options}
    options = {name: usual if given[name] is None else given[name] for name, usual in asked.options.items()}
    question = Study(asked.kind, config, {"run": parsed.run_key, **options})
    if not store.whole(question.key(dataset)):
        _compute(question, store, dataset)
    record = store.record(question.key(dataset))
    if parsed.json:
        print_json({"kind": parsed.kind, "run_key": parsed.run_key, "record": record})
        return
    for line in _lines(record):
        print(line)


def _compute(question: Study, store: Store, dataset) -> None:
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
