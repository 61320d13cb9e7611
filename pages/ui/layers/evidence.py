"""The view "Evidence" of the Layers page: what a run really changed, layer by layer."""

import streamlit as st

from core import layers
from core.charts.weight_change import change_chart
from core.codegen.keras import freeze_code
from core.concepts import tables
from core.concepts.frozen_or_trainable import comparison
from core.concepts.layer_notes import batch_norm_sentences
from core.concepts.weight_change import PARTS, change_frame, change_notes, frozen_badge
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ThawError
from core.results import PhaseResult
from core.store import FinishedRun, finished
from core.wording import words
from pages.ui import asking, progress, services, show, state, thaw_bar


def view(config: ExperimentConfig, dataset: Dataset) -> None:
    """Draw it: the evidence of a run, the comparison, BatchNorm's switches."""
    runs = [run for run in finished(state.runs_here()) if not run.config.from_scratch]
    names = words.run_names(services.visible_runs())
    run = _evidence(config, runs, names) if runs else None
    if run is None:
        _no_run(config)
    _side_by_side(config, dataset, run, names)
    shown, point = config, config.fine_tuning.unfreeze_from
    if run is not None:  # what is said of a run is about the point that it learned from
        shown, point = run.config, run.result.last.unfreeze_from
    _batch_norm(point)
    if run is not None:
        show.notice("which layers moved", change_notes(run.result.last, run.result.batch_norm))
    show.code(freeze_code(point, shown.data.image_size))


def _no_run(config: ExperimentConfig) -> None:
    """Nothing to show yet: the button that leads to it, or its progress."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(
            "Are frozen layers really frozen? After a run this shows how far each of the 154 layers moved.",
            text_alignment="center",
        )
        asking.first_run_button(config)
    run_key = state.shown_run()
    if run_key is not None:
        progress.panel(run_key, metrics=("accuracy",))


def _evidence(config: ExperimentConfig, runs: list[FinishedRun], names: dict[str, str]) -> FinishedRun:
    controls, picture = st.columns([1, 2], gap="medium")
    by_key = {run.run_key: run for run in runs}
    with controls:
        if st.session_state.get("evidence_run") not in by_key:
            st.session_state.pop("evidence_run", None)
        chosen = st.selectbox(
            "Run", list(by_key), format_func=names.__getitem__, key="evidence_run", persist_state="session",
            help="Finished runs of this data set, newest first.",
        )  # fmt: skip
        run = by_key[chosen]
        _badges(run.result.phases, len(run.result.dataset.classes))
        here, there = config.fine_tuning.unfreeze_from, run.result.last.unfreeze_from
        if here != there:
            st.caption(
                f"Everything here shows the run's {layers.stop_label(there)}; the slider is at "
                f"{layers.stop_label(here)}."
            )
    last = run.result.last
    said = f"Relative change of every layer's weights in run {names[chosen]}; {frozen_badge(last)[1]}"
    with picture:
        for part in PARTS:
            show.altair(
                change_chart(last, part, state.theme()), key=f"change-{PARTS.index(part)}",
                alt_text=f"{said}; {part}",
            )  # fmt: skip
        frame = change_frame(last)[["layer", "name", "part", "change", "says"]]
        show.numbers(frame, alt_text="relative L2 change by layer", key="change-numbers")
    return run


def _badges(phases: tuple[PhaseResult, ...], classes: int) -> None:
    """For each phase its icon and the proof that frozen stayed frozen."""
    for phase in phases:
        st.markdown(
            f"{words.PHASE_NAMES[phase.name].capitalize()}: {phase.trainable_parameters:,} numbers learned"
        )
        thaw_bar.still(phase.unfreeze_from, classes)
        holds, said = frozen_badge(phase)
        icon = ":material/ac_unit:" if holds else ":material/error:"
        st.badge(said, icon=icon, color="blue" if holds else "red")


def _side_by_side(
    config: ExperimentConfig, dataset: Dataset, run: FinishedRun | None, names: dict[str, str]
) -> None:
    """Frozen against trainable, in this data set's and this run's figures."""
    st.subheader("Frozen against trainable", anchor=False)
    try:
        train_images = services.counts(config)["train"]
    except ThawError as problem:
        show.error(problem)
        return
    name = names[run.run_key] if run else ""
    st.table(
        comparison(config, dataset, train_images, run.result if run else None, name),
        alt="Frozen and trainable layers compared by definition, purpose, learning, use, cost and example",
    )


def _batch_norm(point: int) -> None:
    """BatchNorm's two switches: counts at this stop, and the same run with the second one either way."""
    st.subheader("BatchNorm has two switches", anchor=False)
    st.markdown("\n".join(f"- {sentence}" for sentence in batch_norm_sentences(point)))
    st.table(tables.batch_norm_switches(point), alt="What changes in BatchNorm layers under each switch")
    st.page_link(
        "pages/fine_tuning.py", icon=":material/compare_arrows:",
        label="Fine-tuning tries the second switch: the same run with statistics kept and with each batch's",
    )  # fmt: skip
