"""Boundary features of many unfreeze points in one pass, before a sweep trains at each of them.

What lies at one boundary is passed through on the way to the next, so one network with an output at each
gives all of them for little more than the highest costs alone, and is converted once. The numbers are those
that `features.Bank` makes for one boundary, bit for bit, and lie under the same keys: a run at any of these
points finds them. TensorFlow is imported when something is computed.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core import layers, reserve
from core.config import ExperimentConfig
from core.data.datasets import Splits
from core.errors import StoreError
from core.log import Listener
from core.method import device
from core.method.bank import LITERT_BATCH, BankFiles, Recipe, budget_bytes, several_key
from core.method.features import BATCH, in_order
from core.method.timing import clock
from core.store import Store

BATCH_BYTES = 16_000_000  # of features that a thread computes at a time, at the most
FRAME_BYTES = 200  # of a stored array: its header and checksum


@dataclass(frozen=True)
class Kept:
    """What one pass did, as boundaries in the order asked for.

    Attributes:
        made: Computed and stored now.
        left: Neither stored before nor now: a run there computes its own.
    """

    made: tuple[int, ...]
    left: tuple[int, ...]


def keep_features(
    config: ExperimentConfig, splits: Splits, store: Store, unfreeze_points: Iterable[int], log: Listener
) -> Kept:
    """Store the features of all images at the boundaries of many unfreeze points, from one pass over them.

    What is stored already is left as it is. What is made fits into the bank's budget beside that, and on the
    disk: the points given first come first, one that does not fit is passed over, and a note tells it. A
    single missing boundary is left to its run, which makes it from the nearest thing stored. With
    augmentation nothing is done, since each epoch has features of its own. Rows go to disk as they are
    computed, so that only a few batches a core are in memory. Each array's noted seconds are its share of
    the pass (`shares`).

    Args:
        splits: Of `config.data`; which of its images train makes no difference.
        unfreeze_points: 0 to 154, the most important first. Those in one block share a boundary, and those
            in the stem have none.
        log: Told of the stages `preparing` and `features`, done and total in images; asked about stopping
            after every batch.

    Raises:
        Stopped: someone asked; no array is half-written.
        WeightsError: the pretrained weights are missing or not the official ones.
    """
    if config.augmentation.active:
        return Kept((), ())
    engine, cuts = device.engine(device.name()), dict.fromkeys(map(layers.boundary, unfreeze_points))
    recipes, files = [Recipe.of(config, cut, engine) for cut in cuts if cut], BankFiles(store.cache)
    before, problem = _missing(recipes, splits, files), None
    most = len(before)
    while len(todo := _fitting(recipes, splits, files)[:most]) > 1:
        try:
            _one_pass(todo, config, splits, store, log)
            break
        except StoreError as error:  # the disk filled up meanwhile, or the folder cannot be written
            problem, most = error, len(todo) // 2
    left = _missing(recipes, splits, files)
    if left and len(before) > 1:
        log.note(_what_is_left(left, recipes, len(splits.labels), problem))
    made = [recipe.boundary for recipe in before if recipe not in left]
    return Kept(tuple(made), tuple(recipe.boundary for recipe in left))


def shares(cuts: list[int], image_size: int) -> dict[int, float]:
    """What part of a pass each boundary is charged; together 1, so that no second counts twice.

    The layers between two boundaries are paid in equal parts by all that they are computed for, which are
    those above: the Shapley value of such a shared way (Littlechild and Owen 1973, "A simple expression for
    the Shapley value in a special case"). Work is counted in `layers.macs`.
    """
    work, paid, below, found = layers.macs(image_size), 0.0, 0, {}
    for done, cut in enumerate(sorted(cuts)):
        paid += sum(work[below:cut]) / (len(cuts) - done)
        found[cut], below = paid / sum(work[: max(cuts)]), cut
    return found


def _missing(recipes: list[Recipe], splits: Splits, files: BankFiles) -> list[Recipe]:
    """Those without a whole stored array of these images; the others count as used just now."""
    ids = splits.image_ids

    def stored(recipe: Recipe) -> bool:
        return files.open(files.path(recipe, None, ids), (len(ids), *recipe.shape)) is not None

    return [recipe for recipe in recipes if not stored(recipe)]


def _fitting(recipes: list[Recipe], splits: Splits, files: BankFiles) -> list[Recipe]:
    """Those that are missing and have room beside the stored ones; other features make room, the longest
    unused first."""
    images, missing = len(splits.labels), _missing(recipes, splits, files)
    stored = [recipe for recipe in recipes if recipe not in missing]
    todo = _within(budget_bytes() - _bytes(stored, images), missing, images)
    files.evict([files.path(recipe, None, splits.image_ids) for recipe in stored], _bytes(todo, images))
    return _within(reserve.room(files.folder), todo, images)


def _within(room: float, recipes: list[Recipe], images: int) -> list[Recipe]:
    """As many of them as fit into so many bytes together, each taken in its turn if it still fits."""
    found: list[Recipe] = []
    for recipe in recipes:
        if _bytes([*found, recipe], images) <= room:
            found.append(recipe)
    return found


def _bytes(recipes: list[Recipe], images: int) -> int:
    """What their arrays take on disk together."""
    return sum(images * recipe.image_bytes + FRAME_BYTES for recipe in recipes)


def _one_pass(
    recipes: list[Recipe], config: ExperimentConfig, splits: Splits, store: Store, log: Listener
) -> None:
    """Compute and store the features by all these recipes.

    Raises:
        StoreError: one of them could not be stored; each is there whole or not at all.
        Stopped: someone asked; none is there.
    """
    from core.method import backbone, engine, workshop

    log("stage", name="preparing")
    begin, files, ids = clock(), BankFiles(store.cache), splits.image_ids
    base = workshop.untrained_base(config.data.image_size, config.base, workshop.base_seed(config))
    cuts, name = [recipe.boundary for recipe in recipes], recipes[0].engine
    converted = store.cache / "engines" / f"{several_key(recipes)}.tflite"
    forward = engine.build_several(name, backbone.outputs(base, cuts), config.base.scaling, converted)
    at_once = _images_at_once(recipes)

    def batch(at: int) -> list[np.ndarray]:
        return forward(splits.pixels[at : at + at_once])

    paths = [files.path(recipe, None, ids) for recipe in recipes]
    with contextlib.ExitStack() as whole:
        arrays = [
            whole.enter_context(files.writing(path, ids, recipe.shape))
            for path, recipe in zip(paths, recipes, strict=True)
        ]
        for at, features in in_order(batch, range(0, len(ids), at_once), log):
            for add, rows in zip(arrays, features, strict=True):
                add(rows)
            log("stage", name="features", done=at + len(features[0]), total=len(ids))
    took, share = clock() - begin, shares(cuts, config.data.image_size)
    with contextlib.suppress(StoreError):
        for path, cut in zip(paths, cuts, strict=True):
            files.note_seconds(path, took * share[cut])


def _images_at_once(recipes: list[Recipe]) -> int:
    """Images of one batch. TensorFlow's numbers could depend on it, so there it is what `Bank` has."""
    if recipes[0].engine == "tensorflow":
        return BATCH
    fitting = BATCH_BYTES // sum(recipe.image_bytes for recipe in recipes)
    return min(BATCH, max(1, fitting // LITERT_BATCH) * LITERT_BATCH)


def _what_is_left(left: list[Recipe], recipes: list[Recipe], images: int, problem: StoreError | None) -> str:
    """The note for a person: how many could not be kept, why, and what helps."""
    take, budget = _bytes(recipes, images) / 1e6, budget_bytes() / 1e6
    if problem is not None:
        why, fix = problem.happened.rstrip("."), problem.fix
    elif take > budget:
        why = f"all of them take {take:,.0f} MB, and stored features may take {budget:,.0f} MB"
        fix = "Raise THAW_CACHE_GB."
    else:
        why = f"all of them take {take:,.0f} MB, and the disk has less left"
        fix = "Free some disk space, or set THAW_HOME to another disk."
    return (
        f"The features of {len(left)} of {len(recipes)} depths could not be kept beside the others ({why}): "
        f"a run there computes its own. {fix}"
    )
