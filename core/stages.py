"""What work is at, as records. `core.wording.words` says it; nothing reads a sentence back.

Work tells it by an event such as `log("stage", name="epoch", epoch=2, of=5, done=64, total=2000)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.results import ACTIVE, EpochMetrics


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


@dataclass(frozen=True)
class Answers:
    """What a network says of the watched images (`core.data.watched`), in their order.

    Attributes:
        phase: One of `results.PHASES`: the network as it stands in it, or after it.
        epoch: After which epoch, as in `EpochMetrics`.
        said: The class it names for each image, an index.
        sure: The probability it gives that class, 0..1.
    """

    phase: str
    epoch: int
    said: tuple[int, ...]
    sure: tuple[float, ...]


@dataclass(frozen=True)
class RunState:
    """What a page shows of a run while it waits, trains or after it ended.

    Attributes:
        status: One of `results.STATUSES`.
        position: Place in the queue, 0 for the next one or the running one.
        gave_way: Whether it waits because it let shorter ones go first: it goes on, with its epochs.
        paused: Whether it waits for a moment, while something that takes seconds is answered.
        stage: What it is doing; None when it is not running.
        done, total: Progress within the stage; total 0 where that is unknown.
        epochs: Finished epochs of every phase, as they come in.
        fine_tuning_starts: Number of epochs before fine-tuning, once it has begun.
        answers: The latest ones of each phase that has told some, in the order of the phases. A run stored
            by an older version tells none: `core.running.answers.stored_answers` has those of a finished run.
        started: Seconds since the epoch; None before it runs.
        seconds_left: Estimate for the whole run; None where unknown.
        seconds_waiting: Estimate until it starts, for a queued run; None where unknown.
        message: Why it failed or was stopped.
        notes: What goes otherwise than planned, in sentences.
        askers: Who asked for it since it was last queued, as `enqueue` was told, and waits for it still, the
            first one first.
    """

    run_key: str
    status: str
    position: int = 0
    gave_way: bool = False
    paused: bool = False
    stage: Stage | None = None
    done: int = 0
    total: int = 0
    epochs: tuple[EpochMetrics, ...] = ()
    fine_tuning_starts: int | None = None
    answers: tuple[Answers, ...] = ()
    started: float | None = None
    seconds_left: float | None = None
    seconds_waiting: float | None = None
    message: str = ""
    notes: tuple[str, ...] = ()
    askers: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it still waits or trains."""
        return self.status in ACTIVE
