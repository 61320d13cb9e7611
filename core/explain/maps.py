"""A feature map: pooled features of the images of a split, before fine-tuning or after it."""

import numpy as np

from core.explain import trained
from core.explain.studies import Context, mapped_images


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
