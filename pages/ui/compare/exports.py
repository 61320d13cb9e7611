"""Compare: files to take along. Each is made when its button is pressed, none before."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import altair as alt
import streamlit as st

from core.charts.gain_chart import gain_dots
from core.compare import exports
from core.compare.networks import PHASE_TOKENS
from core.compare.table import comparison_table, settings
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import ThawError
from core.explain.exported import options_for
from core.explain.studies import Study
from core.export.conversion import agreement, quantised
from core.store import Store
from pages.ui import services, study
from pages.ui.compare import figures
from pages.ui.compare.compared import Compared


def draw(chosen: Sequence[Compared], split: str, dataset: Dataset) -> None:
    """The box with the buttons; closed, it costs nothing."""
    with st.expander(
        "Take it with you", icon=":material/download:", key="take-along", on_change="rerun"
    ) as box:
        if not box.open:
            return
        tables, pictures, models = st.columns(3, gap="medium")
        with tables:
            _tables(chosen, split, dataset)
        with pictures:
            _pictures(chosen, split, dataset)
        with models:
            _models(chosen, dataset)


def _button(
    label: str, make: Callable[[], bytes], name: str, mime: str, icon: str | None = ":material/download:"
) -> None:
    st.download_button(label, make, name, mime, key=f"take-{name}", on_click="ignore", icon=icon)


def _name(dataset: Dataset, *parts: str, ending: str) -> str:
    return exports.file_name("thaw", Path(dataset.name).stem, *parts, ending=ending)


# Tables


def predictions_name(split: str, dataset: Dataset) -> str:
    """What the file of predictions is called."""
    return _name(dataset, split, "predictions", ending="csv")


def _tables(chosen: Sequence[Compared], split: str, dataset: Dataset) -> None:
    st.markdown("**Numbers**")
    name = _name(dataset, split, "table", ending="csv")
    _button("Table (CSV)", partial(_table, chosen, split), name, "text/csv")
    same = [one for one in chosen if one.split_key == chosen[0].split_key]
    _button(
        "Predictions (CSV)", partial(_predictions, services.get_store(), same, split, dataset),
        predictions_name(split, dataset), "text/csv",
    )  # fmt: skip
    st.caption("Predictions: every image with its true class, and every network's answer and probabilities.")
    if len(same) < len(chosen):
        st.caption("Networks that were checked on other images than the first are left out of them.")


def _table(chosen: Sequence[Compared], split: str) -> bytes:
    return exports.csv_file(comparison_table(chosen, split))


def _predictions(store: Store, chosen: Sequence[Compared], split: str, dataset: Dataset) -> bytes:
    data, trained_on = chosen[0].run.config.data, chosen[0].split_key
    try:
        same = datasets.summarize(dataset, data).split_key == trained_on
    except ThawError:
        same = False
    return exports.csv_file(exports.predictions_table(store, chosen, split, dataset if same else None))


# Pictures


def _pictures(chosen: Sequence[Compared], split: str, dataset: Dataset) -> None:
    st.markdown("**Pictures**")
    made: dict[str, Callable[[], alt.LayerChart]] = {
        "Accuracies": partial(figures.accuracy_chart, chosen, split, "light"),
        "Curves": partial(figures.curves_chart, chosen, figures.curves(chosen), "light"),
    }
    if gains := figures.gain_rows(chosen, split):
        made["Gains"] = partial(gain_dots, gains, "light")
    for title, chart in made.items():
        with st.container(horizontal=True, gap="small"):
            for kind, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
                name = _name(dataset, split, title, ending=kind)
                _button(f"{title} {kind.upper()}", partial(_picture, chart, kind), name, mime, icon=None)


def _picture(chart: Callable[[], alt.LayerChart], kind: str) -> bytes:
    return exports.chart_file(chart(), kind)


# Models


def _models(chosen: Sequence[Compared], dataset: Dataset) -> None:
    st.markdown("**A trained network**")
    labels = {one.token: one.label for one in chosen}
    if st.session_state.get("taken") not in labels:
        st.session_state.pop("taken", None)
    token = st.selectbox("Network", list(labels), format_func=labels.__getitem__, key="taken")
    one = next(one for one in chosen if one.token == token)
    config = settings(one)
    key = one.run.run_key if one.is_last else services.run_key(config)
    store, converted = services.get_store(), Study("exported", config, options_for(key))
    path = store.model_file(key)
    name = partial(_name, dataset, one.letter, PHASE_TOKENS[one.phase.name])
    if path is not None:
        _button("Keras (.keras)", path.read_bytes, name(ending="keras"), "application/octet-stream")
    else:
        st.caption("Its model file is not stored any more. Converting makes it again from its weights.")
        _ask_again(store, converted.key(dataset))
    found = study.ask(
        converted,
        "Convert to LiteRT",
        note="For phones and small boards; checked against the Keras model on validation images.",
    )
    if found is not None:
        content = found.arrays["model"].tobytes
        _button("LiteRT (.tflite)", content, name(ending="tflite"), "application/octet-stream")
        st.caption(agreement(found.record))
    small = study.ask(
        Study("exported", config, options_for(key, int8=True)),
        "Convert to int8",
        note="A quarter of the size, and not quite the same network: judged on the validation images.",
    )
    if small is not None:
        content = small.arrays["model"].tobytes
        _button("LiteRT, int8 (.tflite)", content, name("int8", ending="tflite"), "application/octet-stream")
        st.caption(quantised(small.record))


def _ask_again(store: Store, key: str) -> None:
    """Drop the answer of an earlier converting, which would keep the button away."""
    if store.finished(key):
        store.delete(key)
