"""Two runs that answer one question: a priced button each, their progress, their results and the verdict."""

from dataclasses import dataclass

import streamlit as st

from core.compare.comparison import Model
from core.config import ExperimentConfig
from core.errors import ThawError
from core.results import RunResult
from pages.ui import asking, guess, results, services, show


@dataclass(frozen=True)
class Trial:
    """One of the two.

    Attributes:
        title: What it is called in its box and in the verdict.
        name: For widget keys.
    """

    title: str
    name: str
    config: ExperimentConfig


def pair(first: Trial, second: Trial) -> None:
    """Draw both, each by itself. The verdict is on the second's account, and answers a guess made before.

    Raises:
        DatasetError: the images cannot be read.
    """
    keys = [services.run_key(one.config) for one in (second, first)]
    if guess.pending(first.config) or guess.pending(second.config):
        question = f"Your guess: {_lower(second.title)}, against {_lower(first.title)}, will be…"
        guess.ask(guess.pair_key(*keys), question)
    found = []
    for trial, column in zip((first, second), st.columns(2, border=True), strict=True):
        with column:
            found.append(box(trial))
    one, other = found
    if one is not None and other is not None:
        models = Model(one.run_key, one.last.name), Model(other.run_key, other.last.name)
        title = f"{second.title} against {_lower(first.title)}"
        results.verdict_line(title, *models, guessed=guess.of_pair(*keys))


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def box(trial: Trial) -> RunResult | None:
    """Its result, or what leads to it: the button, the progress or the problem. Gives the result."""
    try:
        result = services.result_of(trial.config)
    except ThawError as problem:
        st.markdown(f"**{trial.title}**")
        show.error(problem)
        return None
    if result is not None:
        results.card(result.last, len(result.dataset.classes), f"**{trial.title}**", result=result)
        return result
    st.markdown(f"**{trial.title}**")
    asking.ask([trial.config], trial.name, primary=False, boxed=False)
    return None
