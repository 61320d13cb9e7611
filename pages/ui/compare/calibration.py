"""Certainty, first part: when a network says 90%, is it right nine times in ten?"""

import numpy as np
import streamlit as st

from core.charts.calibration_charts import reliability_diagram
from core.codegen.compare import calibration_code
from core.compare import calibration
from core.compare.calibration import STRATEGIES, Calibration
from core.data.datasets import Dataset
from core.statistics.temperature import Temperature, at_temperature, fit_temperature
from pages.ui import predictions, show, state
from pages.ui.compare.compared import Compared

_NUMBERS_HELP = {
    "mean confidence": "The mean probability of the class it names",
    "gap": "Mean confidence less accuracy: above 0 it is too sure of itself",
    "calibration error": "Expected calibration error: how far accuracy and confidence lie apart in a bin, "
    "averaged over the images (Naeini et al. 2015; Guo et al. 2017)",
    "by luck, at most": "What perfect confidences would measure on as many images: 95 of 100 stay below",
    "Brier score": "Mean squared distance of the probabilities from the truth; 0 is perfect. It punishes "
    "being wrong as well as being wrongly sure. Up to 1 for two classes, up to 2 for more.",
    "Brier of shares": "What always giving each class its share of these images would score",
}


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """A reliability diagram a network, two in a row, and their numbers side by side."""
    st.markdown("When a network says 90%, is it right nine times in ten?")
    strategy = st.segmented_control(
        "Bins", STRATEGIES, default=STRATEGIES[0], key="calibration_bins", required=True,
        format_func=str.capitalize, persist_state="session",
        help=f"Images are put into {calibration.BINS} bins by confidence. Of equal width, as the calibration "
        "error is usually told; or of equal count, which looks closer where most images are.",
    ) or STRATEGIES[0]  # fmt: skip
    found = [_measured(*predictions.of(one, split), len(dataset.classes), strategy) for one in chosen]
    for start in range(0, len(chosen), 2):
        pairs = zip(chosen[start : start + 2], found[start : start + 2], strict=True)
        for column, (one, measured) in zip(st.columns(2), pairs, strict=False):
            with column:
                _network(one, measured, split)
                st.markdown(_with_temperature(one, measured, split, len(dataset.classes), strategy))
    labels = [one.label for one in chosen]
    st.dataframe(
        calibration.calibration_table(labels, found), hide_index=True, key="calibration-table",
        alt="Calibration of the chosen networks in numbers",
        column_config={name: st.column_config.Column(help=said) for name, said in _NUMBERS_HELP.items()},
    )  # fmt: skip
    show.notice("how far a gap could be luck", [calibration.chance_sentence(labels[-1], found[-1])])
    if strategy == STRATEGIES[0]:
        counts = "Numbers along the top are images in the bin."
    else:
        counts = "Each dot stands for about a tenth of the images, so dots crowd where most images are."
    st.caption(
        "A dot on the dotted line is as sure as it is right; below it, too sure. Bars are Wilson 95% "
        f"intervals. {counts} Brier score: the mean squared distance of the probabilities from the truth, 0 "
        "is perfect."
    )
    show.code(calibration_code(strategy, len(dataset.classes)))


def _network(one: Compared, measured: Calibration, split: str) -> None:
    st.markdown(f"**{one.label}** · {measured.n:,} {split} images")
    if said := calibration.bin_sentence(measured):
        st.markdown(f":material/format_quote: {said}")
    show.figure(
        reliability_diagram(measured, one.phase.name, state.theme()),
        calibration.bin_table(measured),
        alt_text=f"Accuracy by confidence of {one.label}, {measured.strategy} bins. {said}",
        key=f"reliability-{one.run.run_key}-{one.phase.name}",
    )
    st.markdown(calibration.gap_sentence(measured))


def _with_temperature(one: Compared, measured: Calibration, split: str, classes: int, strategy: str) -> str:
    fitted, after = _fitted(*predictions.of(one, "validation")), None
    if fitted is not None:
        probabilities, labels = predictions.of(one, split)
        after = _measured(at_temperature(probabilities, fitted.value), labels, classes, strategy)
    return calibration.temperature_sentence(fitted, measured, after, split)


@st.cache_data(show_spinner=False, max_entries=64)
def _fitted(probabilities: np.ndarray, labels: np.ndarray) -> Temperature | None:
    return fit_temperature(probabilities, labels)


@st.cache_data(show_spinner=False, max_entries=64)
def _measured(probabilities: np.ndarray, labels: np.ndarray, classes: int, strategy: str) -> Calibration:
    return calibration.calibrate(probabilities, labels, classes, strategy)
