"""How results are told in a terminal: lines for a person, or one JSON object."""

import json
from dataclasses import dataclass
from typing import Any

from core.results import PhaseResult, RunResult, to_plain
from core.statistics.paired import PairedVerdict
from core.wording import words
from core.wording.verdicts import control_sentence


@dataclass(frozen=True)
class Answer:
    """A finished run as it is told.

    Attributes:
        from_store: Whether nothing had to be trained for it.
        control: What its fine-tuning is judged against (`ExperimentConfig.control`); None where there is
            none, or not yet.
        verdict: Of the fine-tuning against the control, on the validation images.
        images: In the data set as it is now, used or not; None where it is not here.
    """

    result: RunResult
    from_store: bool
    control: PhaseResult | None = None
    verdict: PairedVerdict | None = None
    images: int | None = None


def print_json(value: dict[str, Any]) -> None:
    """One line on standard output."""
    print(json.dumps(value))


def print_answer(answer: Answer, as_json: bool) -> None:
    """A run's phases with their counts and intervals, and what thawing was worth."""
    if as_json:
        print_json(as_plain(answer))
        return
    result = answer.result
    counts = ", ".join(f"{n:,} {split}" for split, n in result.dataset.counts.items())
    used = sum(result.dataset.counts.values())
    left = f" ({words.part_of(used, answer.images)} images)" if answer.images else ""
    print(f"{result.run_key}  {result.dataset.name}: {counts}{left}")
    for phase in result.phases:
        _print_phase(phase.name.replace("_", " "), phase)
    if answer.control is not None:
        _print_phase(f"control, the head alone for {len(answer.control.epochs)} epochs", answer.control)
    if answer.verdict is not None:
        print(f"  {control_sentence(answer.verdict, result.last.unfreeze_from)}")
    print(f"  weights: {result.weights.source}; BatchNorm in {result.batch_norm} mode")
    print(f"  path: {words.path(result)}")


def _print_phase(title: str, phase: PhaseResult) -> None:
    low, high = phase.validation.interval
    print(
        f"  {title}: {phase.trainable_variables} variables, "
        f"{phase.trainable_parameters:,} parameters learned in {phase.seconds['total']:.1f} s "
        f"({phase.seconds_from_nothing:.1f} s from nothing)\n"
        f"    validation {phase.validation.accuracy:.3f} ({low:.3f} to {high:.3f}, "
        f"{phase.validation.correct} of {phase.validation.n}), "
        f"test {phase.test.accuracy:.3f} ({phase.test.interval[0]:.3f} to {phase.test.interval[1]:.3f}, "
        f"{phase.test.correct} of {phase.test.n})"
    )


def as_plain(answer: Answer) -> dict[str, Any]:
    """The JSON answer of `run` and `show`. `control` has its `epochs` and the rest as a phase has them."""
    result, plain = answer.result, to_plain(answer.result)
    control = to_plain(answer.control) if answer.control is not None else None
    return {
        "run_key": result.run_key,
        "from_store": answer.from_store,
        "dataset": {name: plain["dataset"][name] for name in ("name", "classes", "counts", "split_key")},
        "weights": plain["weights"],
        "path": result.path,
        "batch_norm": result.batch_norm,
        "device": result.device,
        "phases": plain["phases"],
        "control": control and {name: control[name] for name in ("epochs", "validation", "test", "seconds")},
        "test": plain["phases"][-1]["test"],
        "seconds": result.seconds,
        "predicted_seconds": result.predicted_seconds,
    }
