"""The view "What to freeze" of the Layers page: the rule of thumb, this data set on it, and a test of it."""

from pathlib import Path

import streamlit as st

from core import layers
from core.charts import guide_charts
from core.codegen.keras import freeze_code
from core.concepts import freeze_guide
from core.concepts.freeze_guide import Advice, Place
from core.config import ExperimentConfig, with_setting
from core.data.datasets import Dataset
from core.errors import ThawError
from core.explain.studies import Study
from core.store import Store
from core.wording import words
from pages.ui import services, show, state, study
from pages.ui.study import Found
from pages.ui.trial import Trial, pair


def view(config: ExperimentConfig, dataset: Dataset) -> None:
    """Draw it: where the data set lies, what the guide says there, and the two runs that test it."""
    controls, picture = st.columns([1, 2], gap="medium")
    try:
        per_class = services.counts(config)["train"] / len(dataset.classes)
    except ThawError as problem:
        show.error(problem)
        return
    with controls:
        st.metric(
            "Training images a class", f"{per_class:,.0f}",
            help=f"Large here means {freeze_guide.IMAGENET_PER_CLASS:,} or more, as many as ImageNet has.",
        )  # fmt: skip
        found = study.ask(
            Study("similarity", config), "Measure similarity",
            note="How similar are these images to what the network knows? Some hundred of them go through it "
            "twice, once with its pretrained and once with random weights.",
        )  # fmt: skip
    here = freeze_guide.place(found.record) if found else None
    with controls:
        if found and here:
            _measured(found, here)
    with picture:
        _map(here, per_class)
    if found is None or here is None:
        show.code(freeze_code(config.fine_tuning.unfreeze_from, config.data.image_size))
        return
    advice = freeze_guide.advice(here)
    show.numbers(
        freeze_guide.measures(found.record), alt_text="measures of similarity with intervals and sources",
        key="measure-numbers", label="Numbers: every measure, its interval and its source",
    )  # fmt: skip
    _test(config, advice)
    show.notice(
        "your case beside the rule",
        freeze_guide.guide_notes(found.record, freeze_guide.probe_verdict(found.arrays)),
    )
    show.code(freeze_code(advice.unfreeze_from, config.data.image_size), "The Keras code for this advice")


def _map(here: Place | None, per_class: float) -> None:
    others = _places(str(services.get_store().home), frozenset(state.dataset_names()))
    where = f"{freeze_guide.advice(here).case}: {here.confidence:.0%} sure" if here else "not measured yet"
    show.altair(
        guide_charts.guide_map(here, others, state.theme(), per_class), key="guide-map",
        alt_text=f"The guide's cases by images a class and similarity to ImageNet; this data set: {where}",
    )  # fmt: skip
    st.caption(
        "The rule of thumb of Stanford's CS231n notes and many articles. It names no borders: those drawn "
        f"here are ours, ImageNet's own {freeze_guide.IMAGENET_PER_CLASS:,} images a class and half the "
        "confidence the network has on photos like those it learned from."
    )


@st.cache_data(show_spinner=False, max_entries=4, ttl=5)
def _places(home: str, names: frozenset[str]) -> list[Place]:
    return freeze_guide.measured_places(Store(Path(home)), names)


def _measured(found: Found, here: Place) -> None:
    low, high = here.interval
    st.metric(
        "Confidence of the ImageNet head", words.percent(here.confidence),
        help="Mean probability of its first guess among 1,000 classes. On photos like those it learned from "
        f"it is right, and about as sure, {freeze_guide.IMAGENET_ACCURACY:.0%} of the time.",
    )  # fmt: skip
    st.caption(f"{words.interval(low, high)}, mean of {found.record['images']} training images")
    scores = found.record["probes"]
    said = " and ".join(f"{probe['correct']} of {probe['n']} {which}" for which, probe in scores.items())
    show.altair(
        guide_charts.probe_chart(found.record, state.theme()), key="probes",
        alt_text=f"A linear probe gets {said} right",
    )  # fmt: skip


def _test(config: ExperimentConfig, advice: Advice) -> None:
    """Does the advice hold here? Two runs of the same recipe say."""
    st.subheader(f"This data set is {advice.case}. The guide says:", anchor=False)
    st.markdown(f"> {advice.rule}" + (f"\n\n{advice.doubt}" if advice.doubt else ""))
    st.markdown("Does it hold on these images? Two runs, alike but for the unfreeze point:")
    trials = {
        "contrast": ("The opposite", advice.contrast),
        "advice": ("The advice", advice.unfreeze_from),
    }
    pair(
        *(
            Trial(
                f"{title}: {words.retrain_from(point)}", name,
                with_setting(config, "fine_tuning.unfreeze_from", point),
            )
            for name, (title, point) in trials.items()
        )
    )  # fmt: skip
    cut = advice.unfreeze_from
    if not layers.boundary(cut):
        st.caption(
            "With nothing frozen there is no constant part to keep, so every epoch runs the whole network."
        )
