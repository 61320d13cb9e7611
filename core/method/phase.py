"""One phase from its inputs to its record. Imports TensorFlow."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from core import layers
from core.choosing import best_epoch, is_over
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.data.datasets import Dataset, Splits
from core.data.watched import watched
from core.errors import ConfigError, GaveWay, StoreError
from core.files import replacing
from core.log import Listener
from core.method import backbone, device, training, workshop
from core.method.bank import Recipe
from core.method.checkpoint import Best, Checkpoint, keep_or_note
from core.method.evaluation import certainties, cross_entropy, evaluate, predicted_classes
from core.method.features import Bank
from core.method.inputs import FeatureInputs, PixelInputs
from core.method.timing import Seconds, clock
from core.results import EpochMetrics, PhaseResult, RunResult, WeightChange
from core.store import Store


@dataclass(frozen=True)
class Trained:
    """A trained phase: its record, what the store keeps as arrays, and the live network."""

    result: PhaseResult
    arrays: dict[str, np.ndarray]
    network: training.Network


@dataclass(frozen=True)
class Plan:
    """Which phase this is, and its settings, whether it is the first, the second or the only one.

    Attributes:
        name: One of `results.PHASES`.
        section: Where its settings stand in the config.
    """

    name: str
    section: str
    epochs: int
    first_epoch: int
    optimizer: str
    learning_rate: float
    unfreeze_from: int


def plan(config: ExperimentConfig, first: RunResult | None) -> Plan:
    """The phase to train: fine-tuning where there is a first phase or no epochs for one."""
    if config.fine_tuning.epochs:
        tuning, name = config.fine_tuning, "from_scratch" if config.from_scratch else "fine_tuning"
        done = len(first.last.epochs) if first else 0
        rate, point = tuning.learning_rate, tuning.unfreeze_from
        return Plan(name, "fine_tuning", tuning.epochs, done, tuning.optimizer, rate, point)
    head, name = config.feature_extraction, "feature_extraction"
    return Plan(name, name, head.epochs, 0, head.optimizer, head.learning_rate, BACKBONE_LAYERS)


@dataclass(frozen=True)
class Ready:
    """What a phase needs besides its images.

    Attributes:
        bench: The network, with the weights that the phase starts from.
        bank: Makes a `Bank` once it is told the images; None on the plain path.
        first: The phase it goes on from; None where it is the first.
    """

    todo: Plan
    bench: workshop.Bench
    bank: Callable[..., Bank] | None
    first: PhaseResult | None = None


def prepare(
    config: ExperimentConfig,
    dataset: Dataset,
    store: Store,
    first: RunResult | None,
    plain: bool,
    log: Listener,
) -> Ready:
    """Build a phase's network, from the stored weights of `first` where there is one."""
    todo, classes = plan(config, first), len(dataset.classes)
    log("phase", name=todo.name, epochs=todo.epochs)
    log("stage", name="preparing")
    order = workshop.order_for(config, todo.unfreeze_from, todo.optimizer, classes, plain)
    # a seed of the phase's own: its dropout masks do not depend on what ran before
    bench = workshop.prepare(order, todo.learning_rate, config.seed + 1000 * (todo.name == "fine_tuning"))
    if first is not None:
        restore_head(bench.network.head, store.arrays(first.run_key), first.last.name)
    boundary = bench.network.boundary
    if boundary == 0:
        return Ready(todo, bench, None)
    recipe = Recipe.of(config, boundary, device.engine(device.name()))
    bank = partial(Bank, store, recipe=recipe, base=bench.network.base)
    return Ready(todo, bench, bank, first.last if first else None)


def train(
    ready: Ready,
    config: ExperimentConfig,
    splits: Splits,
    seconds: Seconds,
    log: Listener,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Train one phase.

    Args:
        checkpoint: Where its finished epochs are kept, and where it goes on from if some are there.

    Raises:
        ConfigError: the loss is no longer a number: the learning rate is too high.
        Stopped: someone asked.
        GaveWay: shorter jobs go first, and what is finished is in `checkpoint`.
    """
    todo, network, trainer = ready.todo, ready.bench.network, ready.bench.trainer
    inputs = inputs_of(ready, config, splits, seconds, log)
    epochs = run_epochs(trainer, inputs, config, todo, seconds, log, checkpoint)
    with seconds.measure("evaluate"):
        probabilities = {
            split: trainer.predict(inputs.evaluation(split), lambda done: log.check_stop())
            for split in ("validation", "test")
        }
    changes = weight_changes(network.base, ready.bench.initial)
    kept = best_epoch(epochs).epoch if config.keep == "best" else None
    if kept is not None:  # the log's latest answers are the last epoch's
        _tell_answers(kept, probabilities["validation"], splits.labels[splits.validation], log)
    result = _record(todo, network, epochs, kept, probabilities, splits, changes, seconds)
    return Trained(result, _arrays(todo, network, probabilities, splits), network)


def inputs_of(
    ready: Ready, config: ExperimentConfig, splits: Splits, seconds: Seconds, log: Listener
) -> FeatureInputs | PixelInputs:
    """What a phase trains on and is evaluated on: boundary features, or pixels on the plain path."""
    if ready.bank is None:
        return PixelInputs(splits, config.augmentation, config.seed)
    first, boundary = ready.first, ready.bench.network.boundary
    # where the head goes on alone, the phase before it has paid for the same features
    paid = first is not None and first.path == "features" and layers.boundary(first.unfreeze_from) == boundary
    bank = ready.bank(splits=splits, seconds=seconds, log=log, paid=paid)
    return FeatureInputs(bank, splits, config.augmentation.active)


def _record(
    todo: Plan,
    network: training.Network,
    epochs: list[EpochMetrics],
    kept: int | None,
    probabilities: dict[str, np.ndarray],
    splits: Splits,
    changes: tuple[WeightChange, ...],
    seconds: Seconds,
) -> PhaseResult:
    evaluations = {
        split: evaluate(values, splits.labels[getattr(splits, split)], len(splits.classes))
        for split, values in probabilities.items()
    }
    parts = seconds.record()
    return PhaseResult(
        name=todo.name,
        unfreeze_from=todo.unfreeze_from,
        trainable_variables=len(network.trainable_variables),
        trainable_parameters=sum(int(np.prod(v.shape)) for v in network.trainable_variables),
        epochs=tuple(epochs),
        validation=evaluations["validation"],
        test=evaluations["test"],
        weight_change=changes,
        path="plain" if network.boundary == 0 else "features",
        seconds=parts,
        seconds_from_nothing=round(parts["total"] + seconds.saved, 3),
        kept_epoch=kept,
        most_epochs=todo.epochs if len(epochs) < todo.epochs else None,
    )


def run_epochs(
    trainer, inputs, config: ExperimentConfig, todo: Plan, seconds: Seconds, log: Listener, checkpoint=None
):
    """Train and validate epoch by epoch; one EpochMetrics each. The network ends with the weights of the
    last epoch, or of the best where the config keeps that."""
    best = Best(trainer) if config.keep == "best" else None
    found = _finished_before(checkpoint, trainer, best, seconds, log)
    if not is_over(found, todo.epochs, config.patience):
        _go_on(trainer, inputs, config, todo, found, best, seconds, log, checkpoint)
    if best is not None:
        best.restore()
    return found


def _go_on(
    trainer,
    inputs,
    config: ExperimentConfig,
    todo: Plan,
    found: list[EpochMetrics],
    best: Best | None,
    seconds: Seconds,
    log: Listener,
    checkpoint: Checkpoint | None,
) -> None:
    """Train the epochs that follow those `found`, until the phase is over; they are added to it."""
    if found:
        _estimate(found, todo, config, log)
    # made once for all epochs, and by an attempt that goes on again: none of it is the first epoch's time
    validation = inputs.evaluation("validation")
    _let_shorter_ones_go(checkpoint, trainer, found, best, log)
    log("stage", name="preparing")
    with seconds.measure("trace"):
        trainer.trace()
    for number in range(todo.first_epoch + len(found), todo.first_epoch + todo.epochs):
        begin = clock()
        rows = inputs.train(number)
        epoch, total = number - todo.first_epoch + 1, len(rows)

        def on_step(done: int, epoch: int = epoch, total: int = total) -> None:
            log.check_stop()
            log("stage", name="epoch", epoch=epoch, of=todo.epochs, done=done, total=total)

        order = training.shuffled(len(rows), config.seed, number)
        with seconds.measure("train"):
            loss, accuracy = trainer.train_epoch(rows, order, config.batch_size, on_step)
        with seconds.measure("evaluate"):
            probabilities = trainer.predict(validation, lambda done: log.check_stop())
        labels = validation.labels[validation.positions]
        metrics = EpochMetrics(
            epoch=number + 1,
            loss=loss,
            accuracy=accuracy,
            val_loss=cross_entropy(probabilities, labels),
            val_accuracy=float((predicted_classes(probabilities) == labels).mean()),
            seconds=round(clock() - begin, 3),
        )
        _refuse_nan(metrics, todo)
        found.append(metrics)
        if best is not None:
            best.note(found)
        _tell_answers(metrics.epoch, probabilities, labels, log)
        log.epoch(metrics)
        if checkpoint is not None:
            keep_or_note(checkpoint, trainer, found, log, best)
        _estimate(found, todo, config, log)
        if is_over(found, todo.epochs, config.patience):
            break
        _let_shorter_ones_go(checkpoint, trainer, found, best, log)


def _let_shorter_ones_go(
    checkpoint: Checkpoint | None, trainer, found: list[EpochMetrics], best: Best | None, log: Listener
) -> None:
    """Give way here, if shorter jobs wait: features are stored, and every finished epoch is kept.

    Raises:
        GaveWay: some do.
    """
    if checkpoint is None or not log.should_give_way():
        return
    with contextlib.suppress(StoreError):  # a full disk, say: what cannot be kept is not given up
        if found:
            checkpoint.keep(trainer, found, best, always=True)
        raise GaveWay


def _tell_answers(epoch: int, probabilities: np.ndarray, labels: np.ndarray, log: Listener) -> None:
    """What is said of the watched images; all of them were looked at for the metrics anyway."""
    seen = probabilities[watched(labels)]
    sure = [round(float(share), 4) for share in certainties(seen)]
    log("answers", epoch=epoch, said=predicted_classes(seen).tolist(), sure=sure)


def _finished_before(
    checkpoint: Checkpoint | None, trainer, best: Best | None, seconds: Seconds, log: Listener
) -> list[EpochMetrics]:
    """The epochs that an attempt before this one finished; network and optimizer stand after them."""
    found = checkpoint.restore(trainer, best) if checkpoint is not None else []
    if found:
        log.note(f"Goes on after epoch {found[-1].epoch}, which an earlier attempt had finished.")
        seconds.reused(sum(metrics.seconds for metrics in found))
    for metrics in found:
        log.epoch(metrics)
    return found


def _refuse_nan(metrics: EpochMetrics, todo: Plan) -> None:
    if not (math.isfinite(metrics.loss) and math.isfinite(metrics.val_loss)):
        raise ConfigError(
            f"The loss is no longer a number in epoch {metrics.epoch}.",
            f"Expected a rate that keeps it finite; {todo.section}.learning_rate is {todo.learning_rate:g}.",
            "Divide the learning rate by ten.",
            field=f"{todo.section}.learning_rate",
        )


def _estimate(found: list[EpochMetrics], todo: Plan, config: ExperimentConfig, log: Listener) -> None:
    """Say how long the rest of this phase takes, and the next epoch, by its latest ones."""
    recent = [metrics.seconds for metrics in found[1:] or found]
    epoch = float(np.median(recent))
    log("left", seconds=epoch * (todo.epochs - len(found)), pause=epoch)


def weight_changes(base: keras.Model, before: list[np.ndarray]) -> tuple[WeightChange, ...]:
    """How far each layer moved: relative L2 distance of its trainable weights and of its statistics.

    Args:
        before: `base.get_weights()` before training. A BatchNorm layer's are gamma, beta, moving mean
            and moving variance; elsewhere all weights are trainable ones.
    """
    rows, at = [], iter(before)
    for index, layer in enumerate(base.layers):
        new = layer.get_weights()
        old = [next(at) for _ in new]
        if new:
            split = layers.layer_table()[index].trainable_variables
            trainable, statistics = _distance(old[:split], new[:split]), _distance(old[split:], new[split:])
            rows.append(WeightChange(index, layer.name, trainable, statistics))
    return tuple(rows)


def _distance(old: list[np.ndarray], new: list[np.ndarray]) -> float:
    """|new - old| / |old| over all arrays together; exactly 0.0 where not a bit differs."""
    if all(map(np.array_equal, old, new)):
        return 0.0
    flat_old, flat_new = (
        np.concatenate([a.ravel() for a in arrays]).astype(np.float64) for arrays in (old, new)
    )
    return _norm(flat_new - flat_old) / max(_norm(flat_old), 1e-12)


def _norm(values: np.ndarray) -> float:
    """As `np.linalg.norm`, but without its BLAS, whose last bits depend on the number of cores."""
    return math.sqrt(float(np.sum(values * values)))


def restore_head(head: keras.Model, arrays: dict[str, np.ndarray], phase_name: str) -> None:
    """Give a head the weights that a stored phase ended with."""
    head.set_weights([arrays[f"{phase_name}/head/{index}"] for index in range(len(head.weights))])


def _arrays(todo: Plan, network, probabilities, splits: Splits) -> dict[str, np.ndarray]:
    arrays = {f"{todo.name}/{split}": values for split, values in probabilities.items()}
    for split in probabilities:
        positions = getattr(splits, split)
        arrays[f"positions/{split}"] = positions
        arrays[f"labels/{split}"] = splits.labels[positions]
        arrays[f"images/{split}"] = splits.image_ids[positions]
    dense = [weight for layer in network.head.layers for weight in layer.get_weights()]
    arrays |= {f"{todo.name}/head/{index}": value for index, value in enumerate(dense)}
    tail = backbone.tail_weights(network.base, todo.unfreeze_from)
    return arrays | {f"{todo.name}/tail/{name}": value for name, value in tail.items()}


def whole_model(base: keras.Model, head: keras.Model, image_size: int, scaling: str) -> keras.Model:
    """One Keras model from pixels 0..255, float32 (n, s, s, 3), to probabilities."""
    pixels = keras.Input((image_size, image_size, 3), name="pixels")
    factor, offset = (1 / 127.5, -1.0) if scaling == "-1..1" else (1 / 255.0, 0.0)
    scaled = keras.layers.Rescaling(factor, offset, name="rescaling")(pixels)
    features = base(scaled, training=False)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooling")(features)
    return keras.Model(pixels, head(pooled))


def save_model(trained: Trained, config: ExperimentConfig, path: Path) -> None:
    """Write the whole trained model as a `.keras` file."""
    network = trained.network
    write_model(whole_model(network.base, network.head, config.data.image_size, config.base.scaling), path)


def write_model(model: keras.Model, path: Path) -> None:
    """Write a model as a `.keras` file, whole or not at all."""
    with replacing(path) as aside:
        model.save(aside)
