"""A class that must not be missed, as a person notes it beside a run: which, and how much of it to find."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Alarm:
    """What was decided.

    Attributes:
        class_name: The class.
        find: Share of its validation images that must raise an alarm, above 0 and at most 1.
    """

    class_name: str
    find: float


def alarm_from_plain(plain: Any) -> Alarm | None:
    """What `core.results.to_plain` wrote of one; None for anything else."""
    plain = plain if isinstance(plain, dict) else {}
    name, find = plain.get("class_name"), plain.get("find")
    if not isinstance(name, str) or not isinstance(find, (int, float)) or not 0 < find <= 1:
        return None
    return Alarm(name, float(find))
