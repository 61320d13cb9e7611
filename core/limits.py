"""What one person may ask of a machine that many share: settings of whoever serves it, read from the
environment, with defaults for a class of thirty on a small server.

    THAW_MEGAPIXELS     of one photo, width x height                        50
    THAW_SET_PHOTOS     photos of one set                                   5000
    THAW_SET_MB         megabytes of one set                                500
    THAW_SETS           sets of one person                                  10
    THAW_GB             gigabytes of all sets of one person                 2
    THAW_RUN_MINUTES    minutes that one run or study may train             30
    THAW_WAITING        runs and studies of one person that may wait        6
    THAW_RESERVE_GB     gigabytes of the disk that nothing may use          1
    THAW_UPLOADS_MB     megabytes of everybody's uploads in memory at once  2000
    THAW_TABS           open tabs of one person                             12

Only megapixels and the reserve also hold where Thaw is one person's own. Megapixels are those of photos that
are sent, copied, taken or predicted on: one that is used where it lies may have as many as can be decoded
(`core.data.decoding.MAX_PIXELS`), since a stored run may have been trained on it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.errors import ConfigError

_DEFAULTS = {
    "megapixels": 50, "set_photos": 5000, "set_mb": 500, "sets": 10, "gb": 2, "run_minutes": 30,
    "waiting": 6, "reserve_gb": 1, "uploads_mb": 2000, "tabs": 12,
}  # fmt: skip


@dataclass(frozen=True)
class PersonLimits:
    """The settings above, positive numbers; None where there is no limit."""

    megapixels: float
    reserve_gb: float
    set_photos: int | None = None
    set_mb: float | None = None
    sets: int | None = None
    gb: float | None = None
    run_minutes: float | None = None
    waiting: int | None = None
    uploads_mb: float | None = None
    tabs: int | None = None


def read(shared: bool, environ: Mapping[str, str] = os.environ) -> PersonLimits:
    """The limits that hold.

    Args:
        shared: Whether many use this Thaw.

    Raises:
        ConfigError: a setting is no number above 0; it is named.
    """
    alone = {"megapixels", "reserve_gb"}
    found: dict[str, Any] = {name: _number(name, environ) for name in _DEFAULTS}
    return PersonLimits(**{name: value for name, value in found.items() if shared or name in alone})


def _number(name: str, environ: Mapping[str, str]) -> Any:
    text = environ.get(variable := f"THAW_{name.upper()}", "").strip()
    if not text:
        return _DEFAULTS[name]
    whole = next(field for field in fields(PersonLimits) if field.name == name).type in (int, int | None)
    try:
        value = int(text) if whole else float(text)
        if not 0 < value < float("inf"):
            raise ValueError
    except ValueError:
        expected = "a whole number from 1" if whole else "a number above 0"
        raise ConfigError(
            f"{variable} is {text!r}.",
            f"Expected {expected}.",
            f"Leave it out for the default, {_DEFAULTS[name]}.",
        ) from None
    return value
