"""Groups of images that no division tears: rules, splits and folds on made-up indexes; tiles of pictures."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.codegen.compare import folds_code
from core.codegen.data import data_code
from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    parse_setting,
)
from core.data import datasets
from core.data.groups import groups_of, images_key, usual_rules
from core.data.indexes import ImageItem, index
from core.data.splits import SPLITS, split, split_key, summarize
from core.errors import ConfigError, DatasetError
from core.explain import folds, torn
from core.explain.folds import FOLDS
from core.explain.studies import Study
from core.export import card
from core.group_rules import MOST_LEVELS, as_rule, read_rule, reader
from core.running.identity import identify
from core.store import Store
from tests.core import study
from tests.core.test_splits import counts, made_up, members


def named(names, shas=None):
    """A data set of files with these names below their class's folder, `class/...`."""
    classes = sorted({name.split("/")[0] for name in names})
    shas = shas or [f"{at * 2654435761 % 2**64:016x}{at:048x}" for at in range(len(names))]
    pairs = sorted(zip(names, shas, strict=True))
    items = [ImageItem(name, classes.index(name.split("/")[0]), None, sha) for name, sha in pairs]
    return replace(index("named", "Named", "", classes, items, None), source=_Files())


class _Files:
    in_memory = False


def tiles(photos=30, tiles_each=8, classes=("cats", "dogs")):
    return named([
        f"{name}/{name}-{photo}_{tile}.png"
        for name in classes for photo in range(photos) for tile in range(tiles_each)
    ])  # fmt: skip


# Rules


@pytest.mark.parametrize(
    ("rule", "path", "wanted"),
    [
        ("before:_", "p07_visit2_3.jpg", "p07"),
        ("before:_", "_3.jpg", None),
        ("before:-", "p07_3.jpg", None),
        ("before-last:_", "p07_visit2_3.jpg", "p07_visit2"),
        ("before:_tile", "my_photo_tile3.jpg", "my_photo"),
        ("before:.", "v1.2.jpg", "v1"),
        ("before: ", "IMG7 (2).jpg", "IMG7"),
        ("number:1", "IMG0012 (3).jpg", "12"),
        ("number:2", "IMG0012 (3).jpg", "3"),
        ("number:1", "000.png", "0"),
        ("number:1", "cat.jpg", None),
        ("number:1", "no ending 5", "5"),
        ("folder:1", "anna/monday/1.jpg", "anna"),
        ("folder:2", "anna/monday/1.jpg", "anna/monday"),
        ("folder:1", "1.jpg", None),
    ],
)
def test_a_rule_reads_the_group_off_the_path(rule, path, wanted):
    *folders, file = path.split("/")
    assert reader(rule)(folders, file) == wanted


@pytest.mark.parametrize(
    "text",
    ["(a+)+$", "before:", "before:123456789", "before:/", "number:0", "number:10", "number:x", "folder:-1",
     "before:\n", "after:_", "folder:٣", "x" * 100_000],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_the_rules_there_are(text):
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), f"data.groups={text}")
    assert caught.value.field == "data.groups"
    assert "before:_" in str(caught.value)


def test_a_rule_can_be_typed_short_and_none_is_none():
    typed = {
        "number": "number:1",
        "folder": "folder:1",
        "Before: _": "before:_",
        "none": None,
    }
    for text, rule in typed.items():
        assert parse_setting(ExperimentConfig(), f"data.groups={text}").data.groups == rule
    assert as_rule(read_rule("before: ")) == "before: ", "a page's field leaves the space"
    assert as_rule(read_rule(f"folder:{MOST_LEVELS}")) == f"folder:{MOST_LEVELS}"


def test_folders_count_from_below_the_class_and_a_person_in_two_classes_is_one_group():
    dataset = named(["cats/anna/1.jpg", "cats/bob/2.jpg", "dogs/anna/3.jpg"])
    found = groups_of(dataset, "folder:1")
    assert found.names == ("anna", "bob", "anna")
    assert found.of[0] == found.of[2] != found.of[1]


def test_an_image_in_which_the_rule_finds_nothing_is_a_group_of_its_own():
    found = groups_of(named(["a/1_1.png", "a/1_2.png", "a/x.png", "b/y.png"]), "before:_")
    assert sorted(found.sizes.tolist()) == [1, 1, 2]


def test_groups_that_share_a_copy_of_one_image_are_one():
    names = ["a/1_1.png", "a/1_2.png", "a/2_1.png", "a/3_1.png", "b/4_1.png"]
    shas = [f"{at:064x}" for at in (1, 2, 2, 3, 4)]
    found = groups_of(named(names, shas), "before:_")
    assert found.of[0] == found.of[1] == found.of[2]
    assert len(found.ids) == 3


@pytest.mark.parametrize(
    ("names", "rule", "told"),
    [
        (["a/1.png", "a/2.png", "b/3.png"], "before:_", "finds no group"),
        (["a/x_1.png", "a/x_2.png", "b/x_3.png"], "before:_", "all 3 images into one group"),
        (["a/1_1.png", "a/2_2.png", "b/3_3.png"], "before:_", "no two images"),
    ],
)
def test_a_rule_that_makes_no_groups_or_one_is_refused(names, rule, told):
    with pytest.raises(DatasetError) as caught:
        split(named(names), DataConfig(groups=rule))
    assert told in str(caught.value)
    assert caught.value.field == "data.groups"


def test_rules_that_make_groups_are_offered_with_their_number():
    offered = usual_rules(tiles(photos=5, tiles_each=4))
    assert offered["before:_"] == 10
    assert "folder:1" not in offered


# The division


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_torn_every_class_has_nearly_its_share_and_no_image_is_lost(seed):
    random = np.random.default_rng(seed)
    names = [
        f"{name}/{name}-{photo}_{tile}.png"
        for name, photos in (("cats", 40), ("dogs", 25), ("eels", 12))
        for photo in range(photos) for tile in range(random.integers(1, 12))
    ]  # fmt: skip
    dataset, data = named(names), DataConfig(groups="before:_", split_seed=seed)
    chosen = split(dataset, data)
    assert groups_of(dataset, "before:_").torn(list(chosen.values())) == 0
    assert sorted(np.concatenate(list(chosen.values()))) == list(range(len(names)))
    sizes = np.array([summarize(dataset, data).class_counts[name] for name in SPLITS])
    shares = sizes / sizes.sum(axis=0)
    assert np.abs(shares - np.array([[0.7], [0.15], [0.15]])).max() < 0.08


def test_without_the_rule_tiles_are_torn_and_with_a_rule_of_even_groups_the_shares_are_kept():
    dataset = tiles(photos=40)
    groups = groups_of(dataset, "before:_")
    assert groups.torn(list(split(dataset, DataConfig()).values())) > 60
    assert counts(split(dataset, DataConfig(groups="before:_"))) == (448, 96, 96)


def test_a_class_with_three_groups_has_one_in_every_split():
    names = [f"a/a{photo}_{tile}.png" for photo in range(50) for tile in range(4)]
    names += [f"b/b{photo}_{tile}.png" for photo, many in enumerate((30, 30, 30)) for tile in range(many)]
    counts_ = summarize(named(names), DataConfig(groups="before:_")).class_counts
    assert [counts_[name][1] for name in SPLITS] == [30, 30, 30]


def test_a_class_that_is_left_without_a_split_is_refused_by_name():
    names = [f"a/a{photo}_{tile}.png" for photo in range(50) for tile in range(4)]
    names += [f"b/b{photo}_{tile}.png" for photo in range(2) for tile in range(30)]
    with pytest.raises(DatasetError) as caught:
        split(named(names), DataConfig(groups="before:_"))
    assert "'b'" in str(caught.value)
    assert caught.value.field == "data.groups"


def test_who_goes_where_depends_on_contents_and_seed_and_not_on_names_or_order():
    dataset = tiles()
    renamed = [
        (item.name.replace("cats-", "zebra").replace("dogs-", "Ant"), item.sha256) for item in dataset.items
    ]
    other = named(*map(list, zip(*renamed, strict=True)))
    data = DataConfig(groups="before:_")
    assert members(other, split(other, data)) == members(dataset, split(dataset, data))
    assert identify(ExperimentConfig(data=data), other) == identify(ExperimentConfig(data=data), dataset)
    few = {"cats": 30, "dogs": 4}  # groups of dogs must be moved, and which is a matter of hash
    some = [i for i in dataset.items if int(i.name.split("-")[1].split("_")[0]) < few[i.name.split("/")[0]]]
    small, turned = (
        named([name(i) for i in some], [i.sha256 for i in some])
        for name in (lambda i: i.name, lambda i: i.name.replace("dogs-", f"dogs-{9 - int(i.name[10])}"))
    )
    assert members(turned, split(turned, data)) == members(small, split(small, data))
    seeded = split(dataset, replace(data, split_seed=1))
    assert members(dataset, seeded) != members(dataset, split(dataset, data))


def test_other_groups_of_the_same_images_are_another_run_and_no_groups_leave_every_key():
    dataset, data = tiles(), DataConfig(groups="before:_")
    mixed = [(f"{i.name.split('/')[0]}/{at % 40}_{at}.png", i.sha256) for at, i in enumerate(dataset.items)]
    other = named(*map(list, zip(*mixed, strict=True)))
    assert other.key == dataset.key
    assert identify(ExperimentConfig(), other) == identify(ExperimentConfig(), dataset)
    assert images_key(dataset, DataConfig()) == dataset.key
    config = ExperimentConfig(data=data)
    assert identify(config, other) != identify(config, dataset)
    assert Study("torn", config).key(other) != Study("torn", config).key(dataset)


def test_given_folders_are_kept_and_only_what_is_drawn_is_kept_together():
    given = [(c, s, n) for c in ("cats", "dogs") for s, n in (("train", 60), ("validation", 40))]
    dataset = made_up(given)
    items = [
        replace(item, name="/".join([*item.name.split("/")[:2], f"p{at % 20}_{at}.png"]))
        for at, item in enumerate(dataset.items)
    ]
    dataset = index("x", "x", "", dataset.classes, sorted(items, key=lambda item: item.name), None)
    chosen = split(dataset, DataConfig(groups="before:_"))
    came = {name: {dataset.items[p].split for p in chosen[name]} for name in SPLITS}
    assert came == {"train": {"train"}, "validation": {"validation"}, "test": {"validation"}}
    groups = groups_of(dataset, "before:_")
    assert groups.torn([chosen["validation"], chosen["test"]]) == 0
    assert groups.torn(list(chosen.values())) > 0, "the folders tear them, and are kept"


def test_a_limit_moves_no_image_to_another_split():
    dataset, data = tiles(), DataConfig(groups="before:_")
    whole = {name: set(found) for name, found in members(dataset, split(dataset, data)).items()}
    fewer = members(dataset, split(dataset, replace(data, limit=100)))
    assert sum(map(len, fewer.values())) == 100
    assert all(set(fewer[name]) <= whole[name] for name in SPLITS)
    assert split_key(dataset, data) != split_key(dataset, replace(data, groups=None))


@pytest.mark.parametrize(
    ("rule", "said"), [(None, "pictures of one scene may"), ("before:_", 'the file name up to the first "_"')]
)
def test_a_model_card_says_what_was_kept_together(rule, said):
    dataset = tiles(photos=6)
    data = DataConfig(groups=rule)
    result = SimpleNamespace(dataset=summarize(dataset, data))
    about = SimpleNamespace(config=SimpleNamespace(data=data), result=result, dataset=dataset, images="cut")
    told = " ".join(card._trained_on(about).sentences)
    assert said in told
    assert ("were kept together" in told) == (rule is not None)


def test_written_code_lists_the_images_of_each_split_where_groups_are_kept_together():
    dataset = tiles(photos=10)
    chosen = split(dataset, DataConfig(groups="before:_"))
    text = data_code(dataset, {n: len(p) for n, p in chosen.items()}, 32, 8, 42, listed_parts=chosen)
    assert "train_test_split" not in text
    packed = text[text.index("IMAGES = json") :].partition("\n)))")[0] + "\n)))"
    space = {}
    exec(f"import base64, json, zlib\n{packed}", space)
    wanted = {dataset.items[p].name: name for name, part in chosen.items() for p in part}
    assert {line[0]: line[2] for lines in space["IMAGES"].values() for line in lines} == wanted
    compile(text, "code", "exec")


# Folds


@pytest.fixture(scope="module")
def dealt():
    dataset = tiles(photos=20)
    groups = groups_of(dataset, "before:_")
    return dataset.image_ids, dataset.labels, groups.ids[groups.of]


def test_folds_keep_groups_and_deal_every_class_evenly(dealt):
    ids, labels, groups = dealt
    fold_of = folds.assign(ids, labels, 42, groups)
    assert all(len(set(fold_of[groups == group])) == 1 for group in set(groups.tolist()))
    for label in (0, 1):
        assert set(np.bincount(fold_of[labels == label])) == {32}


def test_folds_of_groups_do_not_depend_on_the_order_of_images_but_on_the_seed(dealt):
    ids, labels, groups = dealt
    order = np.random.default_rng(0).permutation(len(ids))
    shuffled = folds.assign(ids[order], labels[order], 42, groups[order])
    np.testing.assert_array_equal(shuffled, folds.assign(ids, labels, 42, groups)[order])
    assert (folds.assign(ids, labels, 43, groups) != folds.assign(ids, labels, 42, groups)).any()


def test_written_folds_keep_groups_where_the_run_does():
    config = ExperimentConfig()
    assert "StratifiedGroupKFold" not in folds_code(config)
    text = folds_code(replace(config, data=DataConfig(groups="folder:1")))
    assert "folds.split(features, labels, groups)" in text
    compile(text, "code", "exec")


def test_more_folds_than_groups_of_a_class_are_refused(dealt):
    ids, labels, groups = dealt
    few = np.where(labels == 1, groups[labels == 1][0], groups)
    with pytest.raises(DatasetError, match=f"1 group of images, too few for {FOLDS} folds"):
        folds.assign(ids, labels, 42, few)


# What tearing would have pretended


def test_intervals_are_wider_for_images_that_answer_in_groups():
    random = np.random.default_rng(3)
    group = np.repeat(np.arange(30), 20)
    alike = np.repeat(random.random(30) < 0.6, 20)
    alone = random.permutation(alike)
    nothing = np.ones(len(group), bool)
    clustered, free = (torn.intervals(nothing, right, group)["kept"] for right in (alike, alone))
    assert clustered[1] - clustered[0] > 3 * (free[1] - free[0])


@pytest.fixture(scope="module")
def cut(tmp_path_factory, request):
    """(store, data set, its record): 14 photos of stripes, each in its own colours, cut into 16 tiles. The
    classes differ in nothing: only a head that knows the photo can tell them."""
    request.getfixturevalue("tensorflow_configured")
    home, random = tmp_path_factory.mktemp("torn"), np.random.default_rng(0)
    y, x = np.mgrid[:128, :128]
    for photo in range(14):
        folder = home / "cut" / ("even", "odd")[photo % 2]
        folder.mkdir(parents=True, exist_ok=True)
        slope, width = random.uniform(-1, 1, 2), random.uniform(2, 8)
        stripes = np.sin((slope[0] * x + slope[1] * y) / width)[..., None] * random.integers(20, 100, 3)
        pixels = np.clip(random.integers(60, 200, 3) + stripes, 0, 255).astype(np.uint8)
        for tile in range(16):
            top, left = 32 * (tile // 4), 32 * (tile % 4)
            part = Image.fromarray(pixels[top : top + 32, left : left + 32])
            part.save(folder / f"photo{photo}_{tile}.png")
    store, name = Store(home), str(home / "cut")
    dataset = datasets.find(name, home)
    config = ExperimentConfig(data=DataConfig(name, image_size=32, groups="before:_"))
    return store, dataset, study.answer(torn.study_of(config, dataset), store, dataset)


@pytest.mark.tensorflow
def test_tiles_torn_apart_pretend_an_accuracy_that_whole_photos_do_not_have(cut):
    record, arrays = cut[2]
    found = torn.Torn.of(record)
    assert (found.images, found.groups) == (224, 14)
    assert found.torn == arrays["torn"].sum()
    assert found.torn / found.images > 0.75
    assert found.kept / found.images < 0.65
    assert found.difference_interval[0] > 0
    assert found.kept_interval[0] <= found.kept / found.images <= found.kept_interval[1]
    assert "pretended" in torn.sentences(found)[1]


@pytest.mark.tensorflow
def test_the_folds_of_a_run_keep_its_groups(cut):
    store, dataset, _ = cut
    config = ExperimentConfig(
        data=DataConfig(dataset.name, image_size=32, limit=180, groups="before:_"),
        feature_extraction=FeatureExtractionConfig(epochs=1),
        fine_tuning=FineTuningConfig(epochs=0),
    )
    _, arrays = study.answer(Study("folds", config), store, dataset)
    groups = groups_of(dataset, "before:_")
    group_of = dict(zip(dataset.image_ids.tolist(), groups.of.tolist(), strict=True))
    folds_of: dict[int, set[int]] = {}
    for image, fold in zip(arrays["image_ids"].tolist(), arrays["folds"].tolist(), strict=True):
        folds_of.setdefault(group_of[image], set()).add(fold)
    assert {len(found) for found in folds_of.values()} == {1}
    assert len(arrays["folds"]) == 180
