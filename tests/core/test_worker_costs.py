"""What Dask would have a worker do beside its task: give back memory that it frees, in a process of its own
here, and note what its task is at. Without TensorFlow."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import dask.config
import pytest
from distributed import Client, Scheduler, SpecCluster, Worker

from core.sweeps import cluster_worker, remote

ROOT = Path(__file__).resolve().parents[2]
FAULTS = """
import resource, sys
import numpy as np
from core.sweeps import remote

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "ready":
    remote.keep_freed_memory()
faults()
print(faults())
"""


def page_faults(worker: str) -> int:
    """Of a process that Dask's nanny starts and that makes an array of 8 MB fifty times."""
    given = dask.config.get("distributed.nanny.pre-spawn-environ")
    environ = os.environ | {name: str(value) for name, value in given.items()}
    command = [sys.executable, "-c", FAULTS, worker]
    done = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the variable means nothing here")
def test_a_worker_asks_the_system_once_for_memory_that_it_needs_again_and_again():
    assert page_faults("ready") < page_faults("as Dask starts it") / 10


def steps_noted(preload: list[str]) -> int:
    """How often a worker with this preload has noted what its task was at, half a second long."""
    listen = {"host": "127.0.0.1", "port": 0, "dashboard": False}
    spec = {0: {"cls": Worker, "options": {"nthreads": 1, "preload": preload}}}
    with SpecCluster(spec, {"cls": Scheduler, "options": listen}, silence_logs=50) as workers:
        with Client(workers, set_as_default=False) as client:
            client.submit(time.sleep, 0.5).result()
        worker = workers.workers[0]
        return worker.profile_recent["count"] + sum(noted["count"] for _, noted in worker.profile_history)


def test_dask_notes_nothing_of_what_a_worker_trains(monkeypatch, tmp_path):
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    monkeypatch.setattr(remote, "get_ready", lambda: None)
    monkeypatch.setattr(cluster_worker.weights, "find", lambda: None)
    assert steps_noted([]) > 0
    assert steps_noted(["core.sweeps.cluster_worker"]) == 0
