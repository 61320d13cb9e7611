"""A sweep as plain data: a recipe, the settings to vary, the seeds. No TensorFlow.

Every point is an ordinary run under its ordinary key: what is stored is not trained again, and a point can be
opened, compared and exported like any other.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core import layers
from core.config import BACKBONE_LAYERS, SETTINGS, ExperimentConfig, with_setting
from core.errors import ConfigError
from core.randomness import SEEDS
from core.settings import as_whole
from core.typed_numbers import read_number

STOP, IMAGES, DRAW = "fine_tuning.unfreeze_from", "data.train_limit", "data.train_draw"
FIXED = {  # what is not varied -> what to do instead
    "seed": "Say how many seeds.",
    "data.name": "Ask once for each data set: results on different images are no curve.",
}
MOST_SEEDS = 20
MOST_EPOCHS = 1000  # of a phase, as its setting allows
MOST_POINTS = 1000  # runs of one sweep: at a second each a quarter of an hour


@dataclass(frozen=True)
class Point:
    """One run of a sweep.

    Attributes:
        settings: Name -> value of what the sweep varies, the seed apart.
    """

    settings: Mapping[str, Any]
    seed: int
    config: ExperimentConfig


@dataclass(frozen=True)
class Sweep:
    """The question.

    Attributes:
        vary: Name of a setting -> its values, each once.
        seeds: How many; the recipe's own is the first, and the next ones follow it.
        images: How many training images there are, for a curve over their number: each seed then is a
            resample (`resampled`). None for any other question.
    """

    base: ExperimentConfig
    vary: Mapping[str, tuple[Any, ...]]
    seeds: int = 1
    images: int | None = None

    def __post_init__(self):
        check_seeds(self.seeds)
        count = math.prod(map(len, self.vary.values())) * self.seeds
        if not count or count > MOST_POINTS:
            expected = f"Expected 1 to {MOST_POINTS:,}."
            raise ConfigError(f"The sweep has {count:,} runs.", expected, "Vary less.", field="vary")

    def points(self) -> list[Point]:
        """Every run, in the order in which they answer most soon: head only, then the middle of the network,
        then outwards. Those that differ by their seed follow one another: one network, traced once, serves
        them all.

        Raises:
            ConfigError: two settings do not go together.
        """
        found = []
        for values in itertools.product(*(self._in_order(name) for name in self.vary)):
            settings = dict(zip(self.vary, values, strict=True))
            config = self.base
            for name, value in settings.items():
                config = with_setting(config, name, value)
            for step in range(self.seeds):
                at = with_setting(config, "seed", (config.seed + step) % SEEDS)
                at = at if self.images is None else resampled(at, self.images)
                found.append(Point(settings, at.seed, at))
        return sorted(found, key=self._rank)

    def _in_order(self, name: str) -> Sequence[Any]:
        return from_the_middle(self.vary[name]) if name == STOP else self.vary[name]

    def _rank(self, point: Point) -> int:
        """All runs at one unfreeze point come together, whatever else is varied; the rest stays in order."""
        order = self._in_order(STOP) if STOP in self.vary else ()
        return order.index(point.settings[STOP]) if order else 0

    def to_options(self) -> dict[str, Any]:
        """What makes it, besides the recipe: JSON values."""
        vary = {name: list(values) for name, values in self.vary.items()}
        return {"vary": vary, "seeds": self.seeds} | ({} if self.images is None else {"images": self.images})


def resampled(config: ExperimentConfig, images: int) -> ExperimentConfig:
    """A recipe on `data.train_limit` images as a point of a curve over their number: on its seed's own draw
    of them, and shown as many images in training as with all, each the more often the fewer there are. With
    as many epochs instead, few images would also mean few steps: the curve would tell of a short training.

    Args:
        images: How many training images there are.
    """
    limit = config.data.train_limit
    if limit is None:
        return config

    def longer(epochs: int) -> int:
        return min(MOST_EPOCHS, max(1, round(epochs * images / limit))) if epochs else 0

    return replace(
        config,
        data=replace(config.data, train_draw=config.seed),
        feature_extraction=replace(
            config.feature_extraction, epochs=longer(config.feature_extraction.epochs)
        ),
        fine_tuning=replace(config.fine_tuning, epochs=longer(config.fine_tuning.epochs)),
    )


def of_options(base: ExperimentConfig, options: Mapping[str, Any]) -> Sweep:
    """The sweep that `to_options` described. Raises ConfigError."""
    return Sweep(base, {name: entered(name, values) for name, values in options["vary"].items()},
                 options["seeds"], options.get("images"))  # fmt: skip


def entered(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Values of a setting to vary, as they stand in a config, each once.

    Raises:
        ConfigError: there is no such setting, none of it, or one of them is impossible.
    """
    if name in FIXED or name not in SETTINGS:
        fix = FIXED.get(name, "")
        expected = f"Expected one of {', '.join(sorted(SETTINGS.keys() - FIXED.keys()))}."
        raise ConfigError(f"{name!r} cannot be varied.", expected, fix, field="vary")
    found = tuple(dict.fromkeys(SETTINGS[name].entered(name, value) for value in values))
    if not found:
        raise ConfigError(f"{name} has no values.", "Expected at least one.", field=name)
    return found


def parse(text: str) -> tuple[str, tuple[Any, ...]]:
    """`section.field=a,b,c` as typed in a terminal: the name and its values. `all` are all unfreeze points
    of the curve (`curve_stops`).

    Raises:
        ConfigError: no `=`, a setting that cannot be varied, or an impossible value.
    """
    name, equals, values = text.partition("=")
    name = name.strip()
    if not equals:
        raise ConfigError(f"--vary is {text!r}.", "Expected section.field=value,value,...", field="vary")
    if name == STOP and values.strip().lower() == "all":
        return name, tuple(curve_stops())
    parts = [part.strip() for part in values.split(",") if part.strip()]
    known = SETTINGS.get(name)
    return name, entered(name, [known.typed(name, part) for part in parts] if known else parts)


def check_seeds(seeds: Any) -> int:
    """How many seeds, as a number or as typed. Raises ConfigError unless it is 1 to `MOST_SEEDS`."""
    try:
        return as_whole(read_number(seeds, percent=False) if isinstance(seeds, str) else seeds, 1, MOST_SEEDS)
    except ValueError:
        expected = f"Expected a whole number from 1 to {MOST_SEEDS}."
        raise ConfigError(f"The number of seeds is {seeds!r}.", expected, field="seeds") from None


def curve_stops() -> list[int]:
    """The points of the curve "how deep?", ascending: the starts of the 17 blocks and of `Conv_1`, and head
    only. "Everything" differs from block 0 by the stem's 928 numbers and costs a pass over all pixels; it can
    be asked for by its number.
    """
    return [stop for stop in layers.stops(tutorial=False) if stop]


def from_the_middle(stops: Sequence[int]) -> list[int]:
    """Head only first, since every other point begins with it; then from the middle stop outwards."""
    deep = sorted(stop for stop in stops if stop != BACKBONE_LAYERS)
    middle = (len(deep) - 1) / 2
    order = sorted(range(len(deep)), key=lambda place: (abs(place - middle), -place))
    return [BACKBONE_LAYERS] * (BACKBONE_LAYERS in stops) + [deep[place] for place in order]
