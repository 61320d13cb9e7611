"""How far up is the information? A linear probe at the end of every block, from one pass over the images."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from core import layers
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.data.splits import split
from core.errors import DatasetError
from core.explain import linear_probe
from core.explain.before_after import left_by
from core.explain.probe_depths import PROBE_IMAGES, SHUFFLES, depths
from core.explain.studies import Context, Kind
from core.keys import content_key
from core.method import device
from core.method.converted_file import LayerWeights, with_weights
from core.method.weights import SHA256
from core.running import price
from core.statistics.baseline import commonest_share
from core.statistics.logme import logme
from core.store import Store

BATCH = 32  # images that a thread holds at a time, and between two looks for a wish to stop
SHUFFLE_SEED = 0
# Seconds of converting a network of 20 outputs, and of all probes that so many images teach: 2.4, 2.6, 4.1
# and 6.8 s of CPU were measured for 100, 200, 500 and 1,000 digits
CONVERTING, TEACHING, TEACHING_AN_IMAGE = 1.2, 1.9, 0.0049


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    counts = {name: min(len(found), PROBE_IMAGES) for name, found in split(dataset, config.data).items()}
    forward = price.predict_forward(config, dataset, store, counts["train"] + counts["validation"])
    return forward + CONVERTING + TEACHING + TEACHING_AN_IMAGE * counts["train"]


KIND = Kind(
    title="Probes by depth",
    version=2,
    parts=("data", "base"),
    images=lambda counts, options: 0,
    price=_price,
    look=True,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run` (the backbone of a run's last phase; without it the pretrained one).

    At each of `probe_depths.depths()` a probe learns from at most `PROBE_IMAGES` training images and is
    tested on at most as many validation images. The control does the same with the training labels
    shuffled, `SHUFFLES` times: whatever it gets right above chance would be a leak, not information.

    Returns:
        record: `train` and `validation`, numbers of images; `penalty` and `shuffles`; `commonest`, the
            accuracy of always naming the commonest validation class.
        arrays: `evidence` float64 (depths,), LogME of the training images' features at each depth
            (`core.statistics.logme`);
            `right` bool (depths, validation), whether each depth's probe got each image right;
            `shuffled` int64 (depths, shuffles), how many images each control got right;
            `positions` int64 (validation,), the images' places in `splits`.

    Raises:
        DatasetError: the training images looked at are all of one class.
        StoreError: the run is gone.
    """
    splits = context.splits
    learned, tested = splits.train[:PROBE_IMAGES], splits.validation[:PROBE_IMAGES]
    labels, truth = splits.labels[learned], splits.labels[tested]
    if len(np.unique(labels)) < 2:
        raise DatasetError(
            "The training images looked at are all of one class.",
            "Expected several classes among them.", "Use more images.", field="data.limit",
        )  # fmt: skip
    features = pooled_at_every_depth(context, np.concatenate([learned, tested]))
    right, shuffled = _probe(context, features, labels, truth)
    evidence = _evidence(context, features[: len(labels)], labels)
    record = {
        "train": len(learned),
        "validation": len(tested),
        "penalty": linear_probe.PENALTY,
        "shuffles": SHUFFLES,
        "commonest": commonest_share(np.bincount(truth)),
    }
    return record, {"evidence": evidence, "right": right, "shuffled": shuffled, "positions": tested}


def pooled_at_every_depth(context: Context, positions: np.ndarray) -> np.ndarray:
    """Features of images at all depths side by side, float32 (n, sum of the depths' channels).

    Through the network that a run left (option `run`), or an untrained one, whose weights have the seed of
    option `seed` where they are random. Each depth's map is averaged over its positions, as global average
    pooling does at the top. All depths come from one pass of one model, a few batches at a time; only the
    averages are kept, 11 KB an image.
    """
    context.log("stage", name="preparing")
    forward, splits = _forward(context), context.splits
    starts = range(0, len(positions), BATCH)
    features = np.empty((len(positions), sum(depth.channels for depth in depths())), np.float32)
    from core.method import engine

    pool = ThreadPoolExecutor(engine.WORKERS)
    try:
        batches = pool.map(lambda at: forward(splits.pixels[positions[at : at + BATCH]]), starts)
        for at, batch in zip(starts, batches, strict=True):
            context.log.check_stop()
            features[at : at + BATCH] = batch
            context.log("stage", name="features_by_depth", done=at + len(batch), total=len(positions))
    finally:
        pool.shutdown(cancel_futures=True)  # stopped: what has not begun never does
    return features


def engine_key(config: ExperimentConfig, seed: int = 0) -> str:
    """The key of the converted network that looks at every depth, before any training.

    Args:
        seed: Of the weights, where they are random.
    """
    parts = {
        "depths": len(layers.blocks()) + 1,
        "size": config.data.image_size,
        "weights": SHA256 if config.base.weights == "imagenet" else f"random {seed}",
    }
    return content_key("engine-v1", parts)


def _forward(context: Context) -> Callable[[np.ndarray], np.ndarray]:
    """uint8 pixels (n, s, s, 3) -> the averages of every depth's map, float32 (n, channels in all).

    It is converted as it is before any training, once; what a run left is written into the file.
    """
    import keras

    from core.method import backbone, engine

    config, run_key, name = context.config, context.options.get("run"), device.engine(device.name())
    seed = config.seed if run_key else context.options.get("seed", 0)
    base = backbone.build(config.data.image_size, config.base, seed)
    before: LayerWeights = [layer.get_weights() for layer in base.layers]
    after = before
    if run_key:
        last = context.store.load(run_key).last
        after = left_by(context.store.arrays(run_key), last, before)
    ends = [base.input, *(base.layers[block.end - 1].output for block in layers.blocks())]
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Model(base.input, keras.layers.Concatenate()([pool(end) for end in ends]))
    kept = context.store.home / "engines" / f"{engine_key(config, seed)}.tflite"
    if name == "tensorflow":
        base.set_weights([array for layer in after for array in layer])
        return engine.build(name, model, config.base.scaling, kept)
    content = with_weights(engine.kept_file(model, kept), before, after)
    run = engine.running(content, config.base.scaling)
    return lambda pixels: run(pixels)[0]


def by_depth(features: np.ndarray) -> list[np.ndarray]:
    """The columns of each depth."""
    ends = np.cumsum([depth.channels for depth in depths()])
    return np.split(features, ends[:-1], axis=1)


def _evidence(context: Context, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """LogME at every depth, from the training images; classes without one of them are left out."""
    names, known = np.unique(labels, return_inverse=True)
    found = []
    for here in by_depth(features):
        context.log.check_stop()
        found.append(logme(here, known, len(names)).score)
    return np.array(found)


def _probe(
    context: Context, features: np.ndarray, labels: np.ndarray, truth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`right` and `shuffled` as `compute` returns them, from the rows of the training images and then the
    validation images."""
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(SHUFFLE_SEED)
    permuted = [random.permutation(labels) for _ in range(SHUFFLES)]
    right, shuffled = [], []
    for number, here in enumerate(by_depth(features)):
        context.log("stage", name="fitting_probes", done=number, total=len(depths()))
        learned, tested = here[: len(labels)], here[len(labels) :]
        with threadpool_limits(1):  # these matrices are small: threads would only wait for one another
            right.append(linear_probe.predict(learned, labels, tested) == truth)
            counts = []
            for other in permuted:
                context.log.check_stop()
                counts.append(int((linear_probe.predict(learned, other, tested) == truth).sum()))
        shuffled.append(counts)
    return np.stack(right), np.array(shuffled)
