"""What a run's log says of its attempts: who asked for it, how often it was cut off, when it gave way."""

from typing import Any

Event = dict[str, Any]


def is_status(event: Event, status: str = "") -> bool:
    """Whether a line of a log says how the run stands, or that it stands so."""
    return event["event"] == "status" and (not status or event.get("status") == status)


def attempts(events: list[Event]) -> list[list[Event]]:
    """The events of every time it was trained, a list an attempt; none where it has not begun."""
    begins = [at for at, event in enumerate(events) if is_status(event, "running")]
    return [events[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=False)]


def gave_way(attempt: list[Event]) -> bool:
    """Whether an attempt ended for now, because shorter jobs went first."""
    said = [event for event in attempt if is_status(event)]
    return bool(said) and bool(said[-1].get("gave_way"))


def askers(events: list[Event]) -> tuple[str, ...]:
    """Who asked since the run was last queued by a person and waits for it still, each once."""
    queued = [at for at, event in enumerate(events) if is_status(event, "queued")]
    begins = [at for at in queued if not (events[at].get("resumption") or events[at].get("gave_way"))]
    found: dict[str, None] = {}
    for event in events[begins[-1] :] if begins else ():
        if event["event"] == "asked" and event.get("by"):
            found[str(event["by"])] = None
        elif event["event"] == "withdrew":
            found.pop(str(event.get("by")), None)
    return tuple(found)


def count_resumptions(events: list[Event]) -> int:
    """How many times in a row a run was taken up again by itself after it was cut off.

    Giving way is no cut, and ends no row: what takes its process with it each time must not go on for ever by
    giving way in between.
    """
    count = 0
    for event in reversed(events):
        if is_status(event) and event.get("status") != "running" and not event.get("gave_way"):
            if not event.get("resumption"):
                break
            count += 1
    return count
