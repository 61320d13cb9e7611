"""The view "Map" of the Layers page: the whole network, what still learns, and what each stop costs."""

from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from core import layers
from core.charts import layer_charts
from core.codegen.keras import freeze_code
from core.concepts import tables
from core.concepts.layer_costs import cost_frame, stored_bytes
from core.concepts.layer_notes import layer_notes
from core.config import BACKBONE_LAYERS, ExperimentConfig, with_setting
from core.data.datasets import Dataset
from core.errors import ThawError
from core.running.price import Price
from core.wording import words
from pages.ui import look, services, show, state


def view(config: ExperimentConfig, dataset: Dataset) -> None:
    """Draw it for the unfreeze point of `config`."""
    point, classes = config.fine_tuning.unfreeze_from, len(dataset.classes)
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        numbers = st.container()
        image_size = look.image_size(config)
    config = with_setting(config, "data.image_size", image_size)
    with numbers:
        _costs_here(config, classes)
    with picture:
        st.plotly_chart(
            _picture(point, image_size, state.theme()),
            key="layer-map", config={"displayModeBar": False},
            alt=f"What leaves each of the {BACKBONE_LAYERS} layers shrinks and the parameters it holds grow "
            f"from input to output; the first {point} are frozen",
        )  # fmt: skip
        show.numbers(
            lambda: _all_layers(point, image_size),
            key="all-layers", label=f"Numbers: all {BACKBONE_LAYERS} layers",
            alt_text=f"all {BACKBONE_LAYERS} layers with kind, shapes and parameters",
        )  # fmt: skip
    _costs_everywhere(config, classes)
    show.notice("what is frozen here, and what it costs", layer_notes(point, config.head, classes))
    show.code(freeze_code(point, image_size))


@lru_cache(maxsize=64)  # read only; the same for everybody, and drawn again at every press on the page
def _picture(point: int, image_size: int, theme: str) -> go.Figure:
    return layer_charts.layer_map(point, image_size, theme)


def _all_layers(point: int, image_size: int):
    order = ["layer", "name", "kind", "parameters", "learns", "numbers that learn", "in", "out", "block"]
    return tables.layer_frame(point, image_size)[order]


def _costs_here(config: ExperimentConfig, classes: int) -> None:
    """The three costs of this stop, and how many layers and variables learn."""
    point, size = config.fine_tuning.unfreeze_from, config.data.image_size
    learning = layers.count_trainable(point, config.head, classes)
    st.metric(
        "Parameters that learn", f"{learning.parameters:,}", help="Single numbers, the head's included."
    )
    row = st.container(horizontal=True)
    stored = stored_bytes(point, size)
    row.metric(
        "Stored for an image", words.size(stored) if stored else "nothing",
        help="Output of the frozen part, computed once and kept: 4 bytes a number; with augmentation once "
        "for every epoch. With nothing frozen every epoch starts from the pixels.",
    )  # fmt: skip
    try:
        price = services.get_price(config)
        row.metric(
            "Predicted time", words.price(price.seconds, price.stored),
            help=f"For both phases of this recipe at {size} px on this machine; what is stored is not "
            "computed again.",
        )  # fmt: skip
    except ThawError as problem:
        show.error(problem)
    st.table(tables.learning_counts(point, config.head, classes), alt="How many layers and variables learn")


def _costs_everywhere(config: ExperimentConfig, classes: int) -> None:
    """The same three costs at every stop of the slider."""
    point, size, theme = config.fine_tuning.unfreeze_from, config.data.image_size, state.theme()
    try:
        prices = _prices(config, tuple(sorted({*layers.stops(), point})))
    except ThawError:
        return  # said above, beside the price
    frame = cost_frame(prices, config.head, classes, size, prices)
    here = frame[frame["layers frozen"] == point].iloc[0]
    left, middle, right = st.columns(3, gap="medium")
    share = tables.by_position()["share"][point]
    show.chart(
        layer_charts.what_still_learns, point, theme, where=left, key="what-still-learns",
        alt_text=f"With {point} layers frozen {share:.0%} of the backbone's parameters still learn",
    )  # fmt: skip
    show.chart(
        layer_charts.cost_curve,
        frame, "bytes an image", words.size(here["bytes an image"]), point, theme,
        title="Stored for an image", subtitle=f"bytes, at {size} px", where=middle, key="stored-bytes",
        alt_text=f"Bytes stored for an image at every stop; here {here['bytes an image']:,}",
    )  # fmt: skip
    show.chart(
        layer_charts.cost_curve,
        frame, "seconds", words.price(here["seconds"], here["stored"]), point, theme,
        title="Predicted time", subtitle="seconds on this machine, both phases",
        where=right, key="predicted-seconds",
        alt_text=f"Predicted seconds at every stop; here {here['seconds']}",
    )  # fmt: skip
    show.numbers(frame, alt_text="three costs at every stop", key="cost-numbers", label="Numbers: every stop")


@st.cache_data(show_spinner=False, max_entries=32, ttl=5)  # a finished run changes what is stored
def _prices(config: ExperimentConfig, points: tuple[int, ...]) -> dict[int, Price]:
    """The price of a run from each point. Raises DatasetError."""
    return {
        point: services.get_price(with_setting(config, "fine_tuning.unfreeze_from", point))
        for point in points
    }
