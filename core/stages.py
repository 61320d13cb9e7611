"""What work is at, as a record. `core.wording.words` says it; nothing reads a sentence back.

Work tells it by an event such as `log("stage", name="epoch", epoch=2, of=5, done=64, total=2000)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A stage of some work.

    Attributes:
        name: A key of `words.STAGES`; in a log of an older version, its words themselves.
        epoch, of: Which epoch of how many in a phase; 0 in stages that are none.
        fold, folds: Which of several trainings in a row; 0 where there is one.
    """

    name: str
    epoch: int = 0
    of: int = 0
    fold: int = 0
    folds: int = 0

    @classmethod
    def told(cls, event: Mapping[str, Any]) -> "Stage":
        """The stage of an event, which may hold more."""
        return cls(**{field.name: event[field.name] for field in fields(cls) if field.name in event})
