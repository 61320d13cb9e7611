"""Augmentation settings as text: real units, and a short form that survives the address bar."""

import pytest

from core.errors import ConfigError
from core.transforms import AugmentationConfig
from core.wording.augmentation import amount, from_address, said, to_address


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("rotation", 0.2, "0.2 turn · ±72°"),
        ("zoom", 0.2, "0.83x to 1.25x"),
        ("translation", 0.1, "±10% · 16 px"),
        ("contrast", 0.2, "0.8x to 1.2x"),
        ("brightness", 0.2, "±51 of 255"),
        ("rotation", 0.0, "off"),
    ],
)
def test_every_amount_is_told_in_its_own_unit(field, value, expected):
    assert amount(field, value, 160) == expected


def test_only_what_is_on_is_told():
    assert said(AugmentationConfig(flip="horizontal", rotation=0.2), 160) == (
        "flips left-right, rotation 0.2 turn · ±72°"
    )
    assert said(AugmentationConfig(fill_mode="wrap"), 160) == "no augmentation"


@pytest.mark.parametrize(
    "config",
    [
        AugmentationConfig(),
        AugmentationConfig(flip="horizontal_and_vertical", rotation=0.5, fill_mode="wrap"),
        AugmentationConfig(zoom=0.1 + 0.2, translation=1 / 3, contrast=1, brightness=0.05),
    ],
)
def test_settings_come_back_from_the_address_bar_as_they_were(config):
    assert from_address(to_address(config)) == config


@pytest.mark.parametrize(
    "text",
    ["", "rotation", "rotation:much", "rotation:0.7", "rotation:nan", "tilt:0.1", "flip:sideways", "off,"],
)
def test_nonsense_in_the_address_is_refused(text):
    with pytest.raises(ConfigError):
        from_address(text)
