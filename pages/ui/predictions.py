"""What a trained network said about each image of a split, and the network itself to look through it, out of
the store and kept between redraws."""

from pathlib import Path

import numpy as np
import streamlit as st

from core.compare.comparison import Model
from core.errors import StoreError
from core.method.grad_cam import Head
from core.method.lens import Lens
from core.predict.one import Network
from core.store import Store
from pages.ui import services
from pages.ui.compare.compared import Compared


def of(one: Compared, split: str) -> tuple[np.ndarray, np.ndarray]:
    """`of_phase` of what is compared."""
    return of_phase(one.run.run_key, one.phase.name, split)


def of_phase(run_key: str, phase: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities, labels) over `validation` or `test`: float32 (n,) of the second class for two classes,
    else (n, classes); int64 (n,). Shared by all sessions: read them, never change them.

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    store = services.get_store()
    path = store.path(run_key) / "metrics.json"
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _of(str(store.home), stamp, run_key, phase, split)


@st.cache_resource(show_spinner=False, max_entries=64)
def _of(home: str, stamp: int, run_key: str, phase: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    arrays = Store(Path(home)).arrays(run_key)
    try:
        return arrays[f"{phase}/{split}"], arrays[f"labels/{split}"]
    except KeyError as error:
        raise StoreError(f"Run {run_key} keeps no predictions of {phase}.", fix="Run it again.") from error


def network(one: Compared, lens: Lens) -> Network:
    """The network behind a run's phase: its lens, and its head from the store."""
    head = _head(str(services.get_store().home), one.model)
    return Network(one.label, one.run.result.dataset.classes, lens, head)


@st.cache_resource(show_spinner=False, max_entries=32)  # read only
def _head(home: str, model: Model) -> Head:
    return Head.of_run(Store(Path(home)), model.run_key, model.phase)
