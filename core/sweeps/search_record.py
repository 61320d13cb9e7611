"""What a search has done so far, as plain JSON values: what it is written down as, taken up again from and
shown from."""

from typing import Any

from core.results import RunResult, spent_on
from core.sweeps.candidates import Candidate

STAGES = ("default", "sizes", "depths", "neighbours", "seeds")
# Why a candidate was not tried: it was too dear, time was over before it was done, it failed, or there was no
# time for others to compare it with
DEAR, LATE, FAILED, ALONE = "dear", "late", "failed", "alone"
Record = dict[str, Any]


def new_record() -> Record:
    """A search that has not begun.

    Returns:
        `candidates`: [{`settings`: as `Candidate.to_plain` gives them, `runs`: {seed: run key}}]; they go
        by their place, and the recipe itself is the first.
        `seconds`: Spent so far.
        `stages`: As `new_stage` gives them.
        Once it has ended, also:
        `winners`: Candidates that cannot be told apart from the best.
        `best`, `named`: The most accurate; the cheapest of the winners that is not below the default.
        `default_p`: The default's p-value against the best, adjusted for all pairs.
        `seeds`: Those by which they were judged.
    """
    return {"candidates": [], "seconds": 0.0, "stages": []}


def new_stage(name: str) -> dict[str, Any]:
    """A stage that has not begun.

    Returns:
        `tried`: Candidates.
        `not_tried`: [{`candidate`, `why`}], with the `seconds` it would take and the `room` that there was
        for one that is `DEAR`, and the `problem` of one that has `FAILED`.
        `dropped`: [{`candidate`, `p_value`}], of it and from before; `kept`: the others.
        `expected`, `seconds`: What it should take, and took.
        `done`: Whether it has ended.
    """
    return {"name": name, "tried": [], "not_tried": [], "dropped": [], "kept": [],
            "expected": 0.0, "seconds": 0.0, "done": False}  # fmt: skip


def candidate_of(record: Record, place: int) -> Candidate:
    """The candidate at a place."""
    return Candidate(**record["candidates"][place]["settings"])


def place_of(record: Record, one: Candidate) -> int:
    """The place of a candidate, which is entered if need be."""
    known, plain = [entry["settings"] for entry in record["candidates"]], one.to_plain()
    if plain not in known:
        record["candidates"].append({"settings": plain, "runs": {}})
        return len(known)
    return known.index(plain)


def run_keys_of(record: Record) -> dict[int, dict[int, str]]:
    """Candidate that was begun -> seed -> key of its run."""
    return {
        place: {int(seed): key for seed, key in entry["runs"].items()}
        for place, entry in enumerate(record["candidates"]) if entry["runs"]
    }  # fmt: skip


def run_keys(record: Record) -> list[str]:
    """Of all runs of the stages that are done."""
    known: dict[int, dict[int, str]] = run_keys_of(record)
    found: list[str] = []
    for stage in record["stages"]:
        for one in stage["tried"] if stage["done"] else ():
            keys = list(known[one].values())
            found += keys if stage["name"] == STAGES[-1] else keys[:1]
    return found


def seconds_of(result: RunResult) -> float:
    """What a candidate costs: seconds to train it, had nothing been reused."""
    return spent_on(result.phases).from_nothing
