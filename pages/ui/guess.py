"""A guess before the press: one optional touch, which the verdict answers afterwards."""

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.config import ExperimentConfig
from core.statistics.verdict import Verdict
from core.wording.verdicts import GUESSES
from pages.ui import services

HELP = "If you like. The verdict on the validation images will answer it."


def ask(key: str, question: str, options: Mapping[Any, str] = GUESSES, help: str = HELP) -> None:
    """Draw the touch.

    Args:
        key: Of the control, by which `made` finds the guess again.
        question: Such as "Your guess: fine-tuning will be…".
    """
    st.segmented_control(
        question, list(options), format_func=options.__getitem__, key=key, persist_state="session", wrap=True,
        help=help,
    )  # fmt: skip


def made(key: str) -> Any:
    """What was guessed; None where nothing was."""
    return st.session_state.get(key)


def about_run(run_key: str) -> None:
    """A run that fine-tunes, against its control."""
    ask(
        key(run_key),
        "Your guess: against the same head trained as long, fine-tuning will be…",
    )


def about_run_before(run_key: str, before: str, name: str) -> None:
    """A run without a control, against the one before it.

    Args:
        before: That one's key, and `name` what it is called.
    """
    ask(pair_key(run_key, before), f"Your guess: against run {name}, this one will be…")


def pair_key(run_key: str, against: str) -> str:
    """Where a guess about two runs is kept."""
    return key(f"{run_key}-{against}")


def pending(config: ExperimentConfig) -> bool:
    """Whether a guess about this run would still be one: it has not finished. Raises DatasetError."""
    run = services.state(services.run_key(config))
    return run is None or run.status != "finished"


def of_run(run_key: str) -> Verdict | None:
    """The guess of `about_run`."""
    return made(key(run_key))


def of_pair(run_key: str, against: str) -> Verdict | None:
    """The guess about two runs."""
    return made(pair_key(run_key, against))


def key(subject: str) -> str:
    """No run's own key: another person may have asked for the same run, and a page names nobody else's."""
    return f"guess-{hashlib.sha256(subject.encode()).hexdigest()[:16]}"
