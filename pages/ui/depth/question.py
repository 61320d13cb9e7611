"""Which curve is asked for: the recipe of the data set at every block, from how many seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.compare.curve import CurvePoint
from core.config import ExperimentConfig
from core.explain import sweep as sweep_study
from core.explain.studies import Study
from core.running.identity import Asked
from core.store import finished
from core.sweeps.plan import STOP, Point, Sweep, curve_stops
from core.wording import words
from pages.ui import address, services

SEEDS = (1, 3, 5)


@dataclass(frozen=True)
class Question:
    """A curve that can be asked for.

    Attributes:
        keys: Of its runs, in the order of `points`.
    """

    sweep: Sweep
    study: Study
    points: tuple[Point, ...]
    keys: tuple[str, ...]

    def missing(self) -> list[Point]:
        """The points whose run has not finished."""
        there = {run.run_key for run in finished(services.runs())}
        return [point for point, key in zip(self.points, self.keys, strict=True) if key not in there]

    def curve(self) -> list[CurvePoint]:
        """What is there of it, ascending."""
        there = {run.run_key: run.result for run in finished(services.runs())}
        found: dict[int, dict] = {stop: {} for stop in self.sweep.vary[STOP]}
        for point, key in zip(self.points, self.keys, strict=True):
            if key in there:
                found[point.settings[STOP]][point.seed] = there[key]
        return [CurvePoint(stop, runs) for stop, runs in sorted(found.items())]


def choose(config: ExperimentConfig) -> Question:
    """Draw the choice and give the question. Raises DatasetError."""
    address.choice("depth_seeds", SEEDS)
    seeds = st.segmented_control(
        "Seeds", SEEDS, default=SEEDS[0], required=True, key="depth_seeds", persist_state="session",
        help="Two networks may differ by the luck of a seed alone. With several at each point the curve "
        "shows their mean and how far off it may be. One seed tells how sure the images make it, no more.",
    )  # fmt: skip
    return of_recipe(config, seeds or SEEDS[0])


def of_recipe(config: ExperimentConfig, seeds: int) -> Question:
    """The curve of a recipe. Raises DatasetError."""
    sweep = Sweep(config, {STOP: tuple(curve_stops())}, seeds)
    dataset, store = services.get_dataset(config.data.name), services.get_store()
    points, keys = _points(sweep_study.study_of(sweep).key(dataset), str(store.home), sweep)
    return Question(sweep, sweep_study.study_of(sweep), points, keys)


@st.cache_resource(show_spinner=False, max_entries=32)  # fifty keys take a tenth of a second
def _points(key: str, home: str, _sweep: Sweep) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    points = tuple(_sweep.points())
    dataset, store = services.get_dataset(_sweep.base.data.name), services.get_store()
    return points, tuple(Asked(point.config, dataset, store).key for point in points)


def said(points: Sequence[Point]) -> str:
    """How many runs: "19 runs", "57 runs, 3 seeds at each of 19 points"."""
    seeds = len({point.seed for point in points})
    runs = words.plural(len(points), "run")
    return runs if seeds == 1 else f"{runs}, {seeds} seeds at each of {len(points) // seeds} points"
