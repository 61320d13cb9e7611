"""Which stored runs belong together, what they take on disk, and deleting them. No TensorFlow.

A run with two phases starts from its first phase, which is stored as a run of its own and may serve several;
so may the control that its fine-tuning is judged against. Studies (`core.explain.studies`) about a run are of
no use without it. So a run is deleted with what only it needs.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from core.config import ExperimentConfig
from core.files import read_json
from core.results import ACTIVE
from core.store import FinishedRun, Store, StoredRun, finished
from core.wording import words

CUT_SHORT = ("failed", "interrupted")


def visible(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """The runs a person asked for: a first phase or a control kept for another run is part of that run."""
    parts = _parts(runs)
    return [run for run in runs if run.config.fine_tuning.epochs or _likeness(run.config) not in parts]


def _parts(runs: Iterable[StoredRun]) -> set[str]:
    """The likeness of every first phase and control that these runs need."""
    runs = list(runs)
    needed = [run.config.first_phase_only() for run in runs if run.config.two_phases]
    needed += [control for run in runs if (control := _control(run)) is not None]
    return {_likeness(config) for config in needed}


def _control(run: StoredRun) -> ExperimentConfig | None:
    """What its fine-tuning is judged against: of one that stopped early, as many epochs as it had."""
    trained = isinstance(run, FinishedRun) and sum(len(phase.epochs) for phase in run.result.phases)
    return run.config.control(trained or None)


def controls(runs: Iterable[StoredRun]) -> dict[str, FinishedRun]:
    """Key of a finished run -> the finished run that its fine-tuning is judged against, its control.

    Args:
        runs: Every stored run. Their images need not be here any more.
    """
    ended = finished(runs)
    known = {(_likeness(run.config), run.result.dataset.split_key): run for run in ended}
    found = {}
    for run in ended:
        wanted = _control(run)
        control = known.get((_likeness(wanted), run.result.dataset.split_key)) if wanted else None
        if control is not None:
            found[run.run_key] = control
    return found


@lru_cache(maxsize=1024)
def _likeness(config: ExperimentConfig) -> str:
    """Equal for configs that train alike on a data set of the same name."""
    return config.data.name + str(config.canonical())


def deletable(run: StoredRun) -> bool:
    """Whether it may be deleted now: neither pinned nor waiting nor in training."""
    return not run.pinned and run.status not in ACTIVE


def gone_with(store: Store, runs: Sequence[StoredRun], keys: Collection[str]) -> list[str]:
    """Keys of all that is deleted with these runs: they, first phases and controls that no other run needs,
    and studies about any of them. A pinned or active run is never among them.

    Args:
        runs: Every stored run.
    """
    doomed = [run for run in runs if run.run_key in keys and deletable(run)]
    gone = {run.run_key for run in doomed}
    unneeded = _parts(doomed) - _parts(run for run in runs if run.run_key not in gone)
    gone |= {
        run.run_key
        for run in runs
        if not run.config.fine_tuning.epochs and _likeness(run.config) in unneeded and deletable(run)
    }
    return [*sorted(gone), *studies_about(store, gone)]


def studies_about(store: Store, keys: Collection[str]) -> list[str]:
    """Keys of the studies about any of these runs that neither wait nor are computed."""
    found = []
    for folder in store.runs.glob("study-*"):
        plain = read_json(folder / "config.json")
        asked = plain.get("study") if isinstance(plain, dict) else None
        options = asked.get("options") if isinstance(asked, dict) else None
        if any(f'"{key}"' in json.dumps(options) for key in keys) and store.status(folder.name) not in ACTIVE:
            found.append(folder.name)
    return sorted(found)


def bytes_of(store: Store, keys: Iterable[str]) -> int:
    """What these runs and studies take on disk together."""
    return sum(store.bytes_used(key) for key in keys)


def delete(store: Store, keys: Collection[str]) -> None:
    """Delete runs and what only they need (`gone_with`). The others keep their letters.

    Raises:
        StoreError: the letters cannot be written down; nothing is deleted then.
    """
    gone = gone_with(store, store.list_runs(), keys)
    keep_numbers(store, gone)
    for key in gone:
        store.delete(key)


def keep_numbers(store: Store, gone: Collection[str]) -> None:
    """Write down the letters of all runs but these, which are about to go. Raises StoreError."""
    for run_key, number in words.run_numbers(visible(store.list_runs())).items():
        if run_key not in gone:
            store.number(run_key, number)


def parts_of(runs: Sequence[StoredRun], keys: Collection[str]) -> list[str]:
    """Keys of the first phases and controls that belong to some of these runs.

    Args:
        runs: Every run that the person sees.
    """
    needed = _parts(run for run in runs if run.run_key in keys)
    return [run.run_key for run in runs if _likeness(run.config) in needed]


def pinned_first(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """The same runs, pinned ones first, else in their order."""
    return sorted(runs, key=lambda run: not run.pinned)
