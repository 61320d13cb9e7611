"""The bank: the same numbers however they were come by, whole files only, a budget that holds."""

import dataclasses
import os

import numpy as np
import pytest

from core.config import SCALINGS, BaseConfig, DataConfig
from core.data import datasets, images
from core.errors import StoreError
from core.log import Log
from core.method.bank import BankFiles, Recipe
from core.method.timing import Seconds
from core.store import Store
from core.transforms import AugmentationConfig

SIZE = 64
PLAIN = Recipe(SIZE, 116, BaseConfig(), AugmentationConfig(rotation=0.1, zoom=0.2), 3, "litert")
KEY = "run-v1-0123456789abcdef"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    store.path(KEY).mkdir(parents=True)
    return store


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    return datasets.load(DataConfig("digits", SIZE, limit=120), tmp_path_factory.mktemp("pixels"))


@pytest.fixture(scope="module")
def base(tensorflow_configured):
    from core.method import backbone

    return backbone.build(SIZE, BaseConfig(), 0)


@pytest.mark.tensorflow
@pytest.mark.parametrize("scaling", SCALINGS)
def test_every_pixel_value_is_scaled_as_keras_scales_it_bit_for_bit(scaling):
    from core.method import backbone

    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    expected = backbone.scale(pixels, scaling)
    into = np.empty(pixels.shape, np.float32)
    assert images.scale(pixels, scaling, out=into) is into
    np.testing.assert_array_equal(into, expected)
    np.testing.assert_array_equal(images.scale(pixels, scaling), expected)


@pytest.fixture
def computed(monkeypatch):
    """How many images each engine was given, by where it starts from."""
    from core.method import engine

    counts, build = [], engine.build

    def counting(name, model, scaling, converted):
        forward = build(name, model, scaling, converted)

        def run(inputs):
            counts.append(("pixels" if scaling else "features", len(inputs)))
            return forward(inputs)

        return run

    monkeypatch.setattr(engine, "build", counting)
    return counts


def bank(store, splits, base, recipe=PLAIN):
    from core.method.features import Bank

    return Bank(store, splits, recipe, base, Seconds(), Log(store, KEY))


def total(counts, kind):
    return sum(n for what, n in counts if what == kind)


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """Where the networks of the next test are converted to, each once for both kinds of pictures."""
    return tmp_path_factory.mktemp("converted")


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("boundary", "images"),
    [
        (54, "digits"), (134, "digits"), (154, "digits"), (154, "photos"),
        pytest.param(54, "photos", marks=pytest.mark.soak),
        pytest.param(134, "photos", marks=pytest.mark.soak),
    ],
)  # fmt: skip
def test_litert_features_are_keras_features(converted, splits, base, boundary, images):
    """Within 1e-5 in relative L2 on photos (2e-5 for the worst single one).

    Large flat black areas cost a digit: LiteRT folds BatchNorm into the convolutions, and where a
    picture is constant the folded sums cancel. 1e-4 on digits.
    """
    from core.method import backbone, engine
    from tests.core import reference

    pixels = reference.photo_crops(SIZE)[0] if images == "photos" else splits.pixels[splits.train[:40]]
    model = backbone.segment(base, 0, boundary)
    ours = engine.build("litert", model, "-1..1", converted / f"{boundary}.tflite")(pixels)
    theirs = model(backbone.scale(pixels, "-1..1"), training=False).numpy()
    error = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    assert error < (1e-5 if images == "photos" else 1e-4)


@pytest.mark.tensorflow
@pytest.mark.parametrize("engine", ["litert", "tensorflow"])
def test_features_carried_up_from_a_lower_boundary_equal_those_from_pixels(
    store, tmp_path, splits, base, computed, engine
):
    low = dataclasses.replace(PLAIN, boundary=54, engine=engine)
    high = dataclasses.replace(PLAIN, boundary=134, engine=engine)
    bank(store, splits, base, low).augmented(splits.train, 2)
    computed.clear()
    carried = np.array(bank(store, splits, base, high).augmented(splits.train, 2))
    assert total(computed, "pixels") == 0
    assert total(computed, "features") == len(splits.train)
    elsewhere = Store(tmp_path / "elsewhere")
    elsewhere.path(KEY).mkdir(parents=True)
    direct = bank(elsewhere, splits, base, high).augmented(splits.train, 2)
    np.testing.assert_array_equal(carried, direct)


@pytest.mark.tensorflow
def test_another_split_computes_only_the_images_it_had_not_seen(store, splits, base, computed):
    first = np.array(bank(store, splits, base).augmented(splits.train[:50], 0))
    computed.clear()
    second = bank(store, splits, base).augmented(splits.train[20:70], 0)
    assert total(computed, "pixels") == 20
    np.testing.assert_array_equal(second[:30], first[20:])


@pytest.mark.tensorflow
def test_stored_features_are_not_computed_again_and_damaged_ones_are_to_the_same_numbers(
    store, splits, base, computed
):
    first = np.array(bank(store, splits, base).augmented(splits.train, 1))
    computed.clear()
    np.testing.assert_array_equal(bank(store, splits, base).augmented(splits.train, 1), first)
    assert computed == []
    (path,) = BankFiles(store.home).folder.glob("*/*.npy")
    for damage in (lambda: os.truncate(path, 1000), lambda: path.write_bytes(b"?"), path.unlink):
        damage()
        computed.clear()
        np.testing.assert_array_equal(bank(store, splits, base).augmented(splits.train, 1), first)
        assert total(computed, "pixels") == len(splits.train)


@pytest.mark.tensorflow
def test_every_epoch_has_its_own_variants_and_plain_features_have_none(store, splits, base):
    features = bank(store, splits, base)
    epochs = [np.array(features.augmented(splits.validation, epoch)) for epoch in (0, 1)]
    plain = features.plain(splits.validation)
    assert not np.array_equal(*epochs)
    assert not np.array_equal(epochs[0], plain)


@pytest.mark.tensorflow
def test_a_full_disk_costs_the_file_and_not_the_run_and_is_told(store, splits, base, monkeypatch):
    expected = np.array(bank(store, splits, base).plain(splits.test))

    def full(self, path, ids, shape, batches):
        next(batches)
        raise StoreError("No space left on the device.")

    for path in BankFiles(store.home).folder.glob("*/*"):
        path.unlink()
    monkeypatch.setattr(BankFiles, "write", full)
    np.testing.assert_array_equal(bank(store, splits, base).plain(splits.test), expected)
    [note] = [event["text"] for event in store.events(KEY) if event["event"] == "note"]
    assert "No space left on the device." in note


def write(files, ids, epoch=0, recipe=PLAIN):
    path = files.path(recipe, epoch, ids)
    rows = ids[:, None, None, None] * np.ones(recipe.shape, np.float32)
    files.write(path, ids, recipe.shape, iter([rows.astype(np.float32)]))
    return path


def test_rows_are_found_by_image_whatever_set_they_were_stored_with(tmp_path):
    files = BankFiles(tmp_path)
    write(files, np.array([5, 7], np.uint64))
    write(files, np.array([9], np.uint64))
    rows = files.rows(PLAIN, 0)
    assert rows.has(np.array([9, 6, 5], np.uint64)).tolist() == [True, False, True]
    assert rows.of(np.array([9, 5], np.uint64))[:][:, 0, 0, 0].tolist() == [9, 5]
    assert not files.rows(PLAIN, 1).has(np.array([5], np.uint64)).any()


def test_the_longest_unused_features_go_first_and_those_in_use_stay(tmp_path, monkeypatch):
    files = BankFiles(tmp_path)
    paths = [write(files, np.array([n], np.uint64)) for n in range(4)]
    for age, path in enumerate(paths):
        os.utime(path, (1000 + age, 1000 + age))
    size = paths[0].stat().st_size
    monkeypatch.setenv("THAW_CACHE_GB", str(2.5 * size / 1e9))
    files.open(paths[1], (1, *PLAIN.shape))  # used just now
    files.evict(keep=[paths[0]])
    assert [path.exists() for path in paths] == [True, True, False, False]


def test_a_half_written_file_is_never_read(tmp_path):
    files = BankFiles(tmp_path)
    ids = np.array([1, 2], np.uint64)

    def cut_off():
        yield np.ones((1, *PLAIN.shape), np.float32)
        raise KeyboardInterrupt

    path = files.path(PLAIN, 0, ids)
    with pytest.raises(KeyboardInterrupt):
        files.write(path, ids, PLAIN.shape, cut_off())
    assert files.open(path, (2, *PLAIN.shape)) is None
    assert not list(path.parent.glob("*.npy"))


def test_what_cannot_change_the_numbers_is_not_in_the_key():
    other_seed = dataclasses.replace(PLAIN, seed=4)
    assert PLAIN.key(augmented=False) == other_seed.key(augmented=False)
    assert PLAIN.key(augmented=True) != other_seed.key(augmented=True)
    changes = {"boundary": 98, "image_size": 96, "engine": "tensorflow", "base": BaseConfig(scaling="0..1")}
    keys = {dataclasses.replace(PLAIN, **{name: value}).key(False) for name, value in changes.items()}
    assert len(keys | {PLAIN.key(False)}) == 5
