"""Who trains what in a sweep, and how runs come and go between stores. No worker and no training."""

from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from core import layers
from core.config import ExperimentConfig, FineTuningConfig
from core.data import datasets
from core.errors import ConfigError
from core.method import device
from core.running.identity import Asked
from core.store import Store
from core.sweeps import pool, scratch
from core.sweeps.lanes import Lanes, Todo
from core.sweeps.parallel import has_tail
from core.sweeps.plan import STOP, Sweep
from core.sweeps.scratch import Scratch
from tests.records import a_result

BASE = ExperimentConfig(fine_tuning=FineTuningConfig(unfreeze_from=116))


@pytest.fixture
def asked(store):
    return Asked(ExperimentConfig(), datasets.find("digits", store.home), store)


def finish(store: Store, asked: Asked, note: str = "x") -> None:
    """A record made by hand, under the key that is asked for."""
    store.create(asked.key, asked.config)
    store.append(asked.key, "note", text=note)
    arrays = {"validation": np.arange(3.0)}
    store.save(replace(a_result(), run_key=asked.key, created=note), arrays, {"receipt": note})


# Lanes


def lanes_of(sweep: Sweep, workers: int) -> Lanes:
    todo = [Todo(place, point, None) for place, point in enumerate(sweep.points())]
    return Lanes(todo, workers, None, None)


def begin(lanes: Lanes):
    lane, one = lanes.next()
    lane.at, lane.future = one, Future()
    return lane, (one.point.settings[STOP], one.point.seed)


def test_seeds_of_one_stop_go_to_one_worker_back_to_back():
    lanes = lanes_of(Sweep(BASE, {STOP: (98, 116, 134)}, seeds=2), workers=2)
    (first, a), (second, b) = begin(lanes), begin(lanes)
    assert (a, b) == ((98, 42), (116, 42))
    assert lanes.next() is None  # both are busy
    second.at = None
    assert begin(lanes) == (second, (116, 43))
    first.at = None
    assert begin(lanes) == (first, (98, 43))


def test_no_worker_is_left_alone_with_the_deepest_stop():
    sweep = Sweep(BASE, {STOP: tuple(layers.stops()[:-1])})
    lanes, begun = lanes_of(sweep, workers=2), []
    while lanes.left:
        lane, (stop, _) = begin(lanes)
        begun.append(stop)
        lane.at = None
    planned = [point.settings[STOP] for point in sweep.points()]
    assert begun[:-4] == planned[:-4]
    assert 0 in planned[-2:]  # the dearest
    assert begun[-4:] == sorted(planned[-4:])


def test_a_worker_with_nothing_of_its_own_takes_the_next_one_of_another():
    lanes = lanes_of(Sweep(BASE, {STOP: (116,)}, seeds=3), workers=2)
    assert [begin(lanes)[1] for _ in range(2)] == [(116, 42), (116, 43)]
    assert [one.point.seed for one in lanes.waiting()] == [44]


def test_what_is_given_up_is_all_that_is_left_in_the_plans_order():
    lanes = lanes_of(Sweep(BASE, {STOP: (98, 116, 134)}), workers=2)
    lanes._scratch = type("Nothing", (), {"adopt": lambda self, key: False})()
    lane, _ = begin(lanes)
    lane.at = replace(lane.at, asked=type("Run", (), {"key": "k"})())
    assert [one.place for one in lanes.give_up()] == [0, 1, 2]
    assert not lanes.left


def test_only_points_at_which_the_backbone_learns_are_for_workers():
    sweep = Sweep(BASE, {STOP: (116, 154), "fine_tuning.epochs": (0, 1)})
    found = {tuple(one.settings.values()): has_tail(one) for one in sweep.points()}
    assert found == {(116, 0): False, (116, 1): True, (154, 0): False, (154, 1): False}


# How many workers


@pytest.fixture
def machine(monkeypatch):
    def of(cores: int, gigabytes: float, name: str = "CPU") -> None:
        memory = type("Memory", (), {"available": gigabytes * 1e9})()
        monkeypatch.setattr(device, "cores", lambda: cores)
        monkeypatch.setattr(device, "configure", lambda threads: name)
        monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)

    return of


@pytest.mark.parametrize(
    ("cores", "gigabytes", "points", "workers"),
    [
        (2, 16, 18, 2), (8, 64, 18, 8), (8, 64, 5, 5), (8, 64, 4, 1), (1, 64, 18, 1),
        (8, 5.0, 18, 2), (8, 4.0, 18, 1), (8, 0.1, 18, 1),
    ],
)  # fmt: skip
def test_there_are_as_many_workers_as_cores_points_and_memory_allow(
    machine, cores, gigabytes, points, workers
):
    machine(cores, gigabytes)
    assert pool.fitting(points, 64) == workers


def test_larger_images_take_more_memory_and_a_gpu_takes_one_process(machine):
    machine(8, 6.0)
    assert (pool.fitting(18, 64), pool.fitting(18, 224)) == (2, 1)
    machine(8, 64.0, "GPU, NVIDIA H100")
    assert pool.fitting(18, 64) == 1


def test_workers_are_started_for_no_sweep_that_is_over_as_soon_and_serve_it_where_they_are_warm(
    machine, monkeypatch
):
    machine(2, 64)
    assert (pool.fitting(18, 64, 200.0), pool.fitting(18, 64, 30.0)) == (2, 1)
    monkeypatch.setattr(pool, "_warm", SimpleNamespace(pids=[]))
    assert pool.fitting(18, 64, 30.0) == 2


def test_the_number_of_workers_can_be_set_and_nonsense_is_refused(machine, monkeypatch):
    machine(8, 64)
    for text, workers in (("1", 1), ("3", 3), (" ", 8), ("16", 16)):
        monkeypatch.setenv(pool.SETTING, text)
        assert pool.fitting(18, 64) == workers
    monkeypatch.setenv(pool.SETTING, "3")
    assert pool.fitting(2, 64) == 2  # also where it would not pay
    for text in ("0", "two", "-1", "1.5"):
        monkeypatch.setenv(pool.SETTING, text)
        with pytest.raises(ConfigError) as refused:
            pool.fitting(18, 64)
        assert "THAW_SWEEP_WORKERS" in str(refused.value)


# Lending and taking over


def test_what_a_run_begins_with_is_there_and_what_happens_to_it_stays_there(store, asked):
    finish(store, asked.first)
    log = (store.path(asked.first.key) / "events.jsonl").read_bytes()
    with Scratch(store) as here:
        lent = Store(here.lend(asked), cache=store.home)
        assert lent.whole(asked.first.key)
        lent.append(asked.first.key, "note", text="of the worker")
        lent.delete(asked.first.key)
    assert store.whole(asked.first.key)
    assert (store.path(asked.first.key) / "events.jsonl").read_bytes() == log


def test_a_finished_run_is_moved_in_and_nothing_is_left(store, asked):
    with Scratch(store) as here:
        finish(Store(here.lend(asked)), asked)
        assert here.adopt(asked.key)
        assert store.whole(asked.key)
    assert store.status(asked.key) == "finished"
    assert not (store.home / scratch.FOLDER).exists()


def test_a_run_that_the_store_has_finished_is_never_overwritten(store, asked):
    with Scratch(store) as here:
        finish(Store(here.lend(asked)), asked, "worker")
        finish(store, asked, "store")
        here.adopt(asked.key)
    assert store.load(asked.key).created == "store"


def test_one_that_somebody_asked_for_in_the_meantime_keeps_who_asked(store, asked):
    with Scratch(store) as here:
        finish(Store(here.lend(asked)), asked)
        store.create(asked.key, asked.config)
        store.append(asked.key, "asked", by="ann")
        (store.path(asked.key) / "checkpoint.npz").write_bytes(b"of an earlier attempt")
        here.adopt(asked.key)
    assert store.whole(asked.key)
    events = [event["event"] for event in store.events(asked.key)]
    assert events[0] == "asked"
    assert "note" in events
    assert not (store.path(asked.key) / "checkpoint.npz").exists()


def test_one_with_a_bit_that_flipped_is_not_taken_over(store, asked):
    with Scratch(store) as here:
        home = here.lend(asked)
        finish(Store(home), asked)
        arrays = Store(home).path(asked.key) / "arrays.npz"
        content = bytearray(arrays.read_bytes())
        content[len(content) // 2] ^= 1
        arrays.write_bytes(content)
        assert not here.adopt(asked.key)
    assert not store.path(asked.key).exists()


def test_finished_epochs_come_and_go_with_an_unfinished_run(store, asked):
    for _ in range(2):  # the second time over what the first one left
        with Scratch(store) as here:
            there = Store(here.lend(asked))
            there.create(asked.key, asked.config)
            checkpoint = there.path(asked.key) / "checkpoint.npz"
            before = checkpoint.read_bytes() if checkpoint.exists() else b""
            checkpoint.unlink(missing_ok=True)
            checkpoint.write_bytes(before + b"epoch")
            there.set_status(asked.key, "stopped")
            assert not here.adopt(asked.key)
    assert (store.path(asked.key) / "checkpoint.npz").read_bytes() == b"epochepoch"
    assert store.status(asked.key) == "stopped"


def test_what_a_killed_sweep_left_is_removed_by_the_next_one(store, asked):
    left = Scratch(store).__enter__()
    finish(Store(left.lend(asked)), asked)
    scratch.clear(store.home)
    assert not list((store.home / scratch.FOLDER).iterdir())
