"""What a worker of a sweep does with memory that it frees. A process of its own, without TensorFlow."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import dask.config
import distributed  # noqa: F401  # the settings of its nannies come with it
import pytest

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
