"""The price tag: how many seconds a run will take, from what this machine did before.

The model is deliberately small. Work is counted in multiply-accumulates (MACs) of MobileNetV2's
convolutions; seconds follow from five rates of the machine. Every finished phase measures them again
and `learn` keeps a running mean in `<home>/rates.json`, so the tag gets better with use.
"""

import contextlib
from dataclasses import asdict, dataclass, fields, replace
from functools import cache

from core import layers
from core.config import ExperimentConfig
from core.datasets import Dataset, Splits, split
from core.errors import StoreError
from core.identity import identify
from core.results import PhaseResult
from core.store import Store, read_json, write_json

TRAIN_COST = 3.0  # a training step is one forward and, about twice as dear, one backward pass
OVERHEAD_MACS = 1.5e6  # a layer's fixed cost for one image, in MACs: small pictures are not free


@dataclass(frozen=True)
class Rates:
    """What a machine does. The defaults were measured on two CPU cores.

    Attributes:
        decode: Images a second from file to pixels.
        forward: MACs a second through the frozen part.
        train: MACs a second while training the tail.
        head: Images a second while training on pooled features.
        trace: Seconds of tracing per trainable layer.
        start: Seconds of building the network, whatever is trained.
    """

    decode: float = 1100.0
    forward: float = 7.0e10
    train: float = 7.0e10
    head: float = 15000.0
    trace: float = 0.03
    start: float = 1.5


@dataclass(frozen=True)
class Price:
    """What a run will take.

    Attributes:
        seconds: In all; 0 where the result is stored.
        phases: Seconds by phase; a stored first phase is not in it.
        stored: Whether the result is there already.
    """

    seconds: float
    phases: dict[str, float]
    stored: bool


@cache
def macs(image_size: int) -> tuple[float, ...]:
    """Work of each of the 154 layers for one image: MACs of its convolution and a fixed overhead.

    A convolution without bias does one MAC per kernel weight and output position.
    """
    shapes = layers.output_shapes(image_size)
    return tuple(
        OVERHEAD_MACS / 10 * bool(layer.parameters)
        + (layer.parameters * shapes[layer.index][0] ** 2 if "Conv2D" in layer.kind else 0)
        for layer in layers.layer_table()
    )


def forward_macs(image_size: int, boundary: int) -> float:
    """Work of the frozen part for one image."""
    return sum(macs(image_size)[:boundary])


def tail_macs(image_size: int, boundary: int) -> float:
    """Work of the tail for one image, forward only."""
    return sum(macs(image_size)[boundary:])


@dataclass(frozen=True)
class Workload:
    """What one phase has to do: images through the frozen part, and images through the rest."""

    frozen_images: int
    train_images: int
    evaluate_images: int
    image_size: int
    boundary: int
    trainable_layers: int


def workload(config: ExperimentConfig, counts: dict[str, int], phase: str, plain: bool) -> Workload:
    """Count the work of a phase with nothing reused."""
    tuning = phase == "fine_tuning"
    epochs = config.fine_tuning.epochs if tuning else config.feature_extraction.epochs
    unfreeze_from = config.fine_tuning.unfreeze_from if tuning else layers.BACKBONE_LAYERS
    boundary = 0 if plain else layers.boundary(unfreeze_from)
    evaluated = counts["validation"] + counts["test"]
    variants = epochs if config.augmentation.active else 1
    return Workload(
        frozen_images=(counts["train"] * variants + evaluated) if boundary else 0,
        train_images=counts["train"] * epochs,
        evaluate_images=counts["validation"] * (epochs + 1) + counts["test"],
        image_size=config.data.image_size,
        boundary=boundary,
        trainable_layers=layers.BACKBONE_LAYERS - unfreeze_from,
    )


def phase_seconds(work: Workload, rates: Rates) -> float:
    """Seconds of one phase with nothing reused."""
    frozen = work.frozen_images * forward_macs(work.image_size, work.boundary) / rates.forward
    below = tail_macs(work.image_size, work.boundary)
    if work.boundary == layers.BACKBONE_LAYERS:
        learning = (work.train_images + work.evaluate_images / 3) / rates.head
    else:
        cost = TRAIN_COST if work.trainable_layers else 1.0
        learning = below * (cost * work.train_images + work.evaluate_images) / rates.train
    return rates.start + frozen + learning + rates.trace * work.trainable_layers


def predict(config: ExperimentConfig, dataset: Dataset, store: Store, plain: bool = False) -> Price:
    """Price of a run; a stored first phase is not paid again, stored features are not yet looked for."""
    if store.finished(identify(config, dataset, plain)):
        return Price(0.0, {}, True)
    rates = read_rates(store)
    counts = {name: len(positions) for name, positions in split(dataset, config.data).items()}
    phases = {}
    if config.feature_extraction.epochs:
        first = config.first_phase_only()
        if not (config.fine_tuning.epochs and store.finished(identify(first, dataset, plain))):
            phases["feature_extraction"] = phase_seconds(
                workload(config, counts, "feature_extraction", plain), rates
            )
    if config.fine_tuning.epochs:
        phases["fine_tuning"] = phase_seconds(workload(config, counts, "fine_tuning", plain), rates)
    return Price(sum(phases.values()), phases, False)


def read_rates(store: Store) -> Rates:
    """This machine's rates, or the defaults where none were measured."""
    known = read_json(store.home / "rates.json")
    if not isinstance(known, dict):
        return Rates()
    names = {field.name for field in fields(Rates)}
    good = {k: float(v) for k, v in known.items() if k in names and isinstance(v, (int, float)) and v > 0}
    return replace(Rates(), **good)


def learn(config: ExperimentConfig, splits: Splits, result: PhaseResult, store: Store) -> None:
    """Move the machine's rates half-way to what a finished phase measured."""
    counts = splits.summary().counts
    work = workload(config, counts, result.name, result.path == "plain")
    rates, seconds = read_rates(store), result.seconds
    measured: dict[str, float] = {}
    reused = result.seconds_from_nothing - seconds["total"] > 0.05
    if work.frozen_images and seconds["features"] > 0.5 and not reused:
        measured["forward"] = (
            work.frozen_images * forward_macs(work.image_size, work.boundary) / seconds["features"]
        )
    busy = seconds["train"] + seconds["evaluate"]
    if work.boundary == layers.BACKBONE_LAYERS:
        measured["head"] = (work.train_images + work.evaluate_images / 3) / max(busy, 1e-3)
    else:
        cost = TRAIN_COST if work.trainable_layers else 1.0
        done = tail_macs(work.image_size, work.boundary) * (cost * work.train_images + work.evaluate_images)
        measured["train"] = done / max(busy, 1e-3)
        if work.trainable_layers:
            measured["trace"] = seconds["trace"] / work.trainable_layers
    rest = seconds["total"] - busy - seconds["features"] - seconds["trace"]
    measured["start"] = max(rest, 0.1)
    blended = {name: (getattr(rates, name) + value) / 2 for name, value in measured.items()}
    with contextlib.suppress(StoreError):  # a price is a comfort, never a reason to lose a run
        write_json(store.home / "rates.json", asdict(replace(rates, **blended)))
