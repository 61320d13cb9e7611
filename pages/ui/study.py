"""Studies on a page: the button that computes one, with its price; its progress; and the answer.

A study is what the worker computes beside runs (`core.explain.studies`). Usual use:

    found = study.ask(Study("probes", config), "Probe every block")
    if found is not None:
        draw(found.record, found.arrays)
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.errors import ThawError
from core.explain import studies
from core.explain.studies import Study
from core.method.lens import Lens
from core.running.state import RunState
from core.store import Store
from core.wording import words
from pages.ui import services, show, stopping

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Found:
    """A finished study. Shared by all sessions: read it, never change it."""

    key: str
    record: dict[str, Any]
    arrays: dict[str, np.ndarray]


def answer(asked: Study) -> Found | None:
    """The stored answer, or None if it was not computed yet. Draws nothing.

    Raises:
        DatasetError: the images cannot be read.
        StoreError: the stored answer is broken.
    """
    key, store = _key(asked), services.get_store()
    if not store.whole(key):
        return None
    return _found(key, str(store.home), (store.path(key) / "metrics.json").stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=32)
def _found(key: str, home: str, stamp: int) -> Found:
    store = Store(Path(home))
    return Found(key, store.record(key), store.arrays(key))


def ask(
    asked: Study, button: str, *, note: str = "", at_once: bool = False, height: int | str = "content"
) -> Found | None:
    """The answer; where there is none, what leads to it is drawn: the button, the progress, the problem.

    Args:
        button: What the button says; its price is added.
        note: What will be computed, in a sentence or two above the button.
        at_once: Compute without asking: for what takes a second or two.
        height: Of the empty box, so that the page does not jump when the answer comes.
    """
    try:
        found = answer(asked)
        if found is not None:
            return found
        run = state(asked)
        if run is None and at_once:
            submit(asked)
            run = state(asked)
        if run is not None and run.active:
            st.fragment(_progress, run_every=POLL_SECONDS)(asked, height)
            return None
        _waiting(asked, run, button, note, height)
    except ThawError as problem:
        show.error(problem)
    return None


def _waiting(asked: Study, run: RunState | None, button: str, note: str, height: int | str) -> None:
    price = words.price(_seconds(asked), False)
    with st.container(border=True, height=height, horizontal_alignment="center", vertical_alignment="center"):
        if run is not None and run.message and run.status != "finished":
            st.warning(run.message.replace("$", "\\$"), icon=":material/front_hand:")
        if note:
            st.markdown(note, text_alignment="center")
        st.button(
            f"{button} · {price}", key=f"compute-{_widget(asked)}", type="primary",
            icon=":material/play_arrow:",
            on_click=submit, args=(asked,),
        )  # fmt: skip


def _progress(asked: Study, height: int | str) -> None:
    """Redraws itself until the answer is there."""
    run = state(asked)
    if run is None or not run.active:
        st.rerun()
    share = min(1.0, run.done / run.total) if run.total else 0.0
    with st.container(border=True, height=height, vertical_alignment="center"):
        st.progress(share, text=words.stage(run).capitalize())
        stopping.button([_key(asked)], f"stop-{_widget(asked)}", hint="Nothing of it is kept.")


def state(asked: Study) -> RunState | None:
    """Where the computation stands; None if nobody has asked for it."""
    return services.state(_key(asked))


def submit(asked: Study) -> None:
    """Ask the worker for it. A callback."""
    dataset = services.get_dataset(asked.config.data.name)
    studies.request(asked, services.get_store(), dataset, services.person())
    services.get_jobs().ensure_worker()


def lens(asked: Study) -> Lens | None:
    """The network of a study of kind `lenses`, opened; converted first if need be, which takes seconds."""
    found = ask(asked, "Open the network", at_once=True)
    return None if found is None else _lens(found.key, found)


@st.cache_resource(show_spinner=False, max_entries=6)
def _lens(key: str, _found: Found) -> Lens:
    return Lens(_found.record, _found.arrays)


def _seconds(asked: Study) -> float:
    dataset = services.get_dataset(asked.config.data.name)
    return studies.predicted_seconds(asked, services.get_store(), dataset)


def _key(asked: Study) -> str:
    return asked.key(services.get_dataset(asked.config.data.name))


def _widget(asked: Study) -> str:
    """A widget key that is the same for the same place on the page. Lenses of two sizes may stand on one."""
    size = [str(asked.config.data.image_size)] if asked.kind == "lenses" else []
    return "-".join([asked.kind, *(f"{value}" for value in asked.options.values()), *size])
