"""What a set of one's own is first trained with: all of it, at the size that a minute allows."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from core.running.own_recipe import SIZES, SOON, first_seconds, own_recipe, usual_side
from core.store import Store


def photos(folder, each, side):
    """Two classes of photos of one shorter side."""
    chance = np.random.default_rng(0)
    for name in ("cups", "keys"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            coarse = Image.fromarray(chance.integers(0, 255, (6, 8, 3), np.uint8))
            coarse.resize((side * 4 // 3, side)).save(folder / name / f"{number}.jpg")
    return str(folder)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


def found(store, name):
    dataset = datasets.find(name, store.home)
    return dataset, own_recipe(dataset, store)


def test_few_large_photos_are_taken_at_the_largest_size_and_small_ones_are_not_enlarged(tmp_path, store):
    dataset, large = found(store, photos(tmp_path / "large", 12, 300))
    assert usual_side(dataset) == 300
    assert large.data.image_size == SIZES[-1]
    assert found(store, photos(tmp_path / "middle", 12, 150))[1].data.image_size == 128
    assert found(store, photos(tmp_path / "small", 12, 40))[1].data.image_size == SIZES[0]


def test_of_more_photos_the_size_is_the_largest_that_takes_a_minute_and_none_is_left_out(
    tmp_path, store, monkeypatch
):
    dataset, recipe = found(store, photos(tmp_path / "some", 30, 240))
    assert recipe.data.limit is None or recipe.data.limit >= len(dataset.items)
    prices = {size: first_seconds(_sized(recipe, size), dataset, store) for size in SIZES}
    assert sorted(prices.values()) == list(prices.values()), "larger costs more"
    assert prices[recipe.data.image_size] <= SOON
    for allowed, size in ((prices[160], 160), (prices[96], 96), (0.0, 96)):
        monkeypatch.setattr("core.running.own_recipe.SOON", allowed)
        monkeypatch.setattr("core.running.own_recipe._known", {})
        assert own_recipe(dataset, store).data.image_size == size


def _sized(recipe, size):
    return replace(recipe, data=replace(recipe.data, image_size=size))


def test_what_this_machine_measured_or_stored_changes_no_recipe(tmp_path, store, monkeypatch):
    dataset, before = found(store, photos(tmp_path / "same", 12, 300))
    (store.home / "rates.json").write_text('{"forward": 1.0, "train": 1.0, "head": 1.0}')
    monkeypatch.setattr("core.running.own_recipe._known", {})
    assert own_recipe(dataset, store) == before


def test_a_set_that_cannot_be_divided_still_has_a_recipe(tmp_path, store):
    assert found(store, photos(tmp_path / "single", 1, 300))[1].data.image_size == SIZES[0]
