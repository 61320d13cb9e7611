"""Which map is asked for: a few unfreeze points by a few numbers of training images."""

import re
from dataclasses import dataclass

import streamlit as st

from core import layers
from core.compare.depth_map import DepthMap, gather
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.sweeps.grid import MOST_COUNTS, STOPS, grid, read_counts, usual_counts
from core.sweeps.plan import curve_stops
from pages.ui import address, services, show, swept
from pages.ui.address import Parameter
from pages.ui.depth.question import SEEDS, seeds_choice
from pages.ui.swept import Swept

POINTS = tuple(stop for stop in curve_stops() if stop != BACKBONE_LAYERS)
_NUMBERS = Parameter(
    str, lambda text: text if re.fullmatch(r"[0-9 ,;]{0,60}", text) else None,
    "which is not a list of numbers",
)  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """A map that can be asked for.

    Attributes:
        most: How many training images there are.
    """

    swept: Swept
    most: int
    classes: int

    def found(self) -> DepthMap:
        """What is there of it."""
        controls = {key: run.result for key, run in services.controls().items()}
        asked = self.swept
        return gather(asked.points, asked.keys, asked.there(), controls, self.most, self.classes)

    def heads(self) -> list[ExperimentConfig]:
        """The controls of its runs, each once: what every cell is judged against. Raises DatasetError."""
        found = (point.config.control() for point in self.swept.points)
        return list({services.run_key(config): config for config in found if config is not None}.values())


def choose(config: ExperimentConfig) -> Cells | None:
    """Draw the choices and give the question; None where one makes no sense, which is said beside it.

    Raises:
        DatasetError: there are too few images for it.
    """
    dataset = services.get_dataset(config.data.name)
    usual, most = usual_counts(dataset, config), services.counts(config)["train"]
    left, middle, right = st.columns([2, 2, 1])
    with left:
        stops = _stops()
    with middle:
        counts = _counts(usual, most, len(dataset.classes))
    with right:
        seeds = _seeds()
    if not stops or counts is None:
        return None
    return Cells(swept.of_sweep(grid(config, stops, counts, most, seeds)), most, len(dataset.classes))


def _stops() -> list[int]:
    reason = "which is not a list of blocks by their first layers"
    address.bind(
        "map_stops", Parameter(lambda stops: "-".join(map(str, stops)), _linked, reason), list(STOPS)
    )
    chosen = st.multiselect(
        "Thawed from", POINTS, default=STOPS, format_func=layers.stop_label, key="map_stops",
        persist_state="session", wrap=True, help="Each is compared with the head alone, trained as long.",
    )  # fmt: skip
    if not chosen:
        st.error("No block is chosen. Expected at least one.", icon=":material/error:")
    return sorted(chosen)


def _linked(text: str) -> list[int] | None:
    """First layers as a link has them: `27-116`."""
    if not re.fullmatch(r"([0-9]{1,3}(-[0-9]{1,3}){0,17})?", text):
        return None
    stops = [int(part) for part in text.split("-") if part]
    return stops if set(stops) <= set(POINTS) and len(set(stops)) == len(stops) else None


def _counts(usual: tuple[int, ...], most: int, classes: int) -> tuple[int, ...] | None:
    address.bind("map_images", _NUMBERS, "")
    text = st.text_input(
        "Numbers of training images", key="map_images", persist_state="session", max_chars=60,
        placeholder=", ".join(map(str, usual)),
        help=f"Two to {MOST_COUNTS} of them, of {most:,} there are. Fewer images are shown more often, so "
        "that each network sees as many in all.",
    )  # fmt: skip
    with show.problems():
        return read_counts(text, most, classes) if text.strip() else usual
    return None


def _seeds() -> int:
    address.choice("map_seeds", SEEDS)
    return seeds_choice(
        "map_seeds",
        "Each seed is another start and another draw of the images. One seed tells these networks apart; "
        "with several a cell speaks of training again.",
    )
