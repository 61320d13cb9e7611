"""A run while it waits, trains and after: its stage, its curves, what is left. Polls only while it must."""

import time

import streamlit as st

from core import charts, layers
from core.charts import Curve
from core.charts.arms import arm_curves, arm_table, arms_of
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.errors import ThawError
from core.explain import studies
from core.stages import RunState
from core.store import finished
from core.wording import words
from core.wording.run_notes import learned_nothing, validation_above
from pages.server import pace
from pages.ui import asking, services, show, state

POLL_SECONDS = 1.0
MOST_GHOSTS = 4


def job_line() -> None:
    """What trains right now, in the sidebar of every page."""
    with show.problems():
        job = services.current_job()
        st.fragment(_job_line, run_every=pace.seconds(POLL_SECONDS) if job else None)()


def _job_line() -> None:
    with show.problems():
        job = services.current_job()
        if job is None:
            if st.session_state.pop("job_was_active", False):
                st.rerun()
            st.caption("Nothing is training.")
            return
        st.session_state["job_was_active"] = True
        st.caption(f":material/model_training: {_name(job.run_key)}: {words.stage(job)}")
        asking.bar(job)


def _name(run_key: str) -> str:
    if run_key.startswith("study-"):
        try:
            return studies.kind_of(services.get_store().study(run_key).get("kind", "")).title
        except ThawError:  # of another version, or gone in the meantime
            return "A computation"
    if not services.get_store().sees(run_key):
        return "Another's run"
    name = words.run_names(services.visible_runs()).get(run_key)
    return f"Run {name}" if name else "Preparing a run"


def panel(run_key: str, *, metrics: tuple[str, ...] = ("accuracy", "loss")) -> None:
    """Stage and curves of one run. While it is active this part redraws itself once a second."""
    with show.problems():
        run = services.state(run_key)
        if run is not None:
            polling = pace.seconds(POLL_SECONDS) if run.active else None
            st.fragment(_panel, run_every=polling)(run_key, metrics, run.active)


def _panel(run_key: str, metrics: tuple[str, ...], was_active: bool) -> None:
    with show.problems():
        run = services.state(run_key)
        if run is None or (was_active and not run.active):
            st.rerun()  # it ended: the whole page has something new to say
        config = services.get_store().config(run_key)
        _status(run, config)
        curves(run, config, metrics)


def _status(run: RunState, config: ExperimentConfig) -> None:
    """The lines above the curves; their height does not change while the run goes on."""
    for note in run.notes:
        st.info(note.replace("$", "\\$"), icon=":material/info:")
    if run.active:
        asking.bar(run, words.stage(run))
        st.caption(_spent(run, config))
    elif run.status != "finished":
        epochs = len(run.epochs)
        kept = f"{words.plural(epochs, 'finished epoch')} stay{'s' if epochs == 1 else ''} on screen."
        asking.ended(run, more=kept if epochs else "")
    elif warning := learned_nothing(services.result(run.run_key)):
        st.warning(warning, icon=":material/warning:")


def _spent(run: RunState, config: ExperimentConfig) -> str:
    """Seconds so far, and how many numbers learn right now."""
    tuning = run.fine_tuning_starts is not None or not config.feature_extraction.epochs
    point = config.fine_tuning.unfreeze_from if tuning else BACKBONE_LAYERS
    learning = layers.count_trainable(point, config.head, _task(config)[0]).parameters
    begun = f"{words.duration(time.time() - run.started)} so far · " if run.started else ""
    return f"{begun}{learning:,} numbers learn"


def curve_of(run: RunState, name: str) -> Curve:
    """The epochs of a live or stored run, for a chart."""
    if run.status == "finished":
        phases = services.result(run.run_key).phases
        epochs = tuple(epoch for phase in phases for epoch in phase.epochs)
        starts = next((len(epochs) - len(p.epochs) for p in phases if p.name == "fine_tuning"), None)
        return Curve(name, epochs, starts, phases[-1].name == "from_scratch")
    from_scratch = services.get_store().config(run.run_key).from_scratch
    return Curve(name, run.epochs, run.fine_tuning_starts, from_scratch)


def overlay(run_keys: dict[str, dict[str, str]], planned: int, config: ExperimentConfig) -> None:
    """Validation curves of several runs' phases on one axis, live while one of them trains.

    Args:
        run_keys: Key of a run -> its phases in words -> what to call each, as `arms.arms_of` takes it.
        planned: Epochs in all.
        config: For the data set.
    """
    with show.problems():
        states = [services.state(key) for key in run_keys]
        polling = (
            pace.seconds(POLL_SECONDS) if any(run is not None and run.active for run in states) else None
        )
        st.fragment(_overlay, run_every=polling)(run_keys, planned, config)


def _overlay(run_keys: dict[str, dict[str, str]], planned: int, config: ExperimentConfig) -> None:
    with show.problems():
        runs = {key: services.state(key) for key in run_keys}
        arms = [arm for key, run in runs.items() if run for arm in arms_of(curve_of(run, ""), run_keys[key])]
        if not arms:
            return
        st.markdown("**Validation accuracy by epoch**")
        chart = arm_curves(arms, planned, state.theme(), _task(config)[1])
        said = "Validation accuracy by epoch: " + ", ".join(arm.label for arm in arms)
        show.figure(chart, arm_table(arms), alt_text=said, key="arm-curves")


def curves(run: RunState, config: ExperimentConfig, metrics: tuple[str, ...]) -> None:
    """Curves of a run side by side, with earlier runs of the data set as ghosts."""
    names = words.run_names(services.visible_runs())
    name = names.get(run.run_key, "This run")
    curve = curve_of(run, name)
    behind = tuple(_ghosts(run.run_key, config, names))
    classes, baseline = _task(config)
    planned = (config.feature_extraction.epochs, config.fine_tuning.epochs)
    columns = st.columns(len(metrics), gap="small")
    for column, metric in zip(columns, metrics, strict=True):
        show.chart(
            charts.learning_curve, curve, metric, planned, state.theme(), num_classes=classes,
            baseline=baseline if metric == "accuracy" else None, ghosts=behind,
            where=column, key=f"curve-{metric}",
            alt_text=f"{metric.capitalize()} of run {name} by epoch, training and validation, both phases",
        )  # fmt: skip
    if said := validation_above(config, curve.epochs, curve.thawed):
        st.caption(said)


def _task(config: ExperimentConfig) -> tuple[int, float | None]:
    """Number of classes, and the accuracy of always naming the commonest one."""
    try:
        dataset = services.get_dataset(config.data.name)
    except ThawError:
        return 2, None
    return len(dataset.classes), services.baseline(config)


def _ghosts(run_key: str, config: ExperimentConfig, names: dict[str, str]) -> list[Curve]:
    here = finished(state.runs_here(config.data.name))
    earlier = [run for run in here if run.run_key != run_key and run.run_key in names]
    found = []
    for run in earlier[:MOST_GHOSTS]:
        ended = services.state(run.run_key)
        if ended is not None:
            found.append(curve_of(ended, names[run.run_key]))
    return found


def epoch_numbers(run_key: str) -> None:
    """The table behind the curves, for a run that has ended."""
    try:
        run = services.state(run_key)
        if run is None or run.active:
            return
        curve = curve_of(run, words.run_names(services.visible_runs()).get(run_key, "this run"))
    except ThawError:  # the panel above has said it
        return
    if curve.epochs:
        said = f"Epochs of run {curve.name}"
        show.numbers(charts.curve_table([curve]), alt_text=said, key="epoch-numbers", label="Every epoch")
