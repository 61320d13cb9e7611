"""A search for the best recipe that never ran: its record, and the runs that it would have left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.presets import first_visit
from core.sweeps.candidates import Candidate, default_of
from core.sweeps.search_record import ALONE, DEAR, FAILED, LATE, Record, new_record, new_stage, place_of
from tests.fakes import wrong_answers

BASE = first_visit()
HEAD = Candidate(96, BACKBONE_LAYERS, BASE.feature_extraction.learning_rate, False)
SMALL = replace(HEAD, size=64)
DEEP = replace(default_of(BASE), size=96, stop=72)
NEAR = replace(DEEP, rate=3e-5)
LARGE = replace(HEAD, size=224)
WRONG = {default_of(BASE): 60, HEAD: 62, SMALL: 140, DEEP: 50, NEAR: 55}  # of 500 validation images
NAMES = {"default": default_of(BASE), "head": HEAD, "small": SMALL, "deep": DEEP, "near": NEAR}


@dataclass(frozen=True)
class MadeUp:
    """A record, and how its runs are to be stored.

    Attributes:
        runs: [(config, wrong answers on validation images)].
    """

    record: Record
    runs: list[tuple[ExperimentConfig, np.ndarray]]


def search(
    key_of: Callable[[ExperimentConfig], str],
    winners: Sequence[str] = ("deep", "near", "default"),
    named: str = "near",
    seeds: int = 1,
    ended: bool = True,
    alone: bool = False,
) -> MadeUp:
    """Five recipes tried in four stages, one dropped, some not tried.

    Args:
        key_of: Gives the key of a run.
        winners, named: Of `NAMES`.
        seeds: By which the winners were judged.
        ended: Else the stage of the unfreeze points is under way, and `deep` is not there yet.
        alone: Whether there was time for nothing but the default recipe.
    """
    record, runs = new_record(), []

    def begin(stage: dict[str, Any], one: Candidate, steps: Sequence[int] = (0,), there: bool = True) -> None:
        place = place_of(record, one)
        stage["tried"].append(place)
        for point in one.points(BASE, steps):
            record["candidates"][place]["runs"][str(point.seed)] = key_of(point.config)
            if there:
                step = point.seed - BASE.seed
                runs.append((point.config, wrong_answers(3 * step, WRONG[one] + step)))

    def stage(name: str, done: bool = True) -> dict[str, Any]:
        record["stages"].append(new_stage(name) | {"done": done, "seconds": 20.0})
        return record["stages"][-1]

    begin(stage("default"), default_of(BASE))
    sizes = stage("sizes")
    dear = {"why": DEAR, "seconds": 70.0, "room": 38.0}
    sizes["not_tried"].append({"candidate": place_of(record, LARGE), **dear})
    if not alone:
        for one in (SMALL, HEAD):
            begin(sizes, one)
        sizes["dropped"].append({"candidate": place_of(record, SMALL), "p_value": 0.0004})
        depths = stage("depths", done=ended)
        begin(depths, DEEP, there=ended)
        if ended and seeds == 1:  # else it is left, and there was no time to judge it over all seeds
            depths["dropped"].append({"candidate": place_of(record, HEAD), "p_value": 0.02})
    if ended and not alone:
        near = stage("neighbours")
        begin(near, NEAR)
        for why, one in ((FAILED, replace(NEAR, rate=3e-4)), (LATE, replace(NEAR, stop=81))):
            problem = "The loss is no longer a number." if why == FAILED else ""
            near["not_tried"].append({"candidate": place_of(record, one), "why": why, "problem": problem})
        last = stage("seeds")
        if seeds == 1:
            last["not_tried"].append({"candidate": 0, "why": ALONE, "problem": ""})
        for one in winners if seeds > 1 else ():
            begin(last, NAMES[one], range(1, seeds))
        lost = [one for one in ("deep", "near", "default") if one not in winners]
        last["dropped"] = [{"candidate": place_of(record, NAMES[one]), "p_value": 0.003} for one in lost]
    record["seconds"] = 20.0 * len(record["stages"])
    if ended:
        places = [place_of(record, NAMES[one]) for one in winners]
        record |= {
            "winners": places, "best": places[0], "named": place_of(record, NAMES[named]),
            "default_p": 1.0 if "default" in winners else 0.003,
            "seeds": [BASE.seed + step for step in range(seeds)],
        }  # fmt: skip
    return MadeUp(record, runs)
