"""A feature map: pooled features of the images of a split, before fine-tuning or after it."""

from typing import Any

import numpy as np

from core.explain import trained
from core.explain.studies import Context, Counts, Kind

MAP_IMAGES = 1000  # points on a feature map; more would only hide each other
SEARCHED_IMAGES = 2000  # training images that neighbours are looked for among


def mapped_images(counts: Counts, options: dict[str, Any]) -> int:
    """How many images of a split are looked at."""
    split = options.get("split", "validation")
    return min(counts[split], MAP_IMAGES if split == "validation" else SEARCHED_IMAGES)


KIND = Kind(title="Feature map", version=2, parts=("data", "base"), images=mapped_images, look=True)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run` (features by the backbone of that run's last phase; without it by the frozen one);
    `split` (`validation`, the default, or `train`).

    Returns:
        No record, and arrays `pooled` (n, 1280) float32, `labels` (n,) and `positions` (n,) int64, the
        images' places in `splits`.

    Raises:
        StoreError: the run is gone.
    """
    splits, split = context.splits, context.options.get("split", "validation")
    wanted = getattr(splits, split)
    positions = wanted[: mapped_images({split: len(wanted)}, context.options)]
    pooled = trained.pooled_features(context, positions, context.options.get("run"))
    return {}, {"pooled": pooled, "labels": splits.labels[positions], "positions": positions}
