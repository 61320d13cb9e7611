"""What a person decided about the pictures of a data set: taken back a line at a time, and exported."""

from dataclasses import asdict
from typing import Literal

import pandas as pd
import streamlit as st

from core.data import exclusions, relabelling
from core.data.datasets import Dataset
from core.data.exclusions import Image
from core.data.relabelling import Decision, Labels
from core.wording import words
from pages.ui import services, show

COLUMNS = {
    "picture": "picture", "decision": "decision", "given": "label as given", "now": "label now",
    "sha256": "SHA-256",
}  # fmt: skip


def labels_of(name: str) -> Labels:
    """The labels that this person decided on for a data set."""
    return relabelling.decided(services.get_store().personal, name)


def source_of(dataset: Dataset) -> Dataset:
    """The data set as its source gives it: all images, its own labels."""
    store = services.get_store()
    changed = exclusions.excluded(store.personal, dataset.name) or labels_of(dataset.name)
    return _source(dataset.name, str(store.home), dataset.key) if changed else dataset


@st.cache_resource(show_spinner=False, max_entries=8)
def _source(name: str, home: str, key: str) -> Dataset:
    return services.access().dataset(name, everything=True)


def whole_of(dataset: Dataset) -> Dataset:
    """The data set with what was left out, and the labels decided on."""
    labels = labels_of(dataset.name)
    return _whole(dataset.key, frozenset(labels.items()), source_of(dataset))


@st.cache_resource(show_spinner=False, max_entries=8)
def _whole(key: str, labels: frozenset[tuple[Image, str]], _source: Dataset) -> Dataset:
    return relabelling.relabelled(_source, dict(labels))


def decide(dataset: Dataset, image: Image, label: str) -> None:
    """Note the label of an image. Raises DatasetError or StoreError."""
    relabelling.decide(source_of(dataset), image, label, services.get_store().personal)
    services.forget_catalogue()


def leave_out(dataset: Dataset, images: list[Image]) -> None:
    """Leave images out. Raises DatasetError or StoreError."""
    exclusions.leave_out(whole_of(dataset), images, services.get_store().personal)
    services.forget_catalogue()


def _take_back(dataset: Dataset, lines: list[Decision]) -> None:
    personal = services.get_store().personal
    for line in lines:
        image = line.picture, line.sha256
        if line.decision == "leave out":
            exclusions.take_back(whole_of(dataset), [image], personal)
        else:
            relabelling.undo(source_of(dataset), image, personal)
    services.forget_catalogue()


def draw(dataset: Dataset) -> None:
    """Every decision, a line each."""
    lines = relabelling.decisions(source_of(dataset), services.get_store().personal)
    if not lines:
        st.caption("Nothing was decided yet: no picture is left out, and every label is as it was given.")
        return
    with st.expander(f"Decisions: {words.plural(len(lines), 'picture')}", icon=":material/rule:"):
        table = _table(lines)
        st.dataframe(table, hide_index=True, alt="What was decided about each picture")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.multiselect(
                "Lines to take back", range(len(lines)), key=f"take-back-lines-{dataset.key}",
                format_func=lambda at: f"{lines[at].picture} ({lines[at].decision})", placeholder="none",
            )  # fmt: skip
            _button("take-back-some", "Take these back", dataset, [lines[at] for at in chosen])
            _button("take-back", "Take all back", dataset, lines)
        with st.container(horizontal=True):
            _download("csv", table.to_csv(index=False), "text/csv")
            _download("json", table.to_json(orient="records", force_ascii=False), "application/json")


def _table(lines: list[Decision]) -> pd.DataFrame:
    return pd.DataFrame([asdict(line) for line in lines])[list(COLUMNS)].rename(columns=COLUMNS)


def _button(key: str, label: str, dataset: Dataset, lines: list[Decision]) -> None:
    st.button(
        label, key=key, disabled=not lines, on_click=show.attempt, args=(key, _take_back, dataset, lines)
    )
    show.problem(key, dataset, lines)


def _download(form: Literal["csv", "json"], text: str, mime: str) -> None:
    st.download_button(
        f"Decisions as {form}", text, f"decisions.{form}", mime, key=f"take-decisions-{form}",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip
