"""The first comparison of a data set: its networks, where they stand, and what the button asks for."""

from dataclasses import dataclass

import streamlit as st

from core.charts.seconds_curves import axis_end
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.results import RunResult
from core.stages import RunState
from pages.ui import services, state

LONG = 120.0  # s: training from scratch that takes longer is asked for by itself


@dataclass(frozen=True)
class Comparison:
    """A data set's own recipe, and the same from scratch. What was trained later plays no part in it.

    Attributes:
        transfer: Feature extraction, then fine-tuning.
        scratch: As many epochs from random weights.
        keys: Of the two runs, in that order, and so on below.
        states: None for a run that nobody asked for.
        seconds: What they would take from now on; 0 for what is stored.
    """

    dataset: Dataset
    transfer: ExperimentConfig
    scratch: ExperimentConfig
    keys: tuple[str, str]
    states: tuple[RunState | None, RunState | None]
    seconds: tuple[float, float]

    @property
    def together(self) -> bool:
        """Whether one button asks for all three networks."""
        return self.seconds[1] <= LONG

    @property
    def wanted(self) -> list[ExperimentConfig]:
        """What the button asks for: what is missing of it."""
        configs = [self.transfer, self.scratch] if self.together else [self.transfer]
        found = zip(configs, self.states, strict=False)
        return [config for config, run in found if run is None or run.status != "finished"]

    @property
    def active(self) -> list[str]:
        """Keys of the runs that wait or train."""
        return [key for key, run in zip(self.keys, self.states, strict=True) if run and run.active]

    @property
    def begun(self) -> bool:
        """Whether one of them was ever asked for."""
        return any(self.states)

    def result(self, number: int) -> RunResult | None:
        """The record of the transfer (0) or of the network from scratch (1), once it has finished.

        Raises:
            StoreError: it cannot be read.
        """
        run = self.states[number]
        return services.result(run.run_key) if run is not None and run.status == "finished" else None

    @property
    def axis_seconds(self) -> float:
        """Where the axis of time ends: by the prices before the runs were asked for, so it stays as it is."""
        asked = [run is not None or (at == 0 or self.together) for at, run in enumerate(self.states)]
        prices = [
            st.session_state.get(_price_key(key), seconds)
            for key, seconds, there in zip(self.keys, self.seconds, asked, strict=True)
            if there
        ]
        return axis_end(max(prices))


def find(dataset: Dataset) -> Comparison:
    """The first comparison on these images.

    Raises:
        DatasetError: they cannot be read or divided.
        StoreError: the store cannot be read.
    """
    transfer = state.recipe_config(dataset.name)
    scratch = transfer.without_transfer()
    keys = services.run_key(transfer), services.run_key(scratch)
    states = services.state(keys[0]), services.state(keys[1])
    seconds = services.get_price(transfer).seconds, services.get_price(scratch).seconds
    for key, run, price in zip(keys, states, seconds, strict=True):
        if run is None:  # once it trains, what is stored of it makes it cheaper
            st.session_state[_price_key(key)] = price
    return Comparison(dataset, transfer, scratch, keys, states, seconds)


def _price_key(key: str) -> str:
    return f"first-price-{key}"
