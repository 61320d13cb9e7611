"""How a value enters a setting: in the setting's type, typed as a person types it, or refused by name."""

import pytest

from core.config import SETTINGS, ExperimentConfig, FineTuningConfig, HeadConfig, parse_setting, with_setting
from core.errors import ConfigError
from core.transforms import AugmentationConfig
from core.wording import words


def value_of(config, name):
    for part in name.split("."):
        config = getattr(config, part)
    return config


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("feature_extraction.learning_rate=1", 1.0),
        ("feature_extraction.learning_rate=10", 10.0),
        ("fine_tuning.learning_rate=.001", 0.001),
        ("fine_tuning.learning_rate=1e-3", 0.001),
        ("head.dropout=0", 0.0),
        ("head.dropout=-0.0", 0.0),
        ("head.dropout=.5", 0.5),
        ("augmentation.contrast=1", 1.0),
        ("fine_tuning.epochs=2.0", 2),
        ("batch_size=1e2", 100),
        ("seed=7", 7),
        ("data.limit=500.0", 500),
        ("data.limit=null", None),
        ("data.shares=0.8,0.1,0.1", (0.8, 0.1, 0.1)),
        ("data.shares=.8, .1, .1", (0.8, 0.1, 0.1)),
        ("data.shares=[0.5, 0.25, 0.25]", (0.5, 0.25, 0.25)),
        ("head.hidden=128", (128,)),
        ("head.hidden=128,64", (128, 64)),
        ("head.hidden=[]", ()),
        ("augmentation.flip=horizontal", "horizontal"),
        ('augmentation.flip="horizontal"', "horizontal"),
        ("batch_norm= batch", "batch"),
        ("data.name=2024", "2024"),
        ("base.scaling=0..1", "0..1"),
    ],
)
def test_a_value_enters_in_the_settings_own_type_however_it_is_typed(setting, value):
    name = setting.partition("=")[0]
    found = value_of(parse_setting(ExperimentConfig(), setting), name)
    assert repr(found) == repr(value)  # of the same type, and not -0.0


@pytest.mark.parametrize(
    "setting",
    [
        "fine_tuning.epochs=2.5",
        "fine_tuning.epochs=true",
        "head.dropout=true",
        "head.dropout=half",
        "head.dropout=inf",
        f"head.dropout=1{'0' * 400}",
        f"seed={'1' * 5000}",
        f"seed={'[' * 100_000}",
        "seed=",
        "data.limit=9",
        "data.limit=all",
        "data.shares=1,0,0",
        "data.shares=0.5,0.5",
        "data.shares=5",
        "head.hidden=1.5",
        "augmentation.flip=[1]",
        "data.name=",
    ],
)
def test_what_has_no_meaning_is_refused_by_name(setting):
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), setting)
    assert caught.value.field == setting.partition("=")[0]
    assert caught.value.expected


@pytest.mark.parametrize("text", ["speed=3", "unfreeze"])
def test_what_is_no_setting_is_answered_with_the_list(text):
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), text)
    assert all(name in str(caught.value) for name in SETTINGS)


def test_numbers_get_their_type_also_in_code():
    assert repr(HeadConfig(dropout=0).dropout) == "0.0"
    assert repr(FineTuningConfig(epochs=3.0).epochs) == "3"
    assert repr(AugmentationConfig(zoom=0).zoom) == "0.0"


def test_every_field_of_a_config_is_a_setting_with_a_title_of_its_own():
    plain = ExperimentConfig().to_dict()
    fields = [
        f"{part}.{name}" if isinstance(values, dict) else part
        for part, values in plain.items()
        for name in (values if isinstance(values, dict) else [part])
    ]
    assert fields == list(SETTINGS)
    titles = [setting.title for setting in SETTINGS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("data.image_size", 160, "160 px"),
        ("data.limit", None, "all"),
        ("head.hidden", (), "none"),
        ("head.hidden", [128, 64], "128, 64"),
        ("head.dropout", 0.0, "0"),
        ("fine_tuning.learning_rate", 1e-5, "1e-5"),
        ("fine_tuning.unfreeze_from", 154, "head only · all 154 layers"),
        ("fine_tuning.optimizer", "rmsprop", "RMSprop"),
        ("base.weights", "imagenet", "ImageNet"),
        ("seed", 2**31 - 1, "2147483647"),
    ],
)
def test_a_setting_is_told_in_its_unit(name, value, said):
    assert words.setting(name, value) == said


def test_an_unknown_setting_is_refused_in_code_too():
    with pytest.raises(ConfigError):
        with_setting(ExperimentConfig(), "head", {})
