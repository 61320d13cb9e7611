"""A sweep on several worker processes: real trainings, and what becomes of them when one is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.config import DataConfig, ExperimentConfig, FeatureExtractionConfig, FineTuningConfig
from core.data import datasets
from core.errors import GaveWay, Stopped
from core.running import jobs
from core.store import Store
from core.sweeps import lanes, pool, remote, training
from core.sweeps.plan import STOP, Sweep
from tests import engines

ROOT = Path(__file__).resolve().parents[2]
TINY = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=100, shares=(0.6, 0.2, 0.2)),
    feature_extraction=FeatureExtractionConfig(epochs=1, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=2, optimizer="adam", learning_rate=1e-4),
)
SWEEP = Sweep(TINY, {STOP: (116, 134, 143)}, seeds=2)
pytestmark = [pytest.mark.tensorflow, pytest.mark.soak]  # workers take half a minute to start

ALONE = """
import sys
from pathlib import Path
from core.data import datasets
from core.method import device
from core.store import Store
from core.sweeps import training
from tests.core.test_parallel_sweeps import SWEEP
device.configure(1)
store = Store(Path(sys.argv[1]))
dataset = datasets.find("digits", store.home)
print(*(one.run_key for one in training.train(SWEEP.points(), dataset, store, told=print)))
"""


@pytest.fixture(scope="module", autouse=True)
def workers_end():
    yield
    pool.close()


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setenv(pool.SETTING, "2")


@pytest.fixture
def lent(store, tensorflow_configured, tmp_path_factory):
    """Converted networks are no part of what is tested here."""
    with engines.lent(engines.folder(tmp_path_factory), store.home):
        yield


def train(store: Store, sweep: Sweep = SWEEP, **asks):
    """(the points, what was told after each)"""
    told = []
    dataset = datasets.find("digits", store.home)
    with jobs.training_lock(store):
        asks = {"told": told.append, **asks}
        return training.train(sweep.points(), dataset, store, **asks), told


def runs(store: Store) -> set[str]:
    return {folder.name for folder in store.runs.iterdir()}


def tidy(store: Store) -> bool:
    return not (store.home / "scratch").exists() and not list(store.runs.glob(".*"))


def record(store: Store, key: str) -> tuple:
    phases = store.load(key).phases
    epochs = [(e.epoch, e.loss, e.accuracy, e.val_loss, e.val_accuracy) for p in phases for e in p.epochs]
    return epochs, [(p.name, p.validation, p.test, p.weight_change) for p in phases]


def same_bits(mine: Store, alone: Store) -> None:
    """Every run of one store is in the other, with the same history and arrays."""
    assert runs(mine) == runs(alone)
    for key in runs(mine):
        assert record(mine, key) == record(alone, key)
        arrays, others = mine.arrays(key), alone.arrays(key)
        assert arrays.keys() == others.keys()
        for name, value in others.items():
            np.testing.assert_array_equal(arrays[name], value, err_msg=f"{key} {name}")


def test_every_point_has_the_bits_of_one_trained_alone_on_one_thread(store, two, lent, tmp_path):
    found, told = train(store)
    assert told[0].workers == 2
    assert [progress.done for progress in told] == list(range(7))
    assert [one.point for one in found] == SWEEP.points()
    assert all(one.result is not None and one.seconds > 0 for one in found)
    assert len(runs(store)) == 6 + 2 * 2  # with the first phase and the control of each seed: none twice
    assert tidy(store)

    alone = Store(tmp_path / "alone")
    environ = os.environ | {"THAW_CORES": "1", pool.SETTING: "1"}
    with engines.lent(store.home / "engines", alone.home):
        command = [sys.executable, "-c", ALONE, str(alone.home)]
        subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
    same_bits(store, alone)
    for one in found:
        receipt = json.loads((store.path(one.run_key) / "receipt.json").read_text())
        assert receipt["environment"]["intra_op_threads"] == receipt["environment"]["cores"] == 1

    again, _ = train(store)
    assert [one.seconds for one in again] == [0.0] * 6


def test_a_stop_ends_it_within_a_batch_and_it_goes_on_where_it_was(store, two, lent):
    done, wished = [], []

    def told(progress) -> None:
        done.extend([progress.latest] if progress.latest else [])

    def should_stop() -> bool:
        if len(done) >= 2 and not wished:
            wished.append(time.monotonic())
        return bool(wished)

    with pytest.raises(Stopped):
        train(store, told=told, should_stop=should_stop)
    assert tidy(store)
    for one in done:
        assert store.whole(one.run_key)
    found, _ = train(store)
    kept = {one.run_key for one in done}
    assert all((one.seconds == 0) == (one.run_key in kept) or one.seconds == 0 for one in found)
    assert all(one.result is not None for one in found)


def test_it_gives_way_while_workers_train(store, two, lent):
    done = []
    with pytest.raises(GaveWay):
        train(store, told=done.append, should_give_way=lambda: len(done) > 2)
    assert tidy(store)
    assert sum(store.whole(progress.latest.run_key) for progress in done[1:]) == len(done) - 1


def test_a_killed_worker_costs_no_point(store, two, lent):
    killed = []

    def told(progress) -> None:
        if progress.done and not killed:
            killed.append(pool._warm.pids[0])
            os.kill(killed[0], signal.SIGKILL)

    found, _ = train(store, told=told)
    assert killed
    assert all(one.result is not None for one in found)
    assert len(runs(store)) == 10
    assert tidy(store)


def hostile(home: str, *values):
    """In place of `remote.train`: no worker survives one stop, and at another the loss is no number."""
    from core.config import from_dict
    from core.method.training import Trainer

    stop = from_dict(values[1]).fine_tuning.unfreeze_from
    if stop == 134:
        os._exit(1)
    with pytest.MonkeyPatch.context() as patch:
        if stop == 116:
            patch.setattr(Trainer, "train_epoch", lambda *arguments: (float("nan"), 0.1))
        return remote.train(home, *values)


def test_a_point_that_cannot_be_trained_fails_in_words_and_takes_no_other_with_it(
    store, two, lent, monkeypatch
):
    monkeypatch.setattr(pool, "train_there", hostile)
    found, _ = train(store, Sweep(TINY, {STOP: (116, 134, 143)}))
    problems = {one.point.settings[STOP]: one.problem for one in found}
    assert "no longer a number" in problems[116]
    assert problems[134] == lanes.ENDED_EACH_TIME
    assert problems[143] == ""
    assert [one.result is not None for one in found] == [not one.problem for one in found]
    assert tidy(store)


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


PARENT = """
import sys
from pathlib import Path
from core.data import datasets
from core.store import Store
from core.sweeps import pool, training
from tests.core.test_parallel_sweeps import SWEEP

def told(progress):
    if progress.done == 1:
        print(*pool._warm.pids, flush=True)

if __name__ == "__main__":
    store = Store(Path(sys.argv[1]))
    training.train(SWEEP.points(), datasets.find("digits", store.home), store, told=told)
"""


def test_workers_end_with_the_process_that_asked_also_when_it_is_killed(store, two, lent, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, str(script), str(store.home)], env=environ, stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2
    process.kill()
    process.wait()
    end = time.monotonic() + 30
    while any(map(lives, pids)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(lives, pids))
    assert (store.home / "scratch").is_dir()
    found, _ = train(store)
    assert all(one.result is not None for one in found)
    assert tidy(store)
