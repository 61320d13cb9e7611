"""What the Compare page puts side by side: runs of this data set as they stood after one of their phases."""

from dataclasses import dataclass

from core import words
from core.compare.comparison import Model
from core.results import Evaluation, PhaseResult
from core.store import StoredRun


@dataclass(frozen=True)
class Compared:
    """One trained network: a finished run after one of its phases.

    Attributes:
        run: A finished run; its `result` is there.
        label: `B · from block 11 · 1e-5`, or `B · feature extraction` for a run's first phase.
    """

    run: StoredRun
    phase: PhaseResult
    label: str

    @property
    def model(self) -> Model:
        return Model(self.run.run_key, self.phase.name)

    @property
    def split_key(self) -> str:
        """Runs with the same one were checked on the same images."""
        return self.run.result.dataset.split_key

    def checked(self, split: str) -> Evaluation:
        """How it does on `validation` or `test`."""
        return self.phase.validation if split == "validation" else self.phase.test


def networks(runs: list[StoredRun], names: dict[str, str]) -> dict[str, Compared]:
    """Label -> network, for every phase of every finished run, newest run first.

    Args:
        names: Run key -> name, as `words.run_names` gives them.
    """
    found = {}
    for run in runs:
        for phase in run.result.phases if run.result else ():
            name = names[run.run_key]
            if phase is not run.result.last:
                name = f"{name.split(' ·')[0]} · {words.PHASE_NAMES[phase.name]}"
            found[name] = Compared(run, phase, name)
    return found


def opening(all_networks: dict[str, Compared]) -> list[str]:
    """What is compared unasked: the newest run's phases, and between them the last phase of the run before
    it that was checked on the same images."""
    everything = list(all_networks.values())
    newest = [one for one in everything if one.run.run_key == everything[0].run.run_key]
    before = next(
        (
            one
            for one in everything
            if one.run.run_key != newest[0].run.run_key
            and one.split_key == newest[0].split_key
            and one.phase is one.run.result.last
        ),
        None,
    )
    if before is not None:
        newest.insert(-1, before)
    return [one.label for one in newest]
