"""The bar that every accuracy is measured against: what one gets without looking at a picture."""

from collections.abc import Sequence

import numpy as np


def commonest_share(class_counts: Sequence[int] | np.ndarray) -> float:
    """Accuracy of always naming the commonest class, in 0..1.

    Args:
        class_counts: Images of each class, whole numbers (k,), not all 0.
    """
    counts = np.asarray(class_counts)
    return float(counts.max() / counts.sum())
