"""CPU or GPU: set up for repeatable numbers, and named for a person."""

import gc
import importlib.metadata
import importlib.util
import os
import platform
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from core import __version__
from core.config import ONE_THREAD_UP_TO, ExperimentConfig
from core.errors import ThawError
from core.files import unchanged, write_json
from core.method.quiet import quiet
from core.store import Store

CORES = "THAW_CORES"  # how many cores a process takes for its own that shares the machine with others like it
_configured = False


def fitting(config: ExperimentConfig) -> tuple[int | None, ...]:
    """How many intra-op threads a process may have to train this config, the best number first; None means
    as many as there are cores.

    Where `ExperimentConfig.counts_threads` no other number gives its bits. Larger images would be slow on one
    thread; a head on frozen layers takes the same time and has the same bits on any number.
    """
    if config.counts_threads:
        return (config.threads,)
    if config.thaws:
        return (None,)
    return (1, None) if config.data.image_size <= ONE_THREAD_UP_TO else (None, 1)


def configure(threads: int | None) -> str:
    """Prepare TensorFlow for this process and name the device. Call it before anything is computed: the first
    call decides, and later ones change nothing.

    One inter-op thread and deterministic ops make a run a function of its config (determinism alone
    does not: two branches of a graph may still add up in either order). Without grappler's meta optimizer and
    XLA, a cut network computes the very numbers of the whole one.

    Args:
        threads: Threads within one operation; see `fitting`.
    """
    global _configured
    if _configured:
        return name()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet():
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
    if tf.config.threading.get_inter_op_parallelism_threads() != 1:
        tf.config.threading.set_inter_op_parallelism_threads(1)
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    gc.freeze()  # TensorFlow's 400,000 objects stay: each full collection would walk them, 0.2 s long
    _configured = True
    return name()


def require(config: ExperimentConfig) -> None:
    """Refuse to train a config whose key promises another number of threads than this process has.

    Raises:
        ThawError: it does, and the run would get other bits than any other of its key.
    """
    import tensorflow as tf

    threads = tf.config.threading.get_intra_op_parallelism_threads() or None  # 0: TensorFlow takes all cores
    if config.counts_threads and threads != config.threads:
        raise ThawError(
            f"This run trains on {_on(config.threads)}, and this process computes on {_on(threads)}.",
            "The number decides the last bits of its numbers, and TensorFlow cannot change it any more.",
            "Train it in a process of its own.",
            field="threads",
        )


def _on(threads: int | None) -> str:
    return "all cores" if threads is None else "1 thread" if threads == 1 else f"{threads} threads"


def name() -> str:
    """Such as "CPU, 2 threads" or "GPU, NVIDIA H100"."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return f"GPU, {details.get('device_name', 'unnamed')}"
    return f"CPU, {cores()} threads"


def cores() -> int:
    """CPU cores that this process may use: what the system gives it, or fewer where `CORES` says so."""
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(given, int(os.environ.get(CORES, given)))


def engine(device: str | None) -> str:
    """What runs the frozen part on this device: `litert` on a CPU that has it, else `tensorflow`."""
    on_gpu = device is not None and device.startswith("GPU")
    return "litert" if not on_gpu and _has_litert() else "tensorflow"


@cache  # it looks through the disk, and is asked for with every price
def _has_litert() -> bool:
    return importlib.util.find_spec("ai_edge_litert") is not None


PACKAGES = ("tensorflow", "keras", "ai-edge-litert", "numpy", "opencv-python-headless", "pillow")


def environment() -> dict[str, str | int | None]:
    """What a run's numbers depend on besides its settings and images: machine, threads and versions.

    Two runs of one config in equal environments give equal numbers, bit for bit on a CPU; `thaw` is not
    among what must be equal for that. A package that is not there is None.
    """
    import tensorflow as tf

    threading = tf.config.threading
    return {
        "thaw": __version__,
        "device": name(),
        "processor": _processor(),
        "cores": cores(),
        "inter_op_threads": threading.get_inter_op_parallelism_threads(),
        "intra_op_threads": threading.get_intra_op_parallelism_threads(),
        "platform": f"{sys.platform} {platform.machine()}",
        "python": platform.python_version(),
        **versions(),
    }


def versions() -> dict[str, str | None]:
    """Of the packages that decide numbers; None for one that is not there."""
    return {package: _version(package) for package in PACKAGES}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """The CPU's model: kernels are chosen by what it can do. `unknown` where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor() or "unknown"
    said = dict(re.split(r"\s*:\s*", line, maxsplit=1) for line in lines if ":" in line)
    known = [said[name] for name in ("model name", "cpu family", "model") if said.get(name)]
    return " ".join(known) or platform.processor() or "unknown"


def note(store: Store, device: str) -> None:
    """Leave the device's name where pages can read it without TensorFlow."""
    write_json(store.home / "device.json", {"device": device})


def read(store: Store) -> str | None:
    """The device that the worker found; None until it has looked."""
    return unchanged(store.home / "device.json", _named)


def _named(found: Any) -> str | None:
    return found.get("device") if isinstance(found, dict) else None
