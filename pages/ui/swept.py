"""A sweep on a page: its runs, the priced button that asks for them, and the way to each."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.explain import sweep as sweep_study
from core.explain.studies import Study
from core.results import RunResult
from core.running.identity import Asked
from core.store import finished
from core.sweeps import warming
from core.sweeps.plan import Point, Sweep
from core.wording import words
from pages.ui import asking, services


@dataclass(frozen=True)
class Swept:
    """A sweep that can be asked for.

    Attributes:
        keys: Of its runs, in the order of `points`.
    """

    sweep: Sweep
    study: Study
    points: tuple[Point, ...]
    keys: tuple[str, ...]

    def there(self) -> dict[str, RunResult]:
        """Key -> result of the runs that have finished."""
        known = {run.run_key: run.result for run in finished(services.runs())}
        return {key: known[key] for key in self.keys if key in known}

    def missing(self) -> list[Point]:
        """The points whose run has not finished."""
        there = self.there()
        return [point for point, key in zip(self.points, self.keys, strict=True) if key not in there]

    def active(self) -> bool:
        """Whether it waits or is trained."""
        run = services.state(asking.key_of(self.study))
        return run is not None and run.active


def of_sweep(sweep: Sweep) -> Swept:
    """What there is to ask. Raises DatasetError."""
    dataset, store = services.get_dataset(sweep.base.data.name), services.get_store()
    study = sweep_study.study_of(sweep)
    points, keys = _points(study.key(dataset), str(store.home), sweep)
    return Swept(sweep, study, points, keys)


@st.cache_resource(show_spinner=False, max_entries=32)  # fifty keys take a tenth of a second
def _points(key: str, home: str, _sweep: Sweep) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    points = tuple(_sweep.points())
    dataset, store = services.get_dataset(_sweep.base.data.name), services.get_store()
    return points, tuple(Asked(point.config, dataset, store).key for point in points)


def ask(asked: Swept, name: str, label: str, *, primary: bool = True, warm: bool = False) -> None:
    """The priced button for all that is missing; where the sweep has ended, for the runs that are gone.

    Args:
        name: Sets the controls apart from others of the page.
        warm: Start the processes that train it while the page is read.
    """
    missing = asked.missing()
    if not missing:
        return
    if services.get_store().finished(asking.key_of(asked.study)):
        asking.ask([point.config for point in missing], f"{name}-rest", primary=primary, boxed=False)
        return
    if warm:
        warming.wish(len(missing), asked.sweep.base.data.image_size, services.get_store())
    there = len(asked.points) - len(missing)
    note = asking.there_already(there, len(asked.points)) if there else ""
    label = f"{label}: {said(asked.points)}"
    asking.ask([asked.study], name, label, note=note, primary=primary, boxed=False)


def said(points: Sequence[Point]) -> str:
    """How many runs: "19 runs", "57 runs, 3 seeds at each of 19 points"."""
    seeds = len({point.seed for point in points})
    runs = words.plural(len(points), "run")
    return runs if seeds == 1 else f"{runs}, {seeds} seeds at each of {len(points) // seeds} points"


def run_line(run_key: str, said: str) -> None:
    """A run's name, what is said of it where its name does not, and the way to it."""
    name = words.run_names(services.visible_runs()).get(run_key, "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Run {name}" if said in name.split(" · ") else f"Run {name} · {said}")
        if st.button("Open", key=f"open-{run_key}", type="tertiary", icon=":material/open_in_full:",
                     on_click=_show, args=(run_key,)):  # fmt: skip
            st.switch_page("pages/fine_tuning.py")


def _show(run_key: str) -> None:
    st.session_state["shown_run"] = run_key
