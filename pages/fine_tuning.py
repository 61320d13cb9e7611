"""Fine-tuning: slide the unfreeze point, retrain, watch, and see whether it was worth it."""

import streamlit as st

from core import layers, words
from core.code import keras_code
from core.comparison import Model
from core.errors import ThawError
from core.notes import run_notes
from pages.ui import progress, recipe, results, services, show, state, thaw_bar

st.title("Fine-tuning")
st.markdown("How far should the network thaw? Slide, retrain, and see what it gains and what it costs.")

dataset = state.require_dataset()
classes = len(dataset.classes)
top = st.container()
picture, controls = st.columns([2, 1], gap="medium")

with controls:
    config = recipe.controls(state.base_config())
with top:
    config = thaw_bar.show(config, classes, action=results.run_button)

runs = state.runs_here()
names = words.run_names(services.visible_runs())
run_key = state.shown_run()


def compare_with_point(key: str) -> None:
    """Say so when the curves belong to another unfreeze point than the slider's."""
    shown = next(run.config for run in runs if run.run_key == key).fine_tuning
    here = config.fine_tuning
    if shown.epochs and shown.unfreeze_from != here.unfreeze_from:
        st.caption(
            f"Curves show {layers.stop_label(shown.unfreeze_from)}; you are at "
            f"{layers.stop_label(here.unfreeze_from)}."
        )


def what_came_of_it(key: str) -> None:
    """Verdicts on a finished run: against its own first phase, and against the run before it."""
    result = services.result(key)
    results.both_phases(key)
    older = [run for run in runs if run.result and run.run_key != key]
    before = next((r for r in older if r.result.dataset.split_key == result.dataset.split_key), None)
    if before is not None:
        results.verdict_line(
            f"Against run {names[before.run_key]}",
            Model(before.run_key, before.result.last.name),
            Model(key, result.last.name),
        )
    show.notice(run_notes(result))


with picture:
    if run_key is None:
        st.info("No run yet. The button above trains the first one.", icon=":material/arrow_upward:")
    else:
        st.markdown(f"**Run {names[run_key]}**")
        compare_with_point(run_key)
        run = services.state(run_key)
        if run.active and services.run_key(config) != run_key:
            results.stop_button(run_key, f"Stop run {names[run_key].split(' ·')[0]}")
        progress.panel(run_key)
        if run.status == "finished":
            try:
                what_came_of_it(run_key)
            except ThawError as problem:
                show.error(problem)

if runs:
    st.subheader("Runs on these images")
    results.runs_table(runs, names, classes)
    progress.epoch_numbers(run_key)

show.code(keras_code(config, classes))
