"""The network as a run left it, rebuilt from the store. TensorFlow is imported when something is rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core.config import BACKBONE_LAYERS
from core.explain.studies import Context
from core.layers import boundary
from core.method import device
from core.method.bank import Recipe
from core.method.features import Bank
from core.method.timing import Seconds
from core.store import Store

if TYPE_CHECKING:
    import keras

TAIL_BATCH = 64


def rebuild(store: Store, run_key: str, phase_name: str | None = None):
    """Backbone and head with the weights that a phase of a stored run ended with.

    Args:
        phase_name: The run's last phase where it is None.

    Returns:
        The backbone, the head, and the phase's unfreeze point.

    Raises:
        StoreError: the run is gone.
    """
    from core.method import backbone, phase, training

    config, result = store.config(run_key), store.load(run_key)
    found = next(p for p in reversed(result.phases) if phase_name in (None, p.name))
    arrays = store.arrays(run_key)
    base = backbone.build(config.data.image_size, config.base, config.seed)
    for layer in base.layers[found.unfreeze_from :]:
        names = [f"{found.name}/tail/{layer.name}/{index}" for index in range(len(layer.weights))]
        layer.set_weights([arrays[name] for name in names])
    head = training.build_head(config.head, len(result.dataset.classes), config.seed)
    phase.restore_head(head, arrays, found.name)
    return base, head, found.unfreeze_from


def whole_model(store: Store, run_key: str) -> keras.Model:
    """A run's whole model, pixels 0..255 in, probabilities out, as it stood after its last phase: from its
    file, which is made again from the stored weights if it is gone.

    Raises:
        StoreError: the run is gone.
    """
    import keras

    from core.method import phase

    path = store.model_file(run_key)
    if path is not None:
        return cast("keras.Model", keras.models.load_model(path, compile=False))
    config = store.config(run_key)
    base, head, _ = rebuild(store, run_key)
    model = phase.whole_model(base, head, config.data.image_size, config.base.scaling)
    phase.write_model(model, store.path(run_key) / "model.keras")
    return model


def pooled_features(context: Context, positions: np.ndarray, run_key: str | None) -> np.ndarray:
    """Pooled features, float32 (n, 1280), of images as they are, by the pretrained or a run's backbone.

    What lies below the run's unfreeze point is the same in both, and comes from the bank.
    """
    from core.method import backbone

    if run_key is None:
        base, cut = backbone.build(context.config.data.image_size, context.config.base, 0), BACKBONE_LAYERS
    else:
        base, _, unfreeze_from = rebuild(context.store, run_key)
        cut = boundary(unfreeze_from)
    if cut == 0:  # trained whole: nothing below is shared, and nothing is worth keeping
        return _through_all(base, context, positions)
    recipe = Recipe.of(context.config, cut, device.engine(device.name()))
    found = Bank(context.store, context.splits, recipe, base, Seconds(), context.log).plain(positions)
    if cut == BACKBONE_LAYERS:
        return np.asarray(found)
    return _batch_by_batch(backbone.tail(base, cut), lambda rows: found[rows], context, len(positions))


def _through_all(base: keras.Model, context: Context, positions: np.ndarray) -> np.ndarray:
    from core.method import backbone

    pixels, scaling = context.splits.pixels, context.config.base.scaling
    whole = backbone.segment(base, 0, BACKBONE_LAYERS)

    def scaled(rows: slice):
        return backbone.scale(pixels[positions[rows]], scaling)

    return _batch_by_batch(whole, scaled, context, len(positions))


def _batch_by_batch(
    model: keras.Model, inputs: Callable[[slice], Any], context: Context, images: int
) -> np.ndarray:
    """Outputs for `inputs(rows)`, a batch of rows at a time, with progress and a look for a wish to stop."""
    outputs = []
    for at in range(0, images, TAIL_BATCH):
        context.log.check_stop()
        batch = np.asarray(inputs(slice(at, at + TAIL_BATCH)))
        outputs.append(model(batch, training=False).numpy())
        context.log("stage", name="features_after_training", done=at + len(batch), total=images)
    return np.concatenate(outputs)
