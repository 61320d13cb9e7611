"""What an answer to a lab question holds, and the parts that several answers share."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from core.compare.comparison import Model
from core.config import BACKBONE_LAYERS
from core.errors import StoreError
from core.lab.questions import Case, Question, Tile
from core.results import PhaseResult, spent_on
from core.store import FinishedRun
from core.wording import words
from core.wording.verdicts import against_control, paired_sentence, together


@dataclass(frozen=True)
class Figure:
    """A chart; what it shows in words; and the numbers behind it where they are not in the answer's table."""

    chart: alt.TopLevelMixin
    said: str
    numbers: pd.DataFrame | None = None


@dataclass(frozen=True)
class Answer:
    """One question answered. In texts `...` marks code; there is no other markup.

    Attributes:
        explanation: The answer in a few plain sentences.
        origin: Whose numbers these are: a run of the person's own, or none.
        findings: What the numbers say.
        table: Facts down, runs or phases across.
    """

    question: Question
    explanation: str
    origin: str
    findings: tuple[str, ...] = ()
    table: pd.DataFrame | None = None
    figures: tuple[Figure, ...] = ()
    pictures: tuple[Tile, ...] = ()
    code: str = ""


def quoted(name: str) -> str:
    """A class's name in a sentence: on one line, without the mark for code."""
    plain = " ".join(name.replace("`", "'").split())
    return f"“{plain}”"


def begin(sentence: str) -> str:
    """`run B` at the beginning of a sentence: `Run B`."""
    return sentence[:1].upper() + sentence[1:]


Trained = tuple[str, FinishedRun, PhaseResult]  # what it is called, the run, and the phase it stands for


def results_table(trained: list[Trained]) -> pd.DataFrame:
    """Facts down, networks across: parameters trained, epochs, seconds, images right, accuracy, interval.

    A fine-tuned network needs its first phase, too: seconds and epochs of both stand beside those of its own.
    """
    columns = {}
    for label, run, phase in trained:
        checked, phases = phase.validation, run.result.up_to(phase)
        columns[label] = {
            "trainable parameters": f"{phase.trainable_parameters:,}",
            "epochs": f"{len(phase.epochs)}",
            "epochs of all phases": f"{sum(len(one.epochs) for one in phases)}",
            "seconds": f"{phase.seconds['total']:.1f}",
            "seconds of all phases, nothing reused": f"{spent_on(phases).from_nothing:.1f}",
            "validation images right": f"{checked.correct:,} of {checked.n:,}",
            "accuracy": words.percent(checked.accuracy),
            "95% interval": words.interval(*checked.interval),
        }
    return pd.DataFrame(columns)


def verdict_of(case: Case, title: str, first: Trained, second: Trained) -> str:
    """`title`, and the second network against the first on the same images: "fixed 38, broke 12 of ..."."""
    models = [Model(run.run_key, phase.name) for _, run, phase in (first, second)]
    try:
        return f"{title}: {paired_sentence(case.verdict(*models))}."
    except StoreError as problem:
        return f"{title}: {problem.happened}"


def worth_of_thawing(case: Case, frozen: Trained, tuned: Trained) -> list[str]:
    """Fine-tuning against the same head trained as long, and against the feature extraction before it."""
    control, point = case.evidence.control, tuned[2].unfreeze_from
    plain = verdict_of(case, "Before fine-tuning and after it", frozen, tuned)
    if control is None:
        alone = "What thawing alone was worth is not known: no head was trained as long to compare with."
        return [f"{plain} {together(point)}" + (f" {alone}" if point < BACKBONE_LAYERS else "")]
    as_long: Trained = ("control", control, control.result.last)
    return [verdict_of(case, against_control(point), as_long, tuned), f"{plain} {together(point)}"]


def from_run(case: Case, run: FinishedRun) -> str:
    """The origin of numbers out of one run."""
    return f"From your run {case.names[run.run_key]}, on {case.title}."
