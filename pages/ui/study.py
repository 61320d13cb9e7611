"""Studies on a page: the button that computes one, with its price; its progress; and the answer.

A study is what the worker computes beside runs (`core.explain.studies`). Usual use:

    found = study.ask(Study("probes", config), "Probe every block")
    if found is not None:
        draw(found.record, found.arrays)
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from core.explain.studies import Study
from core.method.lens import Lens
from core.store import Store
from pages.ui import asking, services, show


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
    return stored(asking.key_of(asked))


def stored(key: str) -> Found | None:
    """The answer of this key, or None where there is none (any more)."""
    store = services.get_store()
    if not store.whole(key):
        return None
    return _found(key, str(store.home), (store.path(key) / "metrics.json").stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=32)
def _found(key: str, home: str, stamp: int) -> Found:
    store = Store(Path(home))
    return Found(key, store.record(key), store.arrays(key))


def ask(
    asked: Study,
    button: str,
    *,
    note: str = "",
    at_once: bool = False,
    height: int | Literal["content"] = "content",
) -> Found | None:
    """The answer; where there is none, what leads to it is drawn: the button, the progress, the problem.

    Args:
        button: What the button says; its price is added.
        note: What will be computed, in a sentence or two above the button.
        at_once: Compute without asking: for what takes a second or two.
        height: Of the empty box, so that the page does not jump when the answer comes.
    """
    with show.problems():
        found = answer(asked)  # a damaged one is set aside by this, and can be asked for again
        name = _widget(asked)
        if found is None and asking.ask([asked], name, button, note=note, at_once=at_once, height=height):
            found = answer(asked)
        return found
    return None


def quietly(asked: Study) -> Found | None:
    """The answer; where there is none it is asked for, once, and nothing is drawn: for what a page shows when
    it comes and does without until then.

    Raises:
        DatasetError: the images cannot be read.
        StoreError: the store cannot be written, or the stored answer is broken.
    """
    found = answer(asked)
    if found is None and services.state(asking.key_of(asked)) is None:
        asking.submit([asked])
    return found


def lens(asked: Study) -> Lens | None:
    """The network of a study of kind `lenses`, opened; converted first if need be, which takes seconds."""
    found = ask(asked, "Open the network", at_once=True)
    return None if found is None else opened(found)


def opened(found: Found) -> Lens:
    """The lens that such a study keeps."""
    return _lens(found.key, found)


@st.cache_resource(show_spinner=False, max_entries=6)
def _lens(key: str, _found: Found) -> Lens:
    return Lens(_found.record, _found.arrays)


def _widget(asked: Study) -> str:
    """A widget key that is the same for the same place on the page. Lenses of two sizes may stand on one."""
    size = [str(asked.config.data.image_size)] if asked.kind == "lenses" else []
    return "-".join([asked.kind, *(f"{value}" for value in asked.options.values()), *size])
