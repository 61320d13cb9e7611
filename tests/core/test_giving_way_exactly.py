"""A run or study that gives way again and again ends at the very numbers of an undisturbed one: on real
digits and real weights, through the worker's own loop."""

from dataclasses import replace

import numpy as np
import pytest

from core.commands.worker import DOERS
from core.config import DataConfig, ExperimentConfig, FeatureExtractionConfig, FineTuningConfig, HeadConfig
from core.data import datasets
from core.errors import StoreError
from core.explain import studies
from core.explain.studies import Study
from core.running import in_training, jobs, price, worker
from core.running.identity import identify
from core.running.state import read_state
from core.store import Store
from core.transforms import AugmentationConfig

pytestmark = pytest.mark.tensorflow

CONFIG = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=160, shares=(0.5, 0.25, 0.25)),
    augmentation=AugmentationConfig(rotation=0.05),
    head=HeadConfig(dropout=0.2),
    feature_extraction=FeatureExtractionConfig(epochs=3, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=3, optimizer="adam", learning_rate=1e-4, unfreeze_from=151),
)


def serve(store: Store, key: str) -> int:
    """Work off the queue; how many times this run or study was taken."""
    while worker.take_one(store, DOERS):
        assert store.status(key) in ("queued", "finished")
    return sum(event.get("status") == "running" for event in store.events(key))


@pytest.fixture
def at_every_chance(monkeypatch):
    """Whatever trains gives way at every safe point, but not twice with nothing done in between."""
    before = set()

    def must(store) -> bool:
        epochs = len(read_state(store, in_training.keys(store)[0]).epochs)
        done = epochs, len(list(store.home.glob("features/*/*.npy")))
        new = done not in before
        before.add(done)
        return new

    monkeypatch.setattr(jobs, "must_give_way", must)


@pytest.mark.parametrize("batch_norm", ["batch", pytest.param("inference", marks=pytest.mark.soak)])
def test_a_run_that_gives_way_at_every_safe_point_gives_the_same_numbers_bit_for_bit(
    tmp_path, batch_norm, request
):
    config = replace(CONFIG, batch_norm=batch_norm)
    found = {}
    for name in ("calm", "shaken"):
        store = Store(tmp_path / name)
        key = identify(config, datasets.find("digits", store.home))
        if name == "shaken":
            request.getfixturevalue("at_every_chance")
        jobs.enqueue(store, key, config, owner="ann", seconds=60, shared=True)
        found[name] = serve(store, key), store.load(key), store.arrays(key), store
    (once, calm, arrays, _), (often, shaken, others, store) = found["calm"], found["shaken"]
    assert (once, often) == (1, 7), "after the features and each epoch but the last, of both phases"
    assert history(shaken) == history(calm)
    assert arrays.keys() == others.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(others[name], value, err_msg=name)
    assert shaken.weights == calm.weights
    assert [phase.weight_change for phase in shaken.phases] == [phase.weight_change for phase in calm.phases]
    assert not list(store.runs.glob("*/checkpoint.npz"))
    for phase in shaken.phases:
        assert phase.seconds_from_nothing >= sum(epoch.seconds for epoch in phase.epochs)


def history(result) -> list[tuple]:
    return [
        (e.epoch, e.loss, e.accuracy, e.val_loss, e.val_accuracy) for p in result.phases for e in p.epochs
    ]


def test_a_run_that_went_on_teaches_no_rates(tmp_path, at_every_chance, monkeypatch):
    learned = []
    monkeypatch.setattr(price, "learn", lambda asked, result: learned.append(asked.key))
    store, config = Store(tmp_path), CONFIG.first_phase_only()
    key = identify(config, datasets.find("digits", store.home))
    jobs.enqueue(store, key, config, owner="ann", seconds=60, shared=True)
    assert serve(store, key) > 1
    assert learned == []


def test_folds_that_give_way_after_each_fold_are_those_of_an_undisturbed_study(tmp_path, monkeypatch):
    config = replace(CONFIG, data=replace(CONFIG.data, limit=60)).first_phase_only()
    found = {}
    for name in ("calm", "shaken"):
        store = Store(tmp_path / name)
        dataset = datasets.find("digits", store.home)
        monkeypatch.setattr(jobs, "must_give_way", lambda store, gives=name == "shaken": gives)
        key = studies.request(Study("folds", config), store, dataset, "ann", shared=True)
        found[name] = serve(store, key), store.arrays(key)
    assert (found["calm"][0], found["shaken"][0]) == (1, 5)
    for name, value in found["calm"][1].items():
        np.testing.assert_array_equal(found["shaken"][1][name], value, err_msg=name)
    assert not list(store.runs.glob("*/checkpoint.npz"))


def test_a_full_disk_keeps_a_run_from_giving_way(tmp_path, at_every_chance, monkeypatch):
    from core.method.checkpoint import Checkpoint

    def full(*arguments, **options):
        raise StoreError("No space left on device.")

    monkeypatch.setattr(Checkpoint, "keep", full)
    store, config = Store(tmp_path), CONFIG.first_phase_only()
    key = identify(config, datasets.find("digits", store.home))
    jobs.enqueue(store, key, config, owner="ann", seconds=60, shared=True)
    assert serve(store, key) == 2  # once its features were there
    assert len(store.load(key).last.epochs) == 3
