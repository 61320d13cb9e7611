"""A t-SNE map of the validation images: neighbours in feature space stay neighbours on the plane."""

import numpy as np

from core.errors import DatasetError
from core.explain import trained
from core.explain.maps import MAP_IMAGES, mapped_images
from core.explain.projection import pca
from core.explain.studies import Context, Kind

SEED = 0
FEWEST_IMAGES = 10
PERPLEXITY = 30  # about how many neighbours a point minds; scikit-learn's default
DENOISED = 50  # principal components that it gets (van der Maaten and Hinton use 30: JMLR 2008, section 4)
KIND = Kind(
    title="t-SNE map",
    version=1,
    parts=("data", "base"),
    images=lambda counts, options: (2 if "run" in options else 1) * mapped_images(counts, {}),
    fixed=4.0,
    look=True,
)


def perplexity(images: int) -> float:
    """`PERPLEXITY`, or less for few images: a point cannot mind more neighbours than there are."""
    return float(min(PERPLEXITY, (images - 1) // 3))


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `dimensions` (2 or 3); `run` adds the map after that run's last phase.

    The map before fine-tuning starts from the features' principal components. The map after it starts
    where that one ended, so that clouds keep their places unless the features say otherwise.

    Returns:
        record: `perplexity`, and `seed`.
        arrays: `before` and with a run `after`, float32 (n, dimensions); `positions` int64 (n,), the images'
            places in `splits`.

    Raises:
        DatasetError: there are too few validation images.
        StoreError: the run is gone.
    """
    positions = context.splits.validation[:MAP_IMAGES]
    if len(positions) < FEWEST_IMAGES:
        raise DatasetError(
            f"There are {len(positions)} validation images.",
            f"Expected at least {FEWEST_IMAGES} to place by t-SNE.", "Use more images.", field="data.limit",
        )  # fmt: skip
    dimensions, run_key = context.options["dimensions"], context.options.get("run")
    arrays = {"before": _place(context, positions, dimensions, None, None)}
    if run_key:
        arrays["after"] = _place(context, positions, dimensions, run_key, arrays["before"])
    record = {"perplexity": perplexity(len(positions)), "seed": SEED}
    return record, {**arrays, "positions": positions}


def _place(
    context: Context, positions: np.ndarray, dimensions: int, run_key: str | None, start: np.ndarray | None
) -> np.ndarray:
    pooled = trained.pooled_features(context, positions, run_key)
    context.log.check_stop()
    context.log("stage", name="placing_after_training" if run_key else "placing")
    return embed(pooled, dimensions, start)


def embed(features: np.ndarray, dimensions: int, start: np.ndarray | None = None) -> np.ndarray:
    """Points by scikit-learn's t-SNE (van der Maaten and Hinton, JMLR 2008), float32 (n, dimensions).

    The same features and start give the same points on one machine.

    Args:
        features: float (n, d), n at least `FEWEST_IMAGES`.
        start: float (n, dimensions), where the points begin; their principal components where it is None.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    denoised = pca(features, min(DENOISED, *features.shape)).points
    placed = denoised[:, :dimensions] if start is None else start
    # tiny, as scikit-learn makes its own start: the points must be free to find their order
    begin = (placed / max(placed[:, 0].std(), 1e-12) * 1e-4).astype(np.float32)
    method = TSNE(dimensions, perplexity=perplexity(len(features)), init=begin, random_state=SEED)
    with threadpool_limits(1):  # its threads meet a thousand times a second: they mostly wait
        return method.fit_transform(denoised.astype(np.float32))
