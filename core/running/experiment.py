"""The recipe, on one screen: data, backbone, features, training, evaluation, store.

A stored answer does not import TensorFlow.
"""

import time
from collections.abc import Callable

import numpy as np

from core.config import ExperimentConfig
from core.data import datasets
from core.errors import ThawError
from core.log import Log
from core.method import weights
from core.method.timing import PARTS, Seconds, clock
from core.results import PhaseResult, RunResult, WeightsInfo
from core.running import jobs, price, receipt
from core.running.identity import Asked
from core.running.price import Price
from core.stopping import BetweenSteps
from core.store import Store

Report = Callable[..., None]


def run(
    asked: Asked,
    *,
    report: Report | None = None,
    should_stop: Callable[[], bool] | None = None,
    should_give_way: Callable[[], bool] | None = None,
    between_steps: BetweenSteps | None = None,
    keep_model: bool = True,
) -> RunResult:
    """Train what is asked for, or give the stored result. Hold `jobs.training_lock` while calling it.

    Args:
        report: Called with each event as `core.log` lists them: `report("epoch", epoch=1, loss=...)`.
        should_stop: Asked after every batch.
        should_give_way: Asked after every epoch, and once features are stored.
        between_steps: Called after every batch; what it does is in no seconds of the run, and changes no bit.
        keep_model: Whether the whole network is kept, 10 to 19 MB; else it is made when someone wants it
            (`core.explain.exported`).

    Raises:
        ThawError: the data, the weights or a setting will not do; also noted in the run's log.
        Stopped: `should_stop` said so; finished epochs stay in the log.
        GaveWay: `should_give_way` said so; taken up again, it goes on to the very same numbers.
    """
    key, config, dataset, store = asked.key, asked.config, asked.dataset, asked.store
    if store.whole(key):
        return store.load(key)
    store.create(key, config)
    log = Log(store, key, report, should_stop, should_give_way, between_steps)
    with jobs.noting_the_outcome(store, key):
        from core.method import checkpoint, device, phase

        device.require(config)
        begin = clock()
        predicted = price.predict(asked)
        log("left", seconds=predicted.seconds, pause=predicted.seconds - predicted.parts["training"])
        first, first_was_stored = _first_phase(asked, predicted, log, keep_model)
        _train_control(asked, log, keep_model)
        seconds = Seconds()
        with seconds.measure("data"):
            splits = datasets.load(config.data, store.cache, log, log.should_stop, dataset)
        ready = phase.prepare(config, dataset, store, first, asked.plain, log)
        kept = checkpoint.Checkpoint(store, key)
        trained = phase.train(ready, config, splits, seconds, log, kept)
        if not kept.restored:  # else its seconds are not those of all its epochs
            price.learn(asked, trained.result)
        phases = (*(first.phases if first else ()), trained.result)
        result = RunResult(
            run_key=key,
            dataset=splits.summary(),
            weights=weights_info(config),
            phases=phases,
            batch_norm=config.batch_norm,
            path=trained.result.path,
            device=device.name(),
            seconds=_seconds(phases[-1:] if first_was_stored else phases, begin),
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            predicted_seconds=round(predicted.seconds, 1),
            notes=tuple(log.notes),
        )
        arrays = {**_first_arrays(first, store), **trained.arrays}
        written = receipt.of_run(config, dataset, result, arrays, device.environment(), asked.plain)
        if keep_model:
            phase.save_model(trained, config, store.path(key) / "model.keras")
        store.save(result, arrays, written)
        kept.discard()
        if config.may_stop_early:  # now it is known for how many epochs the head has to go on
            _train_control(asked, log, keep_model)
        return result


def _first_phase(asked: Asked, predicted: Price, log: Log, keep_model: bool) -> tuple[RunResult | None, bool]:
    """The result of feature extraction, trained now if need be, and whether it was stored already.

    It is a run of its own under its own key, so any number of fine-tunings start from the same one. None
    where the experiment has only one phase.
    """
    if asked.first is None:
        return None, False
    if asked.store.whole(asked.first.key):
        first = run(asked.first)
        log("phase", name="feature_extraction", epochs=len(first.last.epochs))
        for epoch in first.last.epochs:
            log.epoch(epoch)
        return first, True

    def report(event: str, **values) -> None:
        if event == "left":
            values["seconds"] += predicted.seconds - predicted.phases.get("feature_extraction", 0.0)
        log(event, **values)

    first = run(
        asked.first, report=report, should_stop=log.should_stop, should_give_way=log.should_give_way,
        between_steps=log.between_steps, keep_model=keep_model,
    )  # fmt: skip
    return first, False


def _train_control(asked: Asked, log: Log, keep_model: bool) -> None:
    """Train what the fine-tuning is judged against, a run of its own too, unless it is there already.

    From stored features that takes about a second. With augmentation it has a price, since its epochs need
    variants of their own: then it waits until someone asks for it.
    """
    control = asked.control
    if control is None or not control.due:
        return

    def report(event: str, **values) -> None:
        if event == "epoch":
            epochs = control.config.feature_extraction.epochs
            log("stage", name="control", done=values["epoch"], total=epochs)

    try:
        run(
            control, report=report, should_stop=log.should_stop, between_steps=log.between_steps,
            keep_model=keep_model,
        )  # fmt: skip
    except ThawError as problem:
        log.note(f"The head could not be trained on for comparison. {problem}")


def _first_arrays(first: RunResult | None, store: Store) -> dict[str, np.ndarray]:
    if first is None:
        return {}
    arrays = store.arrays(first.run_key)
    return {name: value for name, value in arrays.items() if name.startswith("feature_extraction/")}


def _seconds(trained: tuple[PhaseResult, ...], begin: float) -> dict[str, float]:
    """Seconds since `begin`, and the parts of them spent in the phases that were trained now."""
    parts = {name: round(sum(phase.seconds[name] for phase in trained), 3) for name in PARTS}
    return {"total": round(clock() - begin, 3), **parts}


def weights_info(config: ExperimentConfig) -> WeightsInfo:
    """Which weights the backbone of this config starts from."""
    if config.base.weights == "random":
        return WeightsInfo("random initial weights", "")
    found = weights.find()
    return WeightsInfo(found.source, found.sha256)
