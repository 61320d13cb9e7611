"""One piece of work beside the page, such as a download: progress to poll, a wish to stop, an outcome."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import Stopped, ThawError
from core.stages import Stage


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes:
        status: `running`, `finished`, `stopped` or `failed`.
        done, total: In the work's own unit; total 0 where it is unknown.
        problem: What went wrong, for a person.
    """

    status: str
    stage: Stage | None = None
    done: int = 0
    total: int = 0
    problem: ThawError | None = None


class Background:
    """Runs `work(report, should_stop)` in a thread; what `core.stopping` says of the two holds here.

    `work` ends a wish to stop by raising `Stopped`. Anything else it raises becomes `problem`.
    """

    def __init__(self, work: Callable[[Callable[..., None], Callable[[], bool]], object]):
        self._work = work
        self._stop = threading.Event()
        self._progress = Progress("running")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def progress(self) -> Progress:
        """The state now; one immutable record, so it can be read from any thread."""
        return self._progress

    def stop(self) -> None:
        """Ask the work to stop soon."""
        self._stop.set()

    @property
    def stop_requested(self) -> bool:
        """Whether someone asked it to stop."""
        return self._stop.is_set()

    def join(self, seconds: float) -> None:
        """Wait for the end, at most so long."""
        self._thread.join(seconds)

    def _report(self, event: str, done: int = 0, total: int = 0, **stage) -> None:
        if event == "stage":
            self._progress = Progress("running", Stage.told(stage), done, total)

    def _run(self) -> None:
        try:
            self._work(self._report, self._stop.is_set)
            self._progress = Progress("finished")
        except Stopped:
            self._progress = Progress("stopped")
        except ThawError as problem:
            self._progress = Progress("failed", problem=problem)
        except Exception as error:
            problem = ThawError(f"An unexpected error: {type(error).__name__}: {error}.", fix="Try again.")
            self._progress = Progress("failed", problem=problem)
