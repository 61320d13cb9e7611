"""The view "By depth" of the Bottleneck features page: how far up the network the information is."""

import pandas as pd
import streamlit as st

from core.charts import probe_charts
from core.codegen.features import probe_code
from core.concepts import feature_notes
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.explain import probe_depths
from core.wording import words
from pages.ui import show, state, study
from pages.ui.features import subject as features
from pages.ui.features.subject import Subject
from pages.ui.study import Found


def view(dataset: Dataset, base: ExperimentConfig) -> None:
    """Draw it. Raises DatasetError or StoreError."""
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        subject = features.choose(dataset, base)
        st.markdown(
            "A **linear probe** is one linear layer, taught to name the class from what the network knows at "
            "one depth. The network itself stays as it is."
        )
        numbers = st.container()
        features.invite(subject, base)
    with picture:
        before = study.ask(
            subject.study("probes"),
            "Probe 20 depths",
            note="Every image goes once through the network and leaves the mean of each channel at the end "
            "of every block. A probe then learns from training images and is tested on validation images.",
            height=430,
        )
        after = _after(subject) if before is not None else None
        if before is not None:
            frames = _draw(subject, before, after)
    if before is not None:
        with numbers:
            _numbers(frames[0], before)
        show.notice("where the classes part", _notes(subject, frames, before))
    show.code(probe_code(subject.config.data.image_size, subject.config.base.scaling))


def _after(subject: Subject) -> Found | None:
    """The same after fine-tuning, if a person asked for it; its button stands above the chart."""
    if not subject.tuned:
        return None
    return study.ask(subject.study("probes", after=True), "Probe it after fine-tuning, too")


def _draw(subject: Subject, before: Found, after: Found | None) -> list[pd.DataFrame]:
    """Draw the chart, and give the tables behind it: before fine-tuning and, if it was probed, after it."""
    size, theme = subject.config.data.image_size, state.theme()
    frames = [
        probe_depths.probe_frame(found.arrays["right"], found.arrays["shuffled"], size)
        for found in (before, after)
        if found is not None
    ]
    tuned = frames[1] if after is not None else None
    frame, commonest = frames[0], before.record["commonest"]
    best, top = frame.iloc[frame["right"].argmax()], frame.iloc[-1]
    show.altair(
        probe_charts.accuracy_by_depth(frame, tuned, commonest, theme), key="probes",
        alt_text=f"Accuracy of linear probes by depth: {words.percent(best['accuracy'])} after "
        f"{best['depth']}, the best; {words.percent(top['accuracy'])} at the top",
    )  # fmt: skip
    st.caption(
        f"Taught by {before.record['train']:,} training images, tested on {before.record['validation']:,} "
        "validation images; bars are 95% intervals. Logistic regression on standardised features, penalty "
        f"C = {before.record['penalty']:g}. Squares: the same with the training labels shuffled "
        f"{before.record['shuffles']} times, mean and range. Higher up an image has more numbers "
        f"({int(frame['numbers'].iloc[2:].min())} to {int(top['numbers']):,}), which helps a probe, and a "
        "probe sees only the mean of each channel."
    )
    table = frame if tuned is None else frame.merge(tuned, on=["depth", "layer", "numbers", "side"],
                                                    suffixes=("", ", after"))  # fmt: skip
    show.numbers(table.round(4), alt_text="linear probes by depth", key="probe-numbers")
    return frames


def _notes(subject: Subject, frames: list[pd.DataFrame], before: Found) -> list[str]:
    verdict = probe_depths.best_against_top(before.arrays["right"])
    notes = feature_notes.probe_notes(frames[0], before.record["commonest"], verdict)
    if subject.tuned and len(frames) > 1:
        was, now = frames
        notes.append(feature_notes.tuned_probe_note(was, now, subject.tuned.result.last.unfreeze_from))
    return notes


def _numbers(frame: pd.DataFrame, found: Found) -> None:
    best, top, n = frame.iloc[frame["right"].argmax()], frame.iloc[-1], found.record["validation"]
    shown = {"Best": best, "Top": top} if best["depth"] != top["depth"] else {"Best, the top": top}
    with st.container(horizontal=True):
        for name, row in shown.items():
            st.metric(f"{name}: {row['depth']}", words.percent(row["accuracy"]))
    for row in shown.values():
        st.caption(
            f"{row['depth']}: {int(row['right']):,} of {n:,}, 95% interval "
            f"{words.interval(row['low'], row['high'])}"
        )
