"""Class, at the side: what trains and what waits, whose it is, and Stop."""

import streamlit as st

from core import ownership
from core.explain import studies
from core.running import in_training, jobs
from core.stages import RunState
from core.wording import words
from core.wording.markdown import code
from pages.server import pace
from pages.ui import asking, services, show, stopping
from pages.ui.progress import POLL_SECONDS

SHOWN = 20


def draw() -> None:
    """Everything in the queue, redrawn while there is anything."""
    st.subheader("Training", anchor=False)
    st.fragment(_draw, run_every=pace.seconds(POLL_SECONDS))()


def _draw() -> None:
    with show.problems():
        store = services.get_store()
        found = [services.state(key) for key in (*in_training.at(store), *jobs.waiting(store))]
        active = [run for run in found if run is not None and run.active]
        if not active:
            st.caption("Nothing is training, and nobody waits.")
        for run in active[:SHOWN]:
            with st.container(border=True):
                st.markdown(f"**{_what(run)}** · {code(_who(run))}")
                asking.bar(run, words.stage(run))
                stopping.button([run.run_key], f"stop-{run.run_key}")
        if len(active) > SHOWN:
            st.caption(f"And {len(active) - SHOWN} more.")


def _what(run: RunState) -> str:
    store = services.get_store()
    if run.run_key.startswith("study-"):
        return studies.kind_of(store.study(run.run_key).get("kind", "")).title
    return words.what_learns(store.config(run.run_key))


def _who(run: RunState) -> str:
    names = ownership.people(services.get_store().home)
    return ", ".join(names.get(who, "someone") for who in run.askers) or "a terminal"
