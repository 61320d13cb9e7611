"""What the app would say to each question, and the document that holds what a person says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from core.codegen.keras import keras_code
from core.lab import answers_code, answers_why
from core.lab.answers import Answer
from core.lab.own_words import OwnWords
from core.lab.questions import QUESTIONS, Case, Question
from core.store import FinishedRun

ANSWERS: dict[int, Callable[[Case, str], Answer]] = {
    1: answers_why.transfer,
    2: answers_why.fine_tuning,
    3: answers_why.freezing,
    4: answers_why.augmenting,
    5: answers_code.loading,
    6: answers_code.making_non_trainable,
    7: answers_code.defining_augmentation,
    8: answers_code.adding_classifier,
}


def answer(number: int, case: Case, theme: str = "light") -> Answer:
    """One question answered; nothing is computed for the others.

    Raises:
        DatasetError: its pictures cannot be read.
    """
    return ANSWERS[number](case, theme)


@dataclass(frozen=True)
class Section:
    """One question in the document.

    Attributes:
        words: The person's own; empty where they have written none, and then nothing else is shown.
        evidence: What their runs say, and what the app would say.
        own: Whether the evidence is numbers of their own runs.
        quoted: Whether what the app would say is to stand there, as a quotation.
    """

    question: Question
    words: str
    evidence: Answer
    own: bool
    quoted: bool


@dataclass(frozen=True)
class Document:
    """A person's answers with what belongs in front of and behind them.

    Attributes:
        name: Whose they are; may be empty.
        date: The day it was made, such as `29 November 2026`.
        summary: Such as "5 of 8 answered in own words, with evidence from own runs."
        runs: The runs the numbers come from, a row each, with the key that names them for good.
        code: What each of these runs is called, and the code that trains it.
    """

    title: str
    name: str
    date: str
    summary: str
    sections: tuple[Section, ...]
    runs: pd.DataFrame
    code: tuple[tuple[str, str], ...]


def document(cases: Mapping[int, Case], written: OwnWords, today: date) -> Document:
    """Everything one person wrote, on light paper. Raises DatasetError.

    Args:
        cases: By the question's number, each with the evidence chosen for it.
    """
    answered = {number: case for number, case in cases.items() if written.to(number).words.strip()}
    used = runs_used(answered)
    case = next(iter(cases.values()))
    return Document(
        title=f"Transfer learning: eight questions, answered on {case.title}",
        name=written.name,
        date=f"{today.day} {today:%B %Y}",
        summary=summary(done(cases, written)),
        sections=tuple(_section(question, cases[question.number], written) for question in QUESTIONS),
        runs=_table(used, case),
        code=tuple((case.names[run.run_key], keras_code(run.config, len(case.classes))) for run in used),
    )


def _section(question: Question, case: Case, written: OwnWords) -> Section:
    said = written.to(question.number)
    own = case.evidence.own(question.number)
    return Section(question, said.words.strip(), answer(question.number, case), own, said.quoted)


def done(cases: Mapping[int, Case], written: OwnWords) -> list[int]:
    """Numbers of the questions that have own words and evidence of own runs that fits them."""
    return [n for n, case in cases.items() if written.to(n).words.strip() and case.evidence.own(n)]


def summary(numbers: Sequence[int]) -> str:
    """`5 of 8 answered in own words, with evidence from own runs.`"""
    return f"{len(numbers)} of {len(QUESTIONS)} answered in own words, with evidence from own runs."


def runs_used(cases: Mapping[int, Case]) -> list[FinishedRun]:
    """The runs that these questions' evidence comes from, each once."""
    used: dict[str, FinishedRun] = {}
    for number, case in cases.items():
        runs = [*case.evidence.used(number)]
        if number == 3 and runs and case.evidence.thawed_at_once is not None:
            runs.append(case.evidence.thawed_at_once)
        if number == 2 and runs and case.evidence.control is not None:
            runs.append(case.evidence.control)
        used |= {run.run_key: run for run in runs if run.run_key in case.names}
    return list(used.values())


def _table(runs: Sequence[FinishedRun], case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "run": case.names[run.run_key],
                "created": run.result.created[:10],
                "seed": run.config.seed,
                "images": " / ".join(f"{count:,}" for count in run.result.dataset.counts.values()),
                "computed on": run.result.device,
                "key": run.run_key,
            }
            for run in runs
        ],
        columns=["run", "created", "seed", "images", "computed on", "key"],
    )
