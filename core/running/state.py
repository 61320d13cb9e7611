"""The state of a run or study by its log: what a page shows while it waits, trains or after it ended."""

import contextlib
import time
from dataclasses import fields
from functools import lru_cache
from typing import Any

from core import results
from core.errors import StoreError
from core.results import PHASES, EpochMetrics, RunResult
from core.run_log import Log
from core.running import in_training, turns
from core.running.attempts import askers, attempts, gave_way
from core.stages import Answers, RunState, Stage
from core.store import Store


def read_state(store: Store, run_key: str) -> RunState | None:
    """The state of a run from its log, or None if nobody asked for it."""
    status = store.status(run_key)
    if status is None:
        return None
    events = [*_sound_events(store.log(run_key))]
    tries = attempts(events)
    begun = tries[-1] if tries else events
    seen: dict[str, Any] = {"started": begun[0]["time"] if tries else None}
    stage = next((event for event in reversed(begun) if event["event"] == "stage"), None)
    if stage is not None:
        seen.update(stage=Stage.told(stage), done=stage.get("done", 0), total=stage.get("total", 0))
    for event in begun:
        if event["event"] == "left":
            seen["seconds_left"] = max(0.0, event["seconds"] - (time.time() - event["time"]))
        elif event["event"] == "note":
            seen["notes"] = (*seen.get("notes", ()), str(event["text"]))
        elif event["event"] == "status" and event.get("message"):
            seen["message"] = event["message"]
    # every attempt gives the same epochs: one that ended before it had caught up takes none away, and neither
    # does one that goes on after it gave way
    goes_on = len(tries) > 1 and gave_way(tries[-2])
    alone = status == "running" and not goes_on
    shown = begun if alone else max(reversed(tries), key=_count_epochs, default=begun)
    seen["answers"] = _answers(shown)
    epochs: list[EpochMetrics] = []
    for event in shown:
        if event["event"] == "epoch":
            epochs.append(results.epoch_from_plain(event))
        elif event["event"] == "phase" and event["name"] == "fine_tuning":
            seen["fine_tuning_starts"] = len(epochs)
    if status == "finished" and run_key.startswith("run-"):  # its record has them whatever became of the log
        with contextlib.suppress(StoreError):
            epochs, seen["fine_tuning_starts"] = _recorded(store.load(run_key))
    if status == "running":
        seen["paused"] = in_training.pauses(store, run_key)
    else:
        seen.update(stage=None, seconds_left=None)
    if status == "queued":
        seen.update(_place(store, run_key), started=None, gave_way=bool(tries) and gave_way(begun))
    return RunState(run_key, status, epochs=tuple(epochs), askers=askers(events), **seen)


def _recorded(result: RunResult) -> tuple[list[EpochMetrics], int | None]:
    """Epochs of all phases of a finished run, and how many there are before fine-tuning."""
    epochs: list[EpochMetrics] = []
    starts = None
    for phase in result.phases:
        if phase.name == "fine_tuning":
            starts = len(epochs)
        epochs += phase.epochs
    return epochs, starts


def _answers(events: list[dict[str, Any]]) -> tuple[Answers, ...]:
    """The latest of each phase."""
    phase, latest = "", {}
    for event in events:
        if event["event"] == "phase":
            phase = event["name"]
        elif event["event"] == "answers" and phase in PHASES:
            latest[phase] = Answers(phase, event["epoch"], tuple(event["said"]), tuple(event["sure"]))
    return tuple(latest.values())


_TEXT = {"stage": ("name",), "note": ("text",), "phase": ("name",), "status": ("status",)}
_NUMBERS = {
    "stage": ("done", "total", "epoch", "of", "fold", "folds"),
    "left": ("seconds",),
    "epoch": tuple(field.name for field in fields(EpochMetrics)),
    "answers": ("epoch",),
}
_LISTS = {"answers": {"said": int, "sure": float}}


@lru_cache(maxsize=64)
def _sound_events(log: Log) -> tuple[dict[str, Any], ...]:
    return tuple(event for event in log.events if _sound(event))


def _sound(event: dict[str, Any]) -> bool:
    """Whether a line of a log holds what its kind must hold; one that does not is passed over."""
    kind, missing = str(event["event"]), 0 if event["event"] == "stage" else None
    text = [event.get(name) for name in _TEXT.get(kind, ())]
    numbers = [event.get("time"), *(event.get(name, missing) for name in _NUMBERS.get(kind, ()))]
    listed = all(
        isinstance(event.get(name), list) and all(isinstance(value, of) for value in event[name])
        for name, of in _LISTS.get(kind, {}).items()
    )
    return (
        listed
        and all(isinstance(value, str) for value in text)
        and all(isinstance(value, (int, float)) for value in numbers)
    )


def _count_epochs(attempt: list[dict[str, Any]]) -> int:
    return sum(event["event"] == "epoch" for event in attempt)


def _place(store: Store, run_key: str) -> dict[str, Any]:
    """Position in the queue and the expected wait, as fields of `RunState`."""
    turns_ = turns.schedule(store, in_training.training(store))
    for position, turn in enumerate(turns_):
        if run_key in turn.line.keys:
            return {"position": position, "seconds_waiting": turn.seconds}
    return {}
