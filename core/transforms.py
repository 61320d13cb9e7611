"""The random transforms of training images: a field of `AugmentationConfig` each, and all that is said of it.

To add one, add its field, as the last but `fill_mode`, and its pixels to `core.method.augmentation.EFFECTS`.
The config check, the terminal, the page's controls, the address bar, the words and the written code follow.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import settings

FLIPS = {
    "none": "none",
    "horizontal": "left-right",
    "vertical": "up-down",
    "horizontal_and_vertical": "both",
}
FILL_MODES = {"reflect": "mirrored", "constant": "black", "nearest": "edge drawn out", "wrap": "other side"}
TURNS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Transform:
    """What is said of a transform beside the check of its setting.

    Attributes:
        title: What it is called, before its value: `rotation`.
        off: The value that leaves every image as it is.
        usual: The value it is tried at where it is off.
        said: (value, image side in px) -> how much it may change a picture, in its own unit.
        layer: Keras's class.
        arguments: The value as its layer takes it.
        fills: Whether it leaves corners empty.
        offered: Values that a page offers.
    """

    title: str
    off: Any
    usual: Any
    said: Callable[[Any, int], str]
    layer: str
    arguments: Callable[[Any], str] = repr
    fills: bool = False
    offered: tuple = SHARES

    def code(self, value: Any, fill_mode: str) -> str:
        """As it is made in Keras: `layers.RandomRotation(0.2)`."""
        fill = f', fill_mode="{fill_mode}"' if self.fills and fill_mode != "reflect" else ""
        return f"layers.{self.layer}({self.arguments(value)}{fill})"


def _amount(title: str, most: float, **about) -> Any:
    """A transform by an amount: from 0, which turns it off, to `most`."""
    return _with(settings.number(0.0, title, 0, most), Transform(title, off=0.0, **about))


def _with(field: dataclasses.Field, about: Transform) -> Any:
    return dataclasses.field(default=about.off, metadata={**field.metadata, "transform": about})


@dataclass(frozen=True)
class AugmentationConfig:
    """Random transforms of training images, in the order they are applied. All off by default.

    The factors are those of Keras's layers of the same names.

    Attributes:
        flip: `none`, `horizontal`, `vertical` or `horizontal_and_vertical`, with probability 1/2. The last
            does both at once, a half turn, as Keras's `RandomFlip` of that name does.
        rotation: Fraction of a full turn, both ways: 0.2 is plus or minus 72 degrees.
        zoom: 0.2 shows between 80% and 120% of the picture's side; height and width alike.
        translation: Fraction of the side, both axes, both ways.
        contrast: 0.2 multiplies the distance from each channel's mean by 0.8 to 1.2.
        brightness: Fraction of the 0..255 range added or taken away.
        fill_mode: What stands where the picture was moved away from.
    """

    flip: str = _with(
        settings.choice("none", "flips", FLIPS),
        Transform(
            "flips",
            off="none",
            usual="horizontal",
            said=lambda value, _: FLIPS[value],
            layer="RandomFlip",
            arguments='"{}"'.format,
            offered=tuple(FLIPS),
        ),
    )
    rotation: float = _amount(
        "rotation",
        0.5,
        usual=0.2,
        said=lambda value, _: f"{value:g} turn · ±{360 * value:.3g}°",
        layer="RandomRotation",
        fills=True,
        offered=TURNS,
    )
    zoom: float = _amount(
        "zoom",
        0.9,
        usual=0.2,
        said=lambda value, _: f"{1 / (1 + value):.2f}x to {1 / (1 - value):.2f}x",
        layer="RandomZoom",
        fills=True,
    )
    translation: float = _amount(
        "shift",
        0.9,
        usual=0.1,
        said=lambda value, side: f"±{100 * value:.3g}% · {side * value:.3g} px",
        layer="RandomTranslation",
        arguments="{0!r}, {0!r}".format,
        fills=True,
    )
    contrast: float = _amount(
        "contrast",
        1.0,
        usual=0.2,
        said=lambda value, _: f"{1 - value:g}x to {1 + value:g}x",
        layer="RandomContrast",
        arguments="({0!r}, {0!r})".format,  # one number would only ever raise it; the pair draws both ways
    )
    brightness: float = _amount(
        "brightness",
        1.0,
        usual=0.2,
        said=lambda value, _: f"±{255 * value:.0f} of 255",
        layer="RandomBrightness",
    )
    fill_mode: str = settings.choice("reflect", "empty corners", FILL_MODES)

    def __post_init__(self):
        settings.enter(self, "augmentation")

    @property
    def on(self) -> dict[str, Any]:
        """Name -> value of the transforms that can change an image, in order."""
        return {
            name: getattr(self, name)
            for name, about in TRANSFORMS.items()
            if getattr(self, name) != about.off
        }

    @property
    def active(self) -> bool:
        """Whether any transform can change an image."""
        return bool(self.on)


# Name in a config -> what is said of it
TRANSFORMS: dict[str, Transform] = {
    f.name: f.metadata["transform"]
    for f in dataclasses.fields(AugmentationConfig)
    if "transform" in f.metadata
}
