"""Features of all stops in one pass: the numbers of a pass a stop, whole files only, as many as have room."""

import dataclasses
import itertools
import math
import os

import numpy as np
import pytest

from core import layers, reserve
from core.config import BaseConfig, DataConfig, ExperimentConfig
from core.data import datasets
from core.errors import Stopped
from core.files import read_json
from core.log import Log
from core.method import all_stops
from core.method.bank import BankFiles, Recipe
from core.method.timing import Seconds
from core.store import Store
from core.transforms import AugmentationConfig
from tests.core.test_reserve import Disk

SIZE = 64
CUTS = [cut for cut in layers.stops(tutorial=False) if cut]
KEY = "run-v1-0123456789abcdef"
CONFIG = ExperimentConfig(data=DataConfig("digits", SIZE, limit=120), augmentation=AugmentationConfig())


@pytest.fixture
def store(tmp_path):
    return a_store(tmp_path)


def a_store(home):
    store = Store(home)
    store.path(KEY).mkdir(parents=True)
    return store


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    return datasets.load(CONFIG.data, tmp_path_factory.mktemp("pixels"))


@pytest.fixture
def runs(monkeypatch):
    """Images that went through a network, one number a call."""
    from core.method import engine

    counts, build = [], engine.build_several

    def counting(*args):
        forward = build(*args)

        def run(pixels):
            counts.append(len(pixels))
            return forward(pixels)

        return run

    monkeypatch.setattr(engine, "build_several", counting)
    return counts


@pytest.fixture
def no_network(monkeypatch):
    """What a network would give is its cut, everywhere: of interest is what becomes of it."""
    from core.method import backbone, engine

    def build(name, cuts, scaling, converted):
        shapes = [layers.boundary_shape(cut, SIZE) for cut in cuts]
        return lambda pixels: [
            np.full((len(pixels), *shape), cut, np.float32) for cut, shape in zip(cuts, shapes, strict=True)
        ]

    monkeypatch.setattr(backbone, "outputs", lambda base, cuts: cuts)
    monkeypatch.setattr(engine, "build_several", build)


def keep(store, splits, points, config=CONFIG, log=None):
    return all_stops.keep_features(config, splits, store, points, log or Log(store, KEY))


def stored(store, splits, cut, config=CONFIG):
    recipe = Recipe.of(config, cut, "litert")
    files, ids = BankFiles(store.home), splits.image_ids
    path = files.path(recipe, None, ids)
    return path, files.open(path, (len(ids), *recipe.shape))


def array_bytes(splits, *cuts):
    frame = all_stops.FRAME_BYTES
    return sum(len(splits.labels) * 4 * math.prod(layers.boundary_shape(cut, SIZE)) + frame for cut in cuts)


def notes(store):
    return [event["text"] for event in store.events(KEY) if event["event"] == "note"]


def everything(store):
    return [path for path in BankFiles(store.home).folder.rglob("*") if path.is_file()]


def one_by_one(home, splits, cuts, config):
    """The features at each cut from an engine of its own, each from pixels."""
    from core.method import backbone
    from core.method.device import engine, name
    from core.method.features import Bank

    base = backbone.build(config.data.image_size, config.base, config.seed)
    for cut in reversed(cuts):  # from the top: none is carried up from a lower one
        store = a_store(home / str(cut))
        recipe = Recipe.of(config, cut, engine(name()))
        bank = Bank(store, splits, recipe, base, Seconds(), Log(store, KEY))
        yield cut, bank.plain(np.arange(len(splits.labels)))


def equal_to_one_by_one(tmp_path, config, splits, cuts=CUTS):
    """One pass makes them at all cuts; those at `cuts` are what a pass for each gives, bit for bit."""
    store = a_store(tmp_path / "one pass")
    assert keep(store, splits, CUTS, config).made == tuple(CUTS)
    for cut, features in one_by_one(tmp_path, splits, cuts, config):
        np.testing.assert_array_equal(stored(store, splits, cut, config)[1], features, str(cut))


@pytest.mark.tensorflow
def test_features_from_one_pass_are_those_of_a_pass_a_stop_bit_for_bit(tmp_path, splits):
    equal_to_one_by_one(tmp_path, CONFIG, splits, [4, 63, 154])


@pytest.mark.soak
@pytest.mark.tensorflow
@pytest.mark.parametrize(("size", "weights"), [(64, "imagenet"), (96, "imagenet"), (64, "random")])
def test_at_every_stop_they_are(tmp_path, size, weights):
    data = DataConfig("digits", size, limit=120)
    config = dataclasses.replace(CONFIG, data=data, base=BaseConfig(weights=weights))
    equal_to_one_by_one(tmp_path, config, datasets.load(data, tmp_path))


@pytest.mark.soak
@pytest.mark.tensorflow
def test_on_photos_of_160_px_they_are(tmp_path):
    data = DataConfig("digits", 160, limit=60)
    config, splits = dataclasses.replace(CONFIG, data=data), datasets.load(data, tmp_path)
    from tests.core import reference

    photos = dataclasses.replace(splits, pixels=reference.photo_crops(160, len(splits.labels))[0])
    equal_to_one_by_one(tmp_path, config, photos, [4, 9, 54, 98, 116, 143, 154])


@pytest.mark.tensorflow
def test_tensorflow_gives_the_bits_of_its_own_passes_too(tmp_path, splits):
    from core.method import backbone, engine

    base, cuts = backbone.build(SIZE, BaseConfig(), 0), [116, 4, 154]
    pixels, unused = splits.pixels[:40], tmp_path / "unused"
    several = engine.build_several("tensorflow", backbone.outputs(base, cuts), "-1..1", unused)(pixels)
    for cut, features in zip(cuts, several, strict=True):
        alone = engine.build("tensorflow", backbone.segment(base, 0, cut), "-1..1", unused)(pixels)
        np.testing.assert_array_equal(features, alone)


@pytest.mark.tensorflow
def test_runs_find_what_one_pass_made_and_no_image_goes_through_twice(store, splits, runs):
    from core.method import backbone
    from core.method.features import Bank

    assert keep(store, splits, [154, 116, 0, 120]) == all_stops.Kept((154, 116), ())
    assert sum(runs) == len(splits.labels)
    runs.clear()
    seconds, base = Seconds(), backbone.build(SIZE, CONFIG.base, 0)
    for cut in (116, 154):
        recipe = Recipe.of(CONFIG, cut, "litert")
        bank = Bank(store, splits, recipe, base, seconds, Log(store, KEY))
        bank.plain(np.arange(len(splits.labels)))
    assert keep(store, splits, [154, 116]) == all_stops.Kept((), ())
    assert runs == []
    noted = [read_json(path)["seconds"] for path in everything(store) if path.suffix == ".json"]
    assert len(noted) == 2
    assert seconds.saved == pytest.approx(sum(noted))
    assert min(noted) > 0
    assert notes(store) == []


@pytest.mark.tensorflow
def test_what_is_stored_stays_and_a_single_missing_stop_is_left_to_its_run(store, splits, no_network):
    keep(store, splits, [116, 98])
    before = stored(store, splits, 116)[0].stat().st_ino
    assert keep(store, splits, [116, 98, 143]) == all_stops.Kept((), (143,))
    assert keep(store, splits, [125, 116, 98, 143]) == all_stops.Kept((125, 143), ())
    assert stored(store, splits, 116)[0].stat().st_ino == before
    assert stored(store, splits, 143)[1].max() == 143
    assert notes(store) == []


@pytest.mark.tensorflow
def test_someone_who_says_stop_leaves_nothing_behind(store, splits, no_network):
    class StoppedAtTheFirstRows(Log):
        done = 0

        def __call__(self, event, **values):
            self.done = values.get("done", 0)

        def check_stop(self, settle=None):
            if self.done:
                raise Stopped

    log = StoppedAtTheFirstRows(store, KEY)
    with pytest.raises(Stopped):
        keep(store, splits, CUTS, log=log)
    assert 0 < log.done < len(splits.labels)
    assert everything(store) == []


def test_with_augmentation_nothing_is_done(store, splits):
    config = dataclasses.replace(CONFIG, augmentation=AugmentationConfig(rotation=0.1))
    assert keep(store, splits, CUTS, config) == all_stops.Kept((), ())
    assert everything(store) == []


@pytest.mark.tensorflow
def test_the_stops_named_first_get_the_room_there_is_and_a_note_counts_the_others(
    store, splits, no_network, monkeypatch
):
    room = array_bytes(splits, 154, 98, 90) + 10
    monkeypatch.setenv("THAW_CACHE_GB", str(room / 1e9))
    found = keep(store, splits, [154, 98, 4, 90, 9, 116])
    assert found == all_stops.Kept((154, 98, 90), (4, 9, 116))
    taken = sum(path.stat().st_size for path in everything(store) if path.suffix == ".npy")
    assert array_bytes(splits, 154, 98, 90) * 0.99 < taken <= room
    [note] = notes(store)
    assert note.startswith("The features of 3 of 6 depths could not be kept beside the others (all of them ")
    assert note.endswith(" MB): a run there computes its own. Raise THAW_CACHE_GB.")


@pytest.mark.tensorflow
def test_older_features_make_room_before_the_pass_and_those_of_the_same_sweep_stay(
    store, splits, no_network, monkeypatch
):
    keep(store, splits, [4, 9])
    oldest, _ = stored(store, splits, 4)
    os.utime(oldest, (1, 1))  # the clock of files is too coarse to tell which of the two was used first
    keep(store, splits, [151, 154])
    monkeypatch.setenv("THAW_CACHE_GB", str((array_bytes(splits, 9, 98, 116, 151, 154) + 10) / 1e9))
    assert keep(store, splits, [151, 98, 154, 116]).made == (98, 116)
    there = [cut for cut in CUTS if stored(store, splits, cut)[0].exists()]
    assert there == [9, 98, 116, 151, 154]


@pytest.mark.tensorflow
def test_a_small_disk_gets_what_fits_on_it(store, splits, no_network, monkeypatch):
    monkeypatch.setattr(reserve.shutil, "disk_usage", Disk(1e9 + array_bytes(splits, 154, 143)))
    assert keep(store, splits, [154, 4, 143]) == all_stops.Kept((154, 143), (4,))
    [note] = notes(store)
    assert "the disk has less left" in note


@pytest.mark.tensorflow
def test_a_disk_that_fills_up_meanwhile_gets_fewer_stops_and_nothing_fails(
    store, splits, no_network, monkeypatch
):
    class Filling(Disk):
        """Full while rows are written, and with room for two stops once what was written is gone again."""

        def __call__(self, path):
            if self.asked > 11:
                self.free = 1e9 + (array_bytes(splits, 154, 143) if self.asked > 12 else 1000)
            return super().__call__(path)

    monkeypatch.setattr(reserve.shutil, "disk_usage", Filling(2e9))
    assert keep(store, splits, [154, 143, 9, 4]) == all_stops.Kept((154, 143), (9, 4))
    assert sorted(path.suffix for path in everything(store)) == [
        ".ids",
        ".ids",
        ".json",
        ".json",
        ".npy",
        ".npy",
    ]
    [note] = notes(store)
    assert "(The features need " in note
    assert note.endswith("Free some disk space, or set THAW_HOME to another disk.")


@pytest.mark.tensorflow
def test_where_nothing_can_be_written_a_note_says_so_and_nothing_breaks(store, splits, no_network):
    BankFiles(store.home).folder.write_text("in the way")
    assert keep(store, splits, [154, 143, 9]) == all_stops.Kept((), (154, 143, 9))
    [note] = notes(store)
    assert "features is a file" in note


def test_a_pass_is_paid_by_its_stops_as_shapley_would_have_them_pay():
    cuts = [116, 9, 154, 54]
    work = layers.macs(SIZE)
    paid = dict.fromkeys(cuts, 0.0)
    for order in itertools.permutations(cuts):
        for number, cut in enumerate(order):
            before = sum(work[: max(order[:number], default=0)])
            paid[cut] += max(sum(work[:cut]) - before, 0.0) / math.factorial(len(cuts))
    found = all_stops.shares(cuts, SIZE)
    assert sum(found.values()) == pytest.approx(1)
    for cut in cuts:
        assert found[cut] == pytest.approx(paid[cut] / sum(work))
