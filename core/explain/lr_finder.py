"""A learning-rate range test of fine-tuning, from stored boundary features.

After L. Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3, which raises the
rate linearly and watches accuracy. Here it grows exponentially from step to step, because useful rates span
many powers of ten, and the loss is watched. What the curve says is read by `core.explain.learning_rates`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.explain import learning_rates
from core.explain.studies import TRAINING, Context, Kind
from core.method.timing import Seconds
from core.results import RunResult
from core.running import experiment
from core.running.identity import Asked

if TYPE_CHECKING:
    from core.method import training

KIND = Kind(
    title="Learning-rate finder",
    version=1,
    parts=(
        "data",
        "base",
        "augmentation",
        "head",
        "feature_extraction",
        "fine_tuning.optimizer",
        "fine_tuning.unfreeze_from",
        "seed",
        "batch_norm",
        "batch_size",
        *TRAINING,
    ),
    images=lambda counts, options: 0,
    as_run=learning_rates.as_run,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Train the tail on up to `learning_rates.STEPS` batches, each at a higher rate.

    It starts where fine-tuning starts: with the head as feature extraction left it, which is trained
    first if it was not. The same batches, with the same dropout, then go through once more at a rate of 0:
    what each costs without any training. What is learned is thrown away.

    Returns:
        record: `diverged`, whether the test ended before the highest rate.
        arrays: float64 (steps,) each: `rates`; `losses` (nats), of each step's batch before that step;
            `untrained`, the same batches' losses by the network as it was at first.
    """
    first = _feature_extraction(context)
    rates = learning_rates.sweep()
    losses = _losses(context, first, rates, "rates_tried")
    rates = rates[: len(losses)]
    untrained = _losses(context, first, np.zeros_like(rates), "rates_untrained")
    diverged = len(rates) < learning_rates.STEPS
    return {"diverged": diverged}, {"rates": rates, "losses": losses, "untrained": untrained}


def _feature_extraction(context: Context) -> RunResult | None:
    """The stored first phase, trained now if need be; None where the settings skip it."""
    asked = Asked(context.config, context.dataset, context.store)
    if asked.first is None:
        return None

    def report(event: str, **values) -> None:
        if event == "stage":
            context.log(event, **values)

    return experiment.run(asked.first, report=report, should_stop=context.log.should_stop)


def _losses(context: Context, first: RunResult | None, rates: np.ndarray, stage: str) -> np.ndarray:
    """The loss of a batch at each rate, from the same start; shorter than `rates` where it diverges."""
    from core.method import phase

    config, log = context.config, context.log
    ready = phase.prepare(config, context.dataset, context.store, first, False, log)
    inputs = phase.inputs_of(ready, config, context.splits, Seconds(), log)
    trainer, losses = ready.bench.trainer, []
    for rate, (rows, batch) in zip(rates, _batches(inputs, context, ready.todo.first_epoch), strict=False):
        log.check_stop()
        log("stage", name=stage, done=len(losses), total=len(rates))
        trainer.optimizer.learning_rate = rate
        loss = float(trainer.train_batch(rows, batch)[0])
        if not math.isfinite(loss):
            break
        losses.append(loss)
        if learning_rates.diverged(losses):
            break
    return np.array(losses)


def _batches(inputs, context: Context, epoch: int) -> Iterator[tuple[training.Rows, np.ndarray]]:
    """Full batches of the epochs that fine-tuning would see, without end; a smaller one is noisier."""
    from core.method import training

    size, seed = context.config.batch_size, context.config.seed
    while True:
        rows = inputs.train(epoch)
        order = rows.positions[training.shuffled(len(rows), seed, epoch)]
        for batch in training.batches(order, size):
            if len(batch) == min(size, len(rows)):
                yield rows, batch
        epoch += 1
