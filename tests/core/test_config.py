"""Settings: what they refuse, how they travel, and which of them make another run."""

import dataclasses

import pytest

from core import config as configs
from core.config import (
    DataConfig,
    ExperimentConfig,
    FineTuningConfig,
    HeadConfig,
    parse_setting,
    with_setting,
)
from core.errors import ConfigError
from core.keys import content_key, is_key
from core.presets import PRESETS, preset
from core.transforms import AugmentationConfig


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ("fine_tuning.unfreeze_from=155", "fine_tuning.unfreeze_from"),
        ("fine_tuning.unfreeze_from=-1", "fine_tuning.unfreeze_from"),
        ("fine_tuning.unfreeze_from=true", "fine_tuning.unfreeze_from"),
        ("feature_extraction.learning_rate=0", "feature_extraction.learning_rate"),
        ("feature_extraction.learning_rate=NaN", "feature_extraction.learning_rate"),
        ("fine_tuning.optimizer=lamb", "fine_tuning.optimizer"),
        ("data.image_size=31", "data.image_size"),
        ("data.image_size=big", "data.image_size"),
        ("data.shares=[0.5, 0.5, 0.5]", "data.shares"),
        ("head.hidden=[0]", "head.hidden"),
        ("head.dropout=1", "head.dropout"),
        ("augmentation.flip=sideways", "augmentation.flip"),
        ("augmentation.rotation=-0.1", "augmentation.rotation"),
        ("batch_size=0", "batch_size"),
        ("batch_norm=off", "batch_norm"),
        ("seed=-1", "seed"),
    ],
)
def test_an_impossible_value_is_refused_and_names_its_field(setting, field):
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), setting)
    assert caught.value.field == field
    assert str(caught.value).strip()


def test_an_unknown_setting_lists_the_known_ones():
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), "fine_tuning.speed=3")
    assert "fine_tuning.unfreeze_from" in str(caught.value)


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError) as caught:
        preset("imagenet-giant")
    assert all(name in str(caught.value) for name in PRESETS)


def test_a_run_without_epochs_is_refused():
    config = with_setting(ExperimentConfig(), "fine_tuning.epochs", 0)
    with pytest.raises(ConfigError):
        with_setting(config, "feature_extraction.epochs", 0)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_the_trip_through_json(name):
    assert configs.from_dict(preset(name).to_dict()) == preset(name)


def test_values_are_json_else_text():
    config = parse_setting(ExperimentConfig(), "head.hidden=[128]")
    config = parse_setting(config, "augmentation.flip=horizontal")
    assert config.head.hidden == (128,)
    assert config.augmentation.flip == "horizontal"


def test_unknown_fields_in_a_stored_config_are_refused():
    plain = ExperimentConfig().to_dict()
    plain["head"]["colour"] = "red"
    with pytest.raises(ConfigError):
        configs.from_dict(plain)
    with pytest.raises(ConfigError):
        configs.from_dict({"speed": 1})
    with pytest.raises(ConfigError):
        configs.from_dict([1])


def key(config):
    return content_key("run-v1", config.canonical())


def test_settings_that_cannot_change_the_numbers_share_a_key():
    config = ExperimentConfig()
    first = config.first_phase_only()
    assert key(first) == key(with_setting(first, "batch_norm", "batch"))
    assert key(first) == key(with_setting(first, "fine_tuning.unfreeze_from", 3))
    elsewhere = with_setting(config, "data.name", "/another/folder")
    assert key(config) == key(elsewhere)


def test_every_other_setting_makes_another_key():
    config = dataclasses.replace(
        ExperimentConfig(augmentation=AugmentationConfig(flip="horizontal")), batch_size=32
    )
    changes = {
        "seed": 1,
        "batch_norm": "batch",
        "batch_size": 16,
        "data.image_size": 96,
        "data.limit": 500,
        "data.train_limit": 200,
        "data.split_seed": 1,
        "data.groups": "before:_",
        "base.weights": "random",
        "base.scaling": "0..1",
        "augmentation.rotation": 0.1,
        "augmentation.fill_mode": "nearest",
        "head.hidden": [8],
        "head.dropout": 0.5,
        "feature_extraction.epochs": 1,
        "fine_tuning.learning_rate": 1e-4,
        "fine_tuning.unfreeze_from": 120,
    }
    keys = {key(with_setting(config, name, value)) for name, value in changes.items()}
    assert len(keys | {key(config)}) == len(changes) + 1


def test_keys_are_told_from_paths():
    assert is_key(key(ExperimentConfig()))
    assert not any(is_key(text) for text in ("../../etc", "run-v1-", "run-v1-0123456789abcdef/..", "", None))


def test_configs_are_frozen_values():
    assert ExperimentConfig(head=HeadConfig(hidden=[4])) == ExperimentConfig(head=HeadConfig(hidden=(4,)))
    assert hash(DataConfig()) == hash(DataConfig())
    with pytest.raises(dataclasses.FrozenInstanceError):
        FineTuningConfig().epochs = 3


def test_without_transfer_is_from_scratch_for_as_many_epochs():
    scratch = preset("digits-quick").without_transfer()
    assert scratch.from_scratch
    assert scratch.fine_tuning.epochs == 20
    assert (scratch.base.weights, scratch.fine_tuning.unfreeze_from, scratch.batch_norm) == (
        "random",
        0,
        "batch",
    )
    assert scratch.data == preset("digits-quick").data
    assert {name for name in PRESETS if preset(name).from_scratch} == {"from-scratch", "first-visit-scratch"}


def test_the_transfers_rates_do_not_change_the_run_from_scratch():
    fast = with_setting(preset("digits-quick"), "fine_tuning.learning_rate", 1e-2)
    elsewhere = with_setting(fast, "fine_tuning.unfreeze_from", 98)
    assert key(elsewhere.without_transfer()) == key(preset("from-scratch"))
