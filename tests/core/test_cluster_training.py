"""A sweep on a cluster: workers started by the command of `docs/cluster.md`, with stores of their own."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.config import with_setting
from core.store import Store
from core.sweeps import cluster, pool
from core.sweeps.plan import STOP, Sweep
from tests import engines
from tests.core.test_parallel_sweeps import ROOT, TINY, runs, same_bits, tidy, train

pytestmark = pytest.mark.tensorflow
SHORT = Sweep(with_setting(TINY, "fine_tuning.epochs", 1), {STOP: (151,)})
# Long enough that a worker which was killed is back, and at work, before all of it is done
LONG = Sweep(with_setting(TINY, "fine_tuning.epochs", 60), {STOP: (116, 134, 143)}, seeds=4)


@contextlib.contextmanager
def scheduler() -> Iterator[str]:
    """The address of one of its own. Its workers are to be waited for: they load TensorFlow."""
    from distributed import Scheduler, SpecCluster

    listen = {"host": "127.0.0.1", "port": 0, "dashboard": False}
    with SpecCluster({}, {"cls": Scheduler, "options": listen}, silence_logs=50) as found:
        yield found.scheduler_address


@pytest.fixture
def address() -> Iterator[str]:
    with scheduler() as found:
        yield found


@contextlib.contextmanager
def worker(address: str, home: Path, lent: Path, *more: str) -> Iterator[subprocess.Popen]:
    """A worker in a process of its own, with converted networks and nothing else in its store."""
    command = cluster.START.format(address).split()[1:]
    environ = os.environ | {"THAW_HOME": str(home), "TMPDIR": str(home.parent)}
    with engines.lent(lent, home):
        process = subprocess.Popen(
            [sys.executable, *command, "--no-dashboard", *more], cwd=ROOT, env=environ,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
        finally:
            for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            process.wait()


def test_a_run_trained_elsewhere_has_the_bits_of_one_trained_here(
    store, address, tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 120.0)
    monkeypatch.setenv(pool.SETTING, "1")
    alone, elsewhere = Store(tmp_path / "alone"), tmp_path / "elsewhere"
    with worker(address, elsewhere, engines.folder(tmp_path_factory), "--no-nanny"):
        train(alone, SHORT)  # while the worker starts
        monkeypatch.setenv(cluster.SETTING, address)
        found, told = train(store, SHORT)
    assert [one.problem for one in found] == [""]
    assert told[0].workers == 1
    same_bits(store, alone)
    assert tidy(store)
    assert not (elsewhere / "runs").exists()
    (pixels,) = elsewhere.glob("pixels/*.npy")
    assert pixels.read_bytes() == (store.home / "pixels" / pixels.name).read_bytes()
    assert len({one.processor for one in found}) == 1
    assert found[0].processor


# Killed on the way


class Killer(threading.Thread):
    """Kills the process of one worker twice, each time while it trains; its nanny starts it again."""

    def __init__(self, address: str, nanny: int):
        super().__init__(daemon=True)
        self._address, self._nanny, self.killed = address, nanny, []

    def run(self) -> None:
        from distributed import Client

        with Client(self._address, set_as_default=False) as client:
            while len(self.killed) < 2:
                training = {where for where, keys in client.processing().items() if keys}
                pids = client.run(os.getpid, on_error="ignore")
                for where in training & pids.keys():
                    parents = {parent.pid for parent in psutil.Process(pids[where]).parents()}
                    if self._nanny in parents and pids[where] not in self.killed:
                        time.sleep(0.5)  # not in its first moment
                        psutil.Process(pids[where]).kill()
                        self.killed.append(pids[where])
                time.sleep(0.1)


@pytest.mark.soak
def test_a_worker_that_is_killed_twice_costs_no_run_and_no_bit(
    store, address, tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 120.0)
    monkeypatch.setenv(pool.SETTING, "1")
    lent, told = engines.folder(tmp_path_factory), []
    with (
        worker(address, tmp_path / "one", lent) as first,
        worker(address, tmp_path / "two", lent),
    ):
        alone = Store(tmp_path / "alone")
        train(alone, LONG)
        killer = Killer(address, first.pid)
        killer.start()
        monkeypatch.setenv(cluster.SETTING, address)
        found, _ = train(store, LONG, told=told.append)
    assert len(killer.killed) == 2
    assert all(one.result is not None for one in found)
    same_bits(store, alone)
    assert tidy(store)
    done = [progress.latest.run_key for progress in told if progress.latest]
    assert sorted(done) == sorted({one.run_key for one in found})  # each came once
    for key in runs(store):
        said = [event["status"] for event in store.events(key) if event["event"] == "status"]
        assert said.count("finished") == 1
