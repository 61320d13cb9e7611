"""A class that asks one worker for jobs, in made-up time: what is asked for when, and what became of it.

The queue, the worker's loop and the logs are the real ones; only a job's work is a clock that is put on.
"""

import time
from dataclasses import dataclass, field

import pytest

from core.config import ExperimentConfig
from core.errors import GaveWay
from core.log import Log
from core.running import jobs, worker
from core.running.order import TAKING_UP_SECONDS
from core.running.state import read_state
from core.stages import RunState
from core.store import Store

EPOCH = 2.0  # s


@dataclass
class Job:
    """What is asked for.

    Attributes:
        at: When, in seconds from the start.
        seconds: What it takes.
        price: What was said that it takes; None for the truth.
        epoch: Seconds from one safe point to the next.
        said: The state that a page showed when it had been asked for.
        began, ended: When that was.
        gaps: How many times it gave way.
    """

    at: float
    owner: str
    seconds: float
    price: float | None = None
    epoch: float = EPOCH
    key: str = ""
    said: RunState | None = None
    began: float | None = None
    ended: float = 0.0
    gaps: int = 0
    left: float = field(init=False)

    def __post_init__(self):
        self.left = self.seconds

    @property
    def wait(self) -> float:
        """Seconds from asking to the answer, beyond those of the work."""
        return self.ended - self.at - self.seconds


class ClassRoom:
    """Runs the jobs: `ClassRoom(store, patch, jobs).serve()`."""

    def __init__(self, store: Store, patch: pytest.MonkeyPatch, asked: list[Job], shared: bool = True):
        self.store, self.shared, self.now = store, shared, 0.0
        self.jobs = {f"study-v1-{number:016x}": job for number, job in enumerate(asked)}
        for key, job in self.jobs.items():
            job.key = key
        self._coming = sorted(asked, key=lambda job: job.at)
        start = time.time()
        patch.setattr(time, "time", lambda: start + self.now)
        patch.setattr(time, "time_ns", lambda: round((start + self.now) * 1e9))

    def serve(self) -> None:
        """Until all that is asked for is done."""
        while self._coming or jobs.waiting(self.store):
            if not worker.take_one(self.store, {"study": self._work}):
                self._pass(self._coming[0].at - self.now)

    def _pass(self, seconds: float) -> None:
        """Put the clock on; whoever asks in the meantime is told when it begins."""
        end = self.now + seconds
        while self._coming and self._coming[0].at <= end:
            job = self._coming.pop(0)
            self.now = max(self.now, job.at)
            jobs.enqueue(
                self.store, job.key, ExperimentConfig(), {"kind": "folds", "options": {}}, owner=job.owner,
                seconds=job.seconds if job.price is None else job.price, shared=self.shared,
            )  # fmt: skip
            job.said = read_state(self.store, job.key)
        self.now = end

    def _work(self, key: str, store: Store, should_stop, should_give_way, between_steps) -> None:
        job, log = self.jobs[key], Log(store, key, None, should_stop, should_give_way)
        with jobs.noting_the_outcome(store, key):
            if job.began is None:
                job.began = self.now
            else:
                self._pass(TAKING_UP_SECONDS)
            while job.left > 0:
                log("left", seconds=job.left, pause=job.epoch)
                step = min(job.epoch, job.left)
                self._pass(step)
                job.left -= step
                log.check_stop()
                if job.left and log.should_give_way():
                    job.gaps += 1
                    raise GaveWay
            store.save_study(key, {}, {})
            job.ended = self.now
