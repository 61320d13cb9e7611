"""Worker processes for sweeps, by Dask: started once, warm for the next sweep, gone with this process.

Dask's scheduler is a thread of this process, which is its one client. Each worker is a process of one thread
with a nanny that starts it again when it dies; both talk over TLS with keys made for the occasion, since
whoever could reach a scheduler could run what they like. Dask's own bound on memory is off: it counts files
that are mapped, such as features, which the system takes back when it needs room.
"""

import atexit
import contextlib
import logging
import math
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from core.config import ONE_THREAD_UP_TO
from core.errors import ConfigError
from core.method import device
from core.running.identity import Asked
from core.running.worker import MEMORY_BOUND_BYTES
from core.sweeps.remote import train as train_there

SETTING = "THAW_SWEEP_WORKERS"
FEW = 4  # points that are trained before the workers would have started
WORTH_SECONDS = 60.0  # of price: two workers save no more of it than starting them takes
SPARE_BYTES = 500_000_000  # for everything else on the machine
IDLE_SECONDS = 600.0  # then the workers of the last sweep give their memory back
LOST_SECONDS = 60.0  # without a single worker
BACK_SECONDS = 30.0  # for one that died to have loaded TensorFlow again
PRELOAD = "core.sweeps.remote"
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the one
_SETTINGS = {
    "distributed.scheduler.http.routes": [],  # pages of Dask's own, which anybody on the machine could open
    "distributed.worker.http.routes": [],
    "distributed.deploy.lost-worker-timeout": "1h",  # one that starts again loads TensorFlow: more than 15 s
}

_changing = threading.Lock()
_warm: "Pool | None" = None
_idle: threading.Timer | None = None


def worker_bytes(image_size: int) -> int:
    """What a worker may come to hold: peaks were 2.0 GB at 64 px and 2.6 GB at 160 px, every stop trained."""
    return int(1.9e9 + 28_000 * image_size**2)


def fitting(points: int, image_size: int, seconds: float = math.inf) -> int:
    """How many workers so many points are worth on this machine: 1 is this process alone.

    Args:
        seconds: What they should take in this process.

    Raises:
        ConfigError: `THAW_SWEEP_WORKERS` is no whole number from 1.
    """
    pays = points > FEW and (seconds > WORTH_SECONDS or _warm is not None)
    wanted = _asked() or (device.cores() if pays else 1)
    threads = 1 if image_size <= ONE_THREAD_UP_TO else None
    if min(wanted, points) < 2 or device.configure(threads).startswith("GPU"):  # which one process fills
        return 1
    import psutil

    room = psutil.virtual_memory().available + held_bytes() - SPARE_BYTES
    return max(1, min(wanted, points, room // worker_bytes(image_size)))


def _asked() -> int | None:
    text = os.environ.get(SETTING, "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(
            f"{SETTING} is {text!r}.", "Expected a whole number from 1.", "Leave it out for one a core."
        )
    return int(text)


class Pool:
    """So many worker processes. Made when they are ready, which takes some 8 s. A task that
    ends two of them is given up.

    Raises:
        OSError, RuntimeError, TimeoutError: they could not be started.
    """

    answer_seconds = grace_seconds = 1.0  # for a few numbers from a worker that has them; for a batch

    def __init__(self, count: int):
        from dask.config import set as configured
        from distributed import Client, LocalCluster

        configured(_SETTINGS)
        # Where TensorFlow was imported first, `silence_logs` finds none of the handlers it would silence
        logging.getLogger("distributed").setLevel(logging.WARNING)
        self._cluster = LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, memory_limit=0, security=True,
            dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False, "allowed_failures": 1},
            silence_logs=logging.CRITICAL, preload=[PRELOAD], config=_SETTINGS,
        )  # fmt: skip
        self._client = Client(self._cluster, set_as_default=False)
        self.count, self._seen = count, time.monotonic()

    def begin(self, asked: Asked, home: Path, going: Path) -> Any:
        """As `lanes.Workers` has it. No worker is named: a task for one that ended would wait for ever, since
        it comes back under another address."""
        return self._client.submit(
            train_there, str(home), str(asked.store.cache), asked.config.to_dict(), asked.dataset, str(going),
            pure=False,
        )  # fmt: skip

    def receive(self, said: dict[str, Any], asked: Asked, home: Path) -> None:
        """What was made is at `home` already. A worker that holds too much memory ends: its nanny starts a
        fresh process in its place."""
        if said["memory"] > MEMORY_BOUND_BYTES and said["pid"] in self.pids:
            with contextlib.suppress(OSError):  # it is on its way out by itself
                os.kill(said["pid"], signal.SIGTERM)

    def halt(self) -> None:
        """They see it."""

    def wait_until_whole(self) -> None:
        """A worker that died in the last sweep may not be back yet: one alone would be given two points, and
        where one of them ends it, both would be blamed."""
        with contextlib.suppress(TimeoutError, RuntimeError, OSError):
            self._client.wait_for_workers(self.count, timeout=BACK_SECONDS)

    @property
    def pids(self) -> list[int]:
        """Of the workers that are there."""
        found = (getattr(nanny, "pid", None) for nanny in self._cluster.workers.values())
        return [pid for pid in found if pid]

    @property
    def alive(self) -> bool:
        """Whether it can be used."""
        return self._client.status == "running" and not self.lost

    @property
    def lost(self) -> bool:
        """Whether no worker is there, nor will be: they are started again at once, as long as that can be."""
        now = time.monotonic()
        if self.pids and self._client.status == "running":
            self._seen = now
        return now - self._seen > LOST_SECONDS

    def close(self) -> None:
        """End the workers at once: they hold nothing that is not on disk."""
        with contextlib.suppress(Exception):  # whatever they die of
            for nanny in self._cluster.workers.values():
                nanny.auto_restart = False
            for pid in self.pids:
                with contextlib.suppress(OSError):
                    os.kill(pid, _KILL)
            self._client.close(timeout=5)
            self._cluster.close(timeout=5)


def held_bytes() -> int:
    """Memory of the warm workers."""
    import psutil

    total = 0
    for pid in _warm.pids if _warm is not None else ():
        with contextlib.suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss
    return total


def take(count: int) -> Pool:
    """The warm workers, or new ones. For one sweep at a time, as the store's lock has it; `give_back` them.

    Raises:
        OSError, RuntimeError, TimeoutError: they could not be started.
    """
    global _warm, _idle
    with _changing:
        if _idle is not None:
            _idle.cancel()
            _idle = None
        if _warm is None or not _warm.alive or _warm.count != count:
            _close()
            _warm = Pool(count)
        _warm.wait_until_whole()
        return _warm


def warm(count: int) -> None:
    """Start workers, where there are none, for a sweep that may come; if they cannot, it will say so."""
    global _warm
    with _changing, contextlib.suppress(OSError, RuntimeError, TimeoutError):
        if _warm is None:
            _warm = Pool(count)
            _end_in_a_while()


def give_back() -> None:
    """The sweep is over: unless another one takes them, the workers end in a while."""
    with _changing:
        _end_in_a_while()


def _end_in_a_while() -> None:
    global _idle
    _idle = threading.Timer(IDLE_SECONDS, _close_idle)
    _idle.daemon = True
    _idle.start()


def close() -> None:
    """End the warm workers, if there are any."""
    with _changing:
        _close()


def _close_idle() -> None:
    with _changing:
        if _idle is threading.current_thread():  # else another sweep has just begun
            _close()


def _close() -> None:
    global _warm
    pool, _warm = _warm, None
    if pool is not None:
        pool.close()


atexit.register(close)
