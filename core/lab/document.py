"""All eight answers, one by one for the page, or together as a document to keep."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core.lab import answers_code, answers_why
from core.lab.answers import Answer
from core.lab.questions import QUESTIONS, Case
from core.wording import augmentation

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
class Document:
    """The answers with what belongs in front of and behind them.

    Attributes:
        summary: Such as "5 of 8 answered with numbers of your own runs."
        settings: What the code is for, in words.
        runs: The runs the numbers come from, a row each, with the key that names them for good.
    """

    title: str
    summary: str
    settings: str
    answers: tuple[Answer, ...]
    runs: pd.DataFrame


def document(case: Case) -> Document:
    """Everything, on light paper. Raises DatasetError."""
    return Document(
        title=f"Transfer learning: eight questions, answered on {case.title}",
        summary=summary(case),
        settings=settings_said(case),
        answers=tuple(answer(question.number, case) for question in QUESTIONS),
        runs=runs_used(case),
    )


def summary(case: Case) -> str:
    """`5 of 8 answered with numbers of your own runs.`"""
    return f"{len(case.own)} of {len(QUESTIONS)} answered with numbers of your own runs."


def settings_said(case: Case) -> str:
    """What the code is for."""
    settings, run = case.coded(), case.evidence.frozen
    whose = f"is that of {case.called(run)}:" if run else "is for"
    return (
        f"The code {whose} {len(case.classes)} classes, pictures of {settings.data.image_size} px and "
        f"batches of {settings.batch_size}, "
        f"{augmentation.said(settings.augmentation, settings.data.image_size)}."
    )


def runs_used(case: Case) -> pd.DataFrame:
    """A row for each run that some answer uses."""
    found = case.evidence
    runs = [found.frozen, found.tuned, *(found.scratch or ()), found.thawed_at_once, *(found.augmented or ())]
    used = {run.run_key: run for run in [*runs, found.augmenting] if run is not None}
    return pd.DataFrame(
        [
            {
                "run": case.names[key],
                "created": run.result.created[:10],
                "seed": run.config.seed,
                "images": " / ".join(f"{count:,}" for count in run.result.dataset.counts.values()),
                "computed on": run.result.device,
                "key": key,
            }
            for key, run in used.items()
        ],
        columns=["run", "created", "seed", "images", "computed on", "key"],
    )
