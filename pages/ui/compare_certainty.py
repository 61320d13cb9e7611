"""Compare, third view: how sure a network is, how sure one can be of it, and what a threshold would do."""

import streamlit as st

from core.data.datasets import Dataset
from pages.ui import compare_calibration, compare_folds, compare_seeds, compare_threshold, links
from pages.ui.compared import Compared

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
            compare_threshold.draw(chosen, split, dataset)
        case "5-fold":
            compare_folds.draw(chosen)
        case "Several seeds":
            compare_seeds.draw(chosen, split)
        case _:
            compare_calibration.draw(chosen, split, dataset)
