"""Five-fold cross-validation from stored features: a recipe trained five times, each time on four fifths.

The frozen part's features of an image do not depend on the split, so the folds share them, and with the run
itself: only heads and tails are trained again.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.config import ExperimentConfig
from core.data.datasets import Splits
from core.data.groups import groups_of
from core.data.splits import loaded
from core.errors import DatasetError
from core.explain import studies
from core.explain.studies import Context, Kind, Study
from core.log import Log
from core.method.features import Bank
from core.method.timing import Seconds, clock
from core.randomness import SEEDS, hashed
from core.results import EpochMetrics
from core.wording import words

if TYPE_CHECKING:
    from core.method import phase
    from core.method.stored_rows import Picked
    from core.method.training import Rows

FOLDS = 5
MOST_EPOCHS = 1000  # that a config may ask for
SEED_STEP = SEEDS // 2  # to a seed that nobody has trained


def assign(
    image_ids: np.ndarray, labels: np.ndarray, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """The fold of each image, int64 (n,), 0 to 4.

    Every class is dealt out evenly: its numbers in any two folds differ by one at most, and so do the folds'
    sizes, as long as no image is there twice. Copies of one image share a fold, or one would be learned from
    and the other tested.

    Args:
        image_ids: uint64 (n,), as in `Splits`.
        labels: int64 (n,).
        seed: Another one deals otherwise.
        groups: uint64 (n,), the id of each image's group. A group is never torn: then classes and sizes are
            as even as whole groups allow (scikit-learn's `StratifiedGroupKFold`).

    Raises:
        DatasetError: there are too few groups of a class.
    """
    if groups is not None:
        return _together(image_ids, labels, seed, groups)
    ids, first, inverse = np.unique(image_ids, return_index=True, return_inverse=True)
    dealt = np.lexsort((hashed(ids, seed), labels[first]))  # class by class, at random within
    fold_of = np.empty(len(ids), np.int64)
    fold_of[dealt] = np.arange(len(ids)) % FOLDS
    return fold_of[inverse]


def _together(image_ids: np.ndarray, labels: np.ndarray, seed: int, groups: np.ndarray) -> np.ndarray:
    from sklearn.model_selection import StratifiedGroupKFold  # half a second to import: not at start-up

    fewest = min(len(np.unique(groups[labels == label])) for label in np.unique(labels))
    if fewest < FOLDS:
        raise DatasetError(
            f"A class has {words.plural(fewest, 'group')} of images, too few for {FOLDS} folds.",
            f"Expected at least {FOLDS} groups of every class.",
            "Take a rule that makes smaller groups, or `none`.",
            field="data.groups",
        )
    order = np.lexsort((image_ids, groups))  # whatever order the images came in
    fold_of = np.empty(len(labels), np.int64)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # groups of a class are counted above, images do not matter
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        parts = list(folds.split(order, labels[order], groups[order]))
    for fold, (_, tested) in enumerate(parts):
        fold_of[order[tested]] = fold
    return fold_of


def as_run(config: ExperimentConfig, counts: dict[str, int]) -> ExperimentConfig:
    """A run that costs about as much as all folds together, for the price.

    The folds pass 4 times over all images an epoch. Where the first phase sees augmented images, though, its
    work is nearly all in their features, which the folds share; its seed is another one there, because the
    variants that are stored for the run itself are not those of all images.
    """
    images = sum(counts.values())
    passes = (FOLDS - 1) * images / counts["train"]
    first = images / counts["train"] if config.augmentation.active else passes

    def longer(epochs: int, factor: float) -> int:
        return min(MOST_EPOCHS, math.ceil(epochs * factor))

    head, tuning = config.feature_extraction, config.fine_tuning
    return replace(
        config,
        seed=(config.seed + SEED_STEP) % SEEDS if config.augmentation.active else config.seed,
        feature_extraction=replace(head, epochs=longer(head.epochs, first)),
        fine_tuning=replace(tuning, epochs=longer(tuning.epochs, passes)),
    )


KIND = Kind(
    title="5-fold test",
    version=1,
    parts=(
        "data",
        "base",
        "augmentation",
        "head",
        "feature_extraction",
        "fine_tuning",
        "seed",
        "batch_norm",
        "batch_size",
        *studies.TRAINING,
    ),
    images=lambda counts, options: 0,
    as_run=as_run,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Train and test all phases of the config on each fold; the weights are tested that a run would end with.

    Where validation images choose them, those of the next fold do: three fifths are learned from, and the
    fold that is tested has no say.

    Returns:
        record: `folds`, how many there are, and `epochs`, of each.
        arrays: of all images in use, `context.splits.used`: `image_ids` uint64 (n,); `labels` and `folds`
            int64 (n,); `probabilities` float32, (n,) of the second class for two classes, else (n, classes),
            each by the network that did not learn from the image.

    Raises:
        ConfigError: the loss is no longer a number: the learning rate is too high.
        DatasetError: as `assign`.
        GaveWay: shorter jobs go first, and the folds so far are kept.
    """
    config, splits = context.config, context.splits
    used = splits.used
    image_ids, labels = splits.image_ids[used], splits.labels[used]
    fold_of = assign(image_ids, labels, config.data.split_seed, groups_in_use(context))
    before = context.finished_before()  # by number, in the order of the folds
    probabilities = [before[name] for name in map(str, range(FOLDS)) if name in before]
    progress = _Progress(context, len(probabilities))
    for fold in range(len(probabilities), FOLDS):
        progress.begin(fold)
        held_out = replace(splits, **_divided(used, fold_of, fold, config))
        probabilities.append(_train_and_test(context, held_out, progress))
        if fold + 1 < FOLDS:
            context.let_shorter_ones_go(lambda: {str(at): each for at, each in enumerate(probabilities)})
    found = np.empty((len(fold_of), *probabilities[0].shape[1:]), np.float32)
    for fold, values in enumerate(probabilities):
        found[fold_of == fold] = values
    arrays = {"image_ids": image_ids, "labels": labels, "folds": fold_of}
    return {"folds": FOLDS, "epochs": epochs(config)}, {**arrays, "probabilities": found}


def groups_in_use(context: Context) -> np.ndarray | None:
    """The id of the group of each image in use, uint64 (n,); None where nothing is kept together."""
    data = context.config.data
    if data.groups is None:
        return None
    found, where = groups_of(context.dataset, data.groups), loaded(context.dataset, data)
    return found.ids[found.of[where[context.splits.used]]]


def _divided(
    used: np.ndarray, fold_of: np.ndarray, fold: int, config: ExperimentConfig
) -> dict[str, np.ndarray]:
    """The splits of one fold. Its own images are `validation`, or `test` where validation chooses."""
    own, others = used[fold_of == fold], fold_of != fold
    if not config.validation_chooses:
        return {"train": used[others], "validation": own, "test": np.array([], np.int64)}
    next_fold = fold_of == (fold + 1) % FOLDS
    return {"train": used[others & ~next_fold], "validation": used[next_fold], "test": own}


def epochs(config: ExperimentConfig) -> int:
    """Epochs of all phases."""
    return config.feature_extraction.epochs + config.fine_tuning.epochs


def _train_and_test(context: Context, splits: Splits, log: _Progress) -> np.ndarray:
    """Probabilities of the held-out images (`_divided`) after the config's last phase."""
    from core.method import phase

    config, head, done = context.config, None, 0
    parts = [config.first_phase_only(), config] if config.two_phases else [config]
    for part in parts:
        ready = phase.prepare(part, context.dataset, context.store, None, False, log)
        trainer, todo = ready.bench.trainer, replace(ready.todo, first_epoch=done)
        if head is not None:  # fine-tuning goes on from the head as feature extraction left it
            ready.bench.network.head.set_weights(head)
        inputs = _inputs(ready, part, splits, log)
        done += len(phase.run_epochs(trainer, inputs, part, todo, Seconds(), log))
        head = ready.bench.network.head.get_weights()
    own = "test" if config.validation_chooses else "validation"
    return trainer.predict(inputs.evaluation(own), lambda _: log.check_stop())


def _inputs(ready: phase.Ready, config: ExperimentConfig, splits: Splits, log: _Progress):
    from core.method.inputs import PixelInputs

    if ready.bank is None:
        return PixelInputs(splits, config.augmentation, config.seed)
    bank = ready.bank(splits=splits, seconds=Seconds(), log=log)
    return FoldInputs(bank, splits, config.augmentation.active)


class FoldInputs:
    """Boundary features from a bank, in arrays of all images in use: one of them serves all five folds."""

    def __init__(self, bank: Bank, splits: Splits, augmented: bool):
        self._bank, self._splits, self._augmented = bank, splits, augmented
        self._everything = splits.used
        self._plain: np.ndarray | Picked | None = None

    def train(self, epoch: int) -> Rows:
        """Training rows of an epoch, counted from 0 through all phases."""
        if not self._augmented:
            return self._rows(self._unchanged(), "train")
        return self._rows(self._bank.augmented(self._everything, epoch), "train")

    def evaluation(self, split: str) -> Rows:
        """Rows of `validation` or `test`, never augmented."""
        return self._rows(self._unchanged(), split)

    def _unchanged(self) -> np.ndarray | Picked:
        if self._plain is None:
            self._plain = self._bank.plain(self._everything)
        return self._plain

    def _rows(self, array: np.ndarray | Picked, split: str) -> Rows:
        from core.method.training import Rows

        rows = np.searchsorted(self._everything, getattr(self._splits, split))
        return Rows(array, self._splits.labels[self._everything], rows)


class _Progress:
    """A `Log` for five trainings in a row: their epochs are counted together, and stages name the fold."""

    def __init__(self, context: Context, before: int):
        self._log: Log = context.log
        self.check_stop, self.note = context.log.check_stop, context.log.note
        self.should_stop, self.should_give_way = context.log.should_stop, context.log.should_give_way
        self._began = clock()
        each = epochs(context.config)
        self._total, self._done, self._fold, self._before = FOLDS * each, before * each, before, before
        study = Study("folds", context.config, context.options)
        self._say_left(studies.predicted_seconds(study, context.store, context.dataset) / FOLDS)

    def begin(self, fold: int) -> None:
        """Say which fold it is, from 0, and how long the rest takes at the pace so far."""
        self._fold = fold
        if fold > self._before:
            self._say_left((clock() - self._began) / (fold - self._before))
        self("stage", name="preparing")

    def _say_left(self, pace: float) -> None:
        self._log("left", seconds=pace * (FOLDS - self._fold), pause=pace)

    def __call__(self, event: str, **values) -> None:
        """Pass a stage on. Epochs are told by `epoch`; what is left of one phase is not what is left."""
        if event == "stage" and values["name"] != "epoch":
            self._log("stage", **values, fold=self._fold + 1, folds=FOLDS)

    def epoch(self, metrics: EpochMetrics) -> None:
        """Note a finished epoch of the fold."""
        self._done += 1
        self("stage", name="epochs_in_all", done=self._done, total=self._total)
