"""Why BatchNorm matters: part of the view "BatchNorm" of the Fine-tuning page."""

import pandas as pd
import streamlit as st

from core.charts.batch_norm_charts import channel_chart, distance_chart
from core.concepts import batch_statistics
from core.concepts.batch_statistics import OWN, STORED, Statistics
from core.config import ExperimentConfig
from core.explain.studies import Study
from core.results import RunResult
from core.statistics.paired import PairedVerdict
from core.wording import words
from pages.ui import show, state, study

NONE_YET = "Train both runs above to see the accuracy of the two modes beside it."


def view(
    config: ExperimentConfig, modes: tuple[RunResult, RunResult] | None, verdict: PairedVerdict | None
) -> None:
    """One channel and all layers, or the button that looks.

    Args:
        modes: The runs with statistics kept and with each batch's, once both are there; `verdict` of the
            second against the first.
    """
    st.markdown("##### Why it matters: what was stored, and what these images have")
    asked = study.ask(
        Study("batch_statistics", config), "Look at the statistics",
        note="Ten batches of your training images, or as many as there are, go through the pretrained "
        "network, and at each of its 52 BatchNorm layers their mean and variance are taken.",
    )  # fmt: skip
    if asked is None:
        return
    found = batch_statistics.read(asked.record, asked.arrays)
    point = config.fine_tuning.unfreeze_from
    frame = batch_statistics.by_layer(found)
    _channel(found, frame, point)
    st.markdown("**All layers: how far these images lie from the stored means**")
    worst = frame.iloc[frame["middle"].argmax()]
    show.figure(
        distance_chart(frame, point, state.theme()), frame.round(3), key="distance-by-layer",
        alt_text=f"Distance from the stored mean by BatchNorm layer; the largest, {worst['middle']:.2f} "
        f"stored spreads, at {worst['name']}",
    )  # fmt: skip
    st.caption(
        "Thick: half of a layer's channels are at most so far off centre; thin: nine in ten. One stored "
        "spread is the standard deviation that the layer divides by."
    )
    accuracies = [run.last.validation.accuracy for run in modes] if modes else []
    if modes:
        kept, batch = (words.percent(value) for value in accuracies)
        st.markdown(f"Accuracy with statistics kept: **{kept}** · with each batch's: **{batch}**")
    else:
        st.caption(NONE_YET)
    told = batch_statistics.notes(found, point, accuracies, verdict)
    show.notice("how far these images lie from what was stored", told)


def _channel(found: Statistics, frame: pd.DataFrame, unfreeze_from: int) -> None:
    """One channel of one layer: raw, and normalised by either statistics.

    Args:
        frame: As `batch_statistics.by_layer` gives it.
    """
    learning = [at for at, layer in enumerate(found.layers) if layer >= unfreeze_from]
    first = max(learning or range(len(found.layers)), key=lambda at: frame["middle"][at])
    layer_box, channel_box = st.columns(2)
    layer = layer_box.selectbox(
        "BatchNorm layer", range(len(found.names)), first, key="statistics-layer", persist_state="session",
        format_func=lambda at: f"{found.layers[at]} · {found.names[at]}",
    )  # fmt: skip
    channel = channel_box.number_input(
        f"Channel, of {found.channels(layer):,}", 1, found.channels(layer),
        batch_statistics.farthest(found, layer) + 1, key=f"statistics-channel-{layer}",
        help="It opens on the channel that lies farthest from what was stored.",
    )  # fmt: skip
    channel = (channel or 1) - 1
    at = int(found.starts[layer]) + channel
    rows = batch_statistics.one_channel(found, layer, channel)
    stored = float(found.stored_mean[at]), float(found.stored_spread[at])
    st.caption(
        f":blue[Band]: stored mean {stored[0]:.2g}, one spread of {stored[1]:.2f} to either side. "
        f":orange[Dots and bars]: each batch of {found.batch_size} of your images, the same way."
    )
    titles = {"raw": "As it arrives", STORED: f"Normalised {STORED}", OWN: f"Normalised {OWN}"}
    for box, (how, title) in zip(st.columns(len(titles)), titles.items(), strict=True):
        with box:
            st.markdown(f"**{title}**")
            part = rows[rows["how"] == how]
            show.altair(
                channel_chart(part, state.theme(), stored if how == "raw" else None),
                key=f"statistics-{list(titles).index(how)}",
                alt_text=f"{title}: batch means from {part['mean'].min():.2f} to {part['mean'].max():.2f}",
            )
    show.numbers(rows.round(4), alt_text="One channel's statistics by batch", key="statistics-numbers")
