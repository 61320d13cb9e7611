"""Frozen networks by number of training images: heads at several sizes and resamples, from stored features.

    record   {"images": [number, ...], "resamples", "validation", "test": images checked on, "epochs"}
    arrays   validation, test: int64 (sizes, resamples), images classified right
             loss: float64 (sizes, resamples), cross-entropy on the validation images, nats

The backbone is the same for all of them, so each image's features are computed once. Every head is trained as
a run trains it (`core.method.training`): the same initial weights, batches in the same order, dropout,
optimizer, rate and epochs. So it is bit for bit the feature extraction of the ordinary run of its point
(`core.sweeps.plan.resampled`) without augmentation, which would cost a pass over the images an epoch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.choosing import is_over
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.data.datasets import Dataset
from core.data.splits import loaded, split
from core.errors import ConfigError
from core.explain.studies import TRAINING, Context, Kind, Study
from core.method import device
from core.method.bank import Recipe
from core.method.evaluation import cross_entropy, right
from core.method.features import Bank
from core.method.timing import Seconds, clock
from core.results import EpochMetrics
from core.running import price
from core.store import Store
from core.sweeps.image_counts import RESAMPLES, image_counts, sweep_over
from core.transforms import AugmentationConfig

NAMES = ("validation", "test", "loss")
HEAD_SECONDS = 0.05  # to begin a head anew


def study_of(config: ExperimentConfig, dataset: Dataset, resamples: int = RESAMPLES) -> Study:
    """The question for a recipe, whatever follows its feature extraction. Raises DatasetError where there are
    too few images for it."""
    options = {"images": list(image_counts(dataset, config.data)), "resamples": resamples}
    return Study("head_curve", head_only(config), options)


def head_only(config: ExperimentConfig) -> ExperimentConfig:
    """What a head learns by: feature extraction on the images as they are. Raises ConfigError where it has no
    epochs."""
    return replace(config.first_phase_only(), augmentation=AugmentationConfig())


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    work = price.workload(head_only(config), dataset, store, "feature_extraction", plain=False)
    heads, divided = len(options["images"]) * options["resamples"], split(dataset, config.data)
    checked = len(divided["validation"]) + len(divided["test"])
    learned = options["images"][-1] * config.feature_extraction.epochs
    all_heads = replace(work, learned=heads * (learned + checked / 3))
    return sum(price.phase_seconds(all_heads, price.read_rates(store)).values()) + heads * HEAD_SECONDS


KIND = Kind(
    title="Heads by number of images",
    version=1,
    parts=("data", "base", "head", "feature_extraction", "seed", "batch_size", *TRAINING),
    images=lambda counts, options: 0,
    price=_price,
)


def compute(context: Context) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Options: `images`, ascending, the last all there are; `resamples`.

    Raises:
        ConfigError: random weights below the head, or its rate is too high.
        GaveWay: shorter jobs go first, and the heads so far are kept.
    """
    config, splits = context.config, context.splits
    _refuse(config)
    counts, resamples = context.options["images"], context.options["resamples"]
    todo = [point.config for point in sweep_over(head_only(config), counts, resamples).points()]
    before = context.finished_before()
    found = list(zip(*(before[name].tolist() for name in NAMES), strict=True)) if before else []
    heads, known, begin = Heads(context), len(found), clock()
    for done, one in enumerate(todo[known:]):
        context.log("stage", name="heads", done=known + done, total=len(todo))
        if done:
            pace = (clock() - begin) / done
            context.log("left", seconds=pace * (len(todo) - known - done), pause=pace)
            context.let_shorter_ones_go(lambda: _columns(found))
        found.append(heads.checked(one))
    context.log("stage", name="heads", done=len(todo), total=len(todo))
    record = {
        "images": counts,
        "resamples": resamples,
        "validation": len(splits.validation),
        "test": len(splits.test),
        "epochs": config.feature_extraction.epochs,
    }
    return record, {name: column.reshape(len(counts), resamples) for name, column in _columns(found).items()}


def _refuse(config: ExperimentConfig) -> None:
    if config.base.weights != "imagenet":
        raise ConfigError(
            "base.weights is random: another backbone for each seed.", "Expected the pretrained one.",
            "Ask for the recipe with transfer.", field="base.weights",
        )  # fmt: skip


def _columns(found: Sequence[tuple[int, int, float]]) -> dict[str, np.ndarray]:
    return {name: np.array(column) for name, column in zip(NAMES, zip(*found, strict=True), strict=True)}


class Heads:
    """Trains one head after the other on the same features."""

    def __init__(self, context: Context):
        from core.method import workshop
        from core.method.inputs import FeatureInputs

        self._context, self._splits = context, context.splits
        config, splits = context.config, context.splits
        context.log("stage", name="preparing")
        first = config.feature_extraction
        order = workshop.order_for(config, BACKBONE_LAYERS, first.optimizer, len(splits.classes), False)
        self._bench = workshop.prepare(order, first.learning_rate, config.seed)
        recipe = Recipe.of(config, BACKBONE_LAYERS, device.engine(device.name()))
        base = self._bench.network.base
        bank = Bank(context.store, splits, recipe, base, Seconds(), context.log)
        inputs = FeatureInputs(bank, splits, augmented=False)
        self._learned = inputs.train(0)
        self._checked = {name: inputs.evaluation(name) for name in ("validation", "test")}
        self._where = loaded(context.dataset, config.data)
        self._bench.trainer.trace()

    def checked(self, config: ExperimentConfig) -> tuple[int, int, float]:
        """Train the head of one config.

        Returns:
            How many validation and test images it gets right, and its loss on the validation images.
        """
        said = self.train(config)
        labels = {name: rows.labels[rows.positions] for name, rows in self._checked.items()}
        answers = {name: int(right(said[name], labels[name]).sum()) for name in said}
        return answers["validation"], answers["test"], cross_entropy(said["validation"], labels["validation"])

    def train(self, config: ExperimentConfig) -> dict[str, np.ndarray]:
        """Train it, and give its probabilities for validation and test images as `Trainer.predict` does."""
        from core.method import training, workshop
        from core.method.checkpoint import Best

        first, stop = config.feature_extraction, self._stop
        classes = len(self._splits.classes)
        head = training.build_head(config.head, classes, config.seed)
        workshop.begin_anew(self._bench, head, first.learning_rate)
        trainer = self._bench.trainer
        rows = replace(self._learned, positions=self._learned.positions[self._chosen(config)])
        epochs: list[EpochMetrics] = []
        best = Best(trainer) if config.keep == "best" else None
        while not is_over(epochs, first.epochs, config.patience):
            number = len(epochs)
            order = training.shuffled(len(rows), config.seed, number)
            loss, accuracy = trainer.train_epoch(rows, order, config.batch_size, stop)
            if not math.isfinite(loss):
                raise ConfigError(
                    f"The loss of a head is no longer a number in epoch {number + 1}.",
                    "Expected a rate that keeps it finite; feature_extraction.learning_rate is "
                    f"{first.learning_rate:g}.",
                    "Divide the learning rate by ten.",
                    field="feature_extraction.learning_rate",
                )
            checked = self._validated() if config.validation_chooses else (math.inf, 0.0)
            epochs.append(EpochMetrics(number + 1, loss, accuracy, *checked, seconds=0.0))
            if best is not None:
                best.note(epochs)
        if best is not None:
            best.restore()
        return {name: trainer.predict(rows, stop) for name, rows in self._checked.items()}

    def _validated(self) -> tuple[float, float]:
        """Loss and accuracy on the validation images, as a run has them after an epoch."""
        rows = self._checked["validation"]
        said, labels = self._bench.trainer.predict(rows, self._stop), rows.labels[rows.positions]
        return cross_entropy(said, labels), float(right(said, labels).mean())

    def _chosen(self, config: ExperimentConfig) -> np.ndarray:
        """Which of the training images it learns from, as places in their order."""
        taken = split(self._context.dataset, config.data)["train"]
        return np.flatnonzero(np.isin(self._splits.train, np.searchsorted(self._where, taken)))

    def _stop(self, done: int) -> None:
        self._context.log.check_stop()
