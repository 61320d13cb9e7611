"""While the networks of the first comparison learn, and after: their curves over seconds, and Stop."""

import time
from dataclasses import replace

import streamlit as st

from core.charts.arms import Arm, arms_of
from core.charts.seconds_curves import axis_end, curves_over_seconds, seconds_table
from core.stages import RunState
from core.wording import words
from core.wording.run_notes import learned_nothing
from pages.server import pace
from pages.ui import asking, progress, services, show, state, stopping
from pages.ui.start import comparison, tiles
from pages.ui.start.comparison import Comparison

POLL_SECONDS = 1.0


def watch(found: Comparison) -> None:
    """Progress, curves and images of networks that learn; redraws itself, and the page when one has ended."""
    st.fragment(_watch, run_every=pace.seconds(POLL_SECONDS))(found, tuple(found.active))


def _watch(asked: Comparison, were_active: tuple[str, ...]) -> None:
    with show.problems():
        found = comparison.find(asked.dataset)
        if tuple(found.active) != were_active:
            st.rerun()
        _progress(found)
        curves(found)
        tiles.draw(found)


def _progress(found: Comparison) -> None:
    """What is done right now, how long that has gone on, and Stop."""
    runs = [run for run in found.states if run is not None and run.active]
    now = next((run for run in runs if run.status == "running"), runs[0])
    scratch = now is found.states[1]
    name = words.PHASE_NAMES["from_scratch"] if scratch else _phase(now)
    # Stop on the left: the chart's own tools appear above its right end
    stop, bar = st.columns([1, 6], vertical_alignment="bottom")
    with bar:
        asking.bar(now, f"{name}: {words.stage(now)} · {words.duration(_seconds_so_far(found))} so far")
    with stop:
        stopping.button(found.active, "stop-run")
    for run in runs:
        for note in run.notes:
            st.info(note.replace("$", "\\$"), icon=":material/info:")


def _phase(run: RunState) -> str:
    return words.PHASE_NAMES["feature_extraction" if run.fine_tuning_starts is None else "fine_tuning"]


def _seconds_so_far(found: Comparison) -> float:
    """Since this page first saw them wait or train; after a reload, since what trains was begun."""
    began = [run.started for run in found.states if run is not None and run.active and run.started]
    return time.time() - st.session_state.setdefault(_began_key(found), min([time.time(), *began]))


def _began_key(found: Comparison) -> str:
    return f"first-began-{found.keys[0]}"


def arms(found: Comparison) -> list[Arm]:
    """The networks as far as they have learned, with their latest accuracy in their names."""
    names = {name: name for name in words.PHASE_NAMES.values()}
    runs = [run for run in found.states if run is not None]
    drawn = [arm for run in runs for arm in arms_of(progress.curve_of(run, ""), names)]
    return [replace(arm, label=f"{arm.label} {words.percent(arm.epochs[-1].val_accuracy)}") for arm in drawn]


def curves(found: Comparison) -> None:
    """Validation accuracy over seconds. Raises DatasetError or StoreError."""
    drawn = tuple(arms(found))
    seen = seconds_table(drawn)["seconds"].max() if drawn else 0.0
    end = max(found.axis_seconds if found.active else 0.0, axis_end(seen))
    said = "; ".join(arm.label for arm in drawn) or "nothing yet"
    show.chart(
        curves_over_seconds, drawn, end, state.theme(),
        baseline=services.baseline(found.transfer), key="first-curves",
        alt_text=f"Validation accuracy by seconds of learning: {said}",
    )  # fmt: skip


def how_they_ended(found: Comparison) -> None:
    """What stopped or failed, and a warning about a network that learned nothing. Raises StoreError."""
    st.session_state.pop(_began_key(found), None)  # the next press begins anew
    for run in found.states:
        if run is not None and run.status not in ("finished", "queued", "running"):
            epochs = len(run.epochs)
            kept = f"{words.plural(epochs, 'finished epoch')} stay{'s' if epochs == 1 else ''} on screen."
            asking.ended(run, more=kept if epochs else "")
    for number in (0, 1):
        result = found.result(number)
        if result is not None and (warning := learned_nothing(result)):
            st.warning(warning, icon=":material/warning:")
