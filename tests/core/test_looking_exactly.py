"""A training between whose steps looks are answered ends at the very numbers of an undisturbed one: on real
digits and real weights, through the worker's own loop."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core import log as logs
from core.commands.worker import DOERS
from core.config import (
    BaseConfig,
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    HeadConfig,
)
from core.data import datasets
from core.explain import studies
from core.explain.studies import Study
from core.explain.sweep import study_of
from core.method import features
from core.method.lens import Lens
from core.running import jobs, looking, price, worker
from core.running.identity import Asked
from core.running.price import Rates
from core.store import Store
from core.sweeps import pool
from core.sweeps.plan import STOP, Sweep
from core.transforms import AugmentationConfig
from tests.core import study

pytestmark = pytest.mark.tensorflow

CONFIG = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=160, shares=(0.5, 0.25, 0.25)),
    augmentation=AugmentationConfig(rotation=0.05),
    head=HeadConfig(dropout=0.2),
    feature_extraction=FeatureExtractionConfig(epochs=2, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=2, optimizer="adam", learning_rate=1e-4, unfreeze_from=151),
    batch_norm="batch",
)
SCRATCH = replace(
    CONFIG,
    base=BaseConfig(weights="random"),
    feature_extraction=FeatureExtractionConfig(epochs=0),
    fine_tuning=FineTuningConfig(epochs=2, optimizer="adam", learning_rate=1e-3, unfreeze_from=0),
)
LENS = Study("lenses", CONFIG, {"maps": True})
MAP, OTHER_MAP = (Study("maps", CONFIG, options) for options in ({}, {"split": "train"}))


class Room:
    """A store whose worker trains one run; whoever looks at it asks for the next study as soon as the run has
    told something more.

    Attributes:
        answered: Key of a look -> what the run had told last when it was asked for.
    """

    def __init__(self, home, patch: pytest.MonkeyPatch, config: ExperimentConfig = CONFIG):
        self.store, self.config = Store(home), config
        self.dataset = datasets.find("digits", home)
        self.asked = Asked(config, self.dataset, self.store)
        self.key, self.answered, self._patch = self.asked.key, {}, patch
        for name in ("INTERVAL", "SHARE"):
            patch.setattr(looking, name, 0.0)
        patch.setattr(logs, "STOP_INTERVAL", 0.0)
        patch.setattr(studies, "LOOK_SECONDS", 100.0)

    def train(self, looks: Sequence[Study] = (), doers=DOERS, sweep: Sweep | None = None) -> None:
        """Train the run, or a sweep instead."""
        waiting, tell = [*looks], logs.Log.__call__

        def told(log, event, **values):
            tell(log, event, **values)
            if waiting and event in ("stage", "epoch", "left") and log._run_key not in self.answered:
                key = studies.request(waiting.pop(0), self.store, self.dataset, "bob")
                self.answered[key] = event, values.get("name")

        with self._patch.context() as patch:
            patch.setattr(logs.Log, "__call__", told)
            if sweep is None:
                jobs.enqueue(self.store, self.key, self.config, owner="ann", seconds=60)
            else:
                studies.request(study_of(sweep), self.store, self.dataset, "ann")
            assert worker.take_one(self.store, doers)
        assert not waiting, "the run was over before all was asked for"

    def statuses(self) -> list[str]:
        """Of the looks."""
        return [self.store.status(key) for key in self.answered]


def assert_same(calm: Room, shaken: Room) -> None:
    """Every array bit for bit, and every number of the records but seconds."""
    for one, other in ((calm.asked, shaken.asked), (calm.asked.first, shaken.asked.first)):
        if one is None:
            continue
        arrays, others = one.store.arrays(one.key), other.store.arrays(other.key)
        assert arrays.keys() == others.keys()
        for name, value in arrays.items():
            np.testing.assert_array_equal(others[name], value, err_msg=name)
        assert _numbers(one) == _numbers(other)


def _numbers(asked: Asked) -> list:
    phases = asked.store.load(asked.key).phases
    return [
        replace(phase, seconds={}, seconds_from_nothing=0.0,
                epochs=tuple(replace(epoch, seconds=0.0) for epoch in phase.epochs))
        for phase in phases
    ]  # fmt: skip


@pytest.fixture(scope="module")
def calm(tmp_path_factory, tensorflow_configured):
    with pytest.MonkeyPatch.context() as patch:
        room = Room(tmp_path_factory.mktemp("calm"), patch)
        room.train()
        yield room


QUICK = (LENS, Study("pretrained_or_random", CONFIG), MAP)  # the second seeds the process anew
DEARER = (Study("probes", CONFIG), Study("similarity", CONFIG), Study("tsne", CONFIG, {"dimensions": 2}))


@pytest.mark.parametrize("looks", [QUICK, pytest.param(DEARER, marks=pytest.mark.soak)])
def test_looks_between_its_steps_change_no_bit_of_a_training_nor_it_a_bit_of_theirs(
    calm, tmp_path, monkeypatch, looks
):
    room = Room(tmp_path, monkeypatch)
    room.train(looks)
    assert set(room.statuses()) == {"finished"}
    assert_same(calm, room)
    for key, asked in zip(room.answered, looks, strict=True):
        record, arrays = study.answer(asked, calm.store, calm.dataset)  # where nothing trains
        assert room.store.record(key) == record
        seen = room.store.arrays(key)
        if asked is LENS:  # its file holds names, too, which are counted through a process
            pixels = datasets.load(CONFIG.data, calm.store.home).pixels[:2]
            seen, arrays = (Lens(record, found).look(pixels) for found in (seen, arrays))
        for name, value in seen.items():
            np.testing.assert_array_equal(arrays[name], value, err_msg=f"{asked.kind} {name}")


@pytest.mark.soak
def test_nor_of_one_that_trains_a_random_network_from_pixels(tmp_path, monkeypatch):
    rooms = [Room(tmp_path / name, monkeypatch, SCRATCH) for name in ("calm", "shaken")]
    for room, looks in zip(rooms, ((), QUICK), strict=True):
        room.train(looks)
    assert_same(*rooms)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.soak)])
def test_looks_are_answered_while_a_sweep_trains_and_its_points_are_the_same(
    calm, tmp_path, monkeypatch, workers
):
    monkeypatch.setenv(pool.SETTING, workers)
    room = Room(tmp_path, monkeypatch)
    room.train([MAP, OTHER_MAP], sweep=Sweep(CONFIG, {STOP: (151, 154)}))
    assert room.statuses() == ["finished", "finished"]
    assert_same(calm, room)


@pytest.fixture
def thousand_seconds(monkeypatch):
    """Doers by which every look takes a thousand seconds, by every clock that is read for differences."""
    late = [0.0]

    def shifted(read):
        return lambda: read() + late[0]

    for name in ("perf_counter", "monotonic"):
        monkeypatch.setattr(time, name, shifted(getattr(time, name)))

    def perform(*asked):
        late[0] += 500.0
        studies.perform(*asked)
        late[0] += 500.0

    return DOERS | {"study": perform}


def test_no_second_of_a_look_counts_as_the_trainings(calm, tmp_path, monkeypatch, thousand_seconds):
    room = Room(tmp_path, monkeypatch)
    room.train([MAP, OTHER_MAP], thousand_seconds)
    assert_same(calm, room)
    result = room.store.load(room.key)
    assert max(result.seconds.values()) < 500
    for phase in result.phases:
        assert max(phase.seconds.values()) < 500
        assert max(epoch.seconds for epoch in phase.epochs) < 500
    slow = Rates(), price.read_rates(calm.store), price.read_rates(room.store)
    for name in ("forward", "train", "head", "decode"):  # what a second does
        least = min(getattr(rates, name) for rates in slow[:2])
        assert getattr(slow[2], name) > least / 4, name
    assert price.read_rates(room.store).start < 100


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("no room"),
        *(pytest.param(error, marks=pytest.mark.soak) for error in (KeyError("run"), SystemError("in C++"))),
    ],
)
def test_a_look_that_fails_says_so_and_does_the_training_no_harm(calm, tmp_path, monkeypatch, error):
    def fails(key, store, *asked):
        with jobs.noting_the_outcome(store, key):
            raise error

    room = Room(tmp_path, monkeypatch)
    room.train([LENS], DOERS | {"study": fails})
    assert room.statuses() == ["failed"]
    assert_same(calm, room)


def test_stop_on_a_look_stops_it_alone(calm, tmp_path, monkeypatch):
    room = Room(tmp_path, monkeypatch)

    def stops(key, store, *asked):
        jobs.request_stop(store, key)
        studies.perform(key, store, *asked)

    room.train([MAP, LENS], DOERS | {"study": stops})
    assert room.statuses() == ["stopped", "finished"], "a lens is converted in one piece: it was done before"
    assert not any(jobs.stop_requested(room.store, key) for key in (room.key, *room.answered))
    assert_same(calm, room)


def test_stop_on_a_training_while_someone_looks_is_heard_when_they_have_looked(calm, tmp_path, monkeypatch):
    room = Room(tmp_path, monkeypatch)

    def stops(key, store, *asked):
        jobs.request_stop(store, room.key)
        studies.perform(key, store, *asked)

    room.train([MAP], DOERS | {"study": stops})
    assert (room.store.status(room.key), room.statuses()) == ("stopped", ["finished"])
    room.train()
    assert_same(calm, room)


def test_before_anyone_looks_other_threads_have_done_what_they_began(store, monkeypatch):
    """Else what they do meanwhile would be done in no time, and teach prices so."""
    began, ended, seen = [], [], []

    def batch(at: int) -> int:
        began.append(at)
        time.sleep(0.01)
        ended.append(at)
        return at

    def between_steps(settle):
        settle()
        seen.append(len(began) - len(ended))

    monkeypatch.setattr(logs, "STOP_INTERVAL", 0.0)
    store.create("run-v1-0123456789abcdef", CONFIG)
    log = logs.Log(store, "run-v1-0123456789abcdef", between_steps=between_steps)
    found = [at for at, _ in features.in_order(batch, range(9), log)]
    assert found == [*range(9)]
    assert seen
    assert set(seen) == {0}
