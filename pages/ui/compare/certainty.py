"""Compare, third view: how sure a network is, how sure one can be of it, and what a threshold would do."""

import streamlit as st

from core.data.datasets import Dataset
from pages.ui import links
from pages.ui.compare import calibration, folds, seeds, threshold
from pages.ui.compare.compared import Compared

PARTS = ("Calibration", "A class not to miss", "5-fold", "Several seeds")


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """`chosen` is not empty; `split` is `validation`, or `test` once it was opened. One part computes."""
    links.check(certainty=PARTS)
    part = st.segmented_control(
        "What about it?", PARTS, default=PARTS[0], key="certainty", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    match part:
        case "A class not to miss":
            threshold.draw(chosen, split, dataset)
        case "5-fold":
            folds.draw(chosen)
        case "Several seeds":
            seeds.draw(chosen, split)
        case _:
            calibration.draw(chosen, split, dataset)
