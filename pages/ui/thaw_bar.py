"""The thaw bar with its slider: the network, where it is frozen, and what that costs."""

from collections.abc import Callable

import streamlit as st

from core import charts, layers
from core.charts.thaw_bar import HEAD_WIDTH, describe, head_svg, network_svg
from core.config import ExperimentConfig, with_setting
from core.errors import ThawError
from core.wording import words
from pages.ui import services, state

_TRACK_INSET = 6  # px: Streamlit draws a slider's track half a handle inside its box


def show(
    config: ExperimentConfig,
    num_classes: int,
    *,
    priced: bool = True,
    action: Callable[[ExperimentConfig], None] | None = None,
) -> ExperimentConfig:
    """Draw bar, slider, one line and the toggle; give `config` with the chosen unfreeze point.

    The same point stands on every page that calls this. Moving the slider redraws bar and line only.

    Args:
        action: Draws the button beside the line, given the chosen config.
    """
    with st.container(gap="xsmall", key="thaw-bar"):
        picture = st.container(horizontal=True, wrap=False, gap=None)
        handle = st.container(horizontal=True, wrap=False, gap=None)
        below = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with below:
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            line = st.container(width="content")
            button = st.container(width="content")
        by_layer = st.toggle(
            "Every layer",
            key="every_layer",
            persist_state="session",
            on_change=_carry_over,
            help="Stop at each of the 154 layers instead of the blocks' starts.",
        )
    with handle:
        unfreeze_from = _slider(config.fine_tuning.unfreeze_from, by_layer)
        st.space(HEAD_WIDTH)
    chosen = with_setting(config, "fine_tuning.unfreeze_from", unfreeze_from)
    with picture:
        _draw(chosen, num_classes, by_layer)
    line.markdown(_line(chosen, num_classes, priced))
    if action is not None:
        with button:
            action(chosen)
    return chosen


def _draw(config: ExperimentConfig, num_classes: int, by_layer: bool) -> None:
    """The network over the slider's track and the head right of it."""
    point, theme = config.fine_tuning.unfreeze_from, state.theme()
    st.space(_TRACK_INSET)
    st.image(
        network_svg(point, num_classes, theme, by_layer, config.head),
        width="stretch",
        alt="The network from input to head; height: square root of the number of parameters. "
        + describe(point, num_classes, config.head),
    )
    st.space(_TRACK_INSET)
    st.image(
        head_svg(point, num_classes, theme, config.head),
        width=HEAD_WIDTH,
        alt="The head, which always learns",
    )


def _slider(default: int, by_layer: bool) -> int:
    options = list(range(layers.BACKBONE_LAYERS + 1)) if by_layer else layers.stops()
    if default not in options:
        default = layers.boundary(default)
    return st.select_slider(
        "Thaw from",
        options,
        value=default,
        format_func=words.thaw_from,
        key="layer" if by_layer else "unfreeze",
        persist_state="session",
        help="Layers left of the handle keep what they know. The rest, and the head, learn.",
    )


def _carry_over() -> None:
    """Keep the place when the toggle changes which stops there are."""
    values = st.session_state
    if values.get("every_layer"):
        values["layer"] = values.get("unfreeze", layers.TUTORIAL_STOP)
    else:
        layer = values.get("layer", layers.TUTORIAL_STOP)
        values["unfreeze"] = layer if layer in layers.stops() else layers.boundary(layer)


def _line(config: ExperimentConfig, num_classes: int, priced: bool) -> str:
    """Such as "1.92 M of 2.26 M numbers will change · about 12 s"."""
    learning = layers.count_trainable(config.fine_tuning.unfreeze_from, config.head, num_classes).parameters
    everything = layers.PARAMETERS + layers.head_parameters(config.head, num_classes)[1]
    said = f"**{words.count(learning)}** of {words.count(everything)} numbers will change"
    if not priced:
        return said
    try:
        price = services.get_price(config)
    except ThawError:
        return said
    return f"{said} · **{words.price(price.seconds, price.stored)}**"


def still(unfreeze_from: int, num_classes: int, from_scratch: bool = False) -> None:
    """The bar as the small, still icon of a run."""
    st.image(
        charts.thaw_bar_svg(unfreeze_from, num_classes, state.theme(), small=True, from_scratch=from_scratch),
        width=96,
        alt=describe(unfreeze_from, num_classes, from_scratch=from_scratch),
    )
