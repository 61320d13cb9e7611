"""What each unfreeze point costs: numbers that learn, bytes kept for an image, seconds. No TensorFlow."""

from collections.abc import Iterable, Mapping
from math import prod

import pandas as pd

from core import layers
from core.config import HeadConfig
from core.running.price import Price

FLOAT_BYTES = 4  # boundary features are float32


def stored_bytes(unfreeze_from: int, image_size: int) -> int:
    """Bytes of boundary features kept for one image and epoch variant; 0 where nothing is frozen.

    Without a frozen part there is no constant to keep: every epoch starts from the pixels.
    """
    cut = layers.boundary(unfreeze_from)
    return FLOAT_BYTES * prod(layers.boundary_shape(cut, image_size)) if cut else 0


def cost_frame(
    points: Iterable[int], head: HeadConfig, num_classes: int, image_size: int, prices: Mapping[int, Price]
) -> pd.DataFrame:
    """One row an unfreeze point, in ascending order.

    Args:
        prices: What a run from each of `points` takes on this machine, with what is already stored.

    Returns:
        Columns: layers frozen, trains (words), parameters that learn (head included), bytes an image,
        seconds, stored (whether the result is there already).
    """
    rows = [
        {
            "layers frozen": point,
            "trains": layers.stop_label(point),
            "parameters that learn": layers.count_trainable(point, head, num_classes).parameters,
            "bytes an image": stored_bytes(point, image_size),
            "seconds": round(prices[point].seconds, 1),
            "stored": prices[point].stored,
        }
        for point in sorted(points)
    ]
    return pd.DataFrame(rows)
