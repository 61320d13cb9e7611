"""`data.train_limit`: fewer training images, checked on the same ones."""

import random
from dataclasses import replace

import numpy as np
import pytest

from core.compare.settings import differing_settings
from core.config import DataConfig, parse_setting, with_setting
from core.data import datasets
from core.data.splits import SPLITS, loaded, split, split_key, summarize
from core.errors import ConfigError, DatasetError
from core.presets import digits_quick
from core.wording import words
from tests.core.test_splits import counts, made_up, members

# Shares under which largest remainders would take an image from a class as the total grows by one
UNEVEN = made_up([("a", None, 211), ("b", None, 97), ("c", None, 1009), ("d", None, 8)])
TRAIN = 927  # of its 1,325 images


def limited(train_limit, dataset=UNEVEN, **data):
    return split(dataset, DataConfig(train_limit=train_limit, **data))


def test_a_smaller_number_of_training_images_is_part_of_every_larger_one():
    before: set = set()
    for limit in range(4, TRAIN + 1):
        train = set(limited(limit)["train"].tolist())
        assert len(train) == limit
        assert before < train
        before = train


@pytest.mark.parametrize("seed", range(4))
def test_every_class_keeps_its_share_to_within_an_image_and_one_at_least(seed):
    rng = random.Random(seed)
    dataset = made_up([(name, None, rng.randint(4, 400)) for name in "abcdef"])
    whole = np.bincount(dataset.labels[split(dataset, DataConfig())["train"]])
    for limit in range(6, whole.sum() + 1, 7):
        found = np.bincount(dataset.labels[limited(limit, dataset)["train"]], minlength=6)
        assert found.min() >= 1
        share = limit * whole / whole.sum()
        if share.min() >= 1:  # else those that are lifted to one image cost the others some
            assert np.abs(found - share).max() < 1


def test_of_classes_of_one_size_all_keep_equally_many():
    dataset = made_up([(str(digit), None, 500) for digit in range(10)])
    data = replace(digits_quick().data, train_limit=200)
    summary = summarize(dataset, data)
    assert summary.counts == {"train": 200, "validation": 500, "test": 500}
    assert set(summary.class_counts["train"]) == {20}


def test_validation_and_test_and_the_key_of_the_division_stay_and_the_order_too():
    whole, few = split(UNEVEN, DataConfig()), limited(100)
    for name in ("validation", "test"):
        np.testing.assert_array_equal(few[name], whole[name])
    np.testing.assert_array_equal(few["train"], [p for p in whole["train"] if p in set(few["train"])])
    assert split_key(UNEVEN, DataConfig(train_limit=100)) == split_key(UNEVEN, DataConfig())
    assert summarize(UNEVEN, DataConfig(train_limit=100)).split_key == split_key(UNEVEN, DataConfig())


def test_as_many_as_there_are_is_the_whole_training_set_in_its_order():
    np.testing.assert_array_equal(limited(TRAIN)["train"], split(UNEVEN, DataConfig())["train"])


def test_who_is_left_out_depends_on_the_images_and_the_split_seed_alone():
    renamed = made_up([("a", None, 211), ("b", None, 97), ("c", None, 1009), ("d", None, 8)], renamed=True)
    assert members(renamed, limited(60, renamed)) == members(UNEVEN, limited(60))
    assert members(UNEVEN, limited(60, image_size=32)) == members(UNEVEN, limited(60))
    assert set(limited(60, split_seed=1)["train"]) != set(limited(60)["train"])


def test_it_takes_from_the_images_that_the_limit_of_all_leaves():
    both, whole = limited(50, limit=400), split(UNEVEN, DataConfig(limit=400))
    assert counts(both) == (50, *counts(whole)[1:])
    assert set(both["train"]) < set(whole["train"])


def test_more_training_images_than_there_are_is_refused_with_their_number():
    with pytest.raises(DatasetError) as caught:
        limited(TRAIN + 1)
    assert "data.train_limit is 928 training images, and there are 927." in str(caught.value)
    assert caught.value.field == "data.train_limit"


def test_fewer_training_images_than_classes_are_refused_and_as_many_are_one_of_each():
    with pytest.raises(DatasetError) as caught:
        limited(3)
    assert "too few for 4 classes" in str(caught.value)
    assert caught.value.field == "data.train_limit"
    assert sorted(UNEVEN.labels[limited(4)["train"]]) == [0, 1, 2, 3]


def test_copies_of_an_image_are_counted_one_by_one():
    from core.data.indexes import index

    items = made_up([("a", None, 40), ("b", None, 40)]).items
    copies = tuple(replace(item, name=item.name + " copy") for item in items)
    doubled = index("x", "x", "", ("a", "b"), items + copies, None)
    assert [len(limited(limit, doubled)["train"]) for limit in (2, 9, 30)] == [2, 9, 30]


def test_another_draw_takes_other_images_in_the_same_shares_and_is_nested_as_well():
    drawn = {draw: limited(100, train_draw=draw)["train"] for draw in range(4)}
    assert len({tuple(found.tolist()) for found in drawn.values()}) == 4
    usual = np.bincount(UNEVEN.labels[drawn[0]])
    for draw, found in drawn.items():
        np.testing.assert_array_equal(np.bincount(UNEVEN.labels[found]), usual)
        assert set(limited(40, train_draw=draw)["train"]) < set(found)
        whole = split(UNEVEN, DataConfig(train_draw=draw))
        np.testing.assert_array_equal(found, [p for p in whole["train"] if p in set(found)])


def test_a_draw_of_all_is_all_of_them_and_the_very_same_run():
    np.testing.assert_array_equal(limited(TRAIN, train_draw=3)["train"], split(UNEVEN, DataConfig())["train"])
    other = with_setting(digits_quick(), "data.train_draw", 3)
    assert other.canonical() == digits_quick().canonical()
    assert with_setting(other, "data.train_limit", 20).canonical() != other.canonical()


# As a setting


@pytest.mark.parametrize("typed", ["200", "200.0", " 200"])
def test_it_is_typed_like_every_number(typed):
    assert parse_setting(digits_quick(), f"data.train_limit={typed}").data.train_limit == 200
    assert parse_setting(digits_quick(), "data.train_limit=all").data.train_limit is None


@pytest.mark.parametrize("typed", ["1", "0", "-5", "2.5", "ten", "50%"])
def test_no_number_of_training_images_is_refused(typed):
    with pytest.raises(ConfigError) as caught:
        parse_setting(digits_quick(), f"data.train_limit={typed}")
    assert caught.value.field == "data.train_limit"


def test_runs_are_told_apart_by_it():
    few = with_setting(digits_quick(), "data.train_limit", 200)
    assert words.recipe(with_setting(few, "seed", 7)).endswith(" · 200 training images · seed 7")
    assert differing_settings([digits_quick(), few]) == {"training images": ["all", "200"]}
    other = with_setting(few, "data.train_draw", 2)
    assert words.recipe(other).endswith(" · 200 training images · draw 2")
    assert differing_settings([few, other]) == {"draw of the training images": ["–", "2"]}


# The pixels


def test_the_pixels_are_those_of_the_whole_set_stored_once(home):
    data = DataConfig("digits", 32, limit=100)
    whole = datasets.load(data, home)
    few = datasets.load(replace(data, train_limit=30), home)
    assert few.pixel_key == whole.pixel_key
    assert len(list((home / "pixels").glob("*.npy"))) == 1
    assert few.summary().counts == {**whole.summary().counts, "train": 30}
    assert len(few.used) == sum(few.summary().counts.values()) < len(whole.used) == 100
    chosen = split(few.dataset, replace(data, train_limit=30))
    where = loaded(few.dataset, replace(data, train_limit=30))
    for name in SPLITS:
        np.testing.assert_array_equal(where[getattr(few, name)], chosen[name])
