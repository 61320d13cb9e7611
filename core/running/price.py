"""The price tag: what a run will take, in seconds from what this machine did before, in memory and on disk.

The model is deliberately small. Work is counted in multiply-accumulates (MACs) of MobileNetV2's
convolutions; seconds follow from eight rates of the machine. Every finished phase measures them again
and `learn` keeps a running mean in `<home>/rates.json`, so the tag gets better with use.
"""

import contextlib
import math
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from core import layers
from core.config import DataConfig, ExperimentConfig, with_setting
from core.data import pixels
from core.data.datasets import Dataset, loaded, split
from core.data.pixels import pixel_key
from core.errors import StoreError
from core.files import unchanged, update_json
from core.method import device
from core.method.bank import BankFiles, Recipe
from core.results import PhaseResult
from core.running.identity import Asked
from core.store import Store

PARTS = ("features", "preparing", "training")
TRACED_SECONDS = 0.05  # what takes less was traced by an earlier run of the process: no measure of tracing
TRAIN_COST = 3.0  # a training step is one forward and, about twice as dear, one backward pass
BASE_MEMORY = 1.1e9  # bytes of a process with TensorFlow, the network and LiteRT; peaks were 1.15 GB and more


@dataclass(frozen=True)
class Rates:
    """What a machine does. The defaults were measured on two CPU cores.

    Attributes:
        decode: Images a second from file to pixels.
        forward: MACs a second through the frozen part.
        train: MACs a second while training the tail on stored features.
        plain: MACs a second while training the whole network from pixels.
        head: Images a second while training on pooled features.
        convert: Seconds to make an engine for the frozen part.
        trace: Seconds of tracing per trainable layer.
        start: Seconds of building the network and saving the result.
    """

    decode: float = 1100.0
    forward: float = 1.5e11
    train: float = 1.0e11
    plain: float = 1.5e10
    head: float = 20000.0
    convert: float = 1.5
    trace: float = 0.025
    start: float = 1.5


@dataclass(frozen=True)
class Price:
    """What a run will take.

    Attributes:
        seconds: In all; 0 where the result is stored.
        phases: Seconds by phase, and of the `control`; what is stored is not in it.
        stored: Whether the result is there already.
        parts: The same seconds by kind of work: `features` (decoding too), `preparing`, `training`.
        tracing: Of `seconds`, what a process saves that has trained the same layers before.
        memory_bytes: Peak of the training process. Features and pixels on disk are not in it: the system
            maps them in and takes the space back when it needs it.
        disk_bytes: What the run adds to the stored features and pixels, before anything is evicted.
        feature_bytes: All features that it reads, those that are stored already, too.
    """

    seconds: float
    phases: dict[str, float]
    stored: bool
    parts: dict[str, float] = field(default_factory=dict)
    tracing: float = 0.0
    memory_bytes: int = 0
    disk_bytes: int = 0
    feature_bytes: int = 0


@dataclass(frozen=True)
class Workload:
    """What one phase has to do, counted.

    Attributes:
        decode_images: Images from file to pixels.
        frozen_macs: Work of the frozen part, over all images and epochs; stored features cost nothing.
        convert: How many engines have to be made for it.
        learned: Passes of an image through the trained part; an evaluation counts a third of one.
        learned_macs: The trained part's work for one pass forward; 0 on pooled features.
        trainable_layers: Backbone layers that learn.
        plain: Whether the trained part is the whole network, from pixels.
        batch_bytes: What the trained part keeps of one batch for the backward pass.
        disk_bytes: Features and pixels to be stored.
        feature_bytes: Features that it reads.
    """

    decode_images: int
    frozen_macs: float
    convert: int
    learned: float
    learned_macs: float
    trainable_layers: int
    plain: bool
    batch_bytes: int
    disk_bytes: int
    feature_bytes: int


def workload(
    config: ExperimentConfig, dataset: Dataset, store: Store, phase: str, plain: bool, all_of_it: bool = False
) -> Workload:
    """Count a phase's work, less what is stored; `all_of_it` counts the stored part too."""
    tuning = phase != "feature_extraction"  # from scratch has its settings there, too
    epochs = config.fine_tuning.epochs if tuning else config.feature_extraction.epochs
    first_epoch = config.feature_extraction.epochs if tuning else 0
    unfreeze_from = config.fine_tuning.unfreeze_from if tuning else layers.BACKBONE_LAYERS
    boundary = 0 if plain else layers.boundary(unfreeze_from)
    size, (chosen, kept, _) = config.data.image_size, _divided(dataset, config.data)
    evaluated = len(chosen["validation"]) * (epochs + 1) + len(chosen["test"])
    decoded = _decoded(dataset, config, store)
    decode_images = kept if all_of_it else _to_decode(dataset, config, store)
    frozen, convert, disk, read = 0.0, 0, (0 if decoded else kept) * 3 * size**2, 0
    if boundary:
        recipe = Recipe.of(config, boundary, device.engine(device.read(store)))
        wanted = _variants(config, dataset, chosen, range(first_epoch, first_epoch + epochs))
        costs = [_cost(recipe, ids, epoch, BankFiles(store.cache), all_of_it) for ids, epoch in wanted]
        missing, frozen = (sum(column) for column in zip(*costs, strict=True))
        convert, disk = int(missing > 0), disk + missing * recipe.image_bytes
        read = sum(len(ids) for ids, _ in wanted) * recipe.image_bytes
    return Workload(
        decode_images=decode_images,
        frozen_macs=frozen,
        convert=convert,
        learned=len(chosen["train"]) * epochs + evaluated / 3,
        learned_macs=sum(layers.macs(size)[boundary:]),
        trainable_layers=layers.BACKBONE_LAYERS - unfreeze_from,
        plain=boundary == 0,
        batch_bytes=4 * config.batch_size * _numbers_learned(size, unfreeze_from),
        disk_bytes=disk,
        feature_bytes=read,
    )


def _variants(config: ExperimentConfig, dataset: Dataset, chosen, epochs: range):
    """(image ids, epoch) of every array that a phase reads, as `core.method.inputs` asks for them."""
    ids = dataset.image_ids
    if not config.augmentation.active:
        return [(ids[np.sort(np.concatenate(list(chosen.values())))], None)]
    evaluated = np.concatenate([chosen["validation"], chosen["test"]])
    return [(ids[evaluated], None), *((ids[chosen["train"]], epoch) for epoch in epochs)]


def _cost(
    recipe: Recipe, ids: np.ndarray, epoch: int | None, files: BankFiles, all_of_it: bool
) -> tuple[int, float]:
    """(rows to be computed, MACs that takes) for these images' features: those that are stored cost nothing,
    the others less where all of them are stored at a lower boundary."""
    work = layers.macs(recipe.image_size)
    if not all_of_it:
        ids = ids[~files.holds(recipe, epoch, ids)]
    known = () if all_of_it or not len(ids) else files.keys()
    for stop, lower in _below(recipe) if known else ():
        if lower.key(epoch is not None) in known and files.holds(lower, epoch, ids).all():
            return len(ids), len(ids) * sum(work[stop : recipe.boundary])
    return len(ids), len(ids) * sum(work[: recipe.boundary])


@lru_cache(maxsize=256)
def _below(recipe: Recipe) -> tuple[tuple[int, Recipe], ...]:
    """Boundaries below the recipe's, the highest first, each with the recipe of its features."""
    below = (stop for stop in reversed(layers.stops(tutorial=False)) if 0 < stop < recipe.boundary)
    return tuple((stop, replace(recipe, boundary=stop)) for stop in below)


@lru_cache(maxsize=1024)
def _numbers_learned(image_size: int, unfreeze_from: int) -> int:
    """Numbers that leave the layers that learn, for one image."""
    return sum(math.prod(shape) for shape in layers.output_shapes(image_size)[unfreeze_from:])


def phase_seconds(work: Workload, rates: Rates) -> dict[str, float]:
    """Seconds of a phase by kind of work, as in `Price.parts`."""
    if work.learned_macs:
        rate = rates.plain if work.plain else rates.train
        learning = TRAIN_COST * work.learned_macs * work.learned / rate
    else:
        learning = work.learned / rates.head
    return {
        "features": work.decode_images / rates.decode + work.frozen_macs / rates.forward,
        "preparing": rates.start + rates.convert * work.convert + rates.trace * work.trainable_layers,
        "training": learning,
    }


def predict(asked: Asked) -> Price:
    """Price of a run. What is stored is not paid again: the result, the first phase, features, pixels.

    Raises:
        DatasetError: the images cannot be divided as its config asks.
    """
    config, store = asked.config, asked.store
    if store.finished(asked.key):
        return Price(0.0, {}, True)
    rates, phases, works = read_rates(store), {}, []
    first = config.feature_extraction.epochs > 0 and not (asked.first and store.finished(asked.first.key))
    for name, wanted in (("feature_extraction", first), ("fine_tuning", config.fine_tuning.epochs)):
        if wanted:
            works.append(workload(config, asked.dataset, store, name, asked.plain))
            phases[name] = phase_seconds(works[-1], rates)
    control = asked.control
    if control is not None and control.free and not store.finished(control.key):
        work = workload(control.config, asked.dataset, store, "feature_extraction", plain=False)
        phases["control"] = phase_seconds(work, rates)
        if first:  # it reads the same features
            phases["control"]["features"] = 0.0
    parts: dict[str, float] = {part: sum(phase[part] for phase in phases.values()) for part in PARTS}
    return Price(
        sum(parts.values()),
        {name: sum(phase.values()) for name, phase in phases.items()},
        False,
        parts,
        rates.trace * sum(work.trainable_layers for work in works),
        int(BASE_MEMORY + max((work.batch_bytes for work in works), default=0)),
        sum(work.disk_bytes for work in works),
        sum(work.feature_bytes for work in works),
    )


def predict_forward(config: ExperimentConfig, dataset: Dataset, store: Store, images: int) -> float:
    """Seconds to send so many images through the whole network; pixels that are decoded are not paid.

    Raises:
        DatasetError: the images cannot be divided as `config` asks.
    """
    if not images:
        return 0.0
    rates, decode = read_rates(store), _to_decode(dataset, config, store)
    work = images * sum(layers.macs(config.data.image_size))
    return rates.start + rates.convert + decode / rates.decode + work / rates.forward


def _decoded(dataset: Dataset, config: ExperimentConfig, store: Store) -> bool:
    _, _, key = _divided(dataset, config.data)
    return (store.cache / "pixels" / f"{key}.npy").exists()


def _to_decode(dataset: Dataset, config: ExperimentConfig, store: Store) -> int:
    """How many images have no pixels yet."""
    if _decoded(dataset, config, store):
        return 0
    return pixels.missing(dataset, loaded(dataset, config.data), config.data.image_size, store.cache)


@lru_cache(maxsize=8)
def _divided(dataset: Dataset, data: DataConfig) -> tuple[dict[str, np.ndarray], int, str]:
    """(splits, how many images are decoded, key of their pixels): a page asks for the price of many stops."""
    kept = loaded(dataset, data)
    return split(dataset, data), len(kept), pixel_key(dataset, kept, data.image_size)


def read_rates(store: Store) -> Rates:
    """This machine's rates, or the defaults where none were measured."""
    return unchanged(store.home / "rates.json", _rates) or Rates()


def _rates(known: Any) -> Rates:
    if not isinstance(known, dict):
        return Rates()
    names = {f.name for f in fields(Rates)}
    good = {k: float(v) for k, v in known.items() if k in names and isinstance(v, (int, float)) and v > 0}
    return replace(Rates(), **good)


def learn(asked: Asked, result: PhaseResult) -> None:
    """Move the machine's rates half-way to what a finished phase measured."""
    store, config = asked.store, asked.config
    if result.most_epochs:  # it stopped early
        section = "feature_extraction" if result.name == "feature_extraction" else "fine_tuning"
        config = with_setting(config, f"{section}.epochs", len(result.epochs))
    work = workload(config, asked.dataset, store, result.name, result.path == "plain", all_of_it=True)
    rates, seconds = read_rates(store), result.seconds
    busy = max(seconds["train"] + seconds["evaluate"], 1e-3)
    measured: dict[str, float] = {}
    reused = result.seconds_from_nothing - seconds["total"] > 0.05
    if work.frozen_macs and seconds["features"] > rates.convert and not reused:
        measured["forward"] = work.frozen_macs / (seconds["features"] - rates.convert)
    _, kept, key = _divided(asked.dataset, config.data)
    if seconds["data"] > 1.0 and not pixels.copied(key, store.cache):
        measured["decode"] = kept / seconds["data"]
    if work.learned_macs:
        name = "plain" if work.plain else "train"
        measured[name] = TRAIN_COST * work.learned_macs * work.learned / busy
    else:
        measured["head"] = work.learned / busy
    if work.trainable_layers and seconds["trace"] > TRACED_SECONDS:
        measured["trace"] = seconds["trace"] / work.trainable_layers
    rest = seconds["total"] - busy - seconds["features"] - seconds["trace"] - seconds["data"]
    measured["start"] = max(rest, 0.1)

    def blended(plain: Any) -> dict[str, float]:
        known = _rates(plain)  # as they are now: another process may have learned in the meantime
        return asdict(replace(known, **{n: (getattr(known, n) + value) / 2 for n, value in measured.items()}))

    with contextlib.suppress(StoreError):  # a price is a comfort, never a reason to lose a run
        update_json(store.home / "rates.json", blended)
