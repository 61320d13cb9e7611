"""Networks and their traced training steps, kept between the runs of one process. Imports TensorFlow.

Building MobileNetV2 and tracing a training step take seconds; a second retrain at the same stop should
pay neither, and one at another stop only the trace: one network of layers serves them all, one at a time.
Everything that a run leaves behind is put back: weights, BatchNorm statistics, what learns, the optimizer's
slots and step count, the state of dropout's random numbers. Then the next run gives the numbers it
would give in a fresh process; a test compares them bit for bit.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np

from core.config import BaseConfig, ExperimentConfig, HeadConfig
from core.method import backbone, training

KEEP = 3  # each holds a backbone, optimizer slots and a trace: about 150 MB


@dataclass(frozen=True)
class Order:
    """What a trainer is made for. The learning rate and the seeds of a pretrained run are not in it."""

    image_size: int
    base: BaseConfig
    base_seed: int
    head: HeadConfig
    num_classes: int
    unfreeze_from: int
    batch_norm: str
    optimizer: str
    plain: bool
    weighted: bool = False


@dataclass(frozen=True)
class Bench:
    """A network ready to train, until the next one is prepared: they share the backbone's layers.

    Attributes:
        initial: The backbone's weights as they were before any training.
        begun: Number of each of the optimizer's variables that does not begin at zero -> its first value.
    """

    network: training.Network
    trainer: training.Trainer
    initial: list[np.ndarray]
    begun: dict[int, np.ndarray]


_benches: OrderedDict[Order, Bench] = OrderedDict()


def order_for(
    config: ExperimentConfig, unfreeze_from: int, optimizer: str, num_classes: int, plain: bool
) -> Order:
    """The order that a phase of this config places."""
    return Order(
        image_size=config.data.image_size,
        base=config.base,
        base_seed=base_seed(config),
        head=config.head,
        num_classes=num_classes,
        unfreeze_from=unfreeze_from,
        batch_norm=config.batch_norm,
        optimizer=optimizer,
        plain=plain,
        weighted=config.class_weight != "none",
    )


def prepare(order: Order, learning_rate: float, head_seed: int) -> Bench:
    """A network with untrained weights and a new optimizer, from the shelf if one is there.

    Args:
        head_seed: Of the head's initial weights and its dropout masks.
    """
    head = training.build_head(order.head, order.num_classes, head_seed)
    if order in _benches:
        _benches.move_to_end(order)
        bench = _benches[order]
        _put_back(bench, head, learning_rate)
        return bench
    base = untrained_base(order.image_size, order.base, order.base_seed)
    network = training.assemble(
        base,
        head,
        unfreeze_from=order.unfreeze_from,
        num_classes=order.num_classes,
        batch_norm=order.batch_norm,
        scaling=order.base.scaling,
        plain=order.plain,
    )
    optimizer = training.build_optimizer(order.optimizer, learning_rate)
    trainer = training.Trainer(network, optimizer, order.image_size, order.weighted)
    values = (variable.numpy() for variable in optimizer.variables)
    begun = {number: value for number, value in enumerate(values) if value.any()}
    bench = Bench(network, trainer, base.get_weights(), begun)
    _benches[order] = bench
    while len(_benches) > KEEP:
        _benches.popitem(last=False)
    return bench


def base_seed(config: ExperimentConfig) -> int:
    """The seed of the backbone's initial weights; pretrained ones have none, and 0 stands for it."""
    return config.seed if config.base.weights == "random" else 0


def untrained_base(image_size: int, base: BaseConfig, seed: int) -> keras.Model:
    """The one backbone of its kind, with its weights as before any training. The next run changes them."""
    model, initial = _built(image_size, base, seed)
    model.set_weights(initial)
    return model


@lru_cache(maxsize=KEEP)
def _built(image_size: int, base: BaseConfig, seed: int) -> tuple[keras.Model, list[np.ndarray]]:
    model = backbone.build(image_size, base, seed)
    return model, model.get_weights()


def _put_back(bench: Bench, fresh: keras.Sequential, learning_rate: float) -> None:
    bench.network.base.set_weights(bench.initial)
    backbone.freeze_below(bench.network.base, bench.network.unfreeze_from)  # another came between
    begin_anew(bench, fresh, learning_rate)


def begin_anew(bench: Bench, fresh: keras.Sequential, learning_rate: float) -> None:
    """Give a bench whose base has not learned the state it has before any training: a head's weights and
    dropout, and an optimizer that has made no step.

    Args:
        fresh: A head as `training.build_head` makes it.
    """
    head = bench.network.head
    head.set_weights(fresh.get_weights())
    if fresh.get_layer("dropout").rate:  # without dropout there is nothing random
        state, wanted = (model.get_layer("dropout").seed_generator.state for model in (head, fresh))
        state.assign(wanted)
    optimizer = bench.trainer.optimizer
    for number, variable in enumerate(optimizer.variables):  # step count, slots
        variable.assign(bench.begun.get(number, keras.ops.zeros_like(variable)))
    optimizer.learning_rate = learning_rate
