"""How images are divided. Made-up indexes: the rules need no pixels."""

import hashlib
import random
from dataclasses import replace

import numpy as np
import pytest

from core.config import DataConfig
from core.data import datasets
from core.data.indexes import ImageItem, index
from core.data.splits import SPLITS, apportion, split, split_key, summarize
from core.errors import DatasetError
from core.presets import digits_quick


def made_up(groups, prefix="", renamed=False):
    """`groups`: (class, given split, number of images). No source: nothing is read."""
    classes = sorted({class_name for class_name, _, _ in groups})
    items = []
    for class_name, given, count in groups:
        for number in range(count):
            sha = hashlib.sha256(f"{class_name} {given} {number}".encode()).hexdigest()
            name = sha if renamed else f"{given}/{class_name}/{number:05d}"
            items.append(ImageItem(prefix + name, classes.index(class_name), given, sha))
    items.sort(key=lambda item: item.name)
    return index("made-up", "Made up", "", classes, items, None)


def counts(chosen):
    return tuple(len(chosen[name]) for name in SPLITS)


def members(dataset, chosen):
    return {name: [dataset.items[position].sha256 for position in chosen[name]] for name in SPLITS}


FLAT = [("cats", None, 100), ("dogs", None, 300)]


def test_without_given_splits_it_is_70_15_15_in_every_class():
    dataset = made_up(FLAT)
    assert summarize(dataset, DataConfig()).class_counts == {
        "train": (70, 210), "validation": (15, 45), "test": (15, 45),
    }  # fmt: skip


def test_shares_replace_70_15_15():
    assert counts(split(made_up(FLAT), DataConfig(shares=(0.5, 0.25, 0.25)))) == (200, 100, 100)


def test_train_alone_is_divided_like_no_splits():
    dataset = made_up([("cats", "train", 100), ("dogs", "train", 100)])
    assert counts(split(dataset, DataConfig())) == (140, 30, 30)


def test_of_1000_validation_images_192_become_the_test_set():
    given = [(c, s, n) for c in ("cats", "dogs") for s, n in (("train", 1000), ("validation", 500))]
    dataset = made_up(given)
    assert counts(split(dataset, DataConfig())) == (2000, 808, 192)
    assert summarize(dataset, DataConfig()).class_counts["test"] == (96, 96)
    trained = {dataset.items[p].split for p in split(dataset, DataConfig())["train"]}
    assert trained == {"train"}


def test_a_small_validation_set_keeps_at_least_half():
    given = [(c, s, n) for c in ("cats", "dogs") for s, n in (("train", 20), ("validation", 4))]
    assert counts(split(made_up(given), DataConfig())) == (40, 4, 4)


def test_a_missing_validation_set_is_20_percent_of_train():
    given = [(c, s, n) for c in ("cats", "dogs") for s, n in (("train", 100), ("test", 30))]
    assert counts(split(made_up(given), DataConfig())) == (160, 40, 60)


def test_three_given_splits_are_kept():
    given = [(c, s, n) for c in ("a", "b") for s, n in (("train", 9), ("validation", 5), ("test", 3))]
    dataset = made_up(given)
    chosen = split(dataset, DataConfig(shares=(0.2, 0.4, 0.4)))
    assert counts(chosen) == (18, 10, 6)
    for name in SPLITS:
        assert {dataset.items[p].split for p in chosen[name]} == {name}


@pytest.mark.parametrize("seed", range(5))
def test_splits_are_disjoint_and_lose_nothing(seed):
    rng = random.Random(seed)
    dataset = made_up([(name, None, rng.randint(3, 90)) for name in "abcde"])
    chosen = split(dataset, DataConfig(split_seed=seed))
    together = np.concatenate([chosen[name] for name in SPLITS])
    assert sorted(together) == list(range(len(dataset.items)))
    for name in SPLITS:
        assert set(dataset.labels[chosen[name]]) == set(range(5))


def test_neither_path_nor_names_nor_order_decide_who_goes_where():
    plain, moved, renamed = made_up(FLAT), made_up(FLAT, prefix="elsewhere/"), made_up(FLAT, renamed=True)
    wanted = members(plain, split(plain, DataConfig()))
    for dataset in (moved, renamed):
        chosen = split(dataset, DataConfig())
        assert members(dataset, chosen) == wanted
        assert split_key(dataset, DataConfig()) == split_key(plain, DataConfig())
        assert dataset.key == plain.key


def test_the_seed_decides_who_goes_where():
    dataset = made_up(FLAT)
    one, same, other = (split(dataset, DataConfig(split_seed=seed)) for seed in (1, 1, 2))
    assert members(dataset, one) == members(dataset, same)
    assert members(dataset, one) != members(dataset, other)
    assert split_key(dataset, DataConfig(split_seed=1)) != split_key(dataset, DataConfig(split_seed=2))


def test_the_training_seed_and_the_image_size_are_no_part_of_the_split():
    dataset = made_up(FLAT)
    sizes = [split_key(dataset, DataConfig(image_size=size)) for size in (64, 160)]
    assert sizes[0] == sizes[1]


def test_another_class_name_is_another_data_set():
    groups = [("kittens", None, 100), ("dogs", None, 300)]
    assert made_up(groups).key != made_up(FLAT).key
    assert made_up([("cats", "train", 100), ("dogs", "train", 300)]).key != made_up(FLAT).key


def test_the_first_of_a_split_are_a_fair_sample():
    dataset = made_up([("cats", None, 1000), ("dogs", None, 1000)])
    first = split(dataset, DataConfig())["train"][:200]
    assert 70 < np.sum(dataset.labels[first] == 0) < 130


def test_a_limit_keeps_the_proportions():
    dataset = made_up([(str(digit), None, 500) for digit in range(10)])
    data = digits_quick().data
    summary = summarize(dataset, data)
    assert summary.counts == {"train": 1000, "validation": 500, "test": 500}
    assert set(summary.class_counts["train"]) == {100}
    assert set(summary.class_counts["test"]) == {50}


def test_a_limit_is_never_exceeded_and_no_image_changes_sides_with_it():
    dataset = made_up([("a", None, 211), ("b", None, 97), ("c", None, 1009)])
    whole = {name: set(found) for name, found in members(dataset, split(dataset, DataConfig())).items()}
    before = None
    for limit in (10, 11, 57, 500, 1316, 1317, 5000):
        chosen = split(dataset, DataConfig(limit=limit))
        assert sum(counts(chosen)) == min(limit, 1317)
        found = {name: set(hashes) for name, hashes in members(dataset, chosen).items()}
        for name in SPLITS:
            assert found[name] <= whole[name]
        before = found
    assert before == whole


def test_a_limit_too_low_for_the_classes_is_refused():
    dataset = made_up([(str(digit), None, 50) for digit in range(10)])
    with pytest.raises(DatasetError) as caught:
        split(dataset, DataConfig(limit=29))
    assert "at least 30" in str(caught.value)
    assert caught.value.field == "data.limit"
    assert counts(split(dataset, DataConfig(limit=30))) == (10, 10, 10)


def test_three_images_of_a_class_suffice_and_two_are_refused_by_name():
    assert counts(split(made_up([("cats", None, 3), ("dogs", None, 3)]), DataConfig())) == (2, 2, 2)
    with pytest.raises(DatasetError) as caught:
        split(made_up([("cats", None, 200), ("newts", None, 2)]), DataConfig())
    assert "'newts'" in str(caught.value)
    assert caught.value.field


def test_copies_of_one_image_stand_together():
    dataset = made_up(FLAT)
    copies = tuple(replace(item, name=item.name + " copy") for item in dataset.items)
    doubled = index("x", "x", "", dataset.classes, dataset.items + copies, None)
    chosen = members(doubled, split(doubled, DataConfig()))
    divided = set(chosen["train"]) & set(chosen["test"]) | set(chosen["train"]) & set(chosen["validation"])
    assert len(divided) <= 4  # at most one at each border of each class


@pytest.mark.parametrize(
    ("sizes", "total", "least", "wanted"),
    [
        ([500, 500], 192, 0, [96, 96]),
        ([3, 3, 3], 4, 0, [2, 1, 1]),
        ([1, 99], 10, 1, [1, 9]),
        ([2, 2], 99, 0, [2, 2]),
        ([5, 0], 3, 1, [3, 0]),
        ([4, 4], 0, 1, [1, 1]),
    ],
)
def test_apportioning_is_by_largest_remainder(sizes, total, least, wanted):
    assert apportion(np.array(sizes), total, least).tolist() == wanted


# The digits, which are always there


@pytest.fixture(scope="module")
def digits_home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def test_2000_digits_are_1000_500_500_and_small_pictures(digits_home):
    data = replace(digits_quick().data, image_size=32)
    splits = datasets.load(data, digits_home)
    assert splits.summary().counts == {"train": 1000, "validation": 500, "test": 500}
    assert splits.pixels.shape == (2000, 32, 32, 3)
    assert np.array_equal(splits.pixels[..., 0], splits.pixels[..., 2])
    positions = np.concatenate([splits.train, splits.validation, splits.test])
    assert sorted(positions) == list(range(2000))
    assert splits.classes == tuple("0123456789")
    for position in (0, 777, 1999):
        sha = next(i.sha256 for i in splits.dataset.items if i.name == splits.names[position])
        assert int(splits.image_ids[position]) == int(sha[:16], 16)


def test_digits_are_parsed_once_and_stay_the_same(digits_home):
    from core.data import digits

    first = datasets.find("digits", digits_home)
    digits._digits.cache_clear()
    started = datasets.find("digits", digits_home)
    assert first.key == started.key
    assert len(started.items) == 5000
    assert np.bincount(started.labels).tolist() == [500] * 10
    assert (digits_home / "datasets" / "digits.npz").exists()


def test_labels_match_the_pictures_after_a_limit(digits_home):
    whole = datasets.load(DataConfig(name="digits", image_size=32), digits_home)
    part = datasets.load(DataConfig(name="digits", image_size=32, limit=100), digits_home)
    where = {name: position for position, name in enumerate(whole.names)}
    for position, name in enumerate(part.names):
        assert part.labels[position] == whole.labels[where[name]]
        assert np.array_equal(part.pixels[position], whole.pixels[where[name]])
