"""Where the seconds went, and what reuse saved."""

import contextlib
import time
from collections.abc import Iterator

PARTS = ("data", "features", "trace", "train", "evaluate")


class Seconds:
    """Wall seconds by part: data, features, trace, train, evaluate."""

    def __init__(self):
        self.parts: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self.saved = 0.0
        self._begin = time.perf_counter()

    def add(self, part: str, seconds: float) -> None:
        """Book seconds that were measured elsewhere."""
        self.parts[part] += seconds

    def reused(self, seconds: float) -> None:
        """Note what a stored thing had cost when it was made."""
        self.saved += seconds

    @contextlib.contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Book the time of the body, less what the body books itself as features."""
        begin, features = time.perf_counter(), self.parts["features"]
        try:
            yield
        finally:
            inner = self.parts["features"] - features
            self.parts[part] += time.perf_counter() - begin - inner

    def record(self) -> dict[str, float]:
        """Every part and their total wall time, rounded to milliseconds."""
        total = time.perf_counter() - self._begin
        return {name: round(value, 3) for name, value in {"total": total, **self.parts}.items()}
