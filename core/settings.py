"""What a setting is: a field of a config's dataclass that says how its value is checked, typed and told.

    dropout: float = number(0.2, "dropout", 0, 0.95)

The dataclasses (`core.config`, `core.transforms`) are the only list of settings: the check when a config
is made, `--set` in a terminal, tables and controls follow from their fields. To add a setting, add a field
there, and the value at which it changes nothing to `core.keys.NEUTRAL`.

A field's type decides how a number enters: 1 becomes 1.0 where a float belongs, 2.0 becomes 2 where a
whole number does. So equal configs are written alike, and have one key.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.errors import ConfigError, one_of
from core.randomness import SEEDS
from core.typed_numbers import choice_among, read_number

SEED_HIGH = SEEDS - 1


@dataclass(frozen=True)
class Setting:
    """How one setting's value is checked, typed and told.

    Attributes:
        title: What it is called in a table.
        enter: The value as given -> in the setting's own type. Raises ValueError for an impossible one.
        expected: What would be right, after "Expected".
        fix: What to do about a wrong value.
        read: Text, as typed in a terminal -> value, not checked yet. Raises ValueError where it has no
            meaning; its message, if any, says what to write instead.
        choices: Value -> in words, where there are only so many.
        unit: Of the number: `px`, `rate`, `layer`, or nothing.
        nothing: What None, or an empty list, is called.
    """

    title: str
    enter: Callable[[Any], Any]
    expected: str
    fix: str = ""
    read: Callable[[str], Any] = str
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    unit: str = ""
    nothing: str = "none"

    def entered(self, name: str, value: Any) -> Any:
        """`value` as it stands in a config. Raises ConfigError naming the setting `name`."""
        try:
            return self.enter(value)
        except ValueError:
            raise self._refused(name, value, self.fix) from None

    def typed(self, name: str, text: str) -> Any:
        """The value that `text`, typed in a terminal, means. Raises ConfigError showing what was typed."""
        try:
            return self.enter(self.read(text))
        except ValueError as why:
            raise self._refused(name, text, str(why) or self.fix) from None

    def _refused(self, name: str, value: Any, fix: str) -> ConfigError:
        expected = one_of(self.choices) if self.choices else f"Expected {self.expected}."
        return ConfigError(f"{name} is {value!r}.", expected, fix, field=name)


def setting(default: Any, title: str, enter: Callable[[Any], Any], expected: str, **more) -> Any:
    """A field that is a setting; `more` are attributes of `Setting`."""
    return dataclasses.field(default=default, metadata={"setting": Setting(title, enter, expected, **more)})


def whole(default: int | None, title: str, low: int, high: int, *, optional: bool = False, **more) -> Any:
    """A setting that is a whole number; None is allowed where it is `optional`."""

    def enter(value):
        return None if optional and value is None else as_whole(value, low, high)

    nothing = more.get("nothing", "none")
    expected = f"a whole number from {low} to {high}" + (f", or `{nothing}`" if optional else "")
    read = partial(read_number, nothing=nothing, percent=False)
    return setting(default, title, enter, **{"expected": expected, "read": read, **more})


def number(default: float, title: str, low: float, high: float, **more) -> Any:
    """A setting that is a number."""
    expected = f"a number from {low:g} to {high:g} (0 turns it off)"
    return setting(
        default, title, lambda value: as_float(value, low, high),
        **{"expected": expected, "read": read_number, **more},
    )  # fmt: skip


def choice(default: str, title: str, choices: Mapping[str, str], **more) -> Any:
    """A setting that is one of a few texts."""

    def enter(value):
        if not isinstance(value, str) or value not in choices:
            raise ValueError
        return value

    return setting(default, title, enter, "", choices=choices, read=choice_among(choices), **more)


def as_whole(value: Any, low: int, high: int) -> int:
    """`value` as an int. Raises ValueError where it is none, or out of bounds; 2.0 is one, true is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError
    return value


def as_float(value: Any, low: float, high: float) -> float:
    """`value` as a float. Raises ValueError where it is no number, not finite, or out of bounds."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError
    return float(value) + 0.0  # -0.0, which is written in another way, becomes 0.0


def as_list(value: Any) -> list | tuple:
    """A list or a tuple, of the one number where it is a number. Raises ValueError for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [value]
    if not isinstance(value, (list, tuple)):
        raise ValueError
    return value


def of(part: Any, section: str = "") -> dict[str, Setting]:
    """The settings of a dataclass (or of one of its values), by their whole names, such as `head.dropout`."""
    return {
        f"{section}.{f.name}" if section else f.name: f.metadata["setting"]
        for f in dataclasses.fields(part)
        if "setting" in f.metadata
    }


def enter(part: Any, section: str = "") -> None:
    """Check every setting of a frozen dataclass's value and give it its type. Call it in `__post_init__`.

    Raises:
        ConfigError: an impossible value; the setting is named.
    """
    for name, known in of(part, section).items():
        leaf = name.rpartition(".")[2]
        object.__setattr__(part, leaf, known.entered(name, getattr(part, leaf)))
