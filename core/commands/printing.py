"""How results are told in a terminal: lines for a person, or one JSON object."""

import json
from typing import Any

from core.results import RunResult, to_plain
from core.wording import words


def print_json(value: dict[str, Any]) -> None:
    """One line on standard output."""
    print(json.dumps(value))


def print_result(result: RunResult, from_store: bool, as_json: bool) -> None:
    """A run's phases with their counts and intervals."""
    if as_json:
        print_json(as_answer(result, from_store))
        return
    counts = ", ".join(f"{n:,} {split}" for split, n in result.dataset.counts.items())
    print(f"{result.run_key}  {result.dataset.name}: {counts}")
    for phase in result.phases:
        low, high = phase.validation.interval
        print(
            f"  {phase.name.replace('_', ' ')}: {phase.trainable_variables} variables, "
            f"{phase.trainable_parameters:,} parameters learned in {phase.seconds['total']:.1f} s "
            f"({phase.seconds_from_nothing:.1f} s from nothing)\n"
            f"    validation {phase.validation.accuracy:.3f} ({low:.3f} to {high:.3f}, "
            f"{phase.validation.correct} of {phase.validation.n}), "
            f"test {phase.test.accuracy:.3f} ({phase.test.interval[0]:.3f} to {phase.test.interval[1]:.3f}, "
            f"{phase.test.correct} of {phase.test.n})"
        )
    print(f"  weights: {result.weights.source}; BatchNorm in {result.batch_norm} mode")
    print(f"  path: {words.path(result)}")


def as_answer(result: RunResult, from_store: bool) -> dict[str, Any]:
    """The JSON answer of `run` and `show`."""
    plain = to_plain(result)
    return {
        "run_key": result.run_key,
        "from_store": from_store,
        "dataset": {name: plain["dataset"][name] for name in ("name", "classes", "counts", "split_key")},
        "weights": plain["weights"],
        "path": result.path,
        "batch_norm": result.batch_norm,
        "device": result.device,
        "phases": plain["phases"],
        "test": plain["phases"][-1]["test"],
        "seconds": result.seconds,
        "predicted_seconds": result.predicted_seconds,
    }
