"""How results are told in a terminal: lines for a person, or one JSON object."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data import summary
from core.data.datasets import Dataset
from core.errors import DatasetError, StoreError
from core.files import write_json
from core.results import PhaseResult, RunResult, to_plain
from core.statistics.balanced import balanced, uneven
from core.statistics.paired import PairedVerdict
from core.wording import words
from core.wording.choosing import choice_note, ending
from core.wording.verdicts import control_sentence

NAMED = 5  # pictures that are named on screen


@dataclass(frozen=True)
class Answer:
    """A finished run as it is told.

    Attributes:
        from_store: Whether nothing had to be trained for it.
        control: What its fine-tuning is judged against (`ExperimentConfig.control`); None where there is
            none, or not yet.
        verdict: Of the fine-tuning against the control, on the validation images.
        dataset: The images, where they are still here.
    """

    result: RunResult
    from_store: bool
    control: PhaseResult | None = None
    verdict: PairedVerdict | None = None
    dataset: Dataset | None = None


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
    images = len(answer.dataset.items) if answer.dataset is not None else 0
    left = f" ({words.part_of(used, images)} images)" if images else ""
    print(f"{result.run_key}  {result.dataset.name}: {counts}{left}")
    for phase in result.phases:
        _print_phase(phase.name.replace("_", " "), phase, result)
    if answer.control is not None:
        _print_phase(
            f"control, the head alone for {len(answer.control.epochs)} epochs", answer.control, result
        )
    if answer.verdict is not None:
        print(f"  {control_sentence(answer.verdict, result.last.unfreeze_from)}")
    if chosen := choice_note(result.phases):
        print(f"  {chosen}")
    print(f"  weights: {result.weights.source}; BatchNorm in {result.batch_norm} mode")
    print(f"  path: {words.path(result)}")


def print_dataset(dataset: Dataset, home: Path) -> None:
    """What a run is trained on, on standard error: a line to check, and the pictures that cannot be read."""
    print(summary.of_dataset(dataset), file=sys.stderr)
    if dataset.guessed:
        print(f"  {guessed_names(dataset.guessed)}", file=sys.stderr)
    unreadable = _unreadable(dataset)
    for one in unreadable[:NAMED]:
        print(f"  passed over: {one}", file=sys.stderr)
    if len(unreadable) > NAMED:
        print(f"  and {len(unreadable) - NAMED:,} more{_noted(dataset, home)}", file=sys.stderr)


def _unreadable(dataset: Dataset) -> list[str]:
    """Every picture that cannot be read, with why."""
    return [f"{one.name}: {one.detail or one.reason}" for one in dataset.passed_over if one.is_unreadable]


def guessed_names(names: Sequence[str]) -> str:
    """What to do about class names of a zip that does not say in which alphabet it writes them."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    said = f"names in the zip are written in an unknown alphabet: {', '.join(names[:NAMED])}{more}"
    return f"{said}; if they are wrong, unpack it, or rename its folders"


def _noted(dataset: Dataset, home: Path) -> str:
    """Where all that is passed over is listed, as the end of a line; nothing where the disk is full."""
    file = home / "passed-over" / f"{dataset.key}.json"
    try:
        write_json(file, summary.by_reason(dataset.passed_over, dataset.classes))
    except StoreError:
        return ""
    return f"; all of them are in {file}"


def refuse_unreadable(dataset: Dataset) -> None:
    """Raises DatasetError where pictures were passed over because they cannot be read."""
    if unreadable := _unreadable(dataset):
        raise DatasetError(
            f"{len(unreadable):,} pictures cannot be read: {'; '.join(unreadable[:NAMED])}"
            + "; and more." * (len(unreadable) > NAMED),
            "With --strict every picture must be read.",
            "Mend or remove them, or leave --strict away.",
            field="data.name",
        )


def _print_phase(title: str, phase: PhaseResult, result: RunResult) -> None:
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
    if uneven(result.dataset.class_counts["train"]):
        found = {"validation": balanced(phase.validation), "test": balanced(phase.test)}
        said = [
            f"{split} {one.accuracy:.3f} ({one.interval[0]:.3f} to {one.interval[1]:.3f}), macro-F1 "
            f"{one.macro_f1:.3f} ({one.macro_f1_interval[0]:.3f} to {one.macro_f1_interval[1]:.3f})"
            for split, one in found.items()
        ]
        print(f"    classes are uneven; balanced accuracy: {'; '.join(said)}")
    if ended := ending(phase):
        print(f"    {ended}")


def _phase_plain(phase: PhaseResult) -> dict[str, Any]:
    """A phase's record, each evaluation with `balanced`: what counts each class alike."""
    plain = to_plain(phase)
    for split in ("validation", "test"):
        plain[split]["balanced"] = to_plain(balanced(getattr(phase, split)))
    return plain


def as_plain(answer: Answer) -> dict[str, Any]:
    """The JSON answer of `run` and `show`. `control` has its `epochs` and the rest as a phase has them;
    `dataset.passed_over` is null where the images are no longer here."""
    result, plain = answer.result, to_plain(answer.result)
    plain["phases"] = list(map(_phase_plain, result.phases))
    control = _phase_plain(answer.control) if answer.control is not None else None
    known, dataset = ("name", "classes", "counts", "split_key", "levels"), answer.dataset
    passed_over = None if dataset is None else summary.by_reason(dataset.passed_over, dataset.classes)
    return {
        "run_key": result.run_key,
        "from_store": answer.from_store,
        "dataset": {name: plain["dataset"][name] for name in known} | {"passed_over": passed_over},
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
