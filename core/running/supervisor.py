"""The app's end of the queue: one worker process, started when needed. Pages submit, poll and stop.

Why not `concurrent.futures.ProcessPoolExecutor`: it cannot cancel a queued job, one killed process
fails every job, and Streamlit replaces `__main__` with the page, which `spawn` would then run again.
"""

import subprocess
import sys
import threading
from pathlib import Path

from core.config import ExperimentConfig
from core.running.jobs import enqueue, request_stop, running_keys, stop_requested, waiting
from core.running.state import RunState, read_state
from core.store import Store

STOP_GRACE_SECONDS = 2.0  # converting and tracing cannot be interrupted: after this the worker is killed


class Jobs:
    """The app's end of the queue: starts the worker when needed and restarts one that died."""

    def __init__(self, store: Store):
        self.store = store
        self._worker: subprocess.Popen | None = None
        self._starting = threading.Lock()

    def ensure_worker(self) -> None:
        """Start the worker process if there is none. It ends when this process does."""
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                return
            root = Path(__file__).resolve().parents[2]
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "core.running.worker", "--home", str(self.store.home)],
                cwd=root,
                stdin=subprocess.PIPE,  # closed by the system when this process ends, which ends the worker
                stdout=subprocess.DEVNULL,
            )

    def submit(self, run_key: str, config: ExperimentConfig, owner: str = "", seconds: float = 0.0) -> None:
        """Queue a run, or join it if it is known. See `enqueue`."""
        enqueue(self.store, run_key, config, owner=owner, seconds=seconds)
        self.ensure_worker()

    def state(self, run_key: str) -> RunState | None:
        """The run's state now. Looking also revives a dead worker while something waits."""
        state = read_state(self.store, run_key)
        if state is not None and state.active:
            self.ensure_worker()
        return state

    def current(self) -> RunState | None:
        """The run in training, else the next one waiting, else None."""
        for key in [*running_keys(self.store)[:1], *waiting(self.store)]:
            state = self.state(key)
            if state is not None and state.active:
                return state
        return None

    def stop(self, run_key: str) -> None:
        """Stop a run within a batch; where the worker is deaf (it converts or traces), kill it after 2 s."""
        request_stop(self.store, run_key)
        timer = threading.Timer(STOP_GRACE_SECONDS, self._kill_if_still_running, [run_key])
        timer.daemon = True
        timer.start()

    def _kill_if_still_running(self, run_key: str) -> None:
        if self.store.status(run_key) != "running" or not stop_requested(self.store, run_key):
            return
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                self._worker.kill()
                self._worker.wait()
                self.store.set_status(run_key, "stopped", message="Stopped.")
        self.ensure_worker()

    def close(self) -> None:
        """End the worker; whatever it trains is marked interrupted by the next one."""
        with self._starting:
            if self._worker is not None and self._worker.poll() is None:
                self._worker.kill()
                self._worker.wait()
