"""A run's log while it is being made: events to the store and to whoever asked, and the wish to stop."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from core.errors import Stopped
from core.results import EpochMetrics, to_plain
from core.stages import Stage
from core.stopping import BetweenSteps, nothing
from core.store import Store

STAGE_INTERVAL = 0.2  # s between two notes of the same stage: a log is for people, not for every batch
STOP_INTERVAL = 0.05  # s between two looks at the disk for a wish to stop


class Listener(Protocol):
    """What training tells of itself, and asks whether to stop or to give way: a `Log`, or what stands in
    front of one."""

    def __call__(self, event: str, **values: Any) -> None: ...

    def epoch(self, metrics: EpochMetrics) -> None: ...

    def note(self, text: str) -> None: ...

    def check_stop(self, settle: Callable[[], object] = nothing) -> None: ...

    def should_give_way(self) -> bool: ...


class Log:
    """Events of one run, in its `events.jsonl` and to `report`.

    Called as `log("stage", name="features", done=64, total=2000)`. The events:

    - `stage`: the fields of `Stage`, done, total: what it is doing now;
    - `phase`: name, epochs: a phase begins; `epochs` are planned;
    - `answers`: epoch, said (class indices), sure (their probabilities, 0..1): what the network says of the
      watched validation images (`core.data.watched`) after this epoch of its phase, in their order;
    - `epoch`: the fields of `EpochMetrics`;
    - `left`: seconds expected until the end of the run, and `pause`, until it could give way to shorter ones;
    - `note`: text: something a person should know, though the run goes on.
    """

    def __init__(
        self,
        store: Store,
        run_key: str,
        report: Callable[..., None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        should_give_way: Callable[[], bool] | None = None,
        between_steps: BetweenSteps | None = None,
    ):
        self.should_stop, self.between_steps = should_stop or (lambda: False), between_steps
        self._should_give_way = should_give_way
        self._store, self._run_key, self._report = store, run_key, report
        self._last_stage, self._last_time, self._last_look = None, 0.0, 0.0
        self.notes: list[str] = []

    def __call__(self, event: str, **values) -> None:
        """Note an event. Stages in quick succession are thinned out."""
        if event == "stage":
            now, finished = time.monotonic(), values.get("done") == values.get("total")
            stage = Stage.told(values)
            if stage == self._last_stage and now - self._last_time < STAGE_INTERVAL and not finished:
                return
            self._last_stage, self._last_time = stage, now
        self._store.append(self._run_key, event, **values)
        if self._report:
            self._report(event, **values)

    def epoch(self, metrics: EpochMetrics) -> None:
        """Note a finished epoch."""
        self("epoch", **to_plain(metrics))

    def note(self, text: str) -> None:
        """Tell a person something, once."""
        if text not in self.notes:
            self.notes.append(text)
            self("note", text=text)

    def check_stop(self, settle: Callable[[], object] = nothing) -> None:
        """Between two steps: let something else be done, and ask whether to stop; a few times a second.

        Args:
            settle: Waits for what other threads still do for this work: it is to be counted as this work's.

        Raises:
            Stopped: someone asked.
        """
        if time.monotonic() - self._last_look >= STOP_INTERVAL:
            if self.between_steps is not None:
                self.between_steps(settle)
            self._last_look = time.monotonic()
            if self.should_stop():
                raise Stopped

    def should_give_way(self) -> bool:
        """Whether shorter jobs wait that should go first, at a safe point."""
        return self._should_give_way is not None and self._should_give_way()
