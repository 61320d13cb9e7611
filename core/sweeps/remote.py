"""What a worker process of a sweep does: it gets ready, and trains one point after the other.

Dask imports this module into each worker as its preload. A worker has one thread: two of them train more
images a second than one with two threads, and each run is a function of its config alone.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import config as configs
from core.data.datasets import Dataset
from core.errors import Stopped, ThawError
from core.running.identity import Asked
from core.running.worker import memory_bytes
from core.store import Store
from core.sweeps import point
from core.sweeps.point import Asks

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of glibc's `mallopt`


def dask_setup(worker) -> None:  # Dask's name for it, and what it is called with
    """Get ready before the first point is asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends whoever asked, and so this
    train_unwatched(worker)
    get_ready()


def train_unwatched(worker) -> None:
    """Keep Dask from noting what its task does, a hundred times a second. Nobody asks for that, and while a
    step is traced it goes through some hundred calls each time: 5% of a worker's time."""
    for name in ("profile", "profile-cycle"):
        worker.periodic_callbacks.pop(name, None)


def get_ready() -> None:
    """Load TensorFlow and the weights, so that no point waits for them. Raises WeightsError."""
    from core.config import BaseConfig
    from core.method import device

    keep_freed_memory()
    os.environ[device.CORES] = "1"
    device.configure(threads=1)  # which imports TensorFlow quietly: before what imports it, too
    from core.method import backbone

    backbone.build(96, BaseConfig(), seed=0)


def keep_freed_memory() -> None:
    """Have glibc keep up to 64 MB of what is freed, as it comes to do by itself in a process that trains.

    Dask starts its workers with `MALLOC_TRIM_THRESHOLD_` at 64 KB: every tensor then goes back to the system
    and is asked for anew, page by page. Two workers spent a third of their time on that.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # not glibc: the variable means nothing
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, 32 * 2**20)
        mallopt(M_TRIM_THRESHOLD, 64 * 2**20)


def train(home: str, cache: str, config: dict[str, Any], dataset: Dataset, going: str) -> dict[str, Any]:
    """Train a run in a store of its own, where what it begins with lies already (`core.sweeps.scratch`).

    Args:
        home: The folder of that store.
        cache: The folder with features, pixels and converted networks, which all workers share.
        config: As `ExperimentConfig.to_dict` gives it.
        going: A file: once it is gone, the run stops within a batch.

    Returns:
        As `run`. The run is its folder in the store.
    """
    asked = Asked(configs.from_dict(config), dataset, Store(Path(home), cache=Path(cache)))
    return run(asked, Asks(should_stop=lambda: not os.path.exists(going)))


def run(asked: Asked, asks: Asks, before: Callable[[], None] | None = None) -> dict[str, Any]:
    """Train a run, and say how it ended.

    Args:
        before: What is to be done first; it may raise as training may.

    Returns:
        `seconds` it took, `problem` (a sentence; empty where there is none), `stopped` (whether it was),
        `pid` of this process and `memory`, the bytes that it now holds.
    """
    begin, problem, stopped = time.perf_counter(), "", False
    try:
        if before is not None:
            before()
        point.run(asked, asks)
    except ThawError as error:
        problem = str(error)
    except Stopped:
        stopped = True
    seconds = round(time.perf_counter() - begin, 3)
    return {"seconds": seconds, "problem": problem, "stopped": stopped, "pid": os.getpid(),
            "memory": memory_bytes()}  # fmt: skip
