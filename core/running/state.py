"""The state of a run or study by its log: what a page shows while it waits, trains or after it ended."""

import contextlib
import time
from dataclasses import fields
from typing import Any

from core import results
from core.data.watched import watched
from core.errors import StoreError
from core.method.evaluation import certainties, predicted_classes
from core.results import PHASES, EpochMetrics, RunResult
from core.running import turns
from core.running.jobs import running_keys
from core.stages import Answers, RunState, Stage
from core.store import Store


def read_state(store: Store, run_key: str) -> RunState | None:
    """The state of a run from its log, or None if nobody asked for it."""
    status = store.status(run_key)
    if status is None:
        return None
    events = [event for event in store.events(run_key) if _sound(event)]
    attempts = _attempts(events)
    begun = attempts[-1] if attempts else events
    seen: dict[str, Any] = {"started": begun[0]["time"] if attempts else None}
    for event in begun:
        if event["event"] == "stage":
            seen.update(stage=Stage.told(event), done=event.get("done", 0), total=event.get("total", 0))
        elif event["event"] == "left":
            seen["seconds_left"] = max(0.0, event["seconds"] - (time.time() - event["time"]))
        elif event["event"] == "note":
            seen["notes"] = (*seen.get("notes", ()), str(event["text"]))
        elif event["event"] == "status" and event.get("message"):
            seen["message"] = event["message"]
    # every attempt gives the same epochs: one that ended before it had caught up takes none away
    shown = begun if status == "running" else max(reversed(attempts), key=_count_epochs, default=begun)
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
    if status != "running":
        seen.update(stage=None, seconds_left=None)
    if status == "queued":
        seen.update(_place(store, run_key), started=None)
    return RunState(run_key, status, epochs=tuple(epochs), askers=_askers(events), **seen)


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


def stored_answers(store: Store, run_key: str, phase: str) -> Answers:
    """What a finished run says of the watched images after one of its phases, whatever its log holds.

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    arrays, result = store.arrays(run_key), store.load(run_key)
    try:
        probabilities, labels = arrays[f"{phase}/validation"], arrays["labels/validation"]
        record = next(found for found in result.phases if found.name == phase)
    except (KeyError, StopIteration) as error:
        raise StoreError(f"Run {run_key} keeps no predictions of {phase}.", fix="Run it again.") from error
    seen = probabilities[watched(labels)]
    sure = tuple(float(share) for share in certainties(seen))
    return Answers(phase, record.epochs[-1].epoch, tuple(predicted_classes(seen).tolist()), sure)


_TEXT = {"stage": ("name",), "note": ("text",), "phase": ("name",), "status": ("status",)}
_NUMBERS = {
    "stage": ("done", "total", "epoch", "of", "fold", "folds"),
    "left": ("seconds",),
    "epoch": tuple(field.name for field in fields(EpochMetrics)),
    "answers": ("epoch",),
}
_LISTS = {"answers": {"said": int, "sure": float}}


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


def _attempts(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The events of every time it was trained, a list an attempt; none where it has not begun."""
    begins = [i for i, e in enumerate(events) if e["event"] == "status" and e.get("status") == "running"]
    return [events[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=False)]


def _count_epochs(attempt: list[dict[str, Any]]) -> int:
    return sum(event["event"] == "epoch" for event in attempt)


def _askers(events: list[dict[str, Any]]) -> tuple[str, ...]:
    """Who asked since the run was last queued by a person, each once."""
    queued = [i for i, e in enumerate(events) if e["event"] == "status" and e.get("status") == "queued"]
    begins = [i for i in queued if not events[i].get("resumption")]
    since = events[begins[-1] :] if begins else []
    return tuple(dict.fromkeys(str(e["by"]) for e in since if e["event"] == "asked" and e.get("by")))


def _place(store: Store, run_key: str) -> dict[str, Any]:
    """Position in the queue and the expected wait, as fields of `RunState`."""
    ahead = []
    for line in turns.queue(store):
        if line.run_key == run_key:
            break
        ahead.append(line)
    else:
        return {}
    left = [_left(store, key) for key in running_keys(store)[:1]]
    seconds = [*left, *(line.seconds or None for line in ahead)]
    known = None if None in seconds else float(sum(seconds))
    return {"position": len(ahead), "seconds_waiting": known}


def _left(store: Store, run_key: str) -> float | None:
    """Seconds until the run in training is done, by its own latest word."""
    said = [event for event in store.events(run_key) if event["event"] == "left" and _sound(event)]
    return max(0.0, said[-1]["seconds"] - (time.time() - said[-1]["time"])) if said else None
