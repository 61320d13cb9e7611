"""Augmentation settings as text: in the units a person knows, and short, for the address bar."""

from dataclasses import fields
from typing import Any

from core.errors import ConfigError, one_of
from core.transforms import TRANSFORMS, AugmentationConfig

_OFF = "off"


def amount(name: str, value: str | float, image_size: int) -> str:
    """How much a transform may change a picture, in its own unit; `off` where it changes nothing.

    Args:
        name: A key of `TRANSFORMS`.
        value: As in `AugmentationConfig`.
        image_size: Side of the picture in px.
    """
    about = TRANSFORMS[name]
    return _OFF if value == about.off else about.said(value, image_size)


def said(config: AugmentationConfig, image_size: int) -> str:
    """The transforms that are on: `flips left-right, rotation 0.2 turn · ±72°`; `no augmentation`."""
    found = [
        f"{TRANSFORMS[name].title} {amount(name, value, image_size)}" for name, value in config.on.items()
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
    values: dict[str, Any] = {}
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
