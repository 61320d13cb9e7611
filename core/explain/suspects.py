"""Suspect labels: which images are filed under a class that the others of it speak against, and how far to
believe that.

Heads learn from stored features, each from four fifths of the images, and judge the fifth that they never
saw. Confident learning (`core.explain.confident`) says which labels they contradict. Before anyone is accused
the whole of it is tried on these very images with labels that are known to be wrong.

From the same features come the nearest images of each suspect, and those that lie far from all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset
from core.data.splits import loaded
from core.errors import DatasetError
from core.explain import confident, trained
from core.explain.confident import ROUNDS
from core.explain.folds import FOLDS
from core.explain.studies import Context, Kind, Study
from core.running import price
from core.store import Store

MOST_IMAGES = 20_000  # 100 MB of features; of a larger set a share, divided by class
LEAST_IMAGES = 50
MOST_LISTED = 300  # suspects, and far images, that are told one by one
NEAREST = 4  # images shown beside a suspect
NEIGHBOUR = 5  # as `core.predict.distance`: a few odd pictures cannot vouch for each other
FAR = 3.0  # interquartile ranges above the upper quartile: Tukey's "far out" (1977)
_AT_ONCE = 2**22  # distances at a time: 17 MB
HEAD_SECONDS = 5e-8  # of one head, an image, a component and a class, on one core
NEAR_SECONDS = 1e-10  # of a distance, a pair and a feature


def study_of(config: ExperimentConfig, dataset: Dataset) -> Study:
    """The question for a data set at the image size of `config`, whatever its split and number of images."""
    limit = MOST_IMAGES if len(dataset.items) > MOST_IMAGES else None
    data = DataConfig(config.data.name, image_size=config.data.image_size, limit=limit)
    return Study("suspects", replace(config, data=data), {})


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    n = min(len(dataset.items), config.data.limit or MOST_IMAGES)
    heads = (ROUNDS + 1) * FOLDS * n * confident.COMPONENTS * (len(dataset.classes) + 1) * HEAD_SECONDS
    return price.predict_forward(config, dataset, store, n) + heads + NEAR_SECONDS * n * n * 1280


KIND = Kind(
    title="Suspect labels",
    version=2,
    parts=("data", "base"),
    images=lambda counts, options: 0,
    price=_price,
)


def compute(context: Context) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Options: none.

    Returns:
        record: `images`, how many there are; `pointed`, labels that look wrong, and `trial`, a
            `confident.Trial` as JSON; `suspects`, the worst first, each with `image` [name, SHA-256], `given`
            and `said` (class names), `own` and `sure` (their probabilities) and `nearest`, the most alike of
            those that the head which judged it learned from, as [name, SHA-256]; `far`, images far from all
            others, the farthest first, each with `image` and `distance`, and `usual`, the median distance (of
            features of length 1, 0..2).
        arrays: of all images, `image_ids` uint64 (n,) and `own` float32 (n,), the probability of its label by
            a head that never saw it.

    Raises:
        DatasetError: there are too few images.
    """
    splits = context.splits
    used, classes = splits.used, splits.classes
    if len(used) < LEAST_IMAGES:
        raise DatasetError(
            f"There are {len(used)} images.", f"Expected at least {LEAST_IMAGES} to learn labels from.",
            "Add images; among so few you see a wrong label yourself.", field="data.name",
        )  # fmt: skip
    labels, ids = splits.labels[used], splits.image_ids[used]
    pooled = trained.pooled_features(context, used, None)

    def told(done: int) -> None:
        context.log.check_stop()
        context.log("stage", name="heads", done=done, total=FOLDS * (ROUNDS + 1))

    found = confident.look(confident.reduced(pooled), labels, ids, len(classes), told)
    unit = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
    distances, far = _far(unit, context)
    worst = np.flatnonzero(found.pointed)
    worst = worst[np.argsort(found.own[worst], kind="stable")][:MOST_LISTED]
    items, where = context.dataset.items, loaded(context.dataset, context.config.data)

    def image(row: int) -> list[str]:
        item = items[where[used[row]]]
        return [item.name, item.sha256]

    suspects = [
        {
            "image": image(row), "given": classes[labels[row]], "said": classes[found.said[row]],
            "own": float(found.own[row]), "sure": float(found.sure[row]),
            "nearest": [image(near) for near in _nearest(unit, found.folds, row)],
        }
        for row in worst
    ]  # fmt: skip
    record = {
        "images": len(used),
        "pointed": int(found.pointed.sum()),
        "trial": found.trial.plain(),
        "suspects": suspects,
        "far": [{"image": image(row), "distance": float(distances[row])} for row in far[:MOST_LISTED]],
        "usual": float(np.median(distances)),
    }
    return record, {"image_ids": ids, "own": found.own.astype(np.float32)}


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    step = max(1, _AT_ONCE // max(columns, 1))
    return (slice(start, start + step) for start in range(0, rows, step))


def _far(unit: np.ndarray, context: Context) -> tuple[np.ndarray, np.ndarray]:
    """Each image's distance to its `NEIGHBOUR`-th nearest other, float32 (n,), and the rows of those that lie
    far beyond the others', the farthest first."""
    n = len(unit)
    distances = np.empty(n, np.float32)
    for here in _blocks(n, n):
        context.log.check_stop()
        likeness = unit[here] @ unit.T
        place = n - 1 - min(NEIGHBOUR, n - 1)  # itself is the most alike
        distances[here] = np.sqrt(np.maximum(2 - 2 * np.partition(likeness, place, axis=1)[:, place], 0))
        context.log("stage", name="comparing_pictures", done=min(here.stop, n), total=n)
    low, high = np.quantile(distances, [0.25, 0.75])
    far = np.flatnonzero(distances > high + FAR * (high - low))
    return distances, far[np.argsort(-distances[far], kind="stable")]


def _nearest(unit: np.ndarray, folds: np.ndarray, row: int) -> np.ndarray:
    """Of the images from which the head that judged one had learned, the rows of those most like it. Its
    copies share its fold, so they are none of them."""
    others = np.flatnonzero(folds != folds[row])
    return others[np.argsort(-(unit[others] @ unit[row]), kind="stable")[:NEAREST]]
