"""One card before training: what the data set can be expected to show, and the button that trains."""

import pandas as pd
import streamlit as st

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.data.expectations import DISAGREE, expected
from core.errors import ThawError
from core.wording.markdown import plain
from core.wording.verdicts import MCNEMAR
from pages.ui import asking, services, show

HOW = (
    f"{MCNEMAR} A difference this large is found 8 times out of 10, if the two networks "
    f"disagree on {DISAGREE:.0%} of the images. Smaller differences may well be there; this test "
    "set would rarely show them."
)


def card(config: ExperimentConfig, dataset: Dataset, counts: pd.DataFrame) -> None:
    """Counts, the bar to clear, what the test can tell apart, and Train with its price."""
    with st.container(border=True, gap="xsmall"):
        st.markdown("**What can be expected**", help=HOW)
        names = map(plain, counts.index)
        by_class = tuple(zip(names, counts["all"].tolist(), counts["validation"].tolist(), strict=True))
        for sentence in _expected(by_class, int(counts["test"].sum()), len(dataset.items), dataset.name):
            st.markdown(sentence)
        _train(config)


def _train(config: ExperimentConfig) -> None:
    """Train with its price; while it trains, and once it has, the way to where that is shown."""
    try:
        run = services.state(services.run_key(config))
    except ThawError as problem:
        show.error(problem)
        return
    if run is None or run.status != "finished":
        asking.first_run_button(config)
    if run is not None and (run.active or run.status == "finished"):
        label = "Watch it on Start" if run.active else "The result is on Start"
        st.page_link("pages/start.py", label=label, icon=":material/monitoring:")


@st.cache_data(show_spinner=False, max_entries=64)
def _expected(by_class: tuple[tuple[str, int, int], ...], test: int, available: int, name: str) -> list[str]:
    everything = {of: count for of, count, _ in by_class}
    validation = {of: count for of, _, count in by_class}
    return expected(everything, test, services.noun(name), available, validation)
