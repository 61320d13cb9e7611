"""Which curve is asked for: the recipe of the data set at every block, from how many seeds."""

import streamlit as st

from core.compare.curve import CurvePoint
from core.config import ExperimentConfig
from core.sweeps.plan import STOP, Sweep, curve_stops
from pages.ui import address, swept
from pages.ui.swept import Swept

SEEDS = (1, 3, 5)


def choose(config: ExperimentConfig) -> Swept:
    """Draw the choice and give the question. Raises DatasetError."""
    address.choice("depth_seeds", SEEDS)  # by its name: a test lists what links may say
    seeds = seeds_choice(
        "depth_seeds",
        "Two networks may differ by the luck of a seed alone. With several at each point the curve shows "
        "their mean and how far off it may be. One seed tells how sure the images make it, no more.",
    )
    return of_recipe(config, seeds)


def seeds_choice(key: str, said: str) -> int:
    """Draw the choice of how many seeds, bound before under its key; `said` is its help."""
    seeds = st.segmented_control(
        "Seeds", SEEDS, default=SEEDS[0], required=True, key=key, persist_state="session", help=said
    )
    return seeds or SEEDS[0]


def of_recipe(config: ExperimentConfig, seeds: int) -> Swept:
    """The curve of a recipe. Raises DatasetError."""
    return swept.of_sweep(Sweep(config, {STOP: tuple(curve_stops())}, seeds))


def curve(asked: Swept) -> list[CurvePoint]:
    """What is there of it, ascending."""
    there, found = asked.there(), {stop: {} for stop in asked.sweep.vary[STOP]}
    for point, key in zip(asked.points, asked.keys, strict=True):
        if key in there:
            found[point.settings[STOP]][point.seed] = there[key]
    return [CurvePoint(stop, runs) for stop, runs in sorted(found.items())]
