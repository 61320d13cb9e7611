"""The app's end of the queue: one worker process, started when needed and revived whatever it died of.

Why not `concurrent.futures.ProcessPoolExecutor`: it cannot cancel a queued job, one killed process
fails every job, and Streamlit replaces `__main__` with the page, which `spawn` would then run again.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from core.config import ExperimentConfig
from core.errors import StoreError
from core.running import in_training
from core.running.jobs import enqueue, request_stop, stop_requested, waiting
from core.running.state import read_state
from core.running.worker_log import WorkerLog
from core.stages import RunState
from core.store import Store

WORKER = (sys.executable, "-m", "core.commands.worker")
STOP_GRACE_SECONDS = 2.0  # converting and tracing cannot be interrupted: after this the worker is killed
LONG_LOOK_SECONDS = 30.0  # three times what one may be priced at: after this it counts as deaf, too
SHORT_LIFE_SECONDS = 60.0  # a worker that ends sooner has hardly done anything
MOST_SHORT_LIVES = 3  # in a row; then it is revived no faster than
PAUSE_SECONDS = 60.0
UNWRITABLE = 2  # exit code of a worker whose store a person must mend first


class Jobs:
    """Queues runs, tells their state and keeps a worker alive. Safe to use from several threads."""

    def __init__(self, store: Store):
        self.store = store
        self._worker: subprocess.Popen | None = None
        self._log = WorkerLog(store.home)
        self._starting = threading.Lock()  # held while the worker and the five below change
        self._started = 0.0
        self._short_lives = 0
        self._not_before = 0.0  # time.monotonic() of the next start
        self._ending = ""  # how the last one ended, for a person
        self._closed = threading.Event()

    def ensure_worker(self) -> None:
        """Start the worker process if there is none. It ends when this process does."""
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                return
            self._note_end()
            if time.monotonic() >= self._not_before:
                self._start()

    def _start(self) -> None:
        self._closed.clear()
        self._started, self._log.last = time.monotonic(), ""
        try:
            self._worker = subprocess.Popen(
                [*WORKER, "--home", str(self.store.home)],
                cwd=Path(__file__).resolve().parents[2],
                env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # as its log is read, whatever the terminal
                stdin=subprocess.PIPE,  # closed by the system when this process ends, which ends the worker
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:  # short of memory or of processes
            self._ending = "it could not be started"
            self._log.say(f"{error.strerror or error}.")
            self._count_short_life()
            return
        threading.Thread(target=self._follow, args=[self._worker], daemon=True).start()

    def _follow(self, worker: subprocess.Popen) -> None:
        """Keep what a worker says; revive one that died with work left, though nobody looks."""
        if worker.stderr is not None:
            self._log.follow(worker.stderr)
        worker.wait()
        with self._starting:
            if self._worker is not worker:  # ended on purpose, or the next one is there already
                return
            self._note_end()
            pause = self._not_before - time.monotonic()
        closed = self._closed.wait(max(0.0, pause))
        if not closed and (in_training.under_way(self.store) or waiting(self.store)):
            self.ensure_worker()

    def _note_end(self) -> None:
        """A worker has ended by itself; after several short lives the next one has to wait."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        code = worker.returncode
        self._ending = f"exit code {code}" if code > 0 else f"killed by signal {-code}"
        if code == UNWRITABLE:
            self._short_lives = MOST_SHORT_LIVES
        if code:
            self._count_short_life()
        else:  # it made room: it had grown too large, or had other threads than the next run needs
            self._short_lives = 0

    def _count_short_life(self) -> None:
        now = time.monotonic()
        self._short_lives = self._short_lives + 1 if now - self._started < SHORT_LIFE_SECONDS else 1
        if self._short_lives >= MOST_SHORT_LIVES:
            self._not_before = now + PAUSE_SECONDS

    @property
    def trouble(self) -> str:
        """Why nothing can be trained, in a sentence or two for a person; empty where all is well."""
        wait = self._not_before - time.monotonic()
        if self._worker is not None or wait <= 0:
            return ""
        said = f" Its last words: {self._log.last}" if self._log.last else ""
        again = f"It is started again in {wait:.0f} s."
        return f"The training process keeps ending ({self._ending}). {again}{said}"

    def submit(
        self, run_key: str, config: ExperimentConfig, owner: str = "", seconds: float = 0.0, *,
        shared: bool = False,
    ) -> None:  # fmt: skip
        """Queue a run, or join it if it is known. See `enqueue`."""
        enqueue(self.store, run_key, config, owner=owner, seconds=seconds, shared=shared)
        self.ensure_worker()

    def state(self, run_key: str) -> RunState | None:
        """The run's state now. Looking also revives a dead worker while something waits."""
        state = read_state(self.store, run_key)
        if state is not None and state.active:
            self.ensure_worker()
        return state

    def current(self) -> RunState | None:
        """The run in training, else the next one waiting, else None. Looking also revives a dead worker."""
        self.ensure_worker()
        for key in [*in_training.at(self.store), *waiting(self.store)]:
            state = read_state(self.store, key)
            if state is not None and state.active:
                return state
        return None

    def stop(self, run_key: str) -> None:
        """Stop a run within a batch; where the worker is deaf (it converts or traces), kill it after 2 s. Who
        may is decided by `core.people.stopping`, through which pages come here.

        Raises:
            StoreError: the wish cannot be written down.
        """
        request_stop(self.store, run_key)
        self._kill_later(run_key)

    def _kill_later(self, run_key: str) -> None:
        timer = threading.Timer(STOP_GRACE_SECONDS, self._kill_if_still_running, [run_key])
        timer.daemon = True
        timer.start()

    def _looks(self) -> bool:
        """Whether the worker answers a look, and has not for too long."""
        since = in_training.looking_since(self.store)
        return since is not None and time.time() - since < LONG_LOOK_SECONDS

    def _kill_if_still_running(self, run_key: str) -> None:
        if self.store.status(run_key) != "running" or not stop_requested(self.store, run_key):
            return
        if self._looks():  # it ends soon, and what trains hears the wish then
            self._kill_later(run_key)
            return
        if self._kill():
            with contextlib.suppress(StoreError):  # the next worker sees the wish and says so
                self.store.set_status(run_key, "stopped", message="Stopped.")
        self.ensure_worker()

    def _kill(self) -> bool:
        """End the worker at once; whether there was one."""
        with self._starting:
            worker, self._worker = self._worker, None
            if worker is None or worker.poll() is not None:
                return False
            worker.kill()
            worker.wait()
            return True

    def close(self) -> None:
        """End the worker; whatever it trains goes on with the next one."""
        self._closed.set()
        self._kill()
