"""Similarity: how alike the network sees images before training and after it, block by block.

Linear CKA (`core.statistics.cka`), after Kornblith and others (ICML 2019), of features at the end of every
segment. They compare whole feature maps; here each channel is first averaged over its positions, as global
average pooling does at the top, so that what changed only in where something is seen is not seen.
"""

from dataclasses import replace

import numpy as np

from core import layers
from core.errors import DatasetError
from core.explain.maps import MAP_IMAGES
from core.explain.probes import by_depth, pooled_at_every_depth
from core.explain.studies import Context, Kind
from core.statistics import cka

KIND = Kind(
    title="Similarity before and after",
    version=1,
    parts=("data",),
    images=lambda counts, options: 2 * min(counts["validation"], MAP_IMAGES),
    fixed=3.0,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run`. At most `MAP_IMAGES` validation images go through the network as it was before any
    training (pretrained, or the random weights that a run from scratch began with) and as the run left it,
    each by a pass of its own from the pixels: nothing is taken to be the same because it was frozen.

    Returns:
        record: `images`; `before`, `imagenet` or `random`; `blocks`, input first: `block`, `frozen` (whether
            every layer of it and below was), `cka`, `low`, `high` (95%; None where there are too few images,
            or features are the same for all images); `map`, CKA of every segment before (rows) and after;
            `farthest_below`, the largest distance from 1 of the frozen ones, None where nothing was frozen.
        arrays: `map` float64 (19, 19); `positions` int64 (n,).

    Raises:
        DatasetError: too few validation images.
        StoreError: the run is gone.
    """
    run_key, config = context.options["run"], context.config
    phase = context.store.load(run_key).last
    positions = context.splits.validation[:MAP_IMAGES]
    if len(positions) < cka.FEWEST:
        raise DatasetError(
            f"There are {len(positions)} validation images.", f"Expected at least {cka.FEWEST}.",
            "Use more images.", field="data.limit",
        )  # fmt: skip
    looks = {"seed": config.seed}, {"run": run_key}
    before, after = (
        by_depth(pooled_at_every_depth(replace(context, options=look), positions))[1:] for look in looks
    )
    from threadpoolctl import threadpool_limits

    context.log("stage", name="comparing_features")
    with threadpool_limits(1):  # these matrices are small: threads would only wait for one another
        found, blocks = _compared(context, before, after, phase.unfreeze_from)
    below = [abs(1 - row["cka"]) for row in blocks if row["frozen"] and row["cka"] is not None]
    record = {
        "images": len(positions),
        "before": config.base.weights,
        "blocks": blocks,
        "map": [[_number(value) for value in row] for row in found],
        "farthest_below": max(below, default=None),
    }
    return record, {"map": found, "positions": positions}


def _compared(
    context: Context, before: list[np.ndarray], after: list[np.ndarray], unfreeze_from: int
) -> tuple[np.ndarray, list[dict]]:
    """`map` and `blocks` as `compute` returns them, from the features of every segment."""
    found, blocks = np.empty((len(before), len(after))), []
    was = [cka.Seen(features) for features in before]
    for at, (block, features) in enumerate(zip(layers.blocks(), after, strict=True)):
        context.log.check_stop()
        now = cka.Seen(features)  # one at a time: each takes 8 MB for `MAP_IMAGES`
        found[:, at] = [cka.cka(one, now) for one in was]
        row = {"block": block.label, "frozen": block.end <= unfreeze_from}
        values = vars(cka.with_interval(was[at], now))
        blocks.append(row | {name: _number(value) for name, value in values.items()})
    return found, blocks


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
