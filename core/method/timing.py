"""Where the seconds went, and what reuse saved."""

import contextlib
import time
from collections.abc import Iterator

PARTS = ("data", "features", "trace", "train", "evaluate")
_aside = 0.0  # seconds of this process that no work counts as its own


def clock() -> float:
    """Seconds of which only differences mean something: `time.perf_counter`, less what was done `aside`."""
    return time.perf_counter() - _aside


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """What the body takes is counted by no clock that began before it: another's question, answered between
    two steps of a training. Within the body, `clock` goes on. For the thread that trains."""
    global _aside
    begin = clock()
    try:
        yield
    finally:
        _aside += clock() - begin


class Seconds:
    """Wall seconds by part: data, features, trace, train, evaluate; without what was done `aside`."""

    def __init__(self):
        self.parts: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self.saved = 0.0
        self._begin = clock()

    def add(self, part: str, seconds: float) -> None:
        """Book seconds that were measured elsewhere."""
        self.parts[part] += seconds

    def reused(self, seconds: float) -> None:
        """Note what a stored thing had cost when it was made."""
        self.saved += seconds

    @contextlib.contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Book the time of the body, less what the body books itself as features."""
        begin, features = clock(), self.parts["features"]
        try:
            yield
        finally:
            inner = self.parts["features"] - features
            self.parts[part] += clock() - begin - inner

    def record(self) -> dict[str, float]:
        """Every part and their total wall time, rounded to milliseconds."""
        total = clock() - self._begin
        return {name: round(value, 3) for name, value in {"total": total, **self.parts}.items()}
