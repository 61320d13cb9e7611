"""Several runs asked for at once: one priced button, one line of progress, one Stop."""

from collections.abc import Callable

import streamlit as st

from core.config import ExperimentConfig
from core.errors import ThawError
from core.running.state import RunState
from core.wording import words
from pages.ui import services, show, stopping


def done(configs: list[ExperimentConfig]) -> int:
    """How many of them have finished."""
    store = services.get_store()
    return sum(store.finished(services.run_key(config)) for config in configs)


def train_button(missing: list[ExperimentConfig], name: str) -> None:
    """Queue them all, for the price of all. `name` sets this button apart from others of the app."""
    seconds = sum(services.get_price(config).seconds for config in missing)
    st.button(
        f"Train {words.plural(len(missing), 'run')} · {words.price(seconds, False)}", key=f"train-{name}",
        type="primary", icon=":material/play_arrow:", on_click=_submit, args=(missing, name),
    )  # fmt: skip
    problem = st.session_state.pop(f"{name}_problem", None)
    if problem is not None:
        show.error(problem)


def _submit(configs: list[ExperimentConfig], name: str) -> None:
    try:
        for config in configs:
            services.submit(config)
    except ThawError as problem:
        st.session_state[f"{name}_problem"] = problem


def progress(
    configs: list[ExperimentConfig],
    done_before: int,
    name: str,
    say: Callable[[int, int, ExperimentConfig, RunState], str],
) -> None:
    """Which run of how many, what it does, and Stop. The body of a fragment that redraws itself; a finished
    run redraws the page.

    Args:
        done_before: How many had finished when the page was drawn.
        say: (finished, all, the run in training or next, its state) -> the line above the bar.
    """
    states = [services.state(services.run_key(config)) for config in configs]
    active = [index for index, run in enumerate(states) if run is not None and run.active]
    finished = done(configs)
    if not active or finished != done_before:
        st.rerun()
    now = next((index for index in active if states[index].status == "running"), active[0])
    st.progress(finished / len(configs), text=say(finished, len(configs), configs[now], states[now]))
    keys = [states[index].run_key for index in active]
    stopping.button(keys, f"stop-{name}", hint="Runs that have finished are kept.")
