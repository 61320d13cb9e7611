"""Which run the page What mattered? looks into."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.data.datasets import Dataset
from core.errors import ConfigError, ThawError
from core.explain import tails
from core.explain.studies import Study
from core.results import PhaseResult
from core.store import FinishedRun, finished
from core.wording import words
from core.wording.run_notes import learned_nothing
from pages.ui import address, asking, progress, services, show, state


@dataclass(frozen=True)
class Subject:
    """A finished run on the current data set.

    Attributes:
        name: What it is called, `B · from block 11 · 1e-5`.
    """

    dataset: Dataset
    run: FinishedRun
    name: str

    @property
    def phase(self) -> PhaseResult:
        return self.run.result.last

    @property
    def classes(self) -> int:
        return len(self.run.result.dataset.classes)

    def study(self, kind: str, **options) -> Study:
        """A question about this run."""
        return Study(kind, self.run.config, {"run": self.run.run_key, **options})

    def thawed(self) -> PhaseResult | None:
        """The phase that thawed something pretrained; where there is none, or the run learned nothing at all,
        so that nothing can be lost, it is said why, in words."""
        phase = spoken(tails.require_thawed, self.run.config, self.run.result)
        if phase is not None and (nothing := learned_nothing(self.run.result)):
            st.info(nothing, icon=":material/block:")
            return None
        return phase


def spoken(do: Callable, *args):
    """`do(*args)`; where it refuses because a run is not of the kind, that is said, and None given."""
    try:
        return do(*args)
    except ConfigError as problem:
        st.info(show.told(str(problem)), icon=":material/block:")
        return None


def choose() -> Subject | None:
    """Draw the choice of a run; where there is none, the button that makes one. Raises DatasetError."""
    dataset = services.get_dataset(state.dataset_name())
    runs = {run.run_key: run for run in finished(state.runs_here())}
    if not runs:
        st.info("Nothing to look into yet: no run on these images has finished.", icon=":material/history:")
        asking.first_run_button(state.base_config())
        if (active := state.shown_run()) is not None:
            progress.panel(active)
        return None
    names = words.run_names(services.visible_runs())
    key = f"mattered_run-{dataset.name}"
    _take_over(key, runs)
    chosen = st.selectbox(
        "Run", list(runs), key=key, persist_state="session", format_func=lambda one: names.get(one, ""),
        help="A finished run on these images. What is asked here is asked of its network as it ended.",
    )  # fmt: skip
    address.say("mattered_run", _digits(chosen) if chosen != _unasked(runs) else None)
    return Subject(dataset, runs[chosen], names[chosen])


def _take_over(key: str, runs: dict[str, FinishedRun]) -> None:
    """What a link asks for; else what was chosen, while it is there; else the newest that thawed."""
    values, said = st.session_state, address.linked("mattered_run")
    if said is not None:
        found = next((one for one in runs if _digits(one) == said), None)
        if found is None:
            address.refuse("mattered_run", "which is no finished run on these images here")
        else:
            values[key] = found
    if values.get(key) not in runs:
        values[key] = _unasked(runs)


def _unasked(runs: dict[str, FinishedRun]) -> str:
    """The run on stage, else the newest, if it can be taken apart; best one with a frozen phase before."""
    shown = state.shown_run()
    order = [shown, *runs] if shown in runs else list(runs)
    thawed = [one for one in order if _is_thawed(runs[one])]
    return next((one for one in thawed if runs[one].config.two_phases), (thawed or order)[0])


def _is_thawed(run: FinishedRun) -> bool:
    try:
        return bool(tails.require_thawed(run.config, run.result))
    except ThawError:
        return False


def _digits(run_key: str) -> str:
    return run_key.rpartition("-")[2]
