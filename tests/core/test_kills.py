"""Processes killed at random moments: the store stays readable, and a run goes on to the same numbers."""

import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
)
from core.data import datasets
from core.results import STATUSES
from core.running import jobs
from core.running.identity import identify
from core.running.state import read_state
from core.running.supervisor import Jobs
from core.store import Store

BUSY_STORE = """
import itertools, sys
from dataclasses import replace
import numpy as np
from core.running import jobs
from core.config import ExperimentConfig
from core.log import Log
from core.results import EpochMetrics
from core.store import Store
from tests.records import a_result
store = Store(sys.argv[1])
arrays = {"validation": np.zeros(200_000, np.float32)}
print("ready", flush=True)
for number in itertools.count(int(sys.argv[2])):
    key = f"run-v1-{number:016x}"
    jobs.enqueue(store, key, ExperimentConfig(), owner="ann", seconds=1.0)
    with jobs.training_lock(store):
        taken = jobs.next_job(store)
        with jobs.noting_the_outcome(store, taken):
            log = Log(store, taken)
            for epoch in range(3):
                log.epoch(EpochMetrics(epoch + 1, 0.7, 0.6, 0.65, 0.7, 1.5))
            store.save(replace(a_result(), run_key=taken), arrays, {})
        jobs.job_done(store, taken)
    if int(taken[-16:], 16) % 7 == 0:
        store.delete(taken)
    print("one", flush=True)
"""


def kill_after(process: subprocess.Popen, seconds: float) -> None:
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


def check_readable(store: Store) -> list[str]:
    """Everything that can be read is whole; the keys of the finished runs."""
    with jobs.training_lock(store):  # as the next worker does: it marks what was cut off
        pass
    finished = []
    for run in store.list_runs():
        assert run.status in STATUSES
        assert run.status != "running"
        state = read_state(store, run.run_key)
        if run.status == "finished":
            assert run.result.run_key == run.run_key
            assert store.arrays(run.run_key)["validation"].shape == (200_000,)
            assert state.epochs == run.result.last.epochs  # of its record, whatever became of its log
            finished.append(run.run_key)
    assert all(store.status(key) == "queued" for key in jobs.waiting(store))
    return finished


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.soak)])
def test_a_store_is_readable_after_a_kill_at_any_moment_and_no_finished_run_is_lost(tmp_path, kills):
    store, chance = Store(tmp_path), random.Random(1)
    finished: set[str] = set()
    for attempt in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", BUSY_STORE, str(tmp_path), str(1000 * attempt + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert [process.stdout.readline().strip() for _ in range(2)] == ["ready", "one"]
        kill_after(process, chance.uniform(0.0, 0.15))
        found = set(check_readable(store))
        assert {key for key in finished if int(key[-16:], 16) % 7} <= found
        finished |= found
    assert finished


TINY = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=160, shares=(0.5, 0.25, 0.25)),
    feature_extraction=FeatureExtractionConfig(epochs=40, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=12, optimizer="adam", learning_rate=1e-4, unfreeze_from=134),
)


def history(result) -> list[tuple]:
    return [(e.epoch, e.loss, e.val_loss, e.val_accuracy) for phase in result.phases for e in phase.epochs]


def wait_for(what, seconds: float = 120.0):
    """The first true answer of `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError(f"Nothing within {seconds} s.")


@pytest.mark.soak
@pytest.mark.tensorflow
def test_a_worker_killed_again_and_again_ends_at_the_numbers_of_an_undisturbed_run(tmp_path):
    def train(home, kills: int):
        store, chance = Store(home), random.Random(kills)
        key = identify(TINY, datasets.find("digits", store.home))
        queue = Jobs(store)
        logged = 0

        def epochs() -> int:
            return len(read_state(store, key).epochs)

        try:
            queue.submit(key, TINY)
            for kill in range(kills):
                wait_for(lambda: store.status(key) in ("running", "finished"))
                if kill % 2:  # the others are killed while they import, decode and trace
                    wait_for(lambda known=logged: store.finished(key) or epochs() > known)
                time.sleep(chance.uniform(0.0, 1.0))
                queue.close()  # SIGKILL
                if store.finished(key):
                    break
                queue.ensure_worker()
                status = wait_for(lambda: store.status(key) if store.status(key) != "running" else None)
                assert status == ("interrupted" if kill % 3 == 2 else "queued")  # it goes on twice by itself
                assert epochs() >= logged  # none is lost
                logged = epochs()
                if status == "interrupted":
                    queue.submit(key, TINY)
            wait_for(lambda: store.finished(key))
        finally:
            queue.close()
        return store.load(key), store.arrays(key), logged

    calm, arrays, _ = train(tmp_path / "calm", 0)
    shaken, found, logged = train(tmp_path / "shaken", 12)
    assert logged > 0
    assert history(shaken) == history(calm)
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_two_apps_on_one_store_join_the_same_run_and_do_not_take_it_twice(tmp_path):
    first, second = Store(tmp_path), Store(tmp_path)
    key = identify(TINY, datasets.find("digits", first.home))
    jobs.enqueue(first, key, TINY, owner="ann")
    jobs.enqueue(second, key, TINY, owner="bob")
    assert jobs.waiting(first) == jobs.waiting(second) == [key]
    assert jobs.next_job(first) == key
    assert jobs.next_job(second) is None
