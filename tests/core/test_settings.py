"""How a value enters a setting: in the setting's type, typed as a person types it, or refused by name."""

import time

import pytest

from core.config import SETTINGS, ExperimentConfig, FineTuningConfig, HeadConfig, parse_setting, with_setting
from core.errors import ConfigError
from core.keys import content_key
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
        ("feature_extraction.learning_rate = 1E-3", 0.001),
        ("feature_extraction.learning_rate=1e−3", 0.001),
        ("feature_extraction.learning_rate='+.5'", 0.5),
        ("feature_extraction.learning_rate=“1”", 1.0),
        ("feature_extraction.learning_rate=１．５", 1.5),
        ("head.dropout=5%", 0.05),
        ("head.dropout= 33.3 %", 0.333),
        ("batch_size=+5", 5),
        ("batch_size=1_0", 10),
        ("batch_size=１６", 16),
        ("batch_size=٣٢", 32),
        ("data.limit=all", None),
        ("threads=all", None),
        ("threads=1", 1),
        ("data.limit=None", None),
        ("data.shares=[.8, .1, .1]", (0.8, 0.1, 0.1)),
        ("data.shares=0.8 0.1 0.1", (0.8, 0.1, 0.1)),
        ("data.shares=(0.7;0.15;0.15)", (0.7, 0.15, 0.15)),
        ("data.shares=80/10/10", (0.8, 0.1, 0.1)),
        ("data.shares=80,10,10", (0.8, 0.1, 0.1)),
        ("data.shares=80%, 10%, 10%", (0.8, 0.1, 0.1)),
        ("data.shares=33.3:33.3:33.4", (0.333, 0.333, 0.334)),
        ("data.shares=none", None),
        ("data.shares=as usual", None),
        ("head.hidden=128 64", (128, 64)),
        ("head.hidden=512,256,", (512, 256)),
        ("head.hidden=none", ()),
        ("fine_tuning.optimizer=RMSProp", "rmsprop"),
        ("augmentation.flip=left-right", "horizontal"),
        ("augmentation.flip=Horizontal and vertical", "horizontal_and_vertical"),
        ("batch_norm='Batch'", "batch"),
        ("Fine-Tuning.Unfreeze-From=98", 98),
        ("data.name= '/my photos/' ", "/my photos/"),
        ("data.name=file:///my%20photos", "/my photos"),
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
    name = setting.partition("=")[0].strip().lower().replace("-", "_")
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
        "data.limit=100%",
        "data.limit=1 000",
        "batch_size=none",
        "threads=2",
        "threads=0",
        "batch_size=100%",
        "feature_extraction.learning_rate=10³",
        "feature_extraction.learning_rate=0x10",
        "feature_extraction.learning_rate=1__0",
        "feature_extraction.learning_rate=[1]",
        "data.shares=80/10/5",
        "data.shares=8:1:1",
        "data.shares=100,0,0",
        "data.shares=0.8,,0.1",
        "head.hidden=",
        "augmentation.flip=true",
        "data.shares=1,0,0",
        "data.shares=0.5,0.5",
        "data.shares=5",
        "head.hidden=1.5",
        "augmentation.flip=[1]",
        "data.name=",
        "data.name=' '",
        "data.name=https://example.org/photos.zip",
    ],
)
def test_what_has_no_meaning_is_refused_by_name(setting):
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), setting)
    assert caught.value.field == setting.partition("=")[0]
    assert caught.value.expected


@pytest.mark.parametrize(
    ("setting", "instead"),
    [
        ("feature_extraction.learning_rate=0,001", "0.001"),
        ("feature_extraction.learning_rate=1,5e-3", "1.5e-3"),
        ("head.dropout=,5", ".5"),
        ("data.limit=2,000", "2000"),
        ("data.limit=1,234,567", "1234567"),
        ("data.shares=0,8 0,1 0,1", "with a point"),
        ("data.shares=0,8; 0,1; 0,1", "with a point"),
        ("head.hidden=1,024", "without a comma"),
    ],
)
def test_a_comma_inside_a_number_is_never_read_as_two_numbers(setting, instead):
    with pytest.raises(ConfigError) as caught:
        parse_setting(ExperimentConfig(), setting)
    name, _, typed = setting.partition("=")
    assert caught.value.happened == f"{name} is {typed!r}."
    assert instead in caught.value.fix


@pytest.mark.parametrize(
    "same",
    [
        ["data.shares=0.7,0.15,0.15", "data.shares=70/15/15", "data.shares=[70%; 15%; 15%]"],
        ["data.shares=.333 .333 .334", "data.shares=33.3,33.3,33.4", "data.shares=33.3% 33.3% 33.4%"],
        ["feature_extraction.learning_rate=1", "feature_extraction.learning_rate=1.0",
         "feature_extraction.learning_rate=100%"],
        ["batch_size=20", "batch_size=2e1", "batch_size=20.0"],
    ],
)  # fmt: skip
def test_one_value_typed_in_different_ways_is_one_config_with_one_key(same):
    keys = {content_key("run-v1", parse_setting(ExperimentConfig(), text).canonical()) for text in same}
    assert len(keys) == 1


def test_the_longest_thing_that_can_be_typed_is_refused_in_a_moment():
    begin = time.perf_counter()
    for text in ("1" * 100_000, "1," * 50_000, "_" * 100_000, " " * 100_000, "[" * 100_000, "'" * 100_000):
        with pytest.raises(ConfigError):
            parse_setting(ExperimentConfig(), f"batch_size={text}")
        with pytest.raises(ConfigError):
            parse_setting(ExperimentConfig(), f"data.shares={text}")
    assert time.perf_counter() - begin < 5


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
        ("data.train_limit", 200, "200"),
        ("head.hidden", (), "none"),
        ("head.hidden", [128, 64], "128, 64"),
        ("head.dropout", 0.0, "0"),
        ("fine_tuning.learning_rate", 1e-5, "1e‑5"),
        ("fine_tuning.unfreeze_from", 154, "head only"),
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
