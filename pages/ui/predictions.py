"""What a trained network said about each image of a split, and the network itself to look through it, out of
the store and kept between redraws."""

from pathlib import Path

import numpy as np
import streamlit as st

from core.alarm import Alarm
from core.compare.comparison import Model
from core.compare.decision import decision_of
from core.errors import StoreError
from core.method.grad_cam import Head
from core.method.lens import Lens
from core.predict.decided import Decided
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
    """The network behind a run's phase: its lens, and its head from the store, and what was decided of it."""
    store, classes = services.get_store(), one.run.result.dataset.classes
    home, alarm = str(store.home), store.alarm(one.run.run_key)
    return Network(one.label, classes, lens, _head(home, one.model), _decided(home, one.model, alarm))


@st.cache_resource(show_spinner=False, max_entries=32)
def _decided(home: str, model: Model, alarm: Alarm | None) -> Decided:
    """The temperature and the alarm that is noted, of a run as it stood after a phase."""
    store = Store(Path(home))
    result = store.load(model.run_key)
    found = decision_of(store, result, model.phase)
    return Decided(result.dataset.classes, found.temperature and found.temperature.value, found.told)


@st.cache_resource(show_spinner=False, max_entries=32)  # read only
def _head(home: str, model: Model) -> Head:
    return Head.of_run(Store(Path(home)), model.run_key, model.phase)
