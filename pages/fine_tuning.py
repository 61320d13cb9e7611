"""Fine-tuning: slide the unfreeze point, retrain, watch, and see whether it was worth it."""

import streamlit as st

from core import layers
from core.codegen.keras import keras_code
from core.compare.comparison import Model
from core.config import ExperimentConfig
from core.data import datasets
from core.errors import ThawError
from core.store import FinishedRun, finished
from core.wording import words
from core.wording.run_notes import run_notes
from pages.ui import (
    asking,
    guess,
    progress,
    results,
    run_files,
    services,
    show,
    state,
    stopping,
    thaw_bar,
    views,
)
from pages.ui.tuning import grid, hurts, published, recipe, scratch, two_modes

VIEWS = {
    "retrain": "Retrain",
    "hurts": "When it hurts",
    "batch_norm": "BatchNorm",
    "scratch": "From scratch",
}

st.title("Fine-tuning")
st.markdown("How far should the network thaw? Slide, retrain, and see what it gains and what it costs.")

dataset = state.require_dataset()
classes = len(dataset.classes)
top = st.container()
picture, controls = st.columns([2, 1], gap="medium")

with controls:
    config, beside_rates = recipe.controls(state.base_config())
with top:
    config = thaw_bar.show(config, classes, action=asking.run_button)
    before_the_press = st.container()
with beside_rates:
    recipe.rate_advice(config, state.base_config())

runs = state.runs_here()
run_key = state.shown_run()
names = words.run_names(services.visible_runs())  # after both: a run that comes in between has a name


def guess_first() -> None:
    """What the run right of the button will come to, while nobody knows."""
    if not guess.pending(config):
        return
    key = services.run_key(config)
    if config.control() is not None:
        guess.about_run(key)
        return
    before = run_before(key, datasets.split_key(dataset, config.data))
    if before is not None:
        guess.about_run_before(key, before.run_key, names[before.run_key])


def run_before(key: str, split_key: str) -> FinishedRun | None:
    """The newest other run that learned from the same division of the images."""
    older = [run for run in finished(runs) if run.run_key != key]
    return next((run for run in older if run.result.dataset.split_key == split_key), None)


def retrain_view() -> None:
    """The run on stage: live curves, the guess or the verdict, both phases, what to notice."""
    if run_key is None:
        st.info("No run yet. The button above trains the first one.", icon=":material/arrow_upward:")
        return
    asked = services.get_store().config(run_key)
    letter = names[run_key].partition(" · ")[0]  # a name has of the rest only what sets it apart
    said = f"**Run {letter} · {words.recipe(asked)}** · BatchNorm: {words.batch_norm(asked)}"
    st.markdown(f"{said}{images_used(asked)}")
    compare_with_point(run_key)
    run = services.state(run_key)
    if run is None:  # deleted a moment ago
        return
    if run.active:
        if services.run_key(config) != run_key:
            stopping.button([run_key], "stop-shown", f"Stop run {names[run_key].split(' ·')[0]}")
        if services.run_key(config) != run_key and asked.control() is not None:
            guess.about_run(run_key)
    if run.status == "finished":
        with show.problems():
            grid.draw(run_key, dataset)
        verdicts(run_key)
    progress.panel(run_key)
    results.both_phases(run_key, verdict=False)
    if run.status == "finished":
        show.notice(
            "what changed, what moved most, and what is learned by heart", run_notes(services.result(run_key))
        )
        published.beside(run_key)


def images_used(asked: ExperimentConfig) -> str:
    """ " · 1,200 of 5,000 digits"; nothing where the data set has changed so that it cannot be divided so."""
    try:
        used = sum(services.counts(asked).values())
    except ThawError:
        return ""
    return f" · {words.part_of(used, len(dataset.items))} {services.noun(dataset.name)}"


def compare_with_point(key: str) -> None:
    """Say so when the curves belong to another unfreeze point than the slider's."""
    shown = next(run.config for run in runs if run.run_key == key)
    point, here = shown.fine_tuning.unfreeze_from, config.fine_tuning.unfreeze_from
    if shown.fine_tuning.epochs and not shown.from_scratch and point != here:
        st.caption(f"Curves show {layers.stop_label(point)}; you are at {layers.stop_label(here)}.")


def verdicts(key: str) -> None:
    """A finished run against its own first phase, and against the run before it."""
    result = services.result(key)
    results.own_verdict(result)
    before = run_before(key, result.dataset.split_key)
    if before is not None:
        results.verdict_line(
            f"Against run {names[before.run_key]}",
            Model(before.run_key, before.result.last.name),
            Model(key, result.last.name),
            guessed=guess.of_pair(key, before.run_key),
        )


with before_the_press, show.problems():
    guess_first()
with picture:
    view = views.choose("tuning_view", VIEWS)
    try:
        {
            "retrain": retrain_view,
            "batch_norm": lambda: two_modes.view(config),
            "hurts": lambda: hurts.view(config, dataset),
            "scratch": lambda: scratch.view(config, classes),
        }[view]()
    except ThawError as problem:
        show.error(problem)

if run_key is not None and view == "retrain":
    st.subheader("Runs on these images")
    results.runs_table(runs, names, classes)
    progress.epoch_numbers(run_key)
    run_files.draw(run_key)

published.expander()
show.code(keras_code(config.without_transfer() if view == "scratch" else config, classes))
