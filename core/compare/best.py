"""A search for the best recipe as it stands: its candidates with their runs, what was dropped and what is
left. No TensorFlow. Nothing is computed again: it is what the search wrote down, and what its runs recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.compare.curve import Height, height
from core.config import ExperimentConfig
from core.results import RunResult
from core.sweeps.candidates import Candidate
from core.sweeps.search_record import STAGES, Record, candidate_of, run_keys_of, seconds_of


class Standing(StrEnum):
    """Of a candidate that was trained."""

    LEFT = "left"
    DROPPED = "dropped"
    WINNER = "winner"  # cannot be told apart from the best, once the search has ended
    UNSURE = "unsure"  # was left, and there was no time for the seeds that the others were judged by


@dataclass(frozen=True)
class Tried:
    """A candidate that was trained.

    Attributes:
        place: In the record; the default recipe is 0.
        runs: Seed -> result, those that have finished; the recipe's own seed is among them.
        stage: The one that dropped it; empty where none did.
        p_value: By which it was dropped, adjusted for all pairs of that stage; None where it was not.
    """

    place: int
    candidate: Candidate
    runs: Mapping[int, RunResult]
    standing: Standing
    stage: str = ""
    p_value: float | None = None

    @property
    def first(self) -> RunResult:
        """From the recipe's own seed."""
        return next(iter(self.runs.values()))

    @property
    def seconds(self) -> float:
        """What it takes to train, had nothing been reused."""
        return seconds_of(self.first)

    @property
    def height(self) -> Height:
        """Its accuracy on validation images, with an interval."""
        return height(run.last.validation for run in self.runs.values())


@dataclass(frozen=True)
class NotTried:
    """A candidate that was not trained, or not from all the seeds of its stage.

    Attributes:
        why: As in `search_record`.
        seconds, room: What it would have taken, and what there was for it, where it was too dear.
        problem: What went wrong, where something did.
    """

    candidate: Candidate
    stage: str
    why: str
    seconds: float = 0.0
    room: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Search:
    """What there is of a search.

    Attributes:
        tried: In the order in which they were begun; the default recipe is the first, once it is there.
        named: The cheapest that cannot be told apart from the best and is not below the default; None until
            the search has ended, or where its run is gone.
        seeds: How many it was decided by; 0 until it has ended.
        default_p: The default's p-value against the best.
        seconds: Spent so far.
        stage: The one under way; the last one where it has ended.
    """

    tried: tuple[Tried, ...]
    not_tried: tuple[NotTried, ...]
    named: Tried | None
    seeds: int
    default_p: float
    seconds: float
    stage: str

    @property
    def ended(self) -> bool:
        """Whether it has decided."""
        return self.seeds > 0

    @property
    def default(self) -> Tried | None:
        """The recipe itself; None until it is trained."""
        return next((one for one in self.tried if one.place == 0), None)

    @property
    def judged(self) -> int:
        """How many were compared in the end."""
        return sum(one.standing == Standing.WINNER or one.stage == STAGES[-1] for one in self.tried)

    def standing(self, *standings: Standing) -> list[Tried]:
        """Those that stand so."""
        return [one for one in self.tried if one.standing in standings]


def gather(record: Record, results: Mapping[str, RunResult]) -> Search:
    """A search with the runs that are there.

    Args:
        results: Run key -> result.
    """
    fallen = {
        fall["candidate"]: (stage["name"], fall["p_value"])
        for stage in record["stages"] for fall in stage["dropped"]
    }  # fmt: skip
    winners, tried = record.get("winners"), []
    for place, keys in run_keys_of(record).items():
        runs = {seed: results[key] for seed, key in keys.items() if key in results}
        if list(runs)[:1] == list(keys)[:1]:
            stage, p_value = fallen.get(place, ("", None))
            standing = _standing(place, stage, winners)
            tried.append(Tried(place, candidate_of(record, place), runs, standing, stage, p_value))
    return Search(
        tried=tuple(tried),
        not_tried=tuple(_not_tried(record)),
        named=next((one for one in tried if one.place == record.get("named")), None),
        seeds=len(record.get("seeds", ())),
        default_p=record.get("default_p", 1.0),
        seconds=record["seconds"],
        stage=record["stages"][-1]["name"] if record["stages"] else "",
    )


def _standing(place: int, stage: str, winners: list[int] | None) -> Standing:
    if winners is not None and place in winners:
        return Standing.WINNER
    if stage:
        return Standing.DROPPED
    return Standing.LEFT if winners is None else Standing.UNSURE


def _not_tried(record: Record) -> list[NotTried]:
    return [
        NotTried(candidate_of(record, one["candidate"]), stage["name"], **_without(one, "candidate"))
        for stage in record["stages"] for one in stage["not_tried"]
    ]  # fmt: skip


def _without(plain: dict, name: str) -> dict:
    return {key: value for key, value in plain.items() if key != name}


def config_of(base: ExperimentConfig, one: Tried) -> ExperimentConfig:
    """The recipe of a candidate, from the recipe's own seed."""
    return one.candidate.config(base)
