"""How a search spends its minutes: its stages, what is cut, what fails. Trainings and clock are made up."""

import copy

import numpy as np
import pytest

from core.data import datasets
from core.errors import Stopped, ThawError
from core.presets import photos
from core.running.identity import identify
from core.store import Store
from core.sweeps import search, training
from core.sweeps.candidates import default_of
from core.sweeps.point import Asks, Trained
from core.sweeps.search import Told
from core.sweeps.search_record import ALONE, DEAR, FAILED, LATE, STAGES, new_record, run_keys
from core.sweeps.training import Progress
from tests import fakes

BASE = photos()
IMAGES = fakes.VALIDATION_IMAGES


class Machine:
    """Trains at once, in seconds of its own clock: large images and augmentation are dear, and larger images
    are better.

    Attributes:
        slower: Than its prices, from a moment on.
        fails: Whether a config cannot be trained.
    """

    def __init__(self, store: Store, dataset, monkeypatch):
        self.store, self.dataset, self.now, self.trained = store, dataset, 0.0, 0
        self.slower, self.slow_from = 1.0, 0.0
        self.fails = lambda config: False
        self.record = None
        monkeypatch.setattr(search, "clock", lambda: self.now)
        monkeypatch.setattr(training, "costs", lambda points, *_: [self.price(one.config) for one in points])
        monkeypatch.setattr(training, "expected", lambda points, prices: sum(prices))
        monkeypatch.setattr(training, "train", self.train)

    def price(self, config) -> float:
        if self.store.finished(identify(config, self.dataset)):
            return 0.0
        area = (config.data.image_size / 96) ** 2
        return area * (5 if config.augmentation.active else 1) * (6 if config.fine_tuning.epochs else 2)

    def train(self, points, dataset, store, *, told, should_stop, **_) -> list[Trained]:
        found = []
        for one in points:
            told(Progress(len(found), len(points), 0.0))
            key = identify(one.config, dataset)
            if self.fails(one.config):
                found.append(Trained(one, key, None, problem="The loss is no longer a number."))
                continue
            self.now += self.price(one.config) * (self.slower if self.now >= self.slow_from else 1.0)
            if should_stop():
                raise Stopped
            if not store.finished(key):
                self.trained += 1
                wrong = self.wrong(one.config)
                fakes.finish(store, key, one.config, frozen_wrong=wrong, tuned_wrong=wrong)
            found.append(Trained(one, key, store.load(key)))
        return found

    def wrong(self, config) -> np.ndarray:
        count = 100 - config.data.image_size // 4 + (0 if config.fine_tuning.epochs else 60)
        return np.roll(fakes.wrong_answers(0, count), config.seed % 7)

    def search(self, minutes: float, should_stop=None, before=None):
        told = Told(lambda record: setattr(self, "record", copy.deepcopy(record)), lambda *_: None)
        asks = Asks(should_stop=should_stop)
        return search.find(BASE, minutes, self.dataset, self.store, told, asks, before)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return datasets.find("digits", tmp_path_factory.mktemp("digits"))


@pytest.fixture
def machine(store, digits, monkeypatch):
    return Machine(store, digits, monkeypatch)


def why(record, name: str) -> set[str]:
    stage = next(stage for stage in record["stages"] if stage["name"] == name)
    return {one["why"] for one in stage["not_tried"]}


def test_it_goes_from_the_cheap_to_the_dear_and_drops_small_images_by_their_heads(machine):
    record = machine.search(20)
    assert [stage["name"] for stage in record["stages"]] == list(STAGES)
    _, sizes, depths = record["stages"][:3]
    places = [record["candidates"][place]["settings"] for place in sizes["tried"]]
    assert [one["size"] for one in places] == [96, 128, 160, 224]
    dropped = [record["candidates"][one["candidate"]]["settings"]["size"] for one in sizes["dropped"]]
    assert dropped
    tried = {record["candidates"][place]["settings"]["size"] for place in depths["tried"]}
    assert not tried & set(dropped)
    assert record["seeds"] == [BASE.seed, BASE.seed + 1, BASE.seed + 2]


def test_the_default_recipe_is_compared_with_to_the_end_though_it_does_worse(machine):
    record = machine.search(20)
    kept = [stage["kept"] for stage in record["stages"] if stage["name"] in ("depths", "neighbours")]
    assert all(0 in places for places in kept)
    assert 0 not in record["winners"]
    assert record["default_p"] < 0.05
    assert record["candidates"][0]["settings"] == default_of(BASE).to_plain()


def test_what_is_priced_beyond_the_time_that_is_left_is_not_begun(machine):
    record = machine.search(1)
    assert DEAR in why(record, "depths")
    for stage in record["stages"]:
        for one in stage["not_tried"]:
            assert one["why"] in (DEAR, ALONE)
            assert one["why"] == ALONE or one["seconds"] > one["room"]
    assert record["seconds"] <= 60
    assert machine.now == pytest.approx(record["seconds"], abs=0.01)


def test_at_the_end_of_its_time_it_stops_and_decides_by_what_is_there(machine):
    machine.slower, machine.slow_from = 6.0, 20.0  # once the default recipe is there
    record = machine.search(1.6)
    assert LATE in {reason for stage in record["stages"] for reason in why(record, stage["name"])}
    assert record["named"] in record["winners"]
    assert all(machine.store.finished(key) for key in run_keys(record))


def test_the_default_recipe_is_trained_to_its_end_whatever_it_takes(machine):
    machine.slower = 100.0
    record = machine.search(1)
    assert record["seconds"] > 60
    assert (record["winners"], record["named"]) == ([0], 0)
    assert machine.trained == 1


def test_one_that_cannot_be_trained_takes_no_other_with_it(machine):
    machine.fails = lambda config: config.data.image_size == 160
    record = machine.search(5)
    assert why(record, "sizes") == {FAILED}
    (failed,) = record["stages"][1]["not_tried"]
    assert "no longer a number" in failed["problem"]
    assert len(record["stages"][1]["tried"]) == 3


def test_a_default_recipe_that_cannot_be_trained_ends_the_search_in_words(machine):
    machine.fails = lambda config: config == BASE
    with pytest.raises(ThawError, match="default recipe could not be trained. The loss"):
        machine.search(5)


def test_one_that_was_stopped_goes_on_with_its_stages_and_what_is_left_of_its_time(machine):
    with pytest.raises(Stopped):
        machine.search(5, should_stop=lambda: machine.now > 100)
    before, trained = copy.deepcopy(machine.record), machine.trained
    assert before["seconds"] == pytest.approx(machine.now, abs=0.01)
    planned = [stage["tried"] for stage in before["stages"]]
    after = machine.search(5, before=copy.deepcopy(before))
    assert [stage["tried"] for stage in after["stages"]][: len(planned)] == planned
    assert before["seconds"] < after["seconds"] <= 300
    assert machine.trained == len(machine.store.list_runs()) > trained


def test_where_runs_of_it_were_deleted_it_begins_anew(machine):
    with pytest.raises(Stopped):
        machine.search(5, should_stop=lambda: machine.now > 100)
    before = copy.deepcopy(machine.record)
    machine.store.delete(run_keys(before)[0])
    again = machine.search(5, before=before)
    assert all(machine.store.finished(key) for key in run_keys(again))


def test_a_longer_search_spends_no_time_on_what_a_shorter_one_trained(machine):
    machine.search(1)
    spent, trained = machine.now, machine.trained
    record = machine.search(5)
    assert machine.now - spent == pytest.approx(record["seconds"], abs=0.01)
    assert record["stages"][0]["seconds"] == 0
    assert machine.trained > trained


def test_without_time_for_more_seeds_of_the_default_one_seed_decides(machine):
    record = machine.search(1)
    assert record["seeds"] == [BASE.seed]
    assert record["stages"][-1]["tried"] == []


def test_a_search_that_has_not_begun_has_no_runs():
    assert run_keys(new_record()) == []
