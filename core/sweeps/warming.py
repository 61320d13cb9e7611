"""Workers for a sweep that is about to be asked for: they start while its page is being read.

The page writes a wish into the store; the process that trains reads it when it has nothing else to do.
"""

import os
import threading
import time
from pathlib import Path

from core import files
from core.errors import ConfigError, StoreError
from core.store import Store
from core.sweeps import cluster, pool

FRESH_SECONDS = 60.0  # a wish found later, after a training, is nobody's any more
_NAME = "workers.json"
_heard: dict[Path, float] = {}


def wish(points: int, image_size: int, store: Store) -> None:
    """Say that a sweep of so many points may be asked for. For reading only: a disk that is full is the
    trouble of whoever asks for it."""
    path = store.home / _NAME
    if os.environ.get(cluster.SETTING, "").strip():
        return  # its workers are elsewhere
    if points <= pool.FEW or time.time() - _stamp(path) < FRESH_SECONDS:
        return
    try:
        files.write_json(path, {"points": points, "image_size": image_size})
    except StoreError:
        return


def heed(store: Store) -> threading.Thread | None:
    """Start the workers that were last wished for, aside; the thread that does, None where there is nothing
    to do."""
    path = store.home / _NAME
    stamp = _stamp(path)
    if _heard.get(path) == stamp or time.time() - stamp > FRESH_SECONDS:
        return None
    _heard[path] = stamp
    try:
        wanted = files.read_json(path)
        count = pool.fitting(int(wanted["points"]), int(wanted["image_size"]))
    except (ConfigError, ValueError, TypeError, KeyError):
        return None  # the sweep itself will say what is wrong
    if count < 2:
        return None
    starting = threading.Thread(target=pool.warm, args=(count,), daemon=True)
    starting.start()
    return starting


def _stamp(path: Path) -> float:
    """When the wish was written, in seconds since the epoch; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
