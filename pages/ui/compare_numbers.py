"""Compare, first view: accuracies on one axis, curves on top of each other, every number in a table."""

import pandas as pd
import streamlit as st

from core import charts, words
from core.charts import AccuracyRow
from core.data.datasets import Dataset
from pages.ui import progress, results, services, show, state
from pages.ui.compared import Compared


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """`chosen` is not empty; the first one is what the others are told against."""
    left, right = st.columns(2, gap="medium")
    with left:
        _dots(chosen, split)
    with right:
        _curves(chosen, dataset)
    _table(chosen, split)


def _dots(chosen: list[Compared], split: str) -> None:
    st.markdown(f"**Accuracy on {split} images**")
    rows = [AccuracyRow(one.label, one.phase.name, one.checked(split)) for one in chosen]
    chart = charts.accuracy_dots(rows, state.theme(), results.baseline(chosen[0].run.result))
    st.altair_chart(chart, key="dots", alt=f"Accuracies on {split} images with 95% intervals")


def _curves(chosen: list[Compared], dataset: Dataset) -> None:
    reference = chosen[0].run
    letter = chosen[0].label.split(" ·")[0]
    st.markdown(f"**Validation accuracy by epoch**, run {letter} in front")
    keys = list(dict.fromkeys(one.run.run_key for one in chosen))
    names = words.run_names(services.visible_runs())
    front, *others = [progress.curve_of(services.state(key), names[key]) for key in keys]
    planned = (reference.config.feature_extraction.epochs, reference.config.fine_tuning.epochs)
    chart = charts.learning_curve(
        front, "accuracy", planned, state.theme(), num_classes=len(dataset.classes),
        baseline=results.baseline(reference.result), ghosts=others,
    )  # fmt: skip
    table = charts.curve_table([front, *others])
    show.figure(chart, table, alt_text="Accuracy by epoch of the chosen runs", key="overlaid")


def _table(chosen: list[Compared], split: str) -> None:
    reference = chosen[0].run
    rows = []
    for one in chosen:
        checked = one.checked(split)
        rows.append(
            {
                "run": one.label,
                f"{split} accuracy": words.percent(checked.accuracy),
                "95% interval": words.interval(*checked.interval),
                "images": checked.n,
                f"{split} loss": round(checked.loss, 4),
                "seconds": round(one.phase.seconds["total"], 1),
                "from nothing": round(one.phase.seconds_from_nothing, 1),
                "trainable parameters": one.phase.trainable_parameters,
                "BatchNorm": one.run.result.batch_norm,
                "path": one.phase.path,
                "what differs": ", ".join(words.differences(one.run.config, reference.config)) or "-",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="The chosen runs in numbers", key="compared-table")
    st.caption(f"What differs is told against {chosen[0].label}.")
