"""The view "Learning rate" of the Fine-tuning page: a range test, and one click to use what it suggests."""

from dataclasses import replace

import streamlit as st

from core.charts.rate_chart import rate_chart, rate_notes, rate_table
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.explain import learning_rates
from core.explain.studies import Study
from core.wording import words
from pages.ui import show, state, study
from pages.ui.tuning import recipe

CONTROL = "rate_tuned"  # key of the control that the suggestion goes to


def view(config: ExperimentConfig) -> None:
    """The test for the tail right of the handle, its figure, and the button that uses its suggestion."""
    tuning = config.fine_tuning
    what = "the head" if tuning.unfreeze_from == BACKBONE_LAYERS else "the thawed part and the head"
    st.markdown(
        f"How large a step can the pretrained weights take? A range test trains {what} on a hundred batches, "
        "each at a higher rate than the one before, and watches the loss fall and then break."
    )
    found = study.ask(
        Study("lr_finder", replace(config, fine_tuning=replace(tuning, epochs=max(1, tuning.epochs)))),
        "Find a learning rate",
        note="From stored boundary features, with your optimizer and BatchNorm mode. It starts where "
        "fine-tuning starts, after feature extraction, and keeps nothing of what it learns.",
        height=360,
    )
    if found is None:
        return
    if len(found.arrays["rates"]) < 2:
        st.warning("The loss broke at the lowest rate already. Look at the other settings.")
        return
    reading = learning_rates.read(**found.arrays)
    use = learning_rates.nearest(reading.steepest, recipe.RATES) if reading.steepest else None
    if use is not None:
        same = use == tuning.learning_rate
        st.button(
            f"{words.rate(use)} is in use" if same else f"Use {words.rate(use)}", key="use-rate",
            icon=":material/check:", disabled=same, on_click=_use, args=(use,),
        )  # fmt: skip
    said = f"Training loss by learning rate from {reading.rates[0]:.0e} to {reading.rates[-1]:.0e}; " + (
        f"it falls fastest at {reading.steepest:.0e}" if reading.steepest else "it hardly falls anywhere"
    )
    chart = rate_chart(reading, tuning.learning_rate, state.theme())
    show.figure(chart, rate_table(reading), alt_text=said, key="rate-finder")
    show.notice("where the loss falls and breaks", rate_notes(reading, use))
    st.caption(
        "After L. Smith, *Cyclical Learning Rates for Training Neural Networks* (2017), section 3.3, with an "
        "exponential rise. The same batches also go through without training, and what they cost then is "
        "taken off, so that hard and easy batches cancel; the curve is smoothed over about five steps."
    )


def _use(rate: float) -> None:
    """Set the control. A callback."""
    st.session_state[CONTROL] = rate
