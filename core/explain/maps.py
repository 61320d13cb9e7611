"""A feature map: pooled features of the validation images, before fine-tuning or after it."""

import numpy as np

from core.explain import trained
from core.studies import MAP_IMAGES, Context


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Features by the frozen backbone, or with the option `run` by the backbone of that run's last phase.

    Returns:
        No record, and arrays `pooled` (n, 1280) float32, `labels` (n,) and `positions` (n,) int64, the
        images' places in `splits`.
    """
    splits = context.splits
    positions = splits.validation[:MAP_IMAGES]
    pooled = trained.pooled_features(context, positions, context.options.get("run"))
    return {}, {"pooled": pooled, "labels": splits.labels[positions], "positions": positions}
