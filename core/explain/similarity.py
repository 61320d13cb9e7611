"""How similar a data set is to ImageNet: what the 1000-class head says, and what its features are worth.

Two measures, because "similar" means two things. The images look familiar: the pretrained network names
them with confidence (maximum softmax probability, Hendrycks and Gimpel, ICLR 2017). The features help: a
linear probe (Alain and Bengio, 2016) separates the classes better on pretrained features than on those
of the same network with random weights.
"""

from dataclasses import replace

import numpy as np

from core.config import with_setting
from core.errors import DatasetError
from core.explain import linear_probe, trained
from core.explain.studies import Context, Kind
from core.method.lens import imagenet_probabilities
from core.method.weights import imagenet_labels
from core.statistics.baseline import commonest_share
from core.statistics.means import mean_interval
from core.statistics.paired import wilson_interval

SIMILARITY_IMAGES = 500  # of each split: enough for intervals of a few points
FAVOURITES = 5  # ImageNet classes kept that the head names most often
KIND = Kind(
    title="Likeness to ImageNet",
    version=1,
    parts=("data", "base.scaling"),
    images=lambda counts, options: (
        2 * sum(min(counts[name], SIMILARITY_IMAGES) for name in ("train", "validation"))
    ),
    fixed=7.0,
    look=True,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: none. At most `SIMILARITY_IMAGES` training images teach the probes, as many validation images
    test them.

    Returns:
        record: `dataset` (title), `classes`, `images_per_class` (training images), `image_size`, `images`
            looked at, `confidence` and `entropy_bits` (means over them), `confidence_interval` (95%, of the
            mean), `favourites` ([ImageNet class, share of images] pairs), `probes` (by `pretrained` and
            `random`: correct, n, interval) and `commonest` (accuracy of always naming the commonest class).
        arrays: `confidence` and `entropy_bits` float32 (n,); `pretrained_right` and `random_right`
            bool (m,), whether each probe got each validation image right.

    Raises:
        DatasetError: the training images looked at are all of one class.
    """
    splits = context.splits
    learned, tested = _some(splits.train), _some(splits.validation)
    labels = splits.labels[learned], splits.labels[tested]
    if len(np.unique(labels[0])) < 2:
        raise DatasetError(
            "The training images looked at are all of one class.",
            "Expected several classes among them.", "Choose images with at least two well-filled classes.",
        )  # fmt: skip
    n = len(learned)
    features, right = two_probes(context, learned, tested)
    probabilities = imagenet_probabilities(features["imagenet"][:n])
    confidence = probabilities.max(axis=1)
    mean = mean_interval(confidence)
    entropy = -(probabilities * np.log2(np.maximum(probabilities, 1e-30))).sum(axis=1)
    record = {
        "dataset": splits.dataset.title,
        "classes": len(splits.classes),
        "images_per_class": len(splits.train) / len(splits.classes),
        "image_size": context.config.data.image_size,
        "images": n,
        "confidence": mean.mean,
        "confidence_interval": [max(0.0, mean.low), min(1.0, mean.high)],
        "entropy_bits": float(entropy.mean()),
        "favourites": _favourites(probabilities.argmax(axis=1)),
        "probes": {"pretrained": score(right["imagenet"]), "random": score(right["random"])},
        "commonest": commonest_share(np.bincount(labels[1])),
    }
    arrays = {"confidence": confidence, "entropy_bits": entropy}
    return record, arrays | {"pretrained_right": right["imagenet"], "random_right": right["random"]}


def two_probes(
    context: Context, learned: np.ndarray, tested: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A linear probe on pretrained features, and one on those of the same network with random weights.

    Args:
        learned, tested: Positions in the splits, int64; of at least two classes the first.

    Returns:
        By `imagenet` and `random`: the pooled features of both, learned first, float32 (n, 1280); and whether
        the probe got each tested image right, bool (m,).
    """
    from threadpoolctl import threadpool_limits

    labels, both, n = context.splits.labels, np.concatenate([learned, tested]), len(learned)
    features = {weights: _features(context, weights, both) for weights in ("imagenet", "random")}
    context.log("stage", name="fitting_two_probes")
    with threadpool_limits(1):  # these matrices are small: threads would only wait for one another
        right = {
            # standardised in there: features of a random network are around 1e-12, and no worse for that
            weights: linear_probe.predict(pooled[:n], labels[learned], pooled[n:]) == labels[tested]
            for weights, pooled in features.items()
        }
    return features, right


def _some(positions: np.ndarray) -> np.ndarray:
    """At most `SIMILARITY_IMAGES` of a split, drawn with a fixed seed."""
    return np.sort(np.random.default_rng(0).permutation(positions)[:SIMILARITY_IMAGES])


def _features(context: Context, weights: str, positions: np.ndarray) -> np.ndarray:
    """Pooled features by the pretrained backbone, or one with random weights and untouched BatchNorm."""
    config = with_setting(replace(context.config, seed=0), "base.weights", weights)
    return np.asarray(trained.pooled_features(replace(context, config=config), positions, None))


def score(right: np.ndarray) -> dict:
    """`correct` of `n`, and Wilson's 95% interval of the share."""
    correct, n = int(right.sum()), len(right)
    return {"correct": correct, "n": n, "interval": list(wilson_interval(correct, n))}


def _favourites(best: np.ndarray) -> list[list]:
    counts = np.bincount(best, minlength=1000)
    top = np.argsort(-counts, kind="stable")[:FAVOURITES]
    return [[imagenet_labels()[k], float(counts[k] / len(best))] for k in top if counts[k]]
