"""Compare: any runs of a data set side by side, with the doubt that belongs to each number."""

import pandas as pd
import streamlit as st

from core import charts, words
from core.charts import AccuracyRow
from core.compare.comparison import Model
from core.errors import ThawError
from core.store import StoredRun
from pages.ui import progress, results, services, show, state

MOST_COLUMNS = 4
VIEWS = ("Curves", "Table", "Confusion", "Test set")

st.title("Compare")
st.markdown("Which network is better, by how much, and could it be luck?")

dataset = state.require_dataset()
runs = [run for run in state.runs_here() if run.result is not None]
names = words.run_names(services.visible_runs())
phases = {Model(run.run_key, phase.name): (run, phase) for run in runs for phase in run.result.phases}


def label(model: Model) -> str:
    """`B · from block 11 · 1e-5`, or `B · feature extraction` for a run's first phase."""
    run, phase = phases[model]
    if phase is run.result.last:
        return names[run.run_key]
    return f"{names[run.run_key].split(' ·')[0]} · {words.PHASE_NAMES[phase.name]}"


def opening() -> list[Model]:
    """The newest run's phases, and between them the run before it, if the same images were held back."""
    newest = [Model(runs[0].run_key, phase.name) for phase in runs[0].result.phases]
    split_key = runs[0].result.dataset.split_key
    before = next((run for run in runs[1:] if run.result.dataset.split_key == split_key), None)
    if before is not None:
        newest.insert(-1, Model(before.run_key, before.result.last.name))
    return newest


if not runs:
    st.info("Nothing to compare yet: no run on these images has finished.", icon=":material/compare_arrows:")
    results.first_run_button(state.base_config())
    if (active := state.shown_run()) is not None:
        progress.panel(active)
    st.stop()

options = {label(model): model for model in phases}
chosen_labels = st.multiselect(
    "Runs and phases", list(options), default=[label(model) for model in opening()], key="compared",
    placeholder="Choose two or more",
)  # fmt: skip
chosen = [options[text] for text in chosen_labels]
if not chosen:
    st.info("Choose at least one run above.")
    st.stop()

for start in range(0, len(chosen), MOST_COLUMNS):
    row = chosen[start : start + MOST_COLUMNS]
    for column, model in zip(st.columns(len(row), border=True), row, strict=True):
        with column:
            run, phase = phases[model]
            results.card(phase, len(dataset.classes), title=f"**{label(model)}**")

for second in chosen[1:]:
    results.verdict_line(f"{label(second)} against {label(chosen[0])}", chosen[0], second)

reference: StoredRun = phases[chosen[0]][0]
view = st.segmented_control(
    "View", VIEWS, default=VIEWS[0], key="compare_view", bind="query-params", required=True,
    label_visibility="collapsed",
)  # fmt: skip


def curves_view() -> None:
    """Accuracies on one axis, and the curves on top of each other."""
    rows = [AccuracyRow(label(model), model.phase, phases[model][1].validation) for model in chosen]
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Accuracy on validation images**")
        chart = charts.accuracy_dots(rows, state.theme(), results.baseline(reference.result))
        st.altair_chart(chart, key="dots", alt="Validation accuracies of the chosen runs with 95% intervals")
    with right:
        st.markdown(
            f"**Validation accuracy by epoch**, run {names[reference.run_key].split(' ·')[0]} in front"
        )
        front, *others = [progress.curve_of(services.state(key), names[key]) for key in _keys()]
        config = reference.config
        planned = (config.feature_extraction.epochs, config.fine_tuning.epochs)
        chart = charts.learning_curve(
            front, "accuracy", planned, state.theme(), num_classes=len(dataset.classes),
            baseline=results.baseline(reference.result), ghosts=others,
        )  # fmt: skip
        table = charts.curve_table([front, *others])
        show.figure(chart, table, alt_text="Accuracy by epoch of the chosen runs", key="overlaid")


def _keys() -> list[str]:
    return list(dict.fromkeys(model.run_key for model in chosen))


def table_view() -> None:
    """Every number that the columns above leave out, and what differs."""
    rows = []
    for model in chosen:
        run, phase = phases[model]
        rows.append(
            {
                "run": label(model),
                "validation accuracy": words.percent(phase.validation.accuracy),
                "95% interval": words.interval(*phase.validation.interval),
                "images": phase.validation.n,
                "validation loss": round(phase.validation.loss, 4),
                "seconds": round(phase.seconds["total"], 1),
                "from nothing": round(phase.seconds_from_nothing, 1),
                "trainable parameters": phase.trainable_parameters,
                "BatchNorm": run.result.batch_norm,
                "path": phase.path,
                "what differs": ", ".join(words.differences(run.config, reference.config)) or "-",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="The chosen runs in numbers", key="compared-table")
    st.caption(f"What differs is told against {names[reference.run_key]}.")


def confusion_view() -> None:
    """One matrix a model, two in a row."""
    classes = list(dataset.classes)
    for start in range(0, len(chosen), 2):
        for column, model in zip(st.columns(2), chosen[start : start + 2], strict=False):
            run, phase = phases[model]
            with column:
                st.markdown(f"**{label(model)}** · {phase.validation.n:,} validation images")
                chart = charts.confusion_heatmap(phase.validation, classes, state.theme())
                table = pd.DataFrame(phase.validation.confusion, columns=classes)
                table.insert(0, "true class", classes)
                said = f"Confusion matrix of {label(model)}"
                show.figure(chart, table, alt_text=said, key=f"confusion-{model.run_key}-{model.phase}")


def test_view() -> None:
    """The test result, sealed until someone asks; who asks is counted."""
    result = reference.result
    split_key, store = result.dataset.split_key, services.get_store()
    opened = store.test_openings(split_key)
    tried = sum(run.result.dataset.split_key == split_key for run in runs)
    if not opened:
        st.markdown(
            f"The {result.dataset.counts['test']:,} test images have chosen nothing so far. Open them once, "
            "when you have settled on a run: every look that changes what you do next makes their answer "
            "less honest."
        )
        st.button(
            f"Open the test set · after {words.plural(tried, 'run')} tried",
            key="open-test",
            icon=":material/lock_open:",
            on_click=store.open_test,
            args=(split_key, tried),
        )
        return
    times = "once" if len(opened) == 1 else f"{len(opened)} times"
    st.caption(f"Opened {times}, first after {opened[0]['tried']} runs had been tried on this split.")
    here = [model for model in chosen if phases[model][0].result.dataset.split_key == split_key]
    rows = [AccuracyRow(label(model), model.phase, phases[model][1].test) for model in here]
    chart = charts.accuracy_dots(rows, state.theme(), results.baseline(result))
    table = pd.DataFrame(
        [
            {"run": row.label, "right": row.evaluation.correct, "of": row.evaluation.n,
             "accuracy": words.percent(row.evaluation.accuracy),
             "95% interval": words.interval(*row.evaluation.interval)}
            for row in rows
        ]
    )  # fmt: skip
    show.figure(chart, table, alt_text="Test accuracies with 95% intervals", key="test-dots")
    for second in here[1:]:
        results.verdict_line(f"{label(second)} against {label(here[0])}", here[0], second, "test")
    if len(here) < len(chosen):
        st.caption("Runs on another split have other test images and are left out.")


try:
    {"Curves": curves_view, "Table": table_view, "Confusion": confusion_view, "Test set": test_view}[
        view or VIEWS[0]
    ]()
except ThawError as problem:
    show.error(problem)

with st.expander("Delete a run", icon=":material/delete:"):
    doomed = st.selectbox(
        "Run", [run.run_key for run in runs], format_func=names.get, key="doomed", index=None,
        placeholder="Choose a run",
    )  # fmt: skip
    st.button(
        "Delete for good", key="delete", disabled=doomed is None, on_click=services.delete, args=(doomed,)
    )
