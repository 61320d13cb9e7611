"""Workers that start while the page of a sweep is being read."""

import os
import time

import pytest

from core import files
from core.store import Store
from core.sweeps import cluster, pool, warming

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def store(tmp_path, tensorflow_configured, monkeypatch):
    monkeypatch.setenv(pool.SETTING, "2")
    yield Store(tmp_path)
    pool.close()


def test_a_wish_is_heeded_once_and_only_while_it_is_fresh(store, monkeypatch):
    monkeypatch.setattr(pool, "warm", lambda count: None)
    assert warming.heed(store) is None
    warming.wish(19, 64, store)
    assert warming.heed(store) is not None
    assert warming.heed(store) is None
    path = next(store.home.glob("workers.json"))
    late = time.time() - warming.FRESH_SECONDS - 1
    os.utime(path, (late, late))
    assert warming.heed(store) is None
    warming.wish(19, 64, store)
    assert warming.heed(store) is not None


def test_where_a_cluster_trains_no_workers_are_wished_for_here(store, monkeypatch):
    monkeypatch.setenv(cluster.SETTING, "tcp://lab.example:8786")
    warming.wish(19, 64, store)
    assert list(store.home.glob("workers.json")) == []


def test_a_sweep_of_few_points_wishes_for_no_workers(store):
    warming.wish(pool.FEW, 64, store)
    assert list(store.home.glob("workers.json")) == []


@pytest.mark.parametrize("said", [None, [], {"points": "many", "image_size": 64}, {"points": 19}])
def test_a_wish_that_cannot_be_read_starts_nothing(store, said):
    files.write_json(store.home / "workers.json", said)
    assert warming.heed(store) is None


@pytest.mark.soak
def test_a_sweep_finds_the_workers_that_were_wished_for(store):
    warming.wish(19, 64, store)
    warming.heed(store).join()
    pids = pool._warm.pids
    assert len(pids) == 2
    assert pool.take(2).pids == pids
    pool.give_back()
