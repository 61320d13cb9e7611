"""Plain records of what a run measured. They know no TensorFlow and no Streamlit, and travel as JSON."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

PHASES = ("feature_extraction", "fine_tuning", "from_scratch")
STATUSES = ("queued", "running", "finished", "stopped", "failed", "interrupted")
ACTIVE = ("queued", "running")  # still waits or trains


@dataclass(frozen=True)
class EpochMetrics:
    """One epoch as Keras's `fit` would report it.

    Attributes:
        epoch: Counts from 1 and goes on through the phases.
        loss, accuracy: Means over the training images while they were learned from, dropout on.
        val_loss, val_accuracy: Over the validation images, after the epoch.
        seconds: Wall time of the epoch: training, validation and, with augmentation, the features of its
            own variants. What all epochs share (features of the images as they are, preparing) is not in
            it.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """How a trained model does on one split.

    Attributes:
        n, correct: Number of images, and of those classified right.
        interval: Wilson 95% interval of the accuracy, (low, high) in 0..1.
        loss: Mean cross-entropy (nats).
        confusion: Rows are true classes, columns predicted ones, in the order of the classes.
    """

    n: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class PhaseResult:
    """One finished phase.

    Attributes:
        name: One of `PHASES`.
        unfreeze_from: First trainable backbone layer (154 in feature extraction, 0 from scratch).
        validation, test: By the weights that the phase ended with, those of `stands`. Nothing is chosen by
            `test`.
        weight_change: A row a backbone layer that holds weights: relative L2 change of its
            trainable weights and of its moving statistics since the phase's base was loaded or drawn
            (exactly 0.0 where frozen).
        path: `features` (trained above stored boundary features) or `plain` (whole model).
        seconds: Parts {data, features, trace, train, evaluate, total}; of the last attempt where an earlier
            one was stopped.
        seconds_from_nothing: What `total` would have been had nothing been reused but the phase before it.
        kept_epoch: The epoch whose weights it ended with, counted as its `epochs` are, where validation has
            chosen it; None where it is the last, whatever it came to.
        most_epochs: How many it might have had, where it stopped before; None where it had them all.
    """

    name: str
    unfreeze_from: int
    trainable_variables: int
    trainable_parameters: int
    epochs: tuple[EpochMetrics, ...]
    validation: Evaluation
    test: Evaluation
    weight_change: tuple["WeightChange", ...]
    path: str
    seconds: dict[str, float]
    seconds_from_nothing: float
    kept_epoch: int | None = None
    most_epochs: int | None = None

    @property
    def stands(self) -> EpochMetrics:
        """The epoch whose weights are the phase's: the one kept, or the last."""
        kept = (epoch for epoch in self.epochs if epoch.epoch == self.kept_epoch)
        return next(kept, self.epochs[-1])


@dataclass(frozen=True)
class WeightChange:
    """Relative L2 change of one backbone layer: |after - before| / |before|. 0.0 means bit-identical."""

    layer: int
    name: str
    trainable: float
    statistics: float


@dataclass(frozen=True)
class DatasetSummary:
    """Which images a run saw.

    Attributes:
        counts: Images per split: train, validation, test.
        split_key: As `core.data.splits.split_key` gives it; only runs with the same one can be paired.
        levels: Which samples became black and white where files have 16 bits a channel (`core.data.levels`);
            None of a set of 8 bits, and of runs from before levels were known.
    """

    name: str
    classes: tuple[str, ...]
    counts: dict[str, int]
    split_key: str
    class_counts: dict[str, tuple[int, ...]]
    levels: tuple[int, int] | None = None


@dataclass(frozen=True)
class WeightsInfo:
    """Which pretrained weights: where they came from and the file's SHA-256 (empty for random ones)."""

    source: str
    sha256: str


@dataclass(frozen=True)
class RunResult:
    """A finished run: what `metrics.json` holds. `notes` say what went otherwise than planned."""

    run_key: str
    dataset: DatasetSummary
    weights: WeightsInfo
    phases: tuple[PhaseResult, ...]
    batch_norm: str
    path: str
    device: str
    seconds: dict[str, float]
    created: str
    predicted_seconds: float | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def last(self) -> PhaseResult:
        return self.phases[-1]

    def up_to(self, phase: PhaseResult) -> tuple[PhaseResult, ...]:
        """The phases that a network has behind it as it stands after `phase`, one of this run's."""
        names = [one.name for one in self.phases]
        return self.phases[: names.index(phase.name) + 1]


@dataclass(frozen=True)
class Spent:
    """What phases took together, in seconds.

    Attributes:
        total: As they were trained, each once: a first phase that was there already counts as it was.
        from_nothing: Had nothing been reused.
    """

    total: float
    from_nothing: float


def spent_on(phases: Sequence[PhaseResult]) -> Spent:
    """Seconds of phases that follow one another. A fine-tuned network needs both: see `RunResult.up_to`."""
    return Spent(
        sum(phase.seconds["total"] for phase in phases), sum(phase.seconds_from_nothing for phase in phases)
    )


def to_plain(record) -> dict[str, Any]:
    """A record as nested plain values, ready for `json.dumps`."""
    return dataclasses.asdict(record)


def epoch_from_plain(plain: dict[str, Any]) -> EpochMetrics:
    """The record that `to_plain` wrote; extra keys (an event's time, say) are ignored."""
    return EpochMetrics(**{f.name: plain[f.name] for f in dataclasses.fields(EpochMetrics)})


def _evaluation(plain) -> Evaluation:
    confusion = tuple(tuple(row) for row in plain["confusion"])
    return Evaluation(**{**plain, "interval": tuple(plain["interval"]), "confusion": confusion})


def _phase(plain) -> PhaseResult:
    return PhaseResult(
        **{
            **plain,
            "epochs": tuple(epoch_from_plain(epoch) for epoch in plain["epochs"]),
            "validation": _evaluation(plain["validation"]),
            "test": _evaluation(plain["test"]),
            "weight_change": tuple(WeightChange(**row) for row in plain["weight_change"]),
        }
    )


def run_from_plain(plain: dict[str, Any]) -> RunResult:
    """The record that `to_plain` wrote.

    Raises:
        KeyError, TypeError: `plain` was written by something else.
    """
    dataset = plain["dataset"]
    levels = dataset.get("levels")
    return RunResult(
        **{
            **plain,
            "dataset": DatasetSummary(
                **{
                    **dataset,
                    "classes": tuple(dataset["classes"]),
                    "class_counts": {k: tuple(v) for k, v in dataset["class_counts"].items()},
                    "levels": None if levels is None else (levels[0], levels[1]),
                }
            ),
            "weights": WeightsInfo(**plain["weights"]),
            "phases": tuple(_phase(phase) for phase in plain["phases"]),
            "notes": tuple(plain["notes"]),
        }
    )
