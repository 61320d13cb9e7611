"""Augmentation settings as text: in the units a person knows, and short, for the address bar."""

from dataclasses import fields

from core.config import AugmentationConfig
from core.errors import ConfigError, one_of

FLIP_NAMES = {
    "none": "none",
    "horizontal": "left-right",
    "vertical": "up-down",
    "horizontal_and_vertical": "both",
}
FILL_NAMES = {"reflect": "mirrored", "constant": "black", "nearest": "edge drawn out", "wrap": "other side"}
AMOUNTS = {
    "rotation": "rotation", "zoom": "zoom", "translation": "shift", "contrast": "contrast",
    "brightness": "brightness",
}  # fmt: skip
_OFF = "off"


def amount(field: str, value: float, image_size: int) -> str:
    """How much a transform may change a picture, in its own unit.

    Rotation: `0.2 turn · ±72°`. Zoom: how large things look, `0.83x to 1.25x`. Shift: `±10% · 16 px`.
    Contrast: the factor, `0.8x to 1.2x`. Brightness: grey levels, `±51 of 255`. `off` for 0.

    Args:
        field: A key of `AMOUNTS`.
        value: As in `AugmentationConfig`.
        image_size: Side of the picture in px.
    """
    if not value:
        return _OFF
    return {
        "rotation": f"{value:g} turn · ±{360 * value:.3g}°",
        "zoom": f"{1 / (1 + value):.2f}x to {1 / (1 - value):.2f}x",
        "translation": f"±{100 * value:.3g}% · {image_size * value:.3g} px",
        "contrast": f"{1 - value:g}x to {1 + value:g}x",
        "brightness": f"±{255 * value:.0f} of 255",
    }[field]


def said(config: AugmentationConfig, image_size: int) -> str:
    """The transforms that are on: `flips left-right, rotation 0.2 turn · ±72°`; `no augmentation`."""
    found = [] if config.flip == "none" else [f"flips {FLIP_NAMES[config.flip]}"]
    found += [
        f"{name} {amount(field, getattr(config, field), image_size)}"
        for field, name in AMOUNTS.items()
        if getattr(config, field)
    ]
    return ", ".join(found) or "no augmentation"


def to_address(config: AugmentationConfig) -> str:
    """Such as `flip:horizontal,rotation:0.2`: what differs from the defaults; `off` where nothing does."""
    plain = AugmentationConfig()
    changed = [f.name for f in fields(config) if getattr(config, f.name) != getattr(plain, f.name)]
    return ",".join(f"{name}:{_number(getattr(config, name))}" for name in changed) or _OFF


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else repr(float(value))  # read back, it is the same number


def from_address(text: str) -> AugmentationConfig:
    """The settings that `to_address` wrote.

    Raises:
        ConfigError: an unknown name or an impossible value.
    """
    known = {f.name: f.default for f in fields(AugmentationConfig)}
    values: dict[str, str | float] = {}
    for part in text.split(",") if text != _OFF else ():
        name, _, value = part.partition(":")
        if name not in known:
            raise ConfigError(f"There is no transform named {name!r}.", one_of(known), field="augmentation")
        try:
            values[name] = value if isinstance(known[name], str) else float(value)
        except ValueError as error:
            raise ConfigError(
                f"augmentation.{name} is {value!r}.", "Expected a number.", field=f"augmentation.{name}"
            ) from error
    return AugmentationConfig(**values)
