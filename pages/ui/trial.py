"""Two runs that answer one question: a priced button each, their progress, their results and the verdict."""

from dataclasses import dataclass

import streamlit as st

from core.compare.comparison import Model
from core.config import ExperimentConfig
from core.errors import ThawError
from core.running.state import RunState
from core.wording import words
from pages.ui import results, services, show, stopping

POLL_SECONDS = 1.0


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
    """Draw both; while one is active this part redraws itself. The verdict is on the second's account."""
    try:
        active = [state_of(trial) is not None and state_of(trial).active for trial in (first, second)]
    except ThawError as problem:
        show.error(problem)
        return
    st.fragment(_pair, run_every=POLL_SECONDS if any(active) else None)(first, second, tuple(active))


def _pair(first: Trial, second: Trial, were_active: tuple[bool, bool]) -> None:
    columns = st.columns(2, border=True)
    finished = []
    for trial, column, was_active in zip((first, second), columns, were_active, strict=True):
        run = state_of(trial)
        if (run is not None and run.active) != was_active:
            st.rerun()  # it began or ended: the rest of the page has something new to say
        with column:
            finished.append(box(trial, run))
    if all(finished):
        models = [Model(run.run_key, services.result(run.run_key).last.name) for run in finished]
        results.verdict_line(f"{second.title} against {_lower(first.title)}", *models)


def state_of(trial: Trial) -> RunState | None:
    """Where its run stands. Raises DatasetError."""
    return services.state(services.run_key(trial.config))


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def box(trial: Trial, run: RunState | None) -> RunState | None:
    """Its result, its progress or its button; the state of a finished run, else None."""
    if run is not None and run.status == "finished":
        result = services.result(run.run_key)
        results.card(result.last, len(result.dataset.classes), f"**{trial.title}**")
        return run
    st.markdown(f"**{trial.title}**")
    if run is not None and run.active:
        share = min(1.0, run.done / run.total) if run.total else 0.0
        st.progress(share, text=words.stage(run).capitalize())
        stopping.button([run.run_key], f"stop-{trial.name}")
        return None
    if run is not None and run.message:
        st.warning(run.message.replace("$", "\\$"), icon=":material/front_hand:")
    price = services.get_price(trial.config)
    st.button(
        f"Train {words.what_learns(trial.config)} · {words.price(price.seconds, False)}",
        key=f"try-{trial.name}", icon=":material/play_arrow:", on_click=services.submit, args=(trial.config,),
    )  # fmt: skip
    return None
