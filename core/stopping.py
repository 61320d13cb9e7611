"""How long work says how far it is, and hears that it should stop.

Work takes two optional functions: `report("stage", name=..., done=..., total=...)`, called now and then,
and `should_stop()`, asked between batches. Both may come from another thread or process.

What trains takes a third, `BetweenSteps`, called where it can wait for a while.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

from core.errors import Stopped

Report = Callable[..., None]
ShouldStop = Callable[[], bool]
BetweenSteps = Callable[[Callable[[], object]], None]
"""Does something else in this process for seconds, if there is something; the work goes on after it. It is
given a function that waits for what other threads still do for the work."""


def nothing() -> None:
    """What `BetweenSteps` is given where no other thread is at work."""


def check_stop(should_stop: ShouldStop | None) -> None:
    """Raise `Stopped` if someone asked for it."""
    if should_stop is not None and should_stop():
        raise Stopped("Stopped.")


def report_stage(report: Report | None, name: str, done: int, total: int) -> None:
    """Tell `report`, if there is one, how far the stage `name` has come."""
    if report is not None:
        report("stage", name=name, done=done, total=total)


@contextlib.contextmanager
def held(lock: "threading.Lock | threading.Semaphore", should_stop: ShouldStop | None) -> Iterator[None]:
    """Hold `lock`, or one of the places of a semaphore; while waiting for it, still stop when asked."""
    while not lock.acquire(timeout=0.1):
        check_stop(should_stop)
    try:
        yield
    finally:
        lock.release()
