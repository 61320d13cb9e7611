"""Keys last: through new settings, and whichever way a number was once typed."""

import dataclasses
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core import keys
from core.config import SETTINGS, ExperimentConfig, HeadConfig, parse_setting, with_setting
from core.data import datasets
from core.data.datasets import split
from core.data.pixels import pixel_key
from core.explain.studies import Study
from core.method.bank import Recipe
from core.presets import digits_quick, preset
from core.running import experiment, price, receipt, verification
from core.running.identity import Asked, identify, is_key_of, stored_key
from core.settings import number
from core.store import Store
from core.transforms import AugmentationConfig
from tests.records import a_result

IMAGES = SimpleNamespace(key="images-v1-0123456789abcdef")
BEFORE = {"threads": None}  # what a config says of the settings that came after these keys were written down
EVERYTHING = replace(
    digits_quick(),
    augmentation=AugmentationConfig(flip="horizontal", rotation=0.2, contrast=1.0, fill_mode="wrap"),
    head=HeadConfig((128,), 0.0),
    data=replace(digits_quick().data, shares=(0.5, 0.25, 0.25), limit=500),
    batch_norm="batch",
    **BEFORE,
)
TYPED_WHOLE = "run-v1-fb7c5e4f6f612461"  # of the same, with dropout and zoom typed as 0


# Written down before settings were a list: change one of them, and every stored run is lost


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tf-tutorial", "run-v1-c1500698ef42265a"),
        ("mnist-32", "run-v1-ace34908a8fa70f9"),
        ("two-layer-head", "run-v1-1cd946de96f865bb"),
        ("digits-quick", "run-v1-c32c039b910a0eb7"),
        ("from-scratch", "run-v1-4a33ad31df5781b7"),
    ],
)
def test_the_runs_of_the_presets_keep_their_keys(name, key):
    assert identify(replace(preset(name), **BEFORE), IMAGES) == key


def test_every_kind_of_key_stays_what_it_was():
    assert identify(EVERYTHING, IMAGES) == "run-v1-d3bc507d10b0bcec"
    assert identify(EVERYTHING, IMAGES, plain=True) == "run-v1-4ae1d410e2b20417"
    assert identify(EVERYTHING.first_phase_only(), IMAGES) == "run-v1-b419998f3ba1bc6f"
    recipe = Recipe.of(EVERYTHING, 116, "litert")
    assert recipe.key(augmented=True) == "features-v1-8315ffc11567f12f"
    assert recipe.key(augmented=False) == "features-v1-05604d9f8b49d396"
    studies = {
        "maps": "study-v1-84ff5caf7e302d17",
        "lr_finder": "study-v1-3c58cf020a5cb30b",
        "folds": "study-v1-85df8cce2c7aeb17",
        "lenses": "study-v1-b1019f933a019e58",
        "similarity": "study-v1-02e4e61924191f70",
    }
    assert {kind: Study(kind, EVERYTHING, {"a": 1}).key(IMAGES) for kind in studies} == studies


# A setting that comes later


@dataclass(frozen=True)
class LaterHead(HeadConfig):
    smoothing: float = number(0.1, "label smoothing", 0, 1)  # its default is not its neutral value


@dataclass(frozen=True)
class LaterAugmentation(AugmentationConfig):
    fog: float = number(0.0, "fog", 0, 1)


@dataclass(frozen=True)
class LaterConfig(ExperimentConfig):
    clip: float = number(0.0, "largest gradient", 0, 10)


def keys_of(config):
    """Of the run, of two studies and of its features."""
    found = [Study(kind, config).key(IMAGES) for kind in ("lr_finder", "folds")]
    return [identify(config, IMAGES), *found, Recipe.of(config, 116, "litert").key(augmented=True)]


def later(smoothing=0.0, fog=0.0, clip=0.0):
    """`EVERYTHING` in a version that has three more settings."""
    head = LaterHead(**vars(EVERYTHING.head), smoothing=smoothing)
    augmentation = LaterAugmentation(**vars(EVERYTHING.augmentation), fog=fog)
    parts = {**vars(EVERYTHING), "head": head, "augmentation": augmentation}
    return LaterConfig(**parts, clip=clip)


@pytest.fixture
def neutral(monkeypatch):
    monkeypatch.setitem(keys.NEUTRAL, "head.smoothing", 0.0)
    monkeypatch.setitem(keys.NEUTRAL, "clip", 0.0)


def test_a_later_setting_at_its_neutral_value_leaves_every_key(neutral):
    assert keys_of(later()) == keys_of(EVERYTHING)


@pytest.mark.parametrize(
    ("changed", "same"),
    [({"smoothing": 0.1}, {3}), ({"fog": 0.3}, set()), ({"clip": 1.0}, {1, 2, 3})],
)
def test_a_later_setting_that_changes_something_changes_the_keys_of_what_it_changes(neutral, changed, same):
    before, now = keys_of(EVERYTHING), keys_of(later(**changed))
    assert {place for place in range(4) if before[place] == now[place]} == same


def test_a_later_setting_without_a_neutral_value_is_noticed_at_once():
    with pytest.raises(KeyError, match=r"head\.smoothing"):
        identify(later(smoothing=0.25, clip=0.25), IMAGES)  # as no other test has them: keys are kept


def test_every_setting_is_of_the_first_version_or_has_a_neutral_value():
    later = {name for name in set(SETTINGS) - keys.FOUNDING if not name.startswith("augmentation.")}
    assert later == set(keys.NEUTRAL)
    assert len(keys.FOUNDING) == 26
    # a value that stands here never changes: write it down here, too
    assert keys.NEUTRAL == {
        "data.train_limit": None, "data.train_draw": 0, "data.groups": None, "threads": None,
        "keep": "last", "patience": None, "class_weight": "none",
    }  # fmt: skip
    assert keys.NEUTRAL_AMOUNT == 0.0


# A number that was typed in another way


def test_a_run_is_found_under_either_spelling_and_a_finished_one_first(store):
    typed = parse_setting(parse_setting(EVERYTHING, "head.dropout=0"), "augmentation.zoom=0")
    today = identify(typed, IMAGES)
    assert today == identify(EVERYTHING, IMAGES) == stored_key(EVERYTHING, IMAGES, store)
    store.create(TYPED_WHOLE, EVERYTHING)
    assert stored_key(EVERYTHING, IMAGES, store) == TYPED_WHOLE  # begun there: it goes on there
    store.create(today, EVERYTHING)
    assert stored_key(EVERYTHING, IMAGES, store) == today
    store.save(a_result(TYPED_WHOLE), {}, {})
    assert stored_key(EVERYTHING, IMAGES, store) == TYPED_WHOLE


def test_only_the_other_spellings_of_a_run_are_its_own():
    assert is_key_of(TYPED_WHOLE, EVERYTHING, IMAGES)
    assert not is_key_of(TYPED_WHOLE, EVERYTHING, IMAGES, plain=True)
    assert not is_key_of(TYPED_WHOLE, with_setting(EVERYTHING, "seed", 7), IMAGES)
    assert not is_key_of(TYPED_WHOLE, EVERYTHING, SimpleNamespace(key="images-v1-other"))
    assert not is_key_of(TYPED_WHOLE, with_setting(EVERYTHING, "head.dropout", 0.5), IMAGES)


# A store of the first version


@pytest.fixture
def first_version(store) -> Store:
    archive = Path(__file__).parents[1] / "data" / "store-0.1.zip"
    with zipfile.ZipFile(archive) as kept:
        kept.extractall(store.home)
    return store


def test_every_run_of_the_first_version_is_found_and_none_is_trained_again(first_version):
    runs = first_version.list_runs()
    assert len([run for run in runs if run.status == "finished"]) == 5
    for run in runs:
        dataset = datasets.find(run.config.data.name, first_version.home)
        assert stored_key(run.config, dataset, first_version) == run.run_key
        if run.status == "finished":
            assert experiment.run(Asked(run.config, dataset, first_version)).run_key == run.run_key
            assert price.predict(Asked(run.config, dataset, first_version)).stored
    assert len(first_version.list_runs()) == len(runs)


@pytest.mark.parametrize("zero", ["0", "0.0"])
def test_a_run_asked_for_with_whole_numbers_is_found_by_either_spelling(first_version, zero):
    config = first_version.config("run-v1-85261ae99cb49e11")
    for name in ("head.dropout", "augmentation.zoom"):
        config = parse_setting(config, f"{name}={zero}")
    dataset = datasets.find("digits", first_version.home)
    assert stored_key(config, dataset, first_version) == "run-v1-85261ae99cb49e11"


def test_the_receipts_of_the_first_version_belong_to_their_runs(first_version):
    for path in first_version.runs.glob("*/receipt.json"):
        written = receipt.read(path)
        dataset = datasets.find(written.config.data.name, first_version.home)
        checks = verification.before_training(written, dataset)
        assert [check.outcome for check in checks] == ["equal"] * 4
        other = dataclasses.replace(written, config=with_setting(written.config, "seed", 1234))
        assert verification.before_training(other, dataset)[-1].outcome == "differs"


def test_studies_features_and_pixels_of_the_first_version_keep_their_names(first_version):
    for folder in first_version.runs.glob("study-*"):
        config, asked = first_version.config(folder.name), first_version.study(folder.name)
        dataset = datasets.find(config.data.name, first_version.home)
        assert Study(asked["kind"], config, asked["options"]).key(dataset) == folder.name
    config = first_version.config("run-v1-f5408596845baad7")
    dataset = datasets.find("digits", first_version.home)
    positions = sorted(position for part in split(dataset, config.data).values() for position in part)
    pixels = pixel_key(dataset, positions, config.data.image_size)
    assert (first_version.home / "pixels" / f"{pixels}.npy").exists()
    features = Recipe.of(config, 154, "litert").key(augmented=False)
    assert (first_version.home / "features" / features).is_dir()
