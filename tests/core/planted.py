"""Runs of which it is known what mattered, because it was put there."""

from dataclasses import replace

import numpy as np
import pytest

from core import layers
from core.store import Store
from tests.core.tiny_run import TinyRun

BLOCK = "block 14"
TINY = {
    "data.limit": 320, "data.shares": (0.4, 0.4, 0.2), "fine_tuning.unfreeze_from": 116,
    "feature_extraction.epochs": 4, "fine_tuning.epochs": 4, "fine_tuning.learning_rate": 1e-3,
}  # fmt: skip


def layers_of(label: str) -> range:
    """The layers of a segment."""
    block = next(block for block in layers.blocks() if block.label == label)
    return range(block.start, block.end)


def only_block_trained(home) -> TinyRun:
    """A run that thawed from block 13 on, but of whose backbone only `BLOCK` learned."""
    from core.method import backbone, workshop

    def freeze(base, unfreeze_from):
        base.trainable = True
        for index, layer in enumerate(base.layers):
            layer.trainable = index in layers_of(BLOCK) and unfreeze_from < layers.BACKBONE_LAYERS

    workshop._benches.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbone, "freeze_below", freeze)
        patch.setattr(backbone, "check_counts", lambda base, unfreeze_from: None)
        run = TinyRun(home, TINY)
    workshop._benches.clear()  # a network whose flags are such
    return run


def with_noise(store: Store, run_key: str, label: str, share: float) -> str:
    """A copy of a run with noise added to the kernels of a segment: `share` of each one's own size."""
    key = f"run-v1-{'0' * 15}a"
    arrays, random = dict(store.arrays(run_key)), np.random.default_rng(0)
    names = [layers.layer_table()[index].name for index in layers_of(label)]
    for name, values in arrays.items():
        if any(name.startswith(f"fine_tuning/tail/{layer}/") for layer in names) and values.ndim == 4:
            noise = random.normal(size=values.shape) * values.std() * share
            arrays[name] = (values + noise).astype(np.float32)
    store.create(key, store.config(run_key))
    store.save(replace(store.load(run_key), run_key=key), arrays, {})
    return key
