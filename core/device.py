"""CPU or GPU: set up for repeatable numbers, and named for a person."""

import importlib.util
import os
import platform
import sys
from functools import cache

from core.quiet import quiet
from core.store import Store, read_json, write_json


@cache
def configure() -> str:
    """Prepare TensorFlow for this process and name the device. Call it before anything is computed.

    One inter-op thread and deterministic ops make a run a function of its config (determinism alone
    does not: two branches of a graph may still add up in either order). Without grappler's meta optimizer and
    XLA, a cut network computes the very numbers of the whole one.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet():
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
    if tf.config.threading.get_inter_op_parallelism_threads() != 1:
        tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    return name()


def name() -> str:
    """Such as "CPU, 2 threads" or "GPU, NVIDIA H100"."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return f"GPU, {details.get('device_name', 'unnamed')}"
    return f"CPU, {cores()} threads"


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def engine(device: str | None) -> str:
    """What runs the frozen part on this device: `litert` on a CPU that has it, else `tensorflow`."""
    on_gpu = device is not None and device.startswith("GPU")
    return "tensorflow" if on_gpu or importlib.util.find_spec("ai_edge_litert") is None else "litert"


def environment() -> dict:
    """Versions and thread counts, for the receipt."""
    import keras
    import tensorflow as tf

    return {
        "device": name(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
        "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
        "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
    }


def note(store: Store, device: str) -> None:
    """Leave the device's name where pages can read it without TensorFlow."""
    write_json(store.home / "device.json", {"device": device})


def read(store: Store) -> str | None:
    """The device that the worker found; None until it has looked."""
    found = read_json(store.home / "device.json")
    return found.get("device") if isinstance(found, dict) else None
