"""Too many epochs on few images, beside a few: part of the view "When it hurts" of the Fine-tuning page."""

import streamlit as st

from core import charts
from core.concepts import harm
from core.config import ExperimentConfig
from core.wording import words
from pages.ui import progress, services, show, state
from pages.ui.trial import Trial, pair


def view(config: ExperimentConfig, classes: int) -> None:
    """Both runs with their buttons, the verdict, and the long one's loss.

    Raises:
        DatasetError: the images cannot be read or divided.
    """
    short, long = harm.too_long(config, classes, services.counts(config)["train"])
    few, epochs = services.counts(long)["train"], [one.fine_tuning.epochs for one in (short, long)]
    st.markdown(
        f"So few images ({few}) can be learned by heart. The same fine-tuning goes on for "
        f"{epochs[0]} epochs, and for {epochs[1]}."
    )
    pair(*(Trial(f"{one.fine_tuning.epochs} epochs", f"long-{one.fine_tuning.epochs}", one)
           for one in (short, long)))  # fmt: skip
    run = services.state(services.run_key(long))
    if run is None or run.status != "finished":
        return
    st.markdown("**Loss by epoch, training and validation**")
    curve = progress.curve_of(run, f"{epochs[1]} epochs")
    planned = (long.feature_extraction.epochs, long.fine_tuning.epochs)
    show.chart(
        charts.learning_curve, curve, "loss", planned, state.theme(), num_classes=classes, baseline=None,
        ghosts=(), key="loss-too-long",
        alt_text=f"Training and validation loss over {words.plural(sum(planned), 'epoch')}",
    )  # fmt: skip
    show.notice("where it grew surer of its mistakes", harm.long_notes(services.result(run.run_key)))
