"""What BatchNorm layers were stored with, and what batches of these images would give them instead."""

import numpy as np

from core.explain.studies import Context, Kind

BATCHES = 10

KIND = Kind(
    title="BatchNorm's statistics",
    version=1,
    parts=("data", "base", "seed", "batch_size"),
    images=lambda counts, options: counts["train"],
    fixed=8.0,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Batches of training images, as they are, go through the pretrained base in inference mode; mean and
    variance of what arrives at every BatchNorm layer are taken over each batch, as `training=True` would.

    The batches are those of the first epoch, in its order, full ones only (one of all images where there are
    fewer).

    Returns:
        record: `batch_size`; `epsilon`; and of each of the 52 layers `names` and `layers`, its index in the
            base.
        arrays: over all channels of all layers, one after the other: `mean`, `variance` float32
            (batches, channels); `stored_mean`, `stored_variance` float32 (channels,); `starts` int64 (53,),
            where each layer's channels begin, and the end of the last one's.
    """
    import keras
    import tensorflow as tf

    from core.method import backbone, training

    config, splits = context.config, context.splits
    base = backbone.build(config.data.image_size, config.base, config.seed)
    kind = keras.layers.BatchNormalization
    normal = [(at, one) for at, one in enumerate(base.layers) if isinstance(one, kind)]
    stored = [one.get_weights()[2:] for _, one in normal]  # after scale and shift: mean and variance
    inner = keras.Model(base.input, [one.input for _, one in normal])

    @tf.function(jit_compile=False)  # the moments inside: else every layer's output would be kept
    def moments(pixels):
        found = [tf.nn.moments(out, [0, 1, 2]) for out in inner(pixels, training=False)]
        return tf.concat([mean for mean, _ in found], 0), tf.concat([variance for _, variance in found], 0)

    order = splits.train[training.shuffled(len(splits.train), config.seed, 0)]
    size = min(config.batch_size, len(order))
    batches = [order[at : at + size] for at in range(0, len(order) - size + 1, size)][:BATCHES]
    seen = []
    for done, batch in enumerate(batches):
        context.log.check_stop()
        context.log("stage", name="batches", done=done, total=len(batches))
        scaled = backbone.scale(splits.pixels[batch], config.base.scaling)
        seen.append([part.numpy() for part in moments(scaled)])
    counts = [len(mean) for mean, _ in stored]
    record = {
        "batch_size": size,
        "epsilon": float(normal[0][1].epsilon),
        "names": [one.name for _, one in normal],
        "layers": [at for at, _ in normal],
    }
    return record, {
        "mean": np.stack([mean for mean, _ in seen]),
        "variance": np.stack([variance for _, variance in seen]),
        "stored_mean": np.concatenate([mean for mean, _ in stored]),
        "stored_variance": np.concatenate([variance for _, variance in stored]),
        "starts": np.cumsum([0, *counts]),
    }
