"""The view "Inside a layer" of the Layers page: one picture on its way through the pretrained network."""

import numpy as np
import streamlit as st

from core.charts import concept_charts, guide_charts
from core.charts.palette import palette
from core.codegen.keras import inside_code
from core.concepts import activations
from core.config import ExperimentConfig, with_setting
from core.data.datasets import Dataset
from core.data.pictures import Picture
from core.errors import ThawError
from core.explain.studies import Study
from core.layers import Layer, layer_table
from core.method import weights
from core.method.lens import imagenet_probabilities
from pages.ui import look, pictures, show, state, study

FIRST = "Conv1"
TRAINED_AT = 224  # px


def view(config: ExperimentConfig, dataset: Dataset) -> None:
    """Draw it: the picture and what the network calls it, and what a chosen layer makes of it."""
    controls, maps = st.columns([1, 2], gap="medium")
    with controls:
        picture, size = _picture(config, dataset)
    with maps:
        layer = _layer()
        lens = study.lens(Study("lenses", with_setting(config, "data.image_size", size), {"inside": True}))
    if lens is not None:
        seen = lens.look(picture.at(size)[None], (FIRST, layer.name, "pooled"))
        with maps:
            _channels(layer, seen[layer.name][0], picture)
        with controls:
            _guesses(seen["pooled"], size, dataset)
        _kernels(seen[FIRST][0], picture)
        silence = activations.silence_note(layer, seen[layer.name][0])
        show.notice("what these channels answer to", [silence] * bool(silence) + activations.kernel_notes())
    show.code(inside_code(layer.name, size))


def _picture(config: ExperimentConfig, dataset: Dataset) -> tuple[Picture, int]:
    size = look.image_size(config)
    picture = pictures.choose(dataset, "inside", (pictures.OWN, pictures.SAMPLE), size)
    enlarged = concept_charts.enlarged(picture.at(size), 224)
    st.image(look.png(enlarged), width=224, alt=f"The picture as the network gets it: {picture.title}")
    st.caption(f"{look.plain(picture.title)}, {size} × {size} px")
    return picture, size


def _layer() -> Layer:
    """The slider through the network. The input layer is the picture itself, so it is left out."""
    table = layer_table()
    index = st.select_slider(
        "Layer", range(1, len(table)), format_func=lambda at: f"{at} · {table[at].name}", key="inside_layer",
        persist_state="session", help="From the first layer after the picture to the last before the head.",
    )  # fmt: skip
    return table[index]


def _channels(layer: Layer, maps: np.ndarray, picture: Picture) -> None:
    channels = activations.strongest(maps)
    st.markdown(activations.meaning(layer, maps))
    sheet = activations.channel_sheet(maps, channels, palette(state.theme()).muted)
    count = f"The {len(channels)} strongest of {maps.shape[-1]:,} channels"
    st.image(look.png(sheet), alt=f"{count} of {layer.name} for {picture.title}, as grey maps")
    st.caption(f"{count} by mean absolute activation, strongest first; above each its number, from 0.")
    show.numbers(
        activations.channel_table(maps, channels), alt_text=f"strongest channels of {layer.name}",
        key="channel-numbers",
    )  # fmt: skip


def _guesses(pooled: np.ndarray, size: int, dataset: Dataset) -> None:
    """What the 1000-class head makes of the picture."""
    try:
        guesses = guide_charts.guess_frame(imagenet_probabilities(pooled)[0], weights.imagenet_labels())
    except ThawError as problem:
        show.error(problem)
        return
    st.markdown("**What the pretrained network already says about it**")
    said = ", ".join(f"{row[0]} {row[1]:.0%}" for row in guesses.itertuples(index=False))
    show.altair(guide_charts.guess_chart(guesses, state.theme()), key="guesses", alt_text=f"Top five: {said}")
    st.caption(guess_words(guesses["probability"][0], size, dataset.name))


def guess_words(best: float, size: int, name: str) -> str:
    """What to make of the five guesses.

    Args:
        best: Probability of the first.
        size: Side of the picture in px.
        name: Of the data set on the page.
    """
    words = "Its 1,000 ImageNet classes are the only words it has, so it must pick among them."
    if name in ("digits", "mnist"):
        words = (
            "It has never seen a digit, and none of its 1,000 classes is one: it can only name what the "
            f"strokes remind it of, and is {best:.0%} sure at best."
        )
    return (
        words if size == TRAINED_AT else f"{words} It was trained at {TRAINED_AT} px and sees {size} px here."
    )


def _kernels(maps: np.ndarray, picture: Picture) -> None:
    """The first convolution: its kernels, and what each makes of the picture."""
    colour = palette(state.theme()).muted
    st.subheader("The first 32 kernels, and what they see", anchor=False)
    left, right = st.columns(2, gap="medium")
    try:
        left.image(
            look.png(activations.kernel_sheet(colour)),
            alt="The 32 kernels of the first convolution, 3 × 3 places of red, green and blue each",
        )
    except ThawError as problem:
        show.error(problem)
        return
    left.caption(
        "Kernels of `Conv1`: 3 × 3 × 3 weights as colours, grey is 0, each on its own scale. An x: dead."
    )
    sheet = activations.channel_sheet(maps, np.arange(maps.shape[-1]), colour, activations.KERNEL_GRID)
    right.image(look.png(sheet), alt=f"Maps of the same 32 kernels for {picture.title}")
    right.caption("The map that each makes of the picture, under the same number. Mid grey is 0.")
    show.numbers(
        activations.kernel_table(), alt_text="norm and colour share of 32 kernels", key="kernel-numbers"
    )
