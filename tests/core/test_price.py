"""The price tag: it falls by what is stored, rises with work, and learns from finished phases."""

import dataclasses

import numpy as np
import pytest

from core import layers
from core.config import with_setting
from core.data import datasets
from core.files import write_json
from core.method import device
from core.method.bank import BankFiles, Recipe
from core.method.device import engine
from core.presets import digits_quick, preset
from core.running import price
from core.running.identity import Asked, identify
from core.store import Store
from core.transforms import AugmentationConfig
from core.wording import words
from tests.records import a_phase, a_result

CONFIG = digits_quick()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return datasets.find("digits", tmp_path_factory.mktemp("digits"))


def finish(store, config, dataset):
    key = identify(config, dataset)
    store.create(key, config)
    store.save(dataclasses.replace(a_result(), run_key=key), {}, {})


def test_a_stored_result_costs_nothing(store, digits):
    finish(store, CONFIG, digits)
    assert price.predict(Asked(CONFIG, digits, store)) == price.Price(0.0, {}, True)


def test_a_stored_first_phase_is_not_paid_again(store, digits):
    before = price.predict(Asked(CONFIG, digits, store))
    finish(store, CONFIG.first_phase_only(), digits)
    after = price.predict(Asked(CONFIG, digits, store))
    assert set(before.phases) == {"feature_extraction", "control", "fine_tuning"}
    assert set(after.phases) == {"control", "fine_tuning"}
    assert after.seconds < before.seconds


@pytest.mark.parametrize("augmentation", [AugmentationConfig(), AugmentationConfig(rotation=0.1)])
def test_stored_features_and_lower_ones_are_a_head_start(store, digits, augmentation):
    config = dataclasses.replace(CONFIG, augmentation=augmentation)
    files, ids = BankFiles(store.home), digits.image_ids
    chosen = datasets.split(digits, config.data)
    first = config.feature_extraction.epochs
    wanted = price._variants(config, digits, chosen, range(first, first + config.fine_tuning.epochs))
    prices = [price.predict(Asked(config, digits, store)).phases["fine_tuning"]]
    for boundary in (54, 116):
        recipe = Recipe.of(config, boundary, engine(None))
        for images, epoch in wanted:
            path = files.path(recipe, epoch, images)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        prices.append(price.predict(Asked(config, digits, store)).phases["fine_tuning"])
    assert prices[0] > prices[1] > prices[2]
    assert len(ids) == 5000


def test_features_of_some_images_count_and_others_of_the_same_size_do_not(store, digits):
    """Every set of one size shares a folder; what its lists name is kept in memory until they change."""
    files, recipe, ids = BankFiles(store.home), Recipe.of(CONFIG, 116, "litert"), digits.image_ids
    assert not files.keys()
    assert not files.holds(recipe, None, ids).any()
    _note(files, recipe, ids[:100] + np.uint64(1))
    assert files.keys() == {recipe.key(False)}
    assert not files.holds(recipe, None, ids).any()
    _note(files, recipe, ids[:100])
    assert files.holds(recipe, None, ids).tolist() == [True] * 100 + [False] * 4900
    path = _note(files, recipe, ids[100:300])
    assert files.holds(recipe, None, ids).sum() == 300
    ids[100:150].tofile(path.with_suffix(".ids"))
    assert files.holds(recipe, None, ids).sum() == 150
    path.unlink()
    assert files.holds(recipe, None, ids).sum() == 100
    _note(files, recipe, ids)
    assert files.holds(recipe, None, ids).all()


def _note(files, recipe, ids):
    """As if the features of these images were stored."""
    path = files.path(recipe, None, ids)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    ids.tofile(path.with_suffix(".ids"))
    return path


def test_a_price_follows_rates_and_device_that_another_process_has_written(store, digits):
    asked = Asked(CONFIG, digits, store)
    before = price.predict(asked).seconds
    write_json(store.home / "rates.json", {"start": 100.0})
    slower = price.predict(asked).seconds
    assert slower > before + 90
    write_json(store.home / "rates.json", {"start": 200.0})
    assert price.predict(asked).seconds > slower + 90
    assert device.read(store) is None
    write_json(store.home / "device.json", {"device": "CPU"})
    assert device.read(store) == "CPU"
    write_json(store.home / "device.json", {"device": "GPU 0"})
    assert device.read(store) == "GPU 0"


def test_thawing_more_costs_more(store, digits):
    prices = [
        price.predict(Asked(with_setting(CONFIG, "fine_tuning.unfreeze_from", stop), digits, store)).seconds
        for stop in (154, 143, 116, 54, 0)
    ]
    assert prices == sorted(prices)
    assert (
        price.predict(Asked(CONFIG, digits, store, plain=True)).seconds
        > price.predict(Asked(CONFIG, digits, store)).seconds
    )


def test_the_work_of_the_whole_network_is_that_of_the_paper():
    # arXiv 1801.04381, table 4: 300 M multiply-adds at 224 px, 1.28 M of them in the 1000-class layer
    convolutions = sum(layers.macs(224)) - 104 * layers.OVERHEAD_MACS
    assert convolutions == pytest.approx(300e6, rel=0.01)


def test_rates_move_half_way_to_what_a_phase_measured(store, digits):
    config = CONFIG.first_phase_only()
    work = price.workload(config, digits, store, "feature_extraction", False, all_of_it=True)
    seconds = {"total": 10.0, "data": 0.0, "features": 5.0, "trace": 0.1, "train": 1.5, "evaluate": 0.5}
    measured = dataclasses.replace(a_phase(), seconds=seconds, seconds_from_nothing=10.0)
    price.learn(Asked(config, digits, store), measured)
    before, after = price.Rates(), price.read_rates(store)
    assert after.forward == pytest.approx((before.forward + work.frozen_macs / (5.0 - before.convert)) / 2)
    assert after.head == pytest.approx((before.head + work.learned / 2.0) / 2)
    assert after.train == before.train


def test_a_step_that_was_traced_before_says_nothing_about_tracing(store, digits):
    seconds = {"total": 4.0, "data": 0.0, "features": 0.0, "trace": 0.0, "train": 2.0, "evaluate": 0.5}
    before, tuned = price.read_rates(store).trace, dataclasses.replace(a_phase(), name="fine_tuning")
    price.learn(Asked(CONFIG, digits, store), dataclasses.replace(tuned, seconds=seconds))
    assert price.read_rates(store).trace == before
    price.learn(Asked(CONFIG, digits, store), dataclasses.replace(tuned, seconds={**seconds, "trace": 9.0}))
    assert price.read_rates(store).trace > before


@pytest.mark.parametrize("broken", [[], {"forward": -1}, {"forward": "fast"}, {"speed": 3}])
def test_broken_rates_are_ignored(store, broken):
    write_json(store.home / "rates.json", broken)
    assert price.read_rates(store) == price.Rates()


def test_the_parts_add_up_and_memory_and_disk_follow_what_is_kept(store, digits):
    found = price.predict(Asked(CONFIG, digits, store))
    assert sum(found.parts.values()) == pytest.approx(found.seconds)
    sizes = [
        price.predict(Asked(with_setting(CONFIG, "fine_tuning.unfreeze_from", stop), digits, store))
        for stop in (143, 116, 54)
    ]
    memory = [size.memory_bytes for size in sizes]
    assert memory == sorted(memory)
    assert memory[0] > price.BASE_MEMORY


def test_disk_is_what_the_bank_and_the_pixels_will_take(store, digits):
    size, boundary = CONFIG.data.image_size, layers.boundary(CONFIG.fine_tuning.unfreeze_from)
    images = sum(len(positions) for positions in datasets.split(digits, CONFIG.data).values())
    shape = layers.boundary_shape(boundary, size)
    asked = price.predict(Asked(CONFIG.first_phase_only(), digits, store)).disk_bytes
    assert asked == images * (3 * size**2 + 4 * 1280)
    finish(store, CONFIG.first_phase_only(), digits)
    assert price.predict(Asked(CONFIG, digits, store)).disk_bytes == images * (
        3 * size**2 + 4 * int(np.prod(shape))
    )


def test_features_that_cannot_all_be_kept_are_said_with_the_price(store, digits, monkeypatch):
    size, boundary = CONFIG.data.image_size, layers.boundary(CONFIG.fine_tuning.unfreeze_from)
    images = sum(len(positions) for positions in datasets.split(digits, CONFIG.data).values())
    shape = layers.boundary_shape(boundary, size)
    found = price.predict(Asked(CONFIG, digits, store)).feature_bytes
    assert found == images * 4 * (1280 + int(np.prod(shape)))
    finish(store, CONFIG.first_phase_only(), digits)
    assert price.predict(Asked(CONFIG, digits, store)).feature_bytes == images * 4 * int(np.prod(shape))
    assert words.beyond_budget(found, found) == ""
    said = words.beyond_budget(14_200_000_000, 10_000_000_000)
    assert said.startswith("Its features take 14.2 GB, and 10.0 GB may be kept")


def test_from_scratch_is_priced_as_the_plain_path_and_teaches_only_that_rate(store, digits):
    scratch = preset("from-scratch")
    before = price.read_rates(store)
    cost = price.predict(Asked(scratch, digits, store))
    assert cost.parts["training"] > price.predict(Asked(CONFIG, digits, store)).parts["training"]
    seconds = {**a_phase().seconds, "train": 100.0, "evaluate": 10.0, "total": 120.0}
    phase = dataclasses.replace(a_phase(), name="from_scratch", path="plain", seconds=seconds)
    price.learn(Asked(scratch, digits, store), phase)
    after = price.read_rates(store)
    assert after.train == before.train
    assert after.plain != before.plain
